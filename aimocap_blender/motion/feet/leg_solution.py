"""Two-bone legs: how they are posed, how far they reach, and turned so that the ankle comes where it is to be."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..rotations import (
    FloatArray,
    angle_between,
    cross,
    dot,
    from_rotation_vector,
    multiply,
    normalise,
    rotate,
    shortest_arc,
)
from .foot_contacts import FootContact

_STRETCH = 0.9995  # of a leg's length: a knee is never quite straight for a lock
_SHORT = 0.1  # of a leg's length: one that is bent more swings no further
_STIFF = 0.02  # keeps a straight leg from counting without bounds
_HINGE_BELOW = 0.14  # sine of the knee's bend under which its own plane is too uncertain to bend it more


@dataclass(frozen=True, eq=False)
class Leg:
    """A leg's bones by index, and when its foot stands.

    Attributes:
        upper: the upper leg.
        lower: the lower leg.
        foot: the foot.
        toes: the toes, or None.
        contact: when the foot stands.
        level: (F,) height that a standing ankle is to have, metres.
        hinge: (3,) the axis that the knee bends about, in the upper leg's own axes.
    """

    upper: int
    lower: int
    foot: int
    toes: int | None
    contact: FootContact
    level: FloatArray
    hinge: FloatArray


@dataclass(frozen=True, eq=False)
class PosedLeg:
    """Joints (F, 3) of a leg as it is posed."""

    hip: FloatArray
    knee: FloatArray
    ankle: FloatArray

    @cached_property
    def lengths(self) -> tuple[FloatArray, FloatArray]:
        """(F,) of the upper and of the lower bone."""
        upper, lower = np.linalg.norm(self.knee - self.hip, axis=-1), np.linalg.norm(self.ankle - self.knee, axis=-1)
        return np.asarray(upper, dtype=np.float64), np.asarray(lower, dtype=np.float64)

    @cached_property
    def bones(self) -> FloatArray:
        """(F,) length of both bones together."""
        return self.lengths[0] + self.lengths[1]

    @cached_property
    def distance(self) -> FloatArray:
        """(F,) from hip to ankle."""
        return np.asarray(np.linalg.norm(self.ankle - self.hip, axis=-1), dtype=np.float64)

    @cached_property
    def longest(self) -> FloatArray:
        """(F,) how far apart hip and ankle may be: as they were, or all but straight."""
        return np.maximum(self.bones * _STRETCH, self.distance)

    @cached_property
    def stiffness(self) -> FloatArray:
        """(F, 3, 3) of the form that makes of a small move of the ankle, metres, the square of its bones' turn.

        Turns are in radians. Across the leg it swings; along it the knee has to do it, and a straight or folded one has
        to turn far.
        """
        along = normalise(self.ankle - self.hip)
        outer = along[:, :, None] * along[:, None, :]
        distance = np.maximum(self.distance, _SHORT * self.bones)
        cosines = self._cosines(distance)
        bend = np.max([cosine**2 / (1.0 - cosine**2 + _STIFF) for cosine in cosines], axis=0)
        return (np.eye(3) + outer * (bend - 1.0)[:, None, None]) / distance[:, None, None] ** 2

    def _cosines(self, distance: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(F,) of the angles at hip and ankle, between bone and line to the other end, at a distance (F,)."""
        a, b = self.lengths
        at_hip = (a**2 + distance**2 - b**2) / (2.0 * a * distance)
        at_ankle = (b**2 + distance**2 - a**2) / (2.0 * b * distance)
        return np.clip(at_hip, -1.0, 1.0), np.clip(at_ankle, -1.0, 1.0)

    def angles(self, distance: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(F,) radians at hip and ankle, between bone and line to the other end, at a distance (F,)."""
        at_hip, at_ankle = self._cosines(distance)
        return np.arccos(at_hip), np.arccos(at_ankle)

    def turned_from(self, other: "PosedLeg") -> float:
        """The most degrees by which a bone points elsewhere than the other's."""
        pairs = (
            (self.knee - self.hip, other.knee - other.hip),
            (self.ankle - self.knee, other.ankle - other.knee),
        )
        return max(float(np.degrees(angle_between(ours, theirs)).max()) for ours, theirs in pairs)

    def out_of_reach(self, shift: FloatArray) -> FloatArray:
        """(F,) by how much the hip has to come down for the ankle to move by `shift` (F, 3) against it."""
        away = self.ankle + shift - self.hip
        level = np.minimum(np.linalg.norm(away[:, :2], axis=-1), self.longest * 0.999)
        return np.maximum(-away[:, 2] - np.sqrt(self.longest**2 - level**2), 0.0)


def solve(turns: dict[int, FloatArray], leg: Leg, posed: PosedLeg, shift: FloatArray) -> None:
    """Turn both bones so that the ankle moves by `shift` (F, 3) against the hip.

    `turns`, bone to (F, 4), is changed in place.
    """
    upper, lower = posed.knee - posed.hip, posed.ankle - posed.knee
    a, b = posed.lengths
    away = posed.ankle + shift - posed.hip
    nearest = np.abs(a - b) + 1e-3 * (a + b)
    length = np.clip(np.linalg.norm(away, axis=-1), nearest, posed.longest)
    along = normalise(away)
    swing = shortest_arc(posed.ankle - posed.hip, away)
    bend = cross(normalise(upper), normalise(lower))
    # a knee that is all but straight bends about its own axis, not in the accidental plane that it happens to be in
    unsure = np.clip(1.0 - np.linalg.norm(bend, axis=-1) / _HINGE_BELOW, 0.0, 1.0)
    moved = np.clip(np.abs(length - posed.distance) / (0.002 * (a + b)), 0.0, 1.0)
    hinge = rotate(turns[leg.upper], leg.hinge)
    bend = rotate(swing, bend + hinge * (_HINGE_BELOW * unsure * moved)[:, None])
    normal = normalise(bend - along * dot(bend, along)[:, None])
    at_hip, at_ankle = posed.angles(length)
    new_upper = rotate(from_rotation_vector(-normal * at_hip[:, None]), along)
    new_lower = rotate(from_rotation_vector(normal * at_ankle[:, None]), along)
    for bone, old, new in ((leg.upper, upper, new_upper), (leg.lower, lower, new_lower)):
        turns[bone] = multiply(multiply(shortest_arc(rotate(swing, old), new), swing), turns[bone])
