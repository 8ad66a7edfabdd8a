"""Limbs of two bones whose joint is a hinge: as inverse kinematics pose them, or as the character's own limits ask.

The lower bone turns about one axis only; the upper bone's twist does the rest.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from .bones.humanoid import LIMB_JOINTS, SIDES, BoneMap, filled, slots_of
from .pose_motion import PosedBones, PoseMotion, posed
from .rotations import (
    FloatArray,
    angle_between,
    conjugate,
    continuous,
    cross,
    dot,
    from_matrix,
    from_rotation_vector,
    multiply,
    norm,
    normalise,
    rotate,
    shortest_arc,
)
from .skeleton import Skeleton

_STRAIGHT = np.radians(0.5)  # straighter limbs have no certain hinge of their own
BENT = np.radians(10.0)
"""Bent further, a limb shows its hinge, whatever its twist says; one that is bent less has no side."""
_ROUNDS = 6  # of finding the twist before a solver's shortest way, which depends on it
_LONGEST = 1.0 - 1e-9  # of a limb's greatest length: no triangle is flat
_REACHED = 1.25  # times the least angle of a joint: closer to it, a turn of the hinge hardly bends it
_FLAT = 1e-6  # sine of the bend below which a limb at rest has no plane
_ALONG = np.array([0.0, 1.0, 0.0])  # a bone's own axis
_SURE = np.sin(np.radians(4.0))  # of the bend: a limb that is straighter doesn't say how its upper bone is twisted


def bend_of(start: FloatArray, middle: FloatArray, end: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the axis (F, 3), of any length, about which a limb with these joints (F, 3) is bent, and radians (F,)."""
    upper, lower = middle - start, end - middle
    return cross(upper, lower), angle_between(upper, lower)


@dataclass(frozen=True, eq=False)
class LimbAtRest:
    """A limb at rest, armature space.

    Attributes:
        upper: (4,) rotation of the upper bone.
        lower: (4,) rotation of the lower bone.
        start: (3,) head of the upper bone.
        middle: (3,) head of the lower bone.
        end: (3,) head of hand or foot.
    """

    upper: FloatArray
    lower: FloatArray
    start: FloatArray
    middle: FloatArray
    end: FloatArray

    @property
    def hinge(self) -> FloatArray:
        """(3,) unit axis that the joint bends about: X or Z of the lower bone, whichever is more across the limb."""
        # at right angles to both bones, as long as the sine of the bend times `size`
        across = cross(self.middle - self.start, self.end - self.middle)
        size = float(norm(self.middle - self.start) * norm(self.end - self.middle))
        x, _, z = rotate(self.lower, np.eye(3))
        if float(norm(across)) <= size * _FLAT:
            return x
        axis = max((x, z), key=lambda each: abs(float(dot(each, across))))
        return axis * np.sign(dot(axis, across))

    @property
    def least_bend(self) -> float:
        """Radians between both bones that the joint can certainly reach: its hinge isn't quite across the limb."""
        # bones that turn about the hinge keep their angles to it, and so can't come closer than these differ
        directions = normalise(np.stack([self.middle - self.start, self.end - self.middle]))
        upper, lower = np.arccos(np.clip(dot(directions, self.hinge), -1.0, 1.0))
        return float(np.abs(np.subtract(upper, lower))) * _REACHED


@dataclass(frozen=True, eq=False)
class HingedLimb:
    """A limb over time, bent about its hinge only, armature space.

    Attributes:
        upper: (F, 4) rotations of the upper bone.
        lower: (F, 4) rotations of the lower bone.
        roll: (F,) radians that the lower bone is twisted against the hinge, about its direction.
        middle: (F, 3) elbow or knee.
        axis: (F, 3) unit vectors from the limb's start to its end.
        outward: (F, 3) unit vectors, at right angles to `axis`, towards the joint's outside.
        hinge: (F, 3) unit axes that the joint bends about.
    """

    upper: FloatArray
    lower: FloatArray
    roll: FloatArray
    middle: FloatArray
    axis: FloatArray
    outward: FloatArray
    hinge: FloatArray


def hinged(rest: LimbAtRest, upper: FloatArray, lower: FloatArray, heads: tuple[FloatArray, ...]) -> HingedLimb:
    """Return a limb with the twist of its upper bone changed so that its joint is a hinge; both ends stay.

    The lower bone keeps its twist. Directions stay too, except where the limb bends backwards by up to 10°: there it
    bends forwards as much. While the limb is straight, the hinge keeps its angle to the upper bone from before and
    after.

    Args:
        rest: the limb at rest.
        upper: (F, 4) rotations of the upper bone, armature space.
        lower: (F, 4) the same of the lower bone.
        heads: three times (F, 3): start, middle and end of the limb.
    """
    start, middle, end = heads
    upper_length, lower_length = float(norm(rest.middle - rest.start)), float(norm(rest.end - rest.middle))
    axis = normalise(end - start)
    # the law of cosines: from start to end with the least bend, then where on that line the joint is beside, and
    # how far; both bones always form a triangle
    both, shortest = 2.0 * upper_length * lower_length, abs(upper_length - lower_length)
    longest = np.sqrt(upper_length**2 + lower_length**2 + both * np.cos(rest.least_bend))
    far = np.clip(norm(end - start), shortest * (2.0 - _LONGEST), longest * _LONGEST)[:, None]
    along = (upper_length**2 - lower_length**2 + far**2) / (2.0 * far)
    beside = np.sqrt(np.maximum(upper_length**2 - along**2, 0.0))
    hinge = _hinge(rest, upper, axis, (normalise(middle - start), normalise(end - middle)))

    def placed(outward: FloatArray) -> tuple[FloatArray, tuple[FloatArray, FloatArray], FloatArray, FloatArray]:
        """Return the joint, both bones' directions, and the turns from rest of the upper bone and about the hinge."""
        joint = start + along * axis + beside * outward
        to = normalise(joint - start), normalise(end - joint)
        bent = _bent(rest, angle_between(*to))
        turned = _directed(upper, rest.upper, rest.middle - rest.start, to[0])
        # twisted about its own direction until the bent lower bone points where it should
        twist = angle_about(to[0], rotate(multiply(turned, bent), rest.end - rest.middle), to[1])
        return joint, to, multiply(from_rotation_vector(to[0] * twist[:, None]), turned), bent

    outward = cross(axis, hinge)
    _, to, turned, _ = placed(outward)
    # a limb's hinge at rest isn't quite across it: near straight that would show as a twist, and the joint gives way
    askew = angle_about(axis, rotate(turned, rest.hinge), hinge) * np.maximum(1.0 - angle_between(*to) / BENT, 0.0)
    outward = rotate(from_rotation_vector(axis * askew[:, None]), outward)
    joint, to, turned, bent = placed(outward)
    rolled = _directed(lower, rest.lower, rest.end - rest.middle, to[1])
    roll = angle_about(to[1], rotate(multiply(turned, bent), rest.hinge), rotate(rolled, rest.hinge))
    return HingedLimb(
        multiply(turned, rest.upper),
        multiply(rolled, rest.lower),
        np.unwrap(roll),
        joint,
        axis,
        outward,
        rotate(turned, rest.hinge),
    )


def _bent(rest: LimbAtRest, bend: FloatArray) -> FloatArray:
    """Return the rotations (F, 4) about a limb's hinge from rest after which its bones are at angles (F,).

    A hinge that isn't quite across the limb doesn't let it be quite straight.
    """
    upper, lower, hinge = normalise(rest.middle - rest.start), normalise(rest.end - rest.middle), rest.hinge
    # turned by t, the lower bone makes the cosine  along + x cos t + y sin t  with the upper one: solved for t
    along = float(dot(upper, hinge) * dot(lower, hinge))
    across = lower - hinge * dot(lower, hinge)
    x, y = float(dot(upper, across)), float(dot(upper, cross(hinge, across)))
    angle = np.arctan2(y, x) + np.arccos(np.clip((np.cos(bend) - along) / np.hypot(x, y), -1.0, 1.0))
    return from_rotation_vector(hinge * angle[:, None])


def _hinge(
    rest: LimbAtRest, upper: FloatArray, axis: FloatArray, directions: tuple[FloatArray, FloatArray]
) -> FloatArray:
    """Return (F, 3) unit axes of the joint, at right angles to axes (F, 3), continuous through straight poses."""
    # across the limb: where the upper bone's twist has the hinge, and at right angles to that
    by_twist = rotate(multiply(upper, conjugate(rest.upper)), rest.hinge)
    first = normalise(_across(by_twist, axis))
    second = cross(axis, first)
    # the bones' plane shows the hinge too; the straighter the limb, the more the twist counts
    across, bend = cross(*directions), angle_between(*directions)
    x, y = dot(across, first), dot(across, second)
    angle = np.arctan2(y, x + _STRAIGHT * np.maximum(1.0 - bend / BENT, 0.0))
    # a limb that is slightly bent the other way shows nothing: it goes on as before and after
    known = np.flatnonzero((x > 0.0) | (bend > BENT))
    angle = np.interp(np.arange(len(angle)), known, np.unwrap(angle[known])) if len(known) else np.zeros(len(angle))
    return first * np.cos(angle)[:, None] + second * np.sin(angle)[:, None]


def _directed(rotation: FloatArray, rest: FloatArray, along: FloatArray, to: FloatArray) -> FloatArray:
    """Return the turns from rest (F, 4) of rotations, changed least so that a rest vector (3,) points `to` (F, 3)."""
    turned = multiply(rotation, conjugate(rest))
    return multiply(shortest_arc(rotate(turned, along), to), turned)


def angle_about(axis: FloatArray, a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the angles (F,), radians, that turn vectors `a` to `b` about unit axes, all (F, 3)."""
    # only what is at right angles to the axis turns about it
    flat_a, flat_b = _across(a, axis), _across(b, axis)
    return np.arctan2(dot(cross(flat_a, flat_b), axis), dot(flat_a, flat_b))


def _across(vectors: FloatArray, axis: FloatArray) -> FloatArray:
    """Return what of vectors (F, 3) is at right angles to unit axes (F, 3)."""
    return vectors - axis * dot(vectors, axis)[:, None]


def twist_of_start(start: FloatArray, chain: FloatArray, across: FloatArray, limb: HingedLimb) -> FloatArray:
    """Return (F,) radians by which the upper bone of an IK chain must be twisted about its own axis.

    The solver starts from the chain at rest and turns it towards the target the shortest way.

    Args:
        start: (F, 4) rotations of the upper bone before it is twisted and solved, armature space.
        chain: (3,) from start to end of the chain at rest, in the upper bone's axes.
        across: (3,) the hinge at rest, in the same axes.
        limb: the wanted pose.
    """
    twist = np.zeros(len(start))
    for _ in range(_ROUNDS):
        turned = multiply(start, from_rotation_vector(twist[:, None] * _ALONG))
        # the shortest way turns the hinge about the limb as well, which the next round takes back
        arc = shortest_arc(rotate(turned, chain), limb.axis)
        twist = twist + angle_about(limb.axis, rotate(arc, rotate(turned, across)), limb.hinge)
    return np.unwrap(twist)


def with_hinges(
    motion: PoseMotion, skeleton: Skeleton, bone_map: BoneMap, hinges: Mapping[str, FloatArray]
) -> PoseMotion:
    """Return the motion with lower arms and legs that turn about one of their own axes, pointing as before.

    Args:
        motion: the channels.
        skeleton: the character at rest.
        hinges: bone to the (3,) unit axis that it may turn about, in its own axes; those of other bones than
            `hinged_bones` don't count.
    """
    for limb in _limbs(skeleton, bone_map):
        upper, lower = skeleton.names[limb[0]], skeleton.names[limb[1]]
        if lower in hinges and {upper, lower} <= set(motion.bones):
            motion = _hinged(motion, skeleton, limb, hinges[lower])
    return motion


def hinged_bones(skeleton: Skeleton, bone_map: BoneMap) -> set[str]:
    """Return the lower arms and legs that can be hinges: their parent is the upper bone."""
    return {skeleton.names[lower] for _, lower, _ in _limbs(skeleton, bone_map)}


def _limbs(skeleton: Skeleton, bone_map: BoneMap) -> Iterator[tuple[int, int, int]]:
    """Yield upper bone, lower bone and end of each limb whose lower bone hangs on the upper one."""
    slots = bone_map.indices_in(skeleton.indices)
    for side, parts in product(SIDES, LIMB_JOINTS):
        joints = filled(slots, slots_of(side, parts))
        if len(joints) == len(parts) and int(skeleton.parents[joints[1]]) == joints[0]:
            yield joints[0], joints[1], joints[2]


def _hinged(motion: PoseMotion, skeleton: Skeleton, limb: tuple[int, int, int], axis: FloatArray) -> PoseMotion:
    upper, lower, end = limb
    rest = from_matrix(skeleton.rest[:, :3, :3])
    pose: PosedBones = posed(skeleton, motion)
    along = normalise(pose.heads[:, lower] - pose.heads[:, upper])
    onward = normalise(pose.heads[:, end] - pose.heads[:, lower])
    # the axes that the lower bone has without a rotation of its own, and both directions in them
    from_unbent = multiply(pose.rotations[:, upper], multiply(conjugate(rest[upper]), rest[lower]))
    along_in_unbent, wanted = rotate(conjugate(from_unbent), along), rotate(conjugate(from_unbent), onward)
    # about the axis the lower bone's own direction goes round in a circle: a part along the axis stays
    own = normalise(rotate(conjugate(rest[lower]), skeleton.rest[end, :3, 3] - skeleton.rest[lower, :3, 3]))
    fixed, across = axis * dot(own, axis), cross(axis, own)
    # the angles at which it is bent as far from the upper bone as it is now: one to each side
    a, b = dot(own - fixed, along_in_unbent), dot(across, along_in_unbent)
    stays = dot(np.broadcast_to(fixed, along_in_unbent.shape), along_in_unbent)
    cosine = (dot(wanted, along_in_unbent) - stays) / np.maximum(np.hypot(a, b), 1e-9)
    between = np.arccos(np.clip(cosine, -1.0, 1.0))
    # to the side that takes less twist of the upper bone
    best: tuple[float, FloatArray, FloatArray] | None = None
    for sense in (1.0, -1.0):
        angle = np.arctan2(b, a) + sense * between
        bent = fixed + np.cos(angle)[:, None] * (own - fixed) + np.sin(angle)[:, None] * across
        twist = angle_about(along_in_unbent, bent, wanted)
        sure = _certainty(along_in_unbent, bent, wanted)
        effort = float((np.abs(twist) * sure).sum())
        if best is None or effort < best[0]:
            best = effort, angle, _settled(twist, sure)
    assert best is not None  # noqa: S101 -- both senses were tried
    _, angle, twist = best
    names, rotations = skeleton.names, motion.rotations.copy()
    of_upper, of_lower = motion.bones.index(names[upper]), motion.bones.index(names[lower])
    own_axis = rotate(conjugate(pose.rotations[:, upper]), along)
    rotations[:, of_upper] = multiply(rotations[:, of_upper], from_rotation_vector(own_axis * twist[:, None]))
    rotations[:, of_lower] = from_rotation_vector(axis * angle[:, None])
    # a hand or a foot that hangs on the lower bone keeps its rotation
    if int(skeleton.parents[end]) == lower and names[end] in motion.bones and skeleton.option(end).inherit_rotation:
        now_lower = multiply(
            from_rotation_vector(along * twist[:, None]), multiply(from_unbent, rotations[:, of_lower])
        )
        now_end = multiply(now_lower, multiply(conjugate(rest[lower]), rest[end]))
        rotations[:, motion.bones.index(names[end])] = multiply(conjugate(now_end), pose.rotations[:, end])
    return replace(motion, rotations=continuous(rotations))


def _certainty(axis: FloatArray, start: FloatArray, goal: FloatArray) -> FloatArray:
    """Return how sure the angles (F,) about unit axes (F, 3) from directions to others are: 0 or 1."""
    nearest = np.minimum(norm(_across(start, axis)), norm(_across(goal, axis)))
    return (nearest > _SURE).astype(np.float64)


def _settled(angles: FloatArray, sure: FloatArray) -> FloatArray:
    """Return the angles (F,) without jumps of 360 degrees, those that aren't sure between those that are."""
    known = np.flatnonzero(sure)
    if not len(known):
        return np.zeros_like(angles)
    return np.interp(np.arange(len(angles)), known, np.unwrap(angles[known]))
