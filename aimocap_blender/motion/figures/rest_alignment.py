"""The turns that bring one figure's rest pose to another's, bone by bone, so that directions agree whatever the rigs.

Directions go from joint to joint, never along a bone's own axes: Unreal's bones don't point at their children.
"""

from itertools import pairwise

import numpy as np

from ..bones.humanoid import FINGERS, PHALANGES, SIDES, Side
from ..rotations import (
    IDENTITY,
    FloatArray,
    angle_between,
    conjugate,
    cross,
    dot,
    frame,
    from_rotation_vector,
    multiply,
    normalise,
    rotate,
    shortest_arc,
    to_rotation_vector,
    twist,
)
from .figure import Figure, hips_point

ARM_JOINTS = ("upper_arm", "lower_arm", "hand")
LEG_JOINTS = ("upper_leg", "lower_leg", "foot")

_HINGE_UNSURE = np.radians(8.0)  # a joint bent less says nothing about the axis it bends around
_HINGE_SURE = np.radians(20.0)
_LEANING = np.radians(15.0)  # torsos that lean apart by more are not both upright at rest: one is in a pose
_STEEP = np.radians(60.0)  # feet that point down so much at rest don't stand on the ground
_FOREARM_SHARE = 0.5  # of a hand's twist against its forearm, what the forearm takes on: half way, as skin does


def align(source: Figure, target: Figure) -> dict[str, FloatArray]:
    """Slot to the turn (4,) of the target's bone, in body axes, that brings it from its rest to the source's.

    Slots that both fill are in the result. Hips, head and shoulders keep their own rest attitude, as far as both rest
    poses are upright; arms and legs take the source's directions; hands its palm; feet turn about the vertical only, so
    that they keep standing on the ground as they do at rest.
    """
    upright = lean(source, target)
    turns = {slot: upright for slot in target.slots if slot in source.slots}
    for side in SIDES:
        _align_limb(source.standing, target.standing, side, ARM_JOINTS, turns)
        _align_limb(source.standing, target.standing, side, LEG_JOINTS, turns)
        _align_hand(source.standing, target.standing, side, turns)
        _align_foot(source.standing, target.standing, side, turns)
    return {slot: multiply(conjugate(source.stand), multiply(turn, target.stand)) for slot, turn in turns.items()}


def lean(source: Figure, target: Figure) -> FloatArray:
    """The turn (4,) of the standing target's torso, neck and head to the source's: none for upright figures."""
    source, target = source.standing, target.standing
    top = next((slot for slot in ("neck", "head") if source.has(slot) and target.has(slot)), None)
    if top is None:
        return IDENTITY
    own, wanted = (figure.head_of(top) - figure.head_of("hips") - hips_point(figure) for figure in (target, source))
    return shortest_arc(own, wanted) if angle_between(own, wanted) > _LEANING else IDENTITY


def segments(source: Figure, target: Figure, side: Side, joints: tuple[str, ...]) -> list[tuple[str, str]]:
    """Pairs of slots, one after the other, that both figures have: a limb's directions."""
    shared = [slot for part in joints if source.has(slot := f"{side}_{part}") and target.has(slot)]
    return list(pairwise(shared))


def _direction(figure: Figure, start: str, end: str) -> FloatArray:
    return normalise(figure.head_of(end) - figure.head_of(start))


def _align_limb(
    source: Figure, target: Figure, side: Side, joints: tuple[str, ...], turns: dict[str, FloatArray]
) -> None:
    """Each bone is carried along by the one above and then brought over the short way, as a joint would move it."""
    carried = IDENTITY
    pairs = segments(source, target, side, joints)
    twisted = _hinge_twist(source, target, pairs)
    for start, end in pairs:
        wanted, own = _direction(source, start, end), _direction(target, start, end)
        carried = multiply(shortest_arc(rotate(carried, own), wanted), carried)
        if twisted is not None and start == pairs[0][0]:
            carried = multiply(twisted(carried, wanted), carried)
        turns[start] = carried
    if pairs:
        turns[pairs[-1][1]] = carried


class _HingeTwist:
    """Turns the upper bone about itself until elbow or knee bend in the source's plane, as far as that is known."""

    def __init__(self, wanted: FloatArray, own: FloatArray, weight: float) -> None:
        self.wanted, self.own, self.weight = wanted, own, weight

    def __call__(self, carried: FloatArray, axis: FloatArray) -> FloatArray:
        own = rotate(carried, self.own)
        angle = np.arctan2(dot(cross(own, self.wanted), axis), dot(own, self.wanted))
        return from_rotation_vector(axis * angle * self.weight)


def _hinge_twist(source: Figure, target: Figure, pairs: list[tuple[str, str]]) -> _HingeTwist | None:
    if len(pairs) != len(ARM_JOINTS) - 1:
        return None
    normals: list[FloatArray] = []
    bends: list[float] = []
    for figure in (source, target):
        upper, lower = (_direction(figure, *pair) for pair in pairs)
        bends.append(float(angle_between(upper, lower)))
        normals.append(normalise(cross(upper, lower)))
    sure = float(np.clip((min(bends) - _HINGE_UNSURE) / (_HINGE_SURE - _HINGE_UNSURE), 0.0, 1.0))
    return _HingeTwist(normals[0], normals[1], sure) if sure > 0.0 else None


def _align_hand(source: Figure, target: Figure, side: Side, turns: dict[str, FloatArray]) -> None:
    hand = f"{side}_hand"
    if hand not in turns:
        return
    lower = f"{side}_lower_arm"
    carried = turns[hand]
    palms = [_palm(figure, side, other) for figure, other in ((source, target), (target, source))]
    if palms[0] is not None and palms[1] is not None:
        turns[hand] = multiply(palms[0], conjugate(palms[1]))
        if lower in turns:
            axis = _direction(source, lower, hand)
            over = twist(multiply(turns[hand], conjugate(carried)), axis)
            turns[lower] = multiply(from_rotation_vector(to_rotation_vector(over) * _FOREARM_SHARE), carried)
    elif pair := _shared_knuckles(source, target, side)[:1]:
        own, wanted = (_direction(figure, hand, pair[0]) for figure in (target, source))
        turns[hand] = multiply(shortest_arc(rotate(carried, own), wanted), carried)
    for finger in FINGERS:
        _align_finger(source, target, f"{side}_{finger}", turns[hand], turns)


def _shared_knuckles(source: Figure, target: Figure, side: Side) -> list[str]:
    knuckles = [f"{side}_{finger}_proximal" for finger in FINGERS[1:]]
    return [slot for slot in knuckles if source.has(slot) and target.has(slot)]


def _palm(figure: Figure, side: Side, other: Figure) -> FloatArray | None:
    """The hand's frame (4,): along the middle of its outer knuckles, at right angles to their plane; None if unknown.

    With a single finger beside the thumb, that finger and the thumb make the plane.
    """
    knuckles = _shared_knuckles(figure, other, side)
    thumb = f"{side}_thumb_proximal"
    if len(knuckles) == 1 and figure.has(thumb) and other.has(thumb):
        finger, beside = (_direction(figure, f"{side}_hand", slot) for slot in (knuckles[0], thumb))
        return frame(finger, beside) if angle_between(finger, beside) > _HINGE_UNSURE else None
    if len(knuckles) <= 1:
        return None
    first, last = (_direction(figure, f"{side}_hand", slot) for slot in (knuckles[0], knuckles[-1]))
    if angle_between(first, last) < _HINGE_UNSURE:
        return None
    return frame(first + last, last)


def _align_finger(
    source: Figure, target: Figure, finger: str, carried: FloatArray, turns: dict[str, FloatArray]
) -> None:
    joints = [slot for phalanx in PHALANGES if (slot := f"{finger}_{phalanx}") in turns]
    for start, end in pairwise(joints):
        own, wanted = _direction(target, start, end), _direction(source, start, end)
        carried = multiply(shortest_arc(rotate(carried, own), wanted), carried)
        turns[start] = carried
    if joints:
        turns[joints[-1]] = carried


def _align_foot(source: Figure, target: Figure, side: Side, turns: dict[str, FloatArray]) -> None:
    foot, toes = f"{side}_foot", f"{side}_toes"
    if foot not in turns:
        return
    turns[foot] = IDENTITY
    if toes not in turns:
        return
    own, wanted = _direction(target, foot, toes), _direction(source, foot, toes)
    steep = max(float(np.arcsin(np.clip(-direction[2], -1.0, 1.0))) for direction in (own, wanted)) > _STEEP
    level = np.array([1.0, 1.0, 0.0])
    turns[foot] = shortest_arc(own, wanted) if steep else shortest_arc(own * level, wanted * level)
    turns[toes] = turns[foot]
