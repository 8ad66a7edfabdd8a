"""A skeleton as a human figure: its humanoid bones, in body axes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from typing import Literal

import numpy as np

from ...texts.faults import Fault
from ..bones.finger_detection import palms_beside
from ..bones.humanoid import LEG_JOINTS, LIMB_JOINTS, SIDES, TORSO_SLOTS, BoneMap, filled, sided, slots_of
from ..rotations import (
    IDENTITY,
    FloatArray,
    IntArray,
    angle_between,
    conjugate,
    cross,
    from_matrix,
    multiply,
    norm,
    normalise,
    rotate,
    step_lengths,
)
from ..skeleton import Skeleton

_SNAP = float(np.cos(np.radians(3.0)))  # a facing direction this close to an axis is snapped to it
_MEANT = float(np.cos(np.radians(25.0)))  # the same for a rest pose that isn't upright
_TILTED = np.radians(15.0)  # a straight body further from vertical is leaning or lying at rest
_STRAIGHT = np.radians(20.0)  # between legs and torso: a body bent more is posed, not tilted
_ANKLE = 0.1  # of the leg's length: height of an ankle that stands, as in recorded people; toes' joints are anywhere
_BALL = 0.15  # of the leg's length: from ankle to ball, of a foot without toes
_ROUNDING = 1e-3  # of the leg's length: a joint may lie on the ground
_FAR = 0.5  # of the leg's length

UPPER = ("head", "neck", "left_upper_arm", "right_upper_arm")
"""Slots whose joints are the torso's upper end."""

_LEGS = np.radians(40.0)  # between a leg and the torso's axis
_KNEES = np.radians(40.0)
_SHOULDERS = np.radians(15.0)  # between the lines through the hips and through the shoulders
_SIDE = np.radians(25.0)  # of those lines from perpendicular to the torso
_ARMS_UP = np.radians(45.0)  # over sideways
_ARMS_AHEAD = np.radians(60.0)  # out of the torso's plane
_ELBOWS = np.radians(75.0)
_ALIKE = np.radians(5.0)  # between the slopes of two feet that stand as they do at rest


@dataclass(frozen=True, eq=False)
class Skin:
    """The skin of a skeleton at rest.

    Attributes:
        points: (V, 3) metres, world.
        bones: (V, K) indices of the bones that move each point, the one that moves it most first; -1 for none.
        weights: (V, K) how much each of them moves it.
    """

    points: FloatArray
    bones: IntArray
    weights: FloatArray


@dataclass(frozen=True, eq=False)
class Figure:
    """A skeleton and its humanoid bones, in body axes: the figure faces -Y, its left is +X, up is +Z; metres.

    Body axes differ from the world's only by the rotation `to_body`; the origin is the world's.

    Attributes:
        skeleton: the bones.
        slots: humanoid slot to bone index.
        spine: indices of the bones between hips and neck, from below.
        neck: indices of the bones between spine and head, from below.
        to_body: (4,) wxyz rotation from world to body axes.
        stand: (4,) rotation in body axes that makes a tilted rest pose upright; identity for others.
        leg_length: metres from hip to ankle, see `leg_length`.
        measured: whether heights at rest tell where the ground is.
        standing_at: bone to the height of its head while the figure stands, metres, where the rest pose doesn't tell.
        skin: its skin; None without one.
    """

    skeleton: Skeleton
    slots: Mapping[str, int]
    spine: tuple[int, ...]
    neck: tuple[int, ...]
    to_body: FloatArray
    stand: FloatArray
    leg_length: float
    measured: bool = True
    standing_at: Mapping[int, float] = field(default_factory=dict[int, float])
    skin: Skin | None = None

    @cached_property
    def heads(self) -> FloatArray:
        """(B, 3) heads at rest."""
        return rotate(self.to_body, self.skeleton.heads)

    @cached_property
    def rest(self) -> FloatArray:
        """(B, 4) bone-to-body rotations at rest."""
        return multiply(self.to_body, self.skeleton.rest_rotations)

    @cached_property
    def armature(self) -> FloatArray:
        """(4,) rotation from armature to body axes."""
        return multiply(self.to_body, self.skeleton.world_rotation)

    def head_of(self, slot: str) -> FloatArray:
        """Return (3,) the head of the slot's bone at rest."""
        return self.heads[self.slots[slot]]

    def middle_of(self, slots: Iterable[str]) -> FloatArray:
        """Return (3,) the mean of the heads of these slots' bones at rest."""
        return np.asarray(np.mean(list(map(self.head_of, slots)), axis=0), dtype=np.float64)

    def as_carried(self, bone: int, on: int, rotation: FloatArray) -> FloatArray:
        """Return the bone-to-body rotation (F, 4) of a bone that turns with another one, which has the given one."""
        return multiply(multiply(rotation, conjugate(self.rest[on])), self.rest[bone])

    @cached_property
    def palms(self) -> dict[int, int]:
        """Bones of palms to the hand's bone that they turn with, where several bones side by side are a hand."""
        found: dict[int, int] = {}
        for hand in filled(self.slots, sided("hand")):
            found |= dict.fromkeys(palms_beside(self.skeleton, hand), hand)
        return found

    @cached_property
    def standing(self) -> "Figure":
        """The figure with an upright rest pose: rotated body axes, and `stand` as identity."""
        return replace(self, to_body=multiply(self.stand, self.to_body), stand=IDENTITY)

    def standing_height(self, slot: str) -> float:
        """Return metres from the ground to the slot's joint with the rest pose upright; 0 if that isn't known."""
        if not self.measured:
            return 0.0
        if self.slots[slot] in self.standing_at:
            return self.standing_at[self.slots[slot]]
        return float(self.standing.head_of(slot)[2]) - self._standing_ground

    @cached_property
    def _standing_ground(self) -> float:
        """Height of the ground under a tilted rest pose that is set upright; 0 under others, whose heights count."""
        return 0.0 if self.stand is IDENTITY else self._under_feet

    @cached_property
    def _skin_of_feet(self) -> float | None:
        """Height of the lowest skin of feet with the rest pose upright; None without any."""
        if self.skin is None:
            return None
        feet = set(filled(self.slots, sided("foot", "toes")))
        is_foot = np.zeros(len(self.skeleton) + 1, dtype=np.bool_)
        for bone in feet:
            is_foot[self.skeleton.below(bone)] = True
        # a point is of the part whose bone moves it most; -1, the last, is no bone
        mine = is_foot[self.skin.bones[:, 0]]
        return float(rotate(self.standing.to_body, self.skin.points[mine])[:, 2].min()) if mine.any() else None

    @property
    def _under_feet(self) -> float:
        """Height of what feet stand on with the rest pose upright: of their skin, or that usual under ankles."""
        if self._skin_of_feet is not None:
            return self._skin_of_feet
        return float(self.standing.heads[filled(self.slots, sided("foot")), 2].min()) - _ANKLE * self.leg_length

    @cached_property
    def sole(self) -> float:
        """Height of the soles in the upright rest pose: that of the object's or the world's origin, if it is there."""
        if self.stand is not IDENTITY:
            return 0.0
        lowest = min(map(self._height, filled(self.slots, sided("foot", "toes"))))
        # characters are modelled with an origin on the ground: the soles are there if it is near below the feet
        object_origin = rotate(self.standing.to_body, self.skeleton.world[:3, 3])
        origins = (0.0, float(object_origin[2]))
        nearest = min(origins, key=lambda height: abs(lowest - height))
        is_there = -_ROUNDING * self.leg_length <= lowest - nearest < _FAR * self.leg_length
        return nearest if is_there and self._skin_of_feet is None else self._under_feet

    def _height(self, bone: int) -> float:
        """Return the height of a bone's head in the upright rest pose."""
        if bone in self.standing_at:
            return self.standing_at[bone]
        return float(self.standing.heads[bone, 2]) - self._standing_ground

    def over_sole(self, bone: int) -> float:
        """Return metres from the soles to a bone's head in the upright rest pose."""
        return self._height(bone) - self.sole

    def ball(self, foot: int, toes: int | None) -> FloatArray:
        """Return (3,) the ball of a foot in the upright rest pose: where its toes begin, or a point on its sole."""
        if toes is not None:
            return self.standing.heads[toes]
        return self.standing.heads[foot] + np.array([0.0, -_BALL * self.leg_length, -self.over_sole(foot)])

    def posed_ball(self, foot: int, toes: int | None, ankle: FloatArray, rotation: FloatArray) -> FloatArray:
        """Return (F, 3) the ball of a foot with its ankle (F, 3) somewhere, and rotated (F, 4) from the bone's axes."""
        arm = self.ball(foot, toes) - self.standing.heads[foot]
        return ankle + rotate(rotation, rotate(conjugate(self.standing.rest[foot]), arm))

    def has(self, *slots: str) -> bool:
        """Return whether all the slots are filled."""
        return self.slots.keys() >= set(slots)

    @property
    def tells_neck(self) -> bool:
        """Whether its motion tells how another figure's neck bends."""
        return bool(self.neck) or self.has("head")


def shared_slots(one: Figure, other: Figure, slots: Iterable[str]) -> list[str]:
    """Return those of some slots that both figures fill."""
    return [slot for slot in slots if slot in one.slots and slot in other.slots]


def leg_length(heads: FloatArray, slots: Mapping[str, int]) -> float:
    """Return metres from hip to ankle along the bones, mean of both legs; half the figure's height without legs.

    Args:
        heads: (B, 3) of the bones at rest, upright along an axis.
        slots: humanoid slot to bone index.
    """
    lengths: list[float] = []
    for side in SIDES:
        joints = filled(slots, slots_of(side, LEG_JOINTS))
        if len(joints) > 1:
            steps = step_lengths(heads[joints])
            # a leg without an ankle: shins are about as long as thighs
            lengths.append(float(steps.sum()) * (len(LEG_JOINTS) - 1) / len(steps))
    if lengths:
        return sum(lengths) / len(lengths)
    # without legs the figure's greatest extent is its height, and legs are about half of it
    return max(float(np.ptp(heads, axis=0).max()) / 2.0, 1e-6)


def figure_of(
    skeleton: Skeleton, bone_map: BoneMap, up: Literal["world", "object"], *, measured: bool = True
) -> Figure:
    """Interpret a skeleton as a human figure.

    Args:
        bone_map: its humanoid bones; names that the skeleton lacks are ignored.
        up: up is an axis of the `world` for motions, and of the `object` for characters, so that a tilted character
            moves tilted.
        measured: whether heights at rest tell where the ground is.

    Raises:
        Fault: there are no hips, the legs have no length, or the armature object is scaled unevenly.
    """
    slots = bone_map.indices_in(skeleton.indices)
    if "hips" not in slots:
        raise Fault(
            "The skeleton's hips are not mapped.", "Choose the bone for the hips in the bone map, then try again."
        )
    # slots stand for a chain that the map doesn't have
    spine = filled(skeleton.indices, bone_map.spine_chain) or filled(slots, TORSO_SLOTS[1:4])
    neck = filled(skeleton.indices, bone_map.neck_chain) or filled(slots, ["neck"])
    to_body, stand = _body_axes(skeleton, slots, up)
    legs = leg_length(rotate(to_body, skeleton.heads), slots)
    if legs <= 0.0:
        raise Fault(
            "All bones of a leg in the bone map start at the same point.",
            "Choose other bones for the legs in the bone map, then try again.",
        )
    return Figure(skeleton, slots, tuple(spine), tuple(neck), to_body, stand, legs, measured=measured)


def _body_axes(
    skeleton: Skeleton, slots: Mapping[str, int], up: Literal["world", "object"]
) -> tuple[FloatArray, FloatArray]:
    """Return the rotations (4,) from world to body axes, and from the rest pose to an upright one."""
    # the six directions along the axes of the object and of the world, as rows
    world_from_armature = skeleton.world[:3, :3] / skeleton.scale
    object_axes = np.concatenate([world_from_armature.T, -world_from_armature.T])
    world_axes = np.concatenate([np.eye(3), -np.eye(3)])
    heads = skeleton.heads
    # up is an axis that the figure was modelled along, not the one that its posture shows
    z = _nearest(_upward(heads, slots), object_axes if up == "object" else world_axes)
    # an object's axis that is the world's but for single precision is made exact
    z = _nearest(z, world_axes) if (world_axes @ z).max() > 1.0 - 1e-6 else z
    right_to_left = leftward(heads, slots)
    feet_to_shoulders = _tilted_line(heads, slots, z)
    left = right_to_left - z * (right_to_left @ z)
    if norm(left) < 1e-6:  # noqa: PLR2004 -- left and right unknown: use the object's facing
        left = np.array([1.0, 0.0, 0.0]) if abs(z[0]) < 0.5 else np.array([0.0, 1.0, 0.0])  # noqa: PLR2004
    x = normalise(left)
    # who is modelled along an axis, but for small errors, faces along it; a tilted body shows its facing less surely
    axes = np.concatenate([world_axes, object_axes])
    if (axes @ x).max() > (_SNAP if feet_to_shoulders is None else _MEANT):
        x = _nearest(x, axes)
    # snapped to an axis that may not be level
    x = normalise(x - z * (x @ z))
    world_from_body = from_matrix(np.stack([x, cross(z, x), z], axis=-1))
    to_body = conjugate(world_from_body)
    if feet_to_shoulders is None:
        return to_body, IDENTITY
    # axes of the body as it lies: along it, and its left across that
    left_as_it_lies = normalise(right_to_left - feet_to_shoulders * (right_to_left @ feet_to_shoulders))
    back_as_it_lies = cross(feet_to_shoulders, left_as_it_lies)
    world_from_lying = from_matrix(np.stack([left_as_it_lies, back_as_it_lies, feet_to_shoulders], axis=-1))
    return to_body, conjugate(multiply(to_body, world_from_lying))


def _tilted_line(heads: FloatArray, slots: Mapping[str, int], z: FloatArray) -> FloatArray | None:
    """Return (3,) the direction from feet to shoulders of a straight, tilted body; None for an upright one."""
    feet, legs, upper = filled(slots, sided("foot")), filled(slots, sided("upper_leg")), filled(slots, UPPER)
    if not (feet and legs and upper):
        return None
    feet_middle, hips_middle = heads[feet].mean(axis=0), heads[legs].mean(axis=0)
    shoulders_middle = heads[upper].mean(axis=0)
    is_straight = float(angle_between(hips_middle - feet_middle, shoulders_middle - hips_middle)) < _STRAIGHT
    line = normalise(shoulders_middle - feet_middle)
    return line if is_straight and float(angle_between(line, z)) > _TILTED else None


def _nearest(direction: FloatArray, axes: FloatArray) -> FloatArray:
    """Return the axis (3,) of some (N, 3) that is nearest to a direction (3,)."""
    # unit vectors: the largest product is the smallest angle
    return axes[int(np.argmax(axes @ direction))]


def _upward(heads: FloatArray, slots: Mapping[str, int]) -> FloatArray:
    """Return (3,) the unit direction from feet, or else hips, to shoulders; +Z where none is known."""
    upper, feet = filled(slots, UPPER), filled(slots, sided("foot"))
    hips = heads[slots["hips"]]
    # the hips' bone may lie on the ground, so only feet and shoulders count
    top = heads[upper].mean(axis=0) if upper else hips
    up = top - (heads[feet].mean(axis=0) if feet else hips)
    return normalise(up) if norm(up) > 0.0 else np.array([0.0, 0.0, 1.0])


def unlikeness(heads: FloatArray, slots: Mapping[str, int]) -> FloatArray:
    """Return (..., N) by how many times N angles of a pose exceed those of a standing body; 0 where joints are unknown.

    Args:
        heads: (..., B, 3) the bones' heads.
        slots: humanoid slot to bone index.
    """
    at = {slot: heads[..., bone, :] for slot, bone in slots.items()}
    torso = torso_of(heads, slots)
    # at right angles to the way to the left and to the torso, whichever way the body lies
    front = cross(normalise(leftward(heads, slots)), torso)
    # the lines through hips and shoulders, from right to left
    across: list[FloatArray] = []
    found: list[FloatArray] = []
    for part in ("upper_leg", "upper_arm"):
        pair = filled(at, sided(part))
        if len(pair) == len(SIDES):
            across.append(pair[0] - pair[1])
            # bent to a side: hips and shoulders of a straight body are at right angles to its torso
            found.append(np.abs(np.pi / 2.0 - angle_between(across[-1], torso)) / _SIDE)
    if len(across) > 1:
        found.append(angle_between(across[0], across[1]) / _SHOULDERS)
    for side, parts in product(SIDES, LIMB_JOINTS[::-1]):
        joints = filled(at, slots_of(side, parts))
        if len(joints) != len(parts):
            continue
        root, middle, end = joints
        bend, whole = angle_between(middle - root, end - middle), end - root
        if parts is LEG_JOINTS:
            found.append(bend / _KNEES)
            found.append(angle_between(whole, -torso) / _LEGS)
        else:
            found.append(bend / _ELBOWS)
            # hanging arms are never raised too far
            found.append(np.maximum(np.pi / 2.0 - angle_between(whole, torso), 0.0) / _ARMS_UP)
            found.append(np.abs(np.pi / 2.0 - angle_between(whole, front)) / _ARMS_AHEAD)
    return np.stack(found, axis=-1) if found else np.zeros((*heads.shape[:-2], 1))


def torso_of(heads: FloatArray, slots: Mapping[str, int]) -> FloatArray:
    """Return (..., 3) the unit direction from the legs, or else the hips, to neck and shoulders, or of legs alone."""
    legs = filled(slots, sided("upper_leg")) or [slots["hips"]]
    upper, feet = filled(slots, UPPER), filled(slots, sided("foot"))
    if not upper and len(feet) == len(legs) == len(SIDES):
        # as of captures of gait: the hips' head may be below the legs'
        legs, upper = feet, legs
    upper = upper or [slots["hips"]]
    return normalise(heads[..., upper, :].mean(axis=-2) - heads[..., legs, :].mean(axis=-2))


def leftward(heads: FloatArray, slots: Mapping[str, int]) -> FloatArray:
    """Return (..., 3) the direction from right to left, hips and shoulders weighted equally; 0 if neither is known."""
    left = np.zeros((*heads.shape[:-2], 3))
    for part in ("upper_leg", "upper_arm"):
        pair = filled(slots, sided(part))
        if len(pair) == len(SIDES):
            # both as unit vectors: shoulders are wider than hips
            left = left + normalise(heads[..., pair[0], :] - heads[..., pair[1], :])
    return left


def stands(skeleton: Skeleton, slots: Mapping[str, int]) -> bool:
    """Return whether a skeleton's rest pose is a standing body, whichever way the body lies in the world."""
    return float(unlikeness(skeleton.heads, slots).max()) <= 1.0


def feet_alike(skeleton: Skeleton, slots: Mapping[str, int]) -> bool:
    """Return whether both feet slope alike at rest and are at the same height, as where a body is modelled."""
    heads, torso = skeleton.heads, torso_of(skeleton.heads, slots)
    slopes: list[FloatArray] = []
    for side in SIDES:
        joints = filled(slots, slots_of(side, ("foot", "toes")))
        if len(joints) > 1:
            foot, toes = joints
            # from the torso, so that it doesn't matter how the body lies
            slopes.append(angle_between(heads[toes] - heads[foot], torso))
    return len(slopes) < len(SIDES) or bool(abs(slopes[0] - slopes[1]) < _ALIKE)


@dataclass(frozen=True, eq=False)
class Linkage:
    """The bones of a figure that rotate by themselves; bones in between are rigid at rest.

    Attributes:
        figure: the character.
        bones: indices of the rotating bones, parents first.
        held: those of them that aren't keyed: they don't inherit rotation, and keep their own.
    """

    figure: Figure
    bones: tuple[int, ...]
    held: frozenset[int]

    @cached_property
    def order(self) -> dict[int, int]:
        """Bone index to its position in `bones`."""
        return dict(zip(self.bones, range(len(self.bones)), strict=True))

    @cached_property
    def above(self) -> tuple[int, ...]:
        """For each of `bones` the nearest of them above it, or -1."""
        return tuple(self.figure.skeleton.nearest_above(bone, self.order) for bone in self.bones)

    def basis(self, rotations: Mapping[int, FloatArray]) -> FloatArray:
        """Return (F, K, 4) basis rotations of the keyed bones, from their bone-to-body rotations (F, 4).

        A pose is the parent's pose times rest times basis: between a bone and the nearest rotating one above it, all
        but their own rest rotations cancel out.
        """
        keyed = self.keyed
        rest = self.figure.rest
        samples = np.broadcast_shapes(*map(np.shape, rotations.values()))
        # a bone that doesn't inherit rotation, or has none above it, rotates as if on one that never moves
        above_now = [np.broadcast_to(IDENTITY, samples)] * len(keyed)
        above_at_rest = [IDENTITY] * len(keyed)
        for number, bone in enumerate(keyed):
            above = self.above[self.order[bone]]
            if above >= 0 and self.figure.skeleton.option(bone).inherit_rotation:
                above_now[number], above_at_rest[number] = rotations[above], rest[above]
        body_from_bone = np.stack(list(map(rotations.__getitem__, keyed)), axis=1)
        body_from_above = np.stack(above_now, axis=1)
        rest_from_above = multiply(conjugate(rest[list(keyed)]), np.stack(above_at_rest))
        return multiply(multiply(rest_from_above, conjugate(body_from_above)), body_from_bone)

    @cached_property
    def keyed(self) -> tuple[int, ...]:
        """The bones that get channels."""
        return tuple(bone for bone in self.bones if bone not in self.held)

    def hang(
        self, bone: int, on: int, rotations: Mapping[int, FloatArray], heads: Mapping[int, FloatArray]
    ) -> FloatArray:
        """Return (F, 3) the position of the bone's head when it hangs rigidly from the rotated bone `on`."""
        if (bone, on) not in self._arms:
            rest = self.figure
            self._arms[bone, on] = rotate(conjugate(rest.rest[on]), rest.heads[bone] - rest.heads[on])
        return heads[on] + rotate(rotations[on], self._arms[bone, on])

    @cached_property
    def _arms(self) -> dict[tuple[int, int], FloatArray]:
        """By bone and the bone that it hangs from: from head to head (3,), in its axes; filled by `hang`."""
        return {}

    def location(self, bone: int, shift: FloatArray, rotations: Mapping[int, FloatArray]) -> FloatArray:
        """Return (F, 3) the location channel, armature units, for a head `shift` (F, 3) in body axes, metres."""
        figure = self.figure
        parent = int(figure.skeleton.parents[bone])
        if figure.skeleton.option(bone).local_location:
            body_from_channel = figure.rest[bone]
        else:
            body_from_channel = figure.rest[parent] if parent >= 0 else figure.armature
        # the axes go along with the rotated bone above
        above = figure.skeleton.nearest_above(bone, self.order)
        if above >= 0:
            away_from_rest = multiply(rotations[above], conjugate(figure.rest[above]))
            body_from_channel = multiply(away_from_rest, body_from_channel)
        # channels are along their own axes and in armature units
        return rotate(conjugate(body_from_channel), shift) / figure.skeleton.scale


def linkage_of(figure: Figure, bones: Iterable[int]) -> Linkage:
    """Return the linkage of the bones that are to rotate."""
    rotated = set(bones)
    # a bone above that doesn't inherit rotation isn't rigid with the next rotated one: it stays as the armature has it
    above = set[int]().union(*map(figure.skeleton.ancestors, rotated))
    held = {bone for bone in above - rotated if not figure.skeleton.option(bone).inherit_rotation}
    return Linkage(figure, tuple(sorted(rotated | held)), frozenset(held))
