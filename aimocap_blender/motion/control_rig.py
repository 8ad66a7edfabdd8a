"""Control rigs: rigs whose bones follow other bones than their parents, described by how mapped bones respond."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from .forward_kinematics import PosedBones, posed
from .pose_motion import PoseMotion
from .rotations import (
    IDENTITY,
    BoolArray,
    FloatArray,
    IntArray,
    conjugate,
    continuous,
    from_matrix,
    from_rotation_vector,
    multiply,
    rotate,
    to_rotation_vector,
)
from .skeleton import Skeleton

_LEAST_GAIN = 0.25  # a bone that responds more weakly is corrected in smaller steps than it needs, for stability
_NO_LENGTH = 1e-12  # an axis shorter than this is scaled to nothing
_NO_STEP = 1e-4  # of the skeleton's size: a head that moves less doesn't show whether it is carried along
_UNDECIDED = 1.05  # a bone that makes half the rotation still follows


class Channels(NamedTuple):
    """The channels of all bones of a rig: rotations (F, B, 4) wxyz, locations (F, B, 3); or masks (F, B) of these."""

    rotations: Any
    locations: Any


@dataclass(frozen=True, eq=False)
class ControlRig:
    """The bones that a motion is keyed on, and how they follow each other.

    Motions are retargeted to `body`, an ordinary skeleton; `channels` converts them to the channels of this rig.

    Attributes:
        skeleton: the bones; the parent of each is the bone that carries its head along, with inherited rotation.
        zero: (B, 4, 4) bone-to-armature matrices with all channels at zero: constraints may hold a bone off its rest.
        turns_with: (B,) index of the bone whose rotation a bone follows, -1 where it follows none.
        axes: (B, 4) rotations to armature space from the axes of location channels, with channels at zero.
        gain: (B,) share of its channels' rotation that a bone makes; 0 where constraints or drivers hold it.
        hips: index of the bone that serves as the hips, -1 where none does.
        pelvis: (3,) head of the pelvis that it moves, at rest, armature space.
    """

    skeleton: Skeleton
    zero: FloatArray
    turns_with: IntArray
    axes: FloatArray
    gain: FloatArray
    hips: int
    pelvis: FloatArray

    @cached_property
    def body(self) -> Skeleton:
        """The skeleton with its hips at the pelvis: their control may be anywhere in the body."""
        if self.hips < 0:
            return self.skeleton
        rest = self.skeleton.rest.copy()
        rest[self.hips, :3, 3] = self.pelvis
        return replace(self.skeleton, rest=rest)

    def wanted(self, motion: PoseMotion) -> PosedBones:
        """Return the pose that the rig's bones should have for a motion of `body`."""
        pose = posed(self.body, motion)
        if self.hips < 0:
            return pose
        rest = self.skeleton.rest[self.hips]
        rotated = multiply(pose.turns[:, self.hips], conjugate(from_matrix(rest[:3, :3])))
        heads = pose.heads.copy()
        heads[:, self.hips] += rotate(rotated, rest[:3, 3] - self.pelvis)
        return PosedBones(pose.turns, heads)

    def channels(self, motion: PoseMotion, wanted: PosedBones) -> PoseMotion:
        """Return the channels that give the motion's bones the wanted pose, as far as this rig is regular.

        Args:
            motion: a motion of `body`.
            wanted: the pose that the bones should have, see `wanted`.
        """
        zero = from_matrix(self.zero[:, :3, :3])
        rest = from_matrix(self.skeleton.rest[:, :3, :3])
        keyed = {name: column for column, name in enumerate(motion.bones)}
        rotations = motion.rotations.copy()
        locations = dict(motion.locations)
        turns, heads = wanted.turns.copy(), wanted.heads.copy()
        for bone, name in enumerate(self.skeleton.names):
            on, carrier = int(self.turns_with[bone]), int(self.skeleton.parents[bone])
            still = (
                rest if self.gain[bone] <= 0.0 else zero
            )  # a held bone is keyed as if it were free: its constraint may be muted
            hangs = multiply(multiply(turns[:, on], conjugate(still[on])), still[bone]) if on >= 0 else still[bone]
            if name in keyed:
                rotations[:, keyed[name]] = multiply(conjugate(hangs), turns[:, bone])
            else:
                turns[:, bone] = hangs
            carried = multiply(turns[:, carrier], conjugate(zero[carrier])) if carrier >= 0 else IDENTITY
            hangs_at = self.zero[bone, :3, 3]
            if carrier >= 0:
                hangs_at = heads[:, carrier] + rotate(carried, hangs_at - self.zero[carrier, :3, 3])
            if name in locations:
                axes = multiply(carried, self.axes[bone])
                locations[name] = rotate(conjugate(axes), heads[:, bone] - hangs_at)
            else:
                heads[:, bone] = hangs_at
        return replace(motion, rotations=continuous(rotations), locations=locations)

    def as_arrays(self, motion: PoseMotion) -> Channels:
        """Return the channels that a motion gives to all bones."""
        count = len(motion.times)
        rotations = np.tile(IDENTITY, (count, len(self.skeleton), 1))
        locations = np.zeros((count, len(self.skeleton), 3))
        rotations[:, [self.skeleton.index(name) for name in motion.bones]] = motion.rotations
        for name, values in motion.locations.items():
            locations[:, self.skeleton.index(name)] = values
        return Channels(rotations, locations)

    def with_arrays(self, motion: PoseMotion, channels: Channels) -> PoseMotion:
        """Return the motion with other channels for its bones."""
        rotations = channels.rotations[:, [self.skeleton.index(name) for name in motion.bones]]
        locations = {name: channels.locations[:, self.skeleton.index(name)] for name in motion.locations}
        return replace(motion, rotations=continuous(rotations), locations=locations)

    def corrected(self, channels: Channels, wanted: PosedBones, shown: PosedBones, free: Channels) -> Channels:
        """Return the channels corrected by what is missing from the pose, each bone relative to the one it follows.

        Args:
            channels: the present channels.
            wanted: the pose that the bones should have.
            shown: the pose that they have.
            free: (F, B) masks of the channels that may be changed.
        """
        zero = from_matrix(self.zero[:, :3, :3])
        rotations, locations = channels.rotations.copy(), channels.locations.copy()
        turns, heads = shown.turns.copy(), shown.heads.copy()  # after the correction
        for bone in range(len(self.skeleton)):
            if self.gain[bone] <= 0.0:
                continue
            on, carrier = int(self.turns_with[bone]), int(self.skeleton.parents[bone])
            if on >= 0:
                turns[:, bone] = multiply(multiply(turns[:, on], conjugate(shown.turns[:, on])), shown.turns[:, bone])
            axes = np.broadcast_to(self.axes[bone], turns[:, bone].shape)
            if carrier >= 0:
                carried = multiply(turns[:, carrier], conjugate(shown.turns[:, carrier]))
                heads[:, bone] = heads[:, carrier] + rotate(carried, shown.heads[:, bone] - shown.heads[:, carrier])
                axes = multiply(multiply(turns[:, carrier], conjugate(zero[carrier])), axes)
            rows = free.locations[:, bone]
            away = wanted.heads[rows, bone] - heads[rows, bone]
            locations[rows, bone] += rotate(conjugate(axes[rows]), away)
            heads[rows, bone] = wanted.heads[rows, bone]
            rows = free.rotations[:, bone]
            missing = to_rotation_vector(multiply(conjugate(turns[rows, bone]), wanted.turns[rows, bone]))
            step = from_rotation_vector(missing / max(float(self.gain[bone]), _LEAST_GAIN))
            rotations[rows, bone] = multiply(rotations[rows, bone], step)
            turns[rows, bone] = wanted.turns[rows, bone]
        return Channels(rotations, locations)


@dataclass(frozen=True, eq=False)
class Response:
    """The response of all bones to the rotation of one of them.

    Attributes:
        before: (B, 4, 4) bone-to-armature matrices.
        after: (B, 4, 4) the same with the bone rotated.
    """

    before: FloatArray
    after: FloatArray

    @cached_property
    def turned(self) -> FloatArray:
        """(B, 3) rotation vector of each bone, armature space."""
        old, new = (from_matrix(without_scale(matrices)) for matrices in (self.before, self.after))
        return to_rotation_vector(multiply(new, conjugate(old)))

    def followers(self, bone: int, size: float) -> tuple[BoolArray, BoolArray]:
        """Return masks (B,) of the bones that rotate with the bone, and of those whose heads it carries along.

        A bone that follows only in part counts from half the way on.

        Args:
            bone: the one that was rotated.
            size: of the skeleton; a head that would move less than a ten-thousandth of it follows as its bone rotates.
        """
        rotated = self.turned
        own = rotated[bone]
        follows: BoolArray = np.linalg.norm(rotated - own, axis=1) <= np.linalg.norm(rotated, axis=1) * _UNDECIDED
        before, after = self.before[:, :3, 3], self.after[:, :3, 3]
        carried = rotate(from_rotation_vector(own), before - before[bone]) + after[bone] - before
        moved = after - before
        carries = np.linalg.norm(moved - carried, axis=1) <= np.linalg.norm(moved, axis=1) * _UNDECIDED
        hardly_moves = np.linalg.norm(carried, axis=1) < size * _NO_STEP
        return follows, np.where(hardly_moves, follows, carries).astype(np.bool_)


def hanging(follows: BoolArray) -> IntArray:
    """Return for each bone the nearest bone (B,) that moves it, -1 for none, from a mask (B, B): row moves column."""
    for _ in range(int(np.ceil(np.log2(max(len(follows), 2))))):
        follows = follows | (follows @ follows)  # a bone moves all bones that hang on the ones it moves
    follows = follows & ~follows.T  # bones that move each other hang on neither
    depth = follows.sum(axis=0)
    ranked = np.where(follows, depth[:, None], -1)
    return np.where(follows.any(axis=0), np.argmax(ranked, axis=0), -1).astype(np.int64)


def parents_first(*above: IntArray) -> list[int]:
    """Return the bones ordered so that each comes after those that it hangs on, by each of the (B,) relations."""
    order: list[int] = []
    done: set[int] = set()

    def visit(bone: int, below: frozenset[int]) -> Iterator[int]:
        if bone in done or bone in below:
            return
        for relation in above:
            if relation[bone] >= 0:
                yield from visit(int(relation[bone]), below | {bone})
        if bone not in done:
            done.add(bone)
            yield bone

    for bone in range(len(above[0])):
        order.extend(visit(bone, frozenset()))
    return order


def without_scale(matrices: FloatArray) -> FloatArray:
    """Return the axes (..., 3, 3) of matrices (..., 4, 4) at length 1; zeros for those scaled to nothing."""
    axes = matrices[..., :3, :3]
    return axes / np.maximum(np.linalg.norm(axes, axis=-2, keepdims=True), _NO_LENGTH)
