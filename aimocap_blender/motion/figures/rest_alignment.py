"""The rotations from one figure's rest pose to another's, bone by bone, so that directions agree for any rig.

Directions go from joint to joint, never along a bone's own axes: Unreal's bones don't point at their children.
"""

from itertools import pairwise

import numpy as np

from ..bones.humanoid import FINGERS, LIMB_JOINTS, PHALANGES, SIDES, Side, slots_of
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

_HINGE_UNSURE = np.radians(8.0)  # a joint bent less doesn't define its bending axis
_HINGE_SURE = np.radians(20.0)  # a joint bent more defines it wholly
_LEANING = np.radians(15.0)  # torsos that differ by more aren't both upright at rest: one is posed
_STEEP = np.radians(60.0)  # feet that point down more at rest don't stand on the ground
_FOREARM_SHARE = 0.5  # share of the hand's twist that the forearm takes: half, as skin does
_LEVEL = np.array([1.0, 1.0, 0.0])


def align(source: Figure, target: Figure) -> dict[str, FloatArray]:
    """Return slot to the rotation (4,) of the target's bone, in body axes, from its rest to the source's.

    The result has the slots that both fill. Hips, head and shoulders keep their own rest rotation if both rest poses
    are upright; arms and legs take the source's directions, hands its palm; feet rotate about the vertical only, so
    that they stay flat on the ground as at rest.
    """
    upright = lean(source, target)
    rotations = {slot: upright for slot in target.slots if slot in source.slots}
    for side in SIDES:
        for joints in LIMB_JOINTS:
            _align_limb(source.standing, target.standing, side, joints, rotations)
        _align_hand(source.standing, target.standing, side, rotations)
        _align_foot(source.standing, target.standing, side, rotations)
    # found between standing figures: from the target's rest to standing, aligned, and back to the source's rest
    turns = np.stack(list(rotations.values()))
    turns = multiply(conjugate(source.stand), multiply(turns, target.stand))
    return dict(zip(rotations, turns, strict=True))


def lean(source: Figure, target: Figure) -> FloatArray:
    """Return the rotation (4,) from the standing target's torso, neck and head to the source's: none if upright."""
    source, target = source.standing, target.standing
    top = top_of(source, target)
    if top is None:
        return IDENTITY
    # from where the torso begins, whatever the hips' bone is
    own = target.head_of(top) - target.head_of("hips") - hips_point(target)
    wanted = source.head_of(top) - source.head_of("hips") - hips_point(source)
    return shortest_arc(own, wanted) if angle_between(own, wanted) > _LEANING else IDENTITY


def segments(source: Figure, target: Figure, side: Side, joints: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return consecutive pairs of slots that both figures have: a limb's directions."""
    shared = [slot for slot in slots_of(side, joints) if source.has(slot) and target.has(slot)]
    return list(pairwise(shared))


def top_of(source: Figure, target: Figure) -> str | None:
    """Return the slot at the torso's upper end that both figures have, or None."""
    for slot in ("neck", "head"):
        if source.has(slot) and target.has(slot):
            return slot
    return None


def _direction(figure: Figure, start: str, end: str) -> FloatArray:
    """Return (3,) the unit vector from one slot's joint to another's at rest."""
    return normalise(figure.head_of(end) - figure.head_of(start))


def _align_limb(
    source: Figure, target: Figure, side: Side, joints: tuple[str, ...], rotations: dict[str, FloatArray]
) -> None:
    """Carry each bone along with the one above, then rotate it the short way, as a joint would move it."""
    carried = IDENTITY
    pairs = segments(source, target, side, joints)
    twisted = _hinge_twist(source, target, pairs)
    for start, end in pairs:
        wanted, own = _direction(source, start, end), _direction(target, start, end)
        carried = multiply(shortest_arc(rotate(carried, own), wanted), carried)
        # the upper bone alone can turn the hinge about the limb
        if twisted is not None and start == pairs[0][0]:
            carried = multiply(twisted(carried, wanted), carried)
        rotations[start] = carried
    if pairs:
        rotations[pairs[-1][1]] = carried


class _HingeTwist:
    """Twists the upper bone until elbow or knee bend in the source's plane, as far as that is known."""

    def __init__(self, wanted: FloatArray, own: FloatArray, weight: float) -> None:
        """Take the source's hinge and the target's own (3,), and from 0 to 1 how sure both are."""
        self.wanted, self.own, self.weight = wanted, own, weight

    def __call__(self, carried: FloatArray, axis: FloatArray) -> FloatArray:
        """Return the rotation (4,) about the upper bone's direction, once it is `carried` there."""
        own = rotate(carried, self.own)
        angle = np.arctan2(dot(cross(own, self.wanted), axis), dot(own, self.wanted))
        return from_rotation_vector(axis * angle * self.weight)


def _hinge_twist(source: Figure, target: Figure, pairs: list[tuple[str, str]]) -> _HingeTwist | None:
    """Return the twist of a limb of two bones; None where one of the figures is too straight to show its hinge."""
    if len(pairs) != 2:  # noqa: PLR2004 -- an upper and a lower bone
        return None
    hinges: list[FloatArray] = []
    bends: list[float] = []
    for figure in (source, target):
        upper, lower = _direction(figure, *pairs[0]), _direction(figure, *pairs[1])
        bends.append(float(angle_between(upper, lower)))
        hinges.append(normalise(cross(upper, lower)))
    sure = float(np.clip((min(bends) - _HINGE_UNSURE) / (_HINGE_SURE - _HINGE_UNSURE), 0.0, 1.0))
    return _HingeTwist(hinges[0], hinges[1], sure) if sure > 0.0 else None


def _align_hand(source: Figure, target: Figure, side: Side, rotations: dict[str, FloatArray]) -> None:
    """Bring the palms together where both are known, else the directions to a finger; then the fingers."""
    hand = f"{side}_hand"
    if hand not in rotations:
        return
    lower = f"{side}_lower_arm"
    carried = rotations[hand]
    body_from_wanted, body_from_own = _palm(source, side, target), _palm(target, side, source)
    if body_from_wanted is not None and body_from_own is not None:
        rotations[hand] = multiply(body_from_wanted, conjugate(body_from_own))
        if lower in rotations:
            # a palm that is turned about the forearm turns the forearm, too
            axis = _direction(source, lower, hand)
            over = twist(multiply(rotations[hand], conjugate(carried)), axis)
            rotations[lower] = multiply(from_rotation_vector(to_rotation_vector(over) * _FOREARM_SHARE), carried)
    elif knuckles := _shared_knuckles(source, target, side):
        own, wanted = _direction(target, hand, knuckles[0]), _direction(source, hand, knuckles[0])
        rotations[hand] = multiply(shortest_arc(rotate(carried, own), wanted), carried)
    for finger in FINGERS:
        _align_finger(source, target, f"{side}_{finger}", rotations[hand], rotations)


def _shared_knuckles(source: Figure, target: Figure, side: Side) -> list[str]:
    """Return the slots of the fingers' first bones that both figures have, without the thumb's."""
    knuckles = (f"{side}_{finger}_proximal" for finger in FINGERS[1:])
    return [slot for slot in knuckles if source.has(slot) and target.has(slot)]


def _palm(figure: Figure, side: Side, other: Figure) -> FloatArray | None:
    """Return the hand's frame (4,): along its outer knuckles' middle, perpendicular to their plane; None if unknown.

    With a single finger besides the thumb, that finger and the thumb define the plane.
    """
    hand, thumb = f"{side}_hand", f"{side}_thumb_proximal"
    knuckles = _shared_knuckles(figure, other, side)
    if len(knuckles) == 1 and figure.has(thumb) and other.has(thumb):
        finger, aside = _direction(figure, hand, knuckles[0]), _direction(figure, hand, thumb)
        return frame(finger, aside) if angle_between(finger, aside) > _HINGE_UNSURE else None
    if len(knuckles) <= 1:
        return None
    first, last = _direction(figure, hand, knuckles[0]), _direction(figure, hand, knuckles[-1])
    if angle_between(first, last) < _HINGE_UNSURE:
        return None
    return frame(first + last, last)


def _align_finger(
    source: Figure, target: Figure, finger: str, carried: FloatArray, rotations: dict[str, FloatArray]
) -> None:
    """Carry each bone along with the one before, then rotate it the short way to the source's direction."""
    joints = [slot for slot in slots_of(finger, PHALANGES) if slot in rotations]
    for start, end in pairwise(joints):
        own, wanted = _direction(target, start, end), _direction(source, start, end)
        carried = multiply(shortest_arc(rotate(carried, own), wanted), carried)
        rotations[start] = carried
    if joints:
        rotations[joints[-1]] = carried


def _align_foot(source: Figure, target: Figure, side: Side, rotations: dict[str, FloatArray]) -> None:
    """Rotate a foot about the vertical only; one that hangs down at rest, in any direction."""
    foot, toes = f"{side}_foot", f"{side}_toes"
    if foot not in rotations:
        return
    rotations[foot] = IDENTITY
    if toes not in rotations:
        return
    own, wanted = _direction(target, foot, toes), _direction(source, foot, toes)
    steeper = np.arcsin(np.clip(max(-own[2], -wanted[2]), -1.0, 1.0))
    # on the ground only which way it points counts
    if steeper <= _STEEP:
        own, wanted = own * _LEVEL, wanted * _LEVEL
    rotations[foot] = rotations[toes] = shortest_arc(own, wanted)
