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
_ROUNDS = 6
_LONGEST = 1.0 - 1e-9
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
        """(3,) unit axis that the joint bends about; the lower bone's X axis if the limb is straight."""
        across = cross(self.middle - self.start, self.end - self.middle)
        size = float(norm(self.middle - self.start) * norm(self.end - self.middle))
        if float(norm(across)) > size * 1e-6:
            return normalise(across)
        return rotate(self.lower, np.array([1.0, 0.0, 0.0]))


@dataclass(frozen=True, eq=False)
class HingedLimb:
    """A limb over time, bent about its hinge only, armature space.

    Attributes:
        upper: (F, 4) rotations of the upper bone.
        lower: (F, 4) rotations of the lower bone.
        roll: (F,) radians that the lower bone is twisted against the hinge, about its direction.
        middle: (F, 3) elbow or knee.
        axis: (F, 3) unit vectors from the limb's start to its end.
        hinge: (F, 3) unit axes that the joint bends about, at right angles to `axis`.
    """

    upper: FloatArray
    lower: FloatArray
    roll: FloatArray
    middle: FloatArray
    axis: FloatArray
    hinge: FloatArray

    @property
    def outward(self) -> FloatArray:
        """(F, 3) unit vectors, at right angles to `axis`, towards the joint's outside."""
        return cross(self.axis, self.hinge)


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
    lengths = float(norm(rest.middle - rest.start)), float(norm(rest.end - rest.middle))
    axis = normalise(end - start)
    hinge = _hinge(rest, upper, axis, (normalise(middle - start), normalise(end - middle)))
    far = np.clip(norm(end - start), abs(lengths[0] - lengths[1]) * (2.0 - _LONGEST), sum(lengths) * _LONGEST)[:, None]
    along = (lengths[0] ** 2 - lengths[1] ** 2 + far**2) / (2.0 * far)
    out = np.sqrt(np.maximum(lengths[0] ** 2 - along**2, 0.0)) * cross(axis, hinge)
    joint = start + along * axis + out
    to = normalise(joint - start), normalise(end - joint)
    turned = _directed(upper, rest.upper, rest.middle - rest.start, to[0])
    twist = angle_about(to[0], rotate(turned, rest.hinge), hinge)
    rolled = _directed(lower, rest.lower, rest.end - rest.middle, to[1])
    return HingedLimb(
        multiply(from_rotation_vector(to[0] * twist[:, None]), multiply(turned, rest.upper)),
        multiply(rolled, rest.lower),
        np.unwrap(angle_about(to[1], hinge, rotate(rolled, rest.hinge))),
        joint,
        axis,
        hinge,
    )


def _hinge(
    rest: LimbAtRest, upper: FloatArray, axis: FloatArray, directions: tuple[FloatArray, FloatArray]
) -> FloatArray:
    """Return (F, 3) unit axes of the joint, at right angles to axes (F, 3), continuous through straight poses."""
    by_twist = rotate(multiply(upper, conjugate(rest.upper)), rest.hinge)
    first = normalise(by_twist - axis * dot(by_twist, axis)[:, None])
    second = cross(axis, first)
    across, bend = cross(*directions), angle_between(*directions)
    x, y = dot(across, first), dot(across, second)
    angle = np.arctan2(y, x + _STRAIGHT * np.maximum(1.0 - bend / _BENT, 0.0))
    known = np.flatnonzero((x > 0.0) | (bend > _BENT))
    angle = np.interp(np.arange(len(angle)), known, np.unwrap(angle[known])) if len(known) else np.zeros(len(angle))
    return first * np.cos(angle)[:, None] + second * np.sin(angle)[:, None]


def _directed(rotation: FloatArray, rest: FloatArray, along: FloatArray, to: FloatArray) -> FloatArray:
    """Return the turns from rest (F, 4) of rotations, changed least so that a rest vector (3,) points `to` (F, 3)."""
    turned = multiply(rotation, conjugate(rest))
    return multiply(shortest_arc(rotate(turned, along), to), turned)


def angle_about(axis: FloatArray, a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the angles (F,), radians, that turn vectors `a` to `b` about unit axes, all (F, 3)."""
    flat_a, flat_b = (v - axis * dot(v, axis)[:, None] for v in (a, b))
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
        arc = shortest_arc(rotate(turned, chain), limb.axis)
        twist = twist + angle_about(limb.axis, rotate(arc, rotate(turned, across)), limb.hinge)
    return np.unwrap(twist)
