"""Two-bone legs: their pose, their reach, and the rotations that bring an ankle to a position."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..rotations import (
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
    to_rotation_vector,
)
from ..smoothing import covered, in_samples, least_bent_lines, smooth_step
from .foot_contacts import FootContact

# Set on ue4_run.fbx, cmu_91_48.fbx and boxing_toes.bvh, on the characters of tests/scene/test_retarget_real.py.
_STRETCH = 0.9995  # of a leg's length: a foot lock never straightens a knee completely
_SHORT = 0.1  # of a leg's length: the stiffness of a leg that is bent further stays the same
_STIFF = 0.02  # keeps the stiffness of a straight leg finite
_LEAST_BEND = np.radians(1.0)  # of a knee under the foot lock
_BACKWARD = np.radians(15.0)  # more than any capture's knee
_SAME_LENGTH = 0.002  # of a leg's length: one that becomes so much longer or shorter bends its knee
_LITTLE = 1e-9  # metres
_HINGE_BELOW = 0.14  # sine of the knee's bend below which its own plane is too uncertain to bend it further

_KEEP = 1e5  # weight of a limb's rotations where it counts, relative to bones that go their own way
_FIRM = 1.5  # times that again for what rests fully: it slides else as it comes and goes
_TURN_SEC = 0.25  # seconds within which a limb's bones are turned
_REACH_SEC = 0.4  # seconds before and after a contact in which a limb gets there and away


@dataclass(frozen=True, eq=False)
class TwoBones:
    """A leg or an arm.

    Attributes:
        upper: index of the upper bone.
        lower: index of the lower bone.
        hinge: (3,) the axis that knee or elbow bends about, in the upper bone's own axes.
    """

    upper: int
    lower: int
    hinge: FloatArray


@dataclass(frozen=True, eq=False)
class Leg(TwoBones):
    """A leg's bones by index, and the contacts of its foot.

    Attributes:
        foot: the foot.
        toes: the toes, or None.
        contact: the foot's contacts with the ground.
        stands: these, and stances in which it carries the body without ever resting.
        slow: these, and where the foot creeps, so that it goes with the source's instead of standing.
        crept: (F, 2, 3) how far ankle and ball have crept since the first sample, metres.
        level: (F,) height of the ankle while the foot is planted, metres.
        ball_level: (F,) the same of the ball; None without toes.
    """

    foot: int
    toes: int | None
    contact: FootContact
    stands: FootContact
    slow: FootContact
    crept: FloatArray
    level: FloatArray
    ball_level: FloatArray | None

    def without_creep(self, ankle: FloatArray, ball: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the paths (F, 3) of ankle and ball less what they creep, which stand where the foot is planted."""
        return ankle - self.crept[:, 0], ball - self.crept[:, 1]

    @property
    def foot_bones(self) -> tuple[int, ...]:
        """The foot, and the toes if there are any."""
        return (self.foot,) if self.toes is None else (self.foot, self.toes)


@dataclass(frozen=True, eq=False)
class PosedLeg:
    """The joints (F, 3) of a leg in a pose."""

    hip: FloatArray
    knee: FloatArray
    ankle: FloatArray

    @cached_property
    def lengths(self) -> tuple[FloatArray, FloatArray]:
        """(F,) lengths of the upper and of the lower bone."""
        return norm(self.knee - self.hip), norm(self.ankle - self.knee)

    @cached_property
    def bones(self) -> FloatArray:
        """(F,) length of both bones together."""
        return self.lengths[0] + self.lengths[1]

    @cached_property
    def distance(self) -> FloatArray:
        """(F,) distance from hip to ankle."""
        return norm(self.ankle - self.hip)

    @cached_property
    def longest(self) -> FloatArray:
        """(F,) greatest distance of hip and ankle: the distance in this pose, or that of an almost straight leg."""
        return np.maximum(self.bones * _STRETCH, self.distance)

    @cached_property
    def stiffness(self) -> FloatArray:
        """(F, 3, 3) quadratic form from a small move of the ankle, metres, to the squared rotation of the leg's bones.

        Rotations are in radians. Moves across the leg swing it; moves along it bend the knee, and a straight or folded
        one rotates far.
        """
        along = normalise(self.ankle - self.hip)
        outer = along[:, :, None] * along[:, None, :]
        distance = np.maximum(self.distance, _SHORT * self.bones)
        # moved along by a small part of its length, a leg's bone turns by that times the cotangent of its angle
        squares = np.square(self._cosines(distance))
        bend = (squares / (1.0 - squares + _STIFF)).max(axis=0)
        # across, the leg as a whole turns by that part: in all directions but for the one along
        return (np.eye(3) + outer * (bend - 1.0)[:, None, None]) / distance[:, None, None] ** 2

    def _cosines(self, distance: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the cosines (F,) of `angles`."""
        # law of cosines
        a, b = self.lengths
        at_hip = (a**2 + distance**2 - b**2) / (2.0 * a * distance)
        at_ankle = (b**2 + distance**2 - a**2) / (2.0 * b * distance)
        return np.clip(at_hip, -1.0, 1.0), np.clip(at_ankle, -1.0, 1.0)

    def angles(self, distance: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the angles (F,) at hip and ankle, radians, between bone and hip-ankle line, for a distance (F,)."""
        at_hip, at_ankle = self._cosines(distance)
        return np.arccos(at_hip), np.arccos(at_ankle)

    def degrees_from(self, other: "PosedLeg") -> float:
        """Return the greatest angle between a bone and the same bone of the other pose, degrees."""
        upper = angle_between(self.knee - self.hip, other.knee - other.hip)
        lower = angle_between(self.ankle - self.knee, other.ankle - other.knee)
        return float(np.degrees(np.maximum(upper, lower)).max())

    def out_of_reach(self, shift: FloatArray) -> FloatArray:
        """Return how far (F,) the hip has to come down so that the ankle can move by `shift` (F, 3)."""
        # the ankle can be on a sphere around the hip: what is left below its lower half, so far aside
        away = self.ankle + shift - self.hip
        level = np.minimum(norm(away[:, :2]), self.longest * 0.999)
        return np.maximum(-away[:, 2] - np.sqrt(self.longest**2 - level**2), 0.0)


def solve(
    rotations: Mapping[int, FloatArray], leg: TwoBones, posed: PosedLeg, shift: FloatArray
) -> dict[int, FloatArray]:
    """Return the rotations of a leg's two bones that move its ankle by `shift`, its hip staying where it is.

    Args:
        rotations: bone to (F, 4) bone-to-body rotation, as posed.
        leg: the leg, or an arm.
        shift: (F, 3) metres.
    """
    # a goal out of reach is approached along the line to it
    away = posed.ankle + shift - posed.hip
    length = norm(away)
    reached = np.minimum(length, posed.longest)
    away = away * (reached / np.maximum(length, _LITTLE))[:, None]
    # a leg that only swings keeps the plane of its knee
    bends = np.clip(np.abs(reached - posed.distance) / (_SAME_LENGTH * posed.bones), 0.0, 1.0)
    return _bent(rotations, leg, posed, away, bends)


def with_knee_forward(
    rotations: Mapping[int, FloatArray], leg: Leg, posed: PosedLeg, strength: float
) -> dict[int, FloatArray]:
    """Return the rotations of a leg's two bones with a knee that bends about its hinge only, and forwards.

    A straight knee, or one that real captures bend slightly backwards, becomes almost straight; one that is bent well
    stays as it is, and so does one that is bent far backwards: its hinge is another. The ankle stays on the line from
    the hip.

    Args:
        rotations: bone to (F, 4) bone-to-body rotation, as posed.
        strength: 0 to 1.
    """
    # the knee's angle, below 0 where it bends backwards about its hinge
    bend = cross(normalise(posed.knee - posed.hip), normalise(posed.ankle - posed.knee))
    forwards = np.sign(dot(bend, rotate(rotations[leg.upper], leg.hinge)))
    bent = forwards * angle_between(posed.knee - posed.hip, posed.ankle - posed.knee)
    # a parabola from the least bend at 0 that meets the angle itself, and its slope, at twice that: no jump in speed
    wanted = np.where(bent < 2.0 * _LEAST_BEND, _LEAST_BEND + np.maximum(bent, 0.0) ** 2 / (4.0 * _LEAST_BEND), bent)
    # from one limit backwards to twice that, a knee is ever less likely to be one that bends about this hinge
    sure = np.clip(2.0 + bent / _BACKWARD, 0.0, 1.0)
    angle = bent + strength * sure * (wanted - bent)
    # law of cosines
    a, b = posed.lengths
    length = np.sqrt(a**2 + b**2 + 2.0 * a * b * np.cos(angle))
    away = (posed.ankle - posed.hip) * (length / np.maximum(posed.distance, _LITTLE))[:, None]
    return _bent(rotations, leg, posed, away, strength * sure)


def _bent(
    rotations: Mapping[int, FloatArray], leg: TwoBones, posed: PosedLeg, away: FloatArray, about_hinge: FloatArray
) -> dict[int, FloatArray]:
    """Return the rotations of a leg's two bones that bring its ankle `away` (F, 3) from its hip.

    An almost straight knee bends about its own hinge, as far as `about_hinge` (F,) says: the plane that its bones lie
    in is accidental.
    """
    upper, lower = posed.knee - posed.hip, posed.ankle - posed.knee
    a, b = posed.lengths
    # a leg is a triangle: neither folded nor straight entirely, or its plane is lost
    nearest = np.abs(a - b) + 1e-3 * (a + b)
    length = np.clip(norm(away), nearest, (1.0 - 1e-6) * (a + b))
    # first the leg swings as a whole, the shortest way, so that it twists least …
    along = normalise(away)
    swing = shortest_arc(posed.ankle - posed.hip, away)
    # … then its bones turn in the plane across the axis that the knee bends about
    bend = cross(normalise(upper), normalise(lower))
    hinge = rotate(rotations[leg.upper], leg.hinge)
    forwards = dot(bend, hinge)
    unsure = np.maximum(_HINGE_BELOW - forwards, 0.0) * np.clip(2.0 + forwards / np.sin(_BACKWARD), 0.0, 1.0)
    bend = rotate(swing, bend + hinge * (unsure * about_hinge)[:, None])
    normal = normalise(bend - along * dot(bend, along)[:, None])
    # the triangle's angles say how far from the line between hip and ankle
    at_hip, at_ankle = posed.angles(length)
    new_upper = rotate(from_rotation_vector(-normal * at_hip[:, None]), along)
    new_lower = rotate(from_rotation_vector(normal * at_ankle[:, None]), along)
    turn_upper = multiply(shortest_arc(rotate(swing, upper), new_upper), swing)
    turn_lower = multiply(shortest_arc(rotate(swing, lower), new_lower), swing)
    return {
        leg.upper: multiply(turn_upper, rotations[leg.upper]),
        leg.lower: multiply(turn_lower, rotations[leg.lower]),
    }


def eased(
    before: Mapping[int, FloatArray],
    after: Mapping[int, FloatArray],
    weight: FloatArray,
    times: FloatArray,
    slowly: float = 1.0,
) -> dict[int, FloatArray]:
    """Return rotations of bones that are as after a change where it counts, and change smoothly into it and back.

    A straight limb bends far for a small shift: what begins smoothly as a shift is sudden as a rotation.

    Args:
        before: bone to (F, 4) bone-to-body rotation before it.
        after: the same after it.
        weight: (F,) from 0 to 1, how much it counts.
        times: (F,) seconds.
        slowly: times as long as a limb takes.
    """
    # side by side, as all bones of the limb have the same weights: one system for all of them
    turns = [to_rotation_vector(multiply(rotation, conjugate(before[bone]))) for bone, rotation in after.items()]
    smooth = least_bent_lines(
        _KEEP * weight * (1.0 + _FIRM * weight),
        np.concatenate(turns, axis=-1),
        in_samples(times, slowly * _TURN_SEC) ** 4,
    )
    # the smoothest curve never quite ends
    near = covered((weight > 0.0).astype(np.float64), round(in_samples(times, slowly * _REACH_SEC) / 2.0))[:, None]
    smooth *= smooth_step(near)
    rotations: dict[int, FloatArray] = {}
    for bone, turn in zip(after, np.split(smooth, len(turns), axis=-1), strict=True):
        rotations[bone] = multiply(from_rotation_vector(turn), before[bone])
    return rotations
