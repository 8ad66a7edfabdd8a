"""Limbs of two bones as inverse kinematics pose them: the joint between the bones is a hinge."""

from dataclasses import dataclass

import numpy as np

from .rotations import (
    FloatArray,
    angle_between,
    conjugate,
    cross,
    dot,
    from_rotation_vector,
    multiply,
    norm,
    normalise,
    rotate,
    shortest_arc,
)

_STRAIGHT = np.radians(0.5)  # straighter limbs have no certain hinge of their own
_BENT = np.radians(10.0)  # bent further, a limb shows its hinge, whatever its twist says
_ROUNDS = 6  # of finding the twist before a solver's shortest way, which depends on it
_LONGEST = 1.0 - 1e-9  # of a limb's greatest length: no triangle is flat
_REACHED = 1.25  # times the least angle of a joint: closer to it, a turn of the hinge hardly bends it
_FLAT = 1e-6  # sine of the bend below which a limb at rest has no plane
_ALONG = np.array([0.0, 1.0, 0.0])  # a bone's own axis


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
    askew = angle_about(axis, rotate(turned, rest.hinge), hinge) * np.maximum(1.0 - angle_between(*to) / _BENT, 0.0)
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
    first = normalise(by_twist - axis * dot(by_twist, axis)[:, None])
    second = cross(axis, first)
    # the bones' plane shows the hinge too; the straighter the limb, the more the twist counts
    across, bend = cross(*directions), angle_between(*directions)
    x, y = dot(across, first), dot(across, second)
    angle = np.arctan2(y, x + _STRAIGHT * np.maximum(1.0 - bend / _BENT, 0.0))
    # a limb that is slightly bent the other way shows nothing: it goes on as before and after
    known = np.flatnonzero((x > 0.0) | (bend > _BENT))
    angle = np.interp(np.arange(len(angle)), known, np.unwrap(angle[known])) if len(known) else np.zeros(len(angle))
    return first * np.cos(angle)[:, None] + second * np.sin(angle)[:, None]


def _directed(rotation: FloatArray, rest: FloatArray, along: FloatArray, to: FloatArray) -> FloatArray:
    """Return the turns from rest (F, 4) of rotations, changed least so that a rest vector (3,) points `to` (F, 3)."""
    turned = multiply(rotation, conjugate(rest))
    return multiply(shortest_arc(rotate(turned, along), to), turned)


def angle_about(axis: FloatArray, a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the angles (F,), radians, that turn vectors `a` to `b` about unit axes, all (F, 3)."""
    # only what is at right angles to the axis turns about it
    flat_a = a - axis * dot(a, axis)[:, None]
    flat_b = b - axis * dot(b, axis)[:, None]
    return np.arctan2(dot(cross(flat_a, flat_b), axis), dot(flat_a, flat_b))


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
