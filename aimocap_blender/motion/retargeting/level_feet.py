"""Feet of a reference pose, rotated until their soles are level."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..bones.humanoid import SIDES, filled, sided
from ..contacts import contact_of
from ..feet.foot_contacts import FootContact
from ..rotations import BoolArray, FloatArray, angle_between, conjugate, multiply, norm, normalise, rotate, shortest_arc
from ..skeleton import Clip, Skeleton

_LEG_SHARE = 0.5  # of a body's height
_LOWEST = 10.0  # percent of a foot's samples
_TURNING = np.radians(30.0)  # a second: a foot that tilts faster is rolling
_ALIKE = np.radians(30.0)  # of a foot that stands, whatever its slope
_RAISED = 0.03  # of a leg: an ankle that is higher is of a raised heel


def soles_of(skeleton: Skeleton, slots: Mapping[str, int], up: FloatArray) -> dict[int, FloatArray]:
    """Return by bone what is up (3,) in its own axes at rest, of feet, then of toes.

    Args:
        skeleton: its feet are level at rest.
        slots: humanoid slot to bone index.
        up: (3,) away from the ground, in the world.
    """
    bones = filled(slots, sided("foot", "toes"))
    return {bone: rotate(conjugate(skeleton.rest_rotations[bone]), up) for bone in bones}


def with_soles(skeleton: Skeleton, soles: Mapping[int, FloatArray], up: FloatArray) -> Skeleton:
    """Return the skeleton with bones rotated at rest, with what hangs on them, until their own up (3,) is `up` (3,)."""
    for bone, own_up in soles.items():
        skeleton = _rotated(skeleton, bone, shortest_arc(rotate(skeleton.rest_rotations[bone], own_up), up))
    return skeleton


def _rotated(skeleton: Skeleton, bone: int, by: FloatArray) -> Skeleton:
    """Return the skeleton with a bone and all that hang on it rotated at rest about its head."""
    heads, rotations = skeleton.heads.copy(), skeleton.rest_rotations.copy()
    below = [each for each in range(len(skeleton)) if bone in skeleton.upwards(each)]
    rotations[below] = multiply(by, rotations[below])
    heads[below] = heads[bone] + rotate(by, heads[below] - heads[bone])
    return skeleton.posed(heads, rotations)


def with_level_feet(
    clip: Clip, slots: Mapping[str, int], contacts: Mapping[str, FootContact], up: FloatArray, most: float, *, lie: bool
) -> Clip:
    """Return the clip with feet that are as level at rest as they are in the motion while they stand on the ground.

    Args:
        clip: the motion.
        slots: humanoid slot to bone index.
        contacts: side to the contacts of its foot.
        up: (3,) axis of the world.
        most: radians; feet that differ by more, as on tiptoe, stay as they are at rest. With pi, feet that never stand
            become as level as the other foot, or as when they are lowest where neither stands.
        lie: whether feet whose heels lie count as well.
    """
    skeleton = clip.skeleton
    rolled, standing = _carried_back(clip, slots, up), _standing(clip, slots, contacts, up)
    lowest = _lowest(clip, slots, up) | rolled
    told = lowest | standing if most >= np.pi else standing or rolled
    soles: dict[int, FloatArray] = {}
    for foot, there in told.items():
        seen = rotate(conjugate(clip.rotations[there, foot]), up)
        # a heel that lies is as low as one that stands, its sole as steep as a wall
        if not lie:
            alike = angle_between(seen, normalise(np.median(seen, axis=0))) < _ALIKE
            seen = seen[alike] if alike.any() else seen
        soles[foot] = normalise(seen.mean(axis=0))
        if float(angle_between(rotate(skeleton.rest_rotations[foot], soles[foot]), up)) > most:
            del soles[foot]
    skeleton = with_soles(skeleton, soles, up)
    if most >= np.pi and len(standing) == 1 and len(lowest) == len(SIDES):
        skeleton = _as_steep_as_the_other(skeleton, slots, up, next(iter(standing)))
    return replace(clip, skeleton=skeleton)


def _as_steep_as_the_other(skeleton: Skeleton, slots: Mapping[str, int], up: FloatArray, standing: int) -> Skeleton:
    """Return the skeleton with the foot that never stands sloping at rest as the one that does."""
    toes = {slots[f"{side}_foot"]: slots.get(f"{side}_toes") for side in SIDES}
    if None in toes.values():
        return skeleton
    along = {foot: normalise(skeleton.heads[end] - skeleton.heads[foot]) for foot, end in toes.items()}
    (other,) = toes.keys() - {standing}
    level = normalise(along[other] - up * (along[other] @ up))
    steep = along[standing] @ up
    wanted = level * np.sqrt(1.0 - steep**2) + up * steep
    return _rotated(skeleton, other, shortest_arc(along[other], wanted))


def _heights(clip: Clip, slots: Mapping[str, int], up: FloatArray) -> dict[int, FloatArray]:
    return {foot: clip.positions[:, foot] @ up for foot in filled(slots, sided("foot"))}


def _standing(
    clip: Clip, slots: Mapping[str, int], contacts: Mapping[str, FootContact], up: FloatArray
) -> dict[int, BoolArray]:
    """Return by foot bone when (F,) it stands flat, its ankle no higher than the lowest of both; only feet that do."""
    leg = _LEG_SHARE * float(np.ptp(clip.skeleton.heads @ up))
    heights = _heights(clip, slots, up)
    flat = {slots[f"{side}_foot"]: contact.flat for side, contact in contacts.items() if contact.flat.any()}
    floors = [float(np.percentile(heights[foot][there], _LOWEST)) for foot, there in flat.items()]
    found: dict[int, BoolArray] = {}
    for foot, there in flat.items():
        low = there & (heights[foot] < min(floors) + _RAISED * leg)
        if low.any():
            found[foot] = low
    return found


def _carried_back(clip: Clip, slots: Mapping[str, int], up: FloatArray) -> dict[int, BoolArray]:
    """Return by foot bone when (F,) it is low and neither rises nor tilts, as on a treadmill; only feet that do."""
    found: dict[int, BoolArray] = {}
    if len(clip.times) < 3:  # noqa: PLR2004 -- no speeds
        return found
    leg = _LEG_SHARE * float(np.ptp(clip.skeleton.heads @ up))
    for foot, height in _heights(clip, slots, up).items():
        tilted = rotate(conjugate(clip.rotations[:, foot]), up)
        turning = norm(np.gradient(tilted, clip.times, axis=0)) < _TURNING
        low = height < float(np.percentile(height, _LOWEST)) + _RAISED * leg
        there = contact_of(np.outer(height, up), clip.times, leg, near=turning & low).rests
        if there.any():
            found[foot] = there
    return found


def _lowest(clip: Clip, slots: Mapping[str, int], up: FloatArray) -> dict[int, BoolArray]:
    """Return by foot bone when (F,) it is lowest."""
    heights = _heights(clip, slots, up)
    return {foot: height <= np.percentile(height, _LOWEST) for foot, height in heights.items()}
