"""Feet that stand in the source stand still on the character: two-bone legs, solved for all frames at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .foot_contacts import FootContact, runs
from .linkage import Linkage
from .rotations import (
    BoolArray,
    FloatArray,
    angle_between,
    conjugate,
    cross,
    dot,
    from_rotation_vector,
    multiply,
    normalise,
    rotate,
    shortest_arc,
    to_rotation_vector,
)

_SOFT = 0.2  # seconds in which a foot comes into its place and goes out of it
_STRETCH = 0.9995  # of a leg's length: a knee is never quite straight for a lock
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
class _Limb:
    """Joints (F, 3) of a leg as it is posed."""

    hip: FloatArray
    knee: FloatArray
    ankle: FloatArray


def lock_feet(
    linkage: Linkage, turns: dict[int, FloatArray], hips: FloatArray, legs: list[Leg], times: FloatArray
) -> tuple[FloatArray, float]:
    """Hold standing feet where they stand.

    Feet keep place and attitude while they stand whole, the place of what touches the ground while they roll. Where
    a leg doesn't reach, the hips come down a little, smoothly. `turns` of the legs' bones are changed in place.

    Args:
        linkage: the character's bones.
        turns: bone to (F, 4) bone-to-body turns.
        hips: (F, 3) where the hips' head is.
        legs: the legs to hold.
        times: (F,) seconds.

    Returns:
        (F, 3) where the hips' head is now, and the most degrees that a leg's bone was turned.
    """
    reach = _SOFT / max(float(np.median(np.diff(times))), 1e-6)
    standing = [leg for leg in legs if leg.contact.any.any()]
    if not standing:
        return hips, 0.0
    posed: list[_Limb] = []
    shifts: list[FloatArray] = []
    for leg in legs:
        _hold_attitude(turns, leg, reach)
        posed.append(_pose(linkage, turns, hips, leg))
        shifts.append(_fade(_anchors(linkage, turns, posed[-1], leg), leg.contact.any, reach))
    carried = np.zeros_like(hips)
    carried[:, 2] = _common_rise(legs, posed, shifts, reach)
    # a foot in the air goes with the hips, one that stands stays
    holds = [_fade(np.ones_like(hips), leg.contact.any, reach) for leg in legs]
    drop = np.zeros(len(times))
    for leg, limb, shift in zip(legs, posed, shifts, strict=True):
        need = _out_of_reach(limb, shift - carried)
        drop = np.maximum(drop, np.where(leg.contact.any, need, 0.0))
    carried[:, 2] -= _smooth_cover(drop, int(reach))
    most = 0.0
    for leg, limb, shift, hold in zip(legs, posed, shifts, holds, strict=True):
        most = max(most, _solve(turns, leg, limb, shift - carried * hold))
    return hips + carried, most


def _pose(linkage: Linkage, turns: Mapping[int, FloatArray], hips: FloatArray, leg: Leg) -> _Limb:
    heads = joint_heads(linkage, turns, hips, (leg.upper, leg.lower, leg.foot))
    return _Limb(heads[leg.upper], heads[leg.lower], heads[leg.foot])


def joint_heads(
    linkage: Linkage, turns: Mapping[int, FloatArray], hips: FloatArray, bones: tuple[int, ...]
) -> dict[int, FloatArray]:
    """(F, 3) heads of bones one after the other down from the hips, each hanging on the one before."""
    root = linkage.figure.slots["hips"]
    heads = {root: hips}
    on = root
    for bone in bones:
        between = [a for a in reversed(linkage.figure.skeleton.ancestors(bone)) if a in turns]
        if on in between:  # turned bones between two joints: a spine that the legs hang from
            for inner in between[between.index(on) + 1 :]:
                heads[inner] = linkage.hang(inner, on, turns, heads)
                on = inner
        heads[bone] = linkage.hang(bone, on, turns, heads)
        on = bone
    return heads


def _hold_attitude(turns: dict[int, FloatArray], leg: Leg, reach: float) -> None:
    """Give the foot one attitude for as long as it stands whole."""
    flat = leg.contact.flat
    if not flat.any():
        return
    turned = turns[leg.foot]
    change = np.zeros((len(turned), 3))
    for start, stop in runs(flat).tolist():
        middle = turned[(start + stop) // 2]
        mean = from_rotation_vector(to_rotation_vector(multiply(turned[start:stop], conjugate(middle))).mean(axis=0))
        held = multiply(mean, middle)
        change[start:stop] = to_rotation_vector(multiply(held, conjugate(turned[start:stop])))
    by = from_rotation_vector(_fade(change, flat, reach))
    turns[leg.foot] = multiply(by, turned)
    if leg.toes is not None:
        turns[leg.toes] = multiply(by, turns[leg.toes])


def _anchors(linkage: Linkage, turns: Mapping[int, FloatArray], posed: _Limb, leg: Leg) -> FloatArray:
    """(F, 3) by how much a standing foot is to be moved; 0 where it doesn't stand.

    Within one stance each point that begins to stand takes over where the one before has brought it, so that rolling
    from heel to toe never slips; the stance as a whole stays where it would have been.
    """
    ankle = posed.ankle
    ball = ankle
    if leg.toes is not None:
        ball = linkage.hang(leg.toes, leg.foot, turns, {leg.foot: ankle})
    shift = np.zeros_like(ankle)
    kinds = leg.contact.ankle * 2 + leg.contact.ball
    for start, stop in runs(leg.contact.any).tolist():
        changes = np.flatnonzero(np.diff(kinds[start:stop])) + start + 1
        edges = [start, *changes.tolist(), stop]
        carried = np.zeros(3)
        for first, last in pairwise(edges):
            point = ankle if kinds[first] >= 2 else ball  # noqa: PLR2004 -- the ankle's bit
            begin = max(first - 1, start)
            shift[first:last] = point[begin] + carried - point[first:last]
            carried = shift[last - 1]
        level = np.array([1.0, 1.0, 0.0])
        shift[start:stop] -= (shift[start:stop] * level).mean(axis=0)
        flat = leg.contact.flat[start:stop] if leg.contact.flat[start:stop].any() else leg.contact.any[start:stop]
        wanted = leg.level[start:stop][flat] - ankle[start:stop, 2][flat]
        shift[start:stop, 2] += np.median(wanted) - np.median(shift[start:stop, 2][flat])
    return shift


def _fade(values: FloatArray, known: BoolArray, reach: float) -> FloatArray:
    """Values (F, 3) that go to 0 smoothly outside of where they are known, and from one to the next over short gaps."""
    if not known.any():
        return np.zeros_like(values)
    frames = np.arange(len(values))
    before = np.maximum.accumulate(np.where(known, frames, -1))
    after = np.minimum.accumulate(np.where(known, frames, len(values))[::-1])[::-1]
    gap = np.where((before >= 0) & (after < len(values)), after - before, np.inf)
    within = np.minimum(reach, np.maximum(gap, 1.0))
    total = np.zeros_like(values)
    for edge, distance in ((before, frames - before), (after, after - frames)):
        there = (edge >= 0) & (edge < len(values))
        t = np.clip(distance / within, 0.0, 1.0)
        weight = np.where(there, 1.0 - t * t * (3.0 - 2.0 * t), 0.0)
        total += weight[:, None] * values[np.clip(edge, 0, len(values) - 1)]
    return np.where(known[:, None], values, total)


def _common_rise(legs: list[Leg], posed: list[_Limb], shifts: list[FloatArray], reach: float) -> FloatArray:
    """(F,) height that standing feet ask for together: the hips follow it, so that knees needn't.

    The straighter a leg is, the more its knee would have to do for the same height: the more it counts.
    """
    rises = np.stack([shift[:, 2] for shift in shifts])
    weights = np.stack(
        [leg.contact.any / (1.0 + _STIFF - _extension(limb) ** 2) for leg, limb in zip(legs, posed, strict=True)]
    )
    total = weights.sum(axis=0)
    known = np.asarray(total > 0.0, dtype=np.bool_)
    mean = np.where(known, (rises * weights).sum(axis=0) / np.maximum(total, 1e-9), 0.0)
    whole = _fade(np.repeat(mean[:, None], 3, axis=1), known, max(reach, len(mean)))[:, 0]
    half = int(reach) // 2
    window = np.full(2 * half + 1, 1.0 / (2 * half + 1))
    return np.asarray(np.convolve(np.pad(whole, half, mode="edge"), window, mode="valid"), dtype=np.float64)


def _out_of_reach(posed: _Limb, shift: FloatArray) -> FloatArray:
    """(F,) by how much the hip has to come down for the ankle to move by `shift` (F, 3) against it."""
    longest = _longest(posed)
    away = posed.ankle + shift - posed.hip
    level = np.minimum(np.linalg.norm(away[:, :2], axis=-1), longest * 0.999)
    return np.maximum(-away[:, 2] - np.sqrt(longest**2 - level**2), 0.0)


def _bones(posed: _Limb) -> FloatArray:
    """(F,) length of both bones together."""
    upper, lower = posed.knee - posed.hip, posed.ankle - posed.knee
    return np.asarray(np.linalg.norm(upper, axis=-1) + np.linalg.norm(lower, axis=-1), dtype=np.float64)


def _extension(posed: _Limb) -> FloatArray:
    """(F,) how far the ankle is from the hip, of what the bones allow."""
    return np.asarray(np.linalg.norm(posed.ankle - posed.hip, axis=-1) / _bones(posed), dtype=np.float64)


def _longest(posed: _Limb) -> FloatArray:
    """(F,) how far apart hip and ankle may be: as they were, or all but straight."""
    return np.asarray(_bones(posed) * np.maximum(_STRETCH, _extension(posed)), dtype=np.float64)


def _smooth_cover(values: FloatArray, reach: int) -> FloatArray:
    """A smooth line (F,) that is nowhere under `values`."""
    if reach < 1 or float(values.max()) <= 0.0:
        return values
    padded = np.pad(values, 2 * reach, mode="edge")
    window = 2 * reach + 1
    highest = np.lib.stride_tricks.sliding_window_view(padded, window).max(axis=-1)
    return np.asarray(np.convolve(highest, np.full(window, 1.0 / window), mode="valid"), dtype=np.float64)


def _solve(turns: dict[int, FloatArray], leg: Leg, posed: _Limb, shift: FloatArray) -> float:
    """Turn both bones so that the ankle moves by `shift` (F, 3) against the hip; the most degrees that one turned."""
    upper, lower = posed.knee - posed.hip, posed.ankle - posed.knee
    a, b = np.linalg.norm(upper, axis=-1), np.linalg.norm(lower, axis=-1)
    away = posed.ankle + shift - posed.hip
    nearest = np.abs(a - b) + 1e-3 * (a + b)
    now, wanted = np.linalg.norm(posed.ankle - posed.hip, axis=-1), np.linalg.norm(away, axis=-1)
    length = np.clip(wanted, nearest, _longest(posed))
    along = normalise(away)
    swing = shortest_arc(posed.ankle - posed.hip, away)
    bend = cross(normalise(upper), normalise(lower))
    # a knee that is all but straight bends about its own axis, not in the accidental plane that it happens to be in
    unsure = np.clip(1.0 - np.linalg.norm(bend, axis=-1) / _HINGE_BELOW, 0.0, 1.0)
    moved = np.clip(np.abs(length - now) / (0.002 * (a + b)), 0.0, 1.0)
    hinge = rotate(turns[leg.upper], leg.hinge)
    bend = rotate(swing, bend + hinge * (_HINGE_BELOW * unsure * moved)[:, None])
    normal = normalise(bend - along * dot(bend, along)[:, None])
    at_hip = np.arccos(np.clip((a**2 + length**2 - b**2) / (2.0 * a * length), -1.0, 1.0))
    at_ankle = np.arccos(np.clip((b**2 + length**2 - a**2) / (2.0 * b * length), -1.0, 1.0))
    new_upper = rotate(from_rotation_vector(-normal * at_hip[:, None]), along)
    new_lower = rotate(from_rotation_vector(normal * at_ankle[:, None]), along)
    most = 0.0
    for bone, old, new in ((leg.upper, upper, new_upper), (leg.lower, lower, new_lower)):
        turns[bone] = multiply(multiply(shortest_arc(rotate(swing, old), new), swing), turns[bone])
        most = max(most, float(np.degrees(angle_between(old, new)).max()))
    return most
