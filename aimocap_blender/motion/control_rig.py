"""A rig whose bones don't simply follow their parents, described by the measured behaviour of its mapped bones."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from .pose_motion import PosedBones, PoseMotion, posed
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
    norm,
    rotate,
    to_rotation_vector,
)
from .skeleton import Skeleton

_LEAST_GAIN = 0.25  # bones with a smaller gain are corrected in smaller steps, for stability


class Channels(NamedTuple):
    """Channels of all bones of a rig: rotations (F, B, 4) wxyz, locations (F, B, 3); or masks (F, B) of these."""

    rotations: Any
    locations: Any


@dataclass(frozen=True, eq=False)
class ControlRig:
    """The bones that a motion is keyed on, and how they were measured to follow each other.

    Retargeting uses `body`, an ordinary skeleton; `channels` converts its keys to this rig's.

    Attributes:
        skeleton: the bones; a parent is the bone that carries the head, and rotations are inherited.
        zero: (B, 4, 4) bone-to-armature matrices with all channels at zero: constraints may hold a bone off its rest.
        rotates_with: (B,) index of the bone that a bone rotates with, -1 where it keeps its rotation in the armature.
        axes: (B, 4) rotations to armature space of the axes of location channels, with channels at zero.
        gain: (B,) share of a rotation of its own channels that a bone makes; 0 if constraints or drivers hold it.
        hips: index of the hips' bone, -1 if there is none.
        pelvis: (3,) head at rest of the pelvis that it moves, armature space.
    """

    skeleton: Skeleton
    zero: FloatArray
    rotates_with: IntArray
    axes: FloatArray
    gain: FloatArray
    hips: int
    pelvis: FloatArray

    @cached_property
    def body(self) -> Skeleton:
        """The skeleton with its hips where the pelvis is: its control may lie anywhere in the body."""
        if self.hips < 0:
            return self.skeleton
        rest = self.skeleton.rest.copy()
        rest[self.hips, :3, 3] = self.pelvis
        return replace(self.skeleton, rest=rest)

    def wanted(self, motion: PoseMotion) -> PosedBones:
        """Return the poses of the rig's bones when a motion of `body` poses it."""
        pose = posed(self.body, motion)
        if self.hips < 0:
            return pose
        rest = self.skeleton.rest[self.hips]
        # the pelvis is where it is asked; the control beside it goes along rigidly
        rotated = multiply(pose.rotations[:, self.hips], conjugate(from_matrix(rest[:3, :3])))
        heads = pose.heads.copy()
        heads[:, self.hips] += rotate(rotated, rest[:3, 3] - self.pelvis)
        return PosedBones(pose.rotations, heads)

    def channels(self, motion: PoseMotion, wanted: PosedBones) -> PoseMotion:
        """Return the channels that bring the motion's bones to the wanted poses, as far as this rig is regular.

        Args:
            motion: a motion of `body`.
            wanted: the wanted poses, see `wanted`.
        """
        armature_from_zero = from_matrix(self.zero[:, :3, :3])
        armature_from_rest = from_matrix(self.skeleton.rest[:, :3, :3])
        keyed = dict(zip(motion.bones, range(len(motion.bones)), strict=True))
        rotations = motion.rotations.copy()
        locations = dict(motion.locations)
        # as wanted where bones are keyed; the others follow from those before them
        orientations, heads = wanted.rotations.copy(), wanted.heads.copy()
        for bone, name in enumerate(self.skeleton.names):
            on, carrier = int(self.rotates_with[bone]), int(self.skeleton.parents[bone])
            # held bones are keyed as if free
            still = armature_from_rest if self.gain[bone] <= 0.0 else armature_from_zero
            # the rotation that the bone has without keys, carried by what it rotates with
            unkeyed = still[bone]
            if on >= 0:
                unkeyed = multiply(multiply(orientations[:, on], conjugate(still[on])), still[bone])
            if name in keyed:
                rotations[:, keyed[name]] = multiply(conjugate(unkeyed), orientations[:, bone])
            else:
                orientations[:, bone] = unkeyed
            # where the head is without a location, carried along by the bone that it hangs from
            carried, position = IDENTITY, self.zero[bone, :3, 3]
            if carrier >= 0:
                carried = multiply(orientations[:, carrier], conjugate(armature_from_zero[carrier]))
                position = heads[:, carrier] + rotate(carried, position - self.zero[carrier, :3, 3])
            if name in locations:
                axes = multiply(carried, self.axes[bone])
                locations[name] = rotate(conjugate(axes), heads[:, bone] - position)
            else:
                heads[:, bone] = position
        return replace(motion, rotations=continuous(rotations), locations=locations)

    def as_arrays(self, motion: PoseMotion) -> Channels:
        """Return a motion's channels for all bones."""
        count = len(motion.times)
        rotations = np.tile(IDENTITY, (count, len(self.skeleton), 1))
        locations = np.zeros((count, len(self.skeleton), 3))
        rotations[:, self.skeleton.indices_of(motion.bones)] = motion.rotations
        for name, values in motion.locations.items():
            locations[:, self.skeleton.index(name)] = values
        return Channels(rotations, locations)

    def with_arrays(self, motion: PoseMotion, channels: Channels) -> PoseMotion:
        """Return the motion with new channels for its bones."""
        rotations = channels.rotations[:, self.skeleton.indices_of(motion.bones)]
        locations = {name: channels.locations[:, self.skeleton.index(name)] for name in motion.locations}
        return replace(motion, rotations=continuous(rotations), locations=locations)

    def corrected(self, channels: Channels, wanted: PosedBones, shown: PosedBones, free: Channels) -> Channels:
        """Return the channels corrected by what is missing, each bone relative to the one it rotates with.

        Args:
            channels: the current ones.
            shown: the evaluated poses.
            free: (F, B) masks of the channels that may be changed.
        """
        armature_from_zero = from_matrix(self.zero[:, :3, :3])
        rotations, locations = channels.rotations.copy(), channels.locations.copy()
        # as they will be, once the bones before have been corrected
        orientations, heads = shown.rotations.copy(), shown.heads.copy()
        for bone in range(len(self.skeleton)):
            if self.gain[bone] <= 0.0:
                continue
            on, carrier = int(self.rotates_with[bone]), int(self.skeleton.parents[bone])
            # it goes along with what it follows, as it is shown on that
            if on >= 0:
                corrected_on = multiply(orientations[:, on], conjugate(shown.rotations[:, on]))
                orientations[:, bone] = multiply(corrected_on, shown.rotations[:, bone])
            axes = np.broadcast_to(self.axes[bone], orientations[:, bone].shape)
            if carrier >= 0:
                carried = multiply(orientations[:, carrier], conjugate(shown.rotations[:, carrier]))
                heads[:, bone] = heads[:, carrier] + rotate(carried, shown.heads[:, bone] - shown.heads[:, carrier])
                axes = multiply(multiply(orientations[:, carrier], conjugate(armature_from_zero[carrier])), axes)
            # the head first: how it gets there doesn't change how the bone is turned
            rows = free.locations[:, bone]
            away = wanted.heads[rows, bone] - heads[rows, bone]
            locations[rows, bone] += rotate(conjugate(axes[rows]), away)
            heads[rows, bone] = wanted.heads[rows, bone]
            # a bone that makes only a share of its channels' rotation needs so much more of it
            rows = free.rotations[:, bone]
            missing = to_rotation_vector(multiply(conjugate(orientations[rows, bone]), wanted.rotations[rows, bone]))
            step = from_rotation_vector(missing / max(float(self.gain[bone]), _LEAST_GAIN))
            rotations[rows, bone] = multiply(rotations[rows, bone], step)
            orientations[rows, bone] = wanted.rotations[rows, bone]
        return Channels(rotations, locations)


@dataclass(frozen=True, eq=False)
class Response:
    """The reaction of all bones to a rotation of one of them.

    Attributes:
        before: (B, 4, 4) bone-to-armature matrices.
        after: (B, 4, 4) the same after the rotation.
    """

    before: FloatArray
    after: FloatArray

    @cached_property
    def rotated(self) -> FloatArray:
        """(B, 3) rotation vectors of the rotations, armature space."""
        # scale isn't rotation: some rigs stretch what follows
        old, new = from_matrix(without_scale(self.before)), from_matrix(without_scale(self.after))
        return to_rotation_vector(multiply(new, conjugate(old)))

    def followers(self, bone: int, size: float) -> tuple[BoolArray, BoolArray]:
        """Return (B,) bones that rotate with the bone, and bones whose heads are carried along.

        Bones that follow partly are assigned to the nearer case.

        Args:
            bone: the one that was rotated.
            size: of the skeleton: head movements below a ten-thousandth of it are ignored.
        """
        # nearer to the bone's own rotation than to none
        rotated = self.rotated
        own = rotated[bone]
        rotates: BoolArray = norm(rotated - own) <= norm(rotated) * _UNDECIDED
        # nearer to the step of a head that is carried along than to none; one at the bone's own head makes none
        before, after = self.before[:, :3, 3], self.after[:, :3, 3]
        # where the head would be if the rotated bone carried it rigidly
        carried_step = rotate(from_rotation_vector(own), before - before[bone]) + after[bone] - before
        step = after - before
        carries = norm(step - carried_step) <= norm(step) * _UNDECIDED
        says_nothing = norm(carried_step) < size * _NO_STEP
        return rotates, np.where(says_nothing, rotates, carries).astype(np.bool_)


_NO_LENGTH = 1e-12  # armature units
_NO_STEP = 1e-4  # of the skeleton's size
_UNDECIDED = 1.05  # half the rotation still counts as following


def hanging(follows: BoolArray) -> IntArray:
    """Return (B,) the closest bone that each follows, -1 for none, from (B, B) whether a bone (row) moves another."""
    # whatever moves a bone moves all its followers: each round follows chains twice as long
    for _ in range(int(np.ceil(np.log2(max(len(follows), 2))))):
        follows = follows | (follows @ follows)
    # bones that move each other follow neither
    follows = follows & ~follows.T
    # the closest of those that move a bone is moved by most others itself
    depth = follows.sum(axis=0)
    ranked = np.where(follows, depth[:, None], -1)
    return np.where(follows.any(axis=0), np.argmax(ranked, axis=0), -1).astype(np.int64)


def parents_first(*above: IntArray) -> list[int]:
    """Return the bones ordered so that each comes after all it follows, by each of the (B,) relations."""
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
    """Return (..., 3, 3) the axes of matrices (..., 4, 4) at length 1; zero for those scaled to nothing."""
    axes = matrices[..., :3, :3]
    return axes / np.maximum(np.linalg.norm(axes, axis=-2, keepdims=True), _NO_LENGTH)
