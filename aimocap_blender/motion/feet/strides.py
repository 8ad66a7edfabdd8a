"""Longer and shorter strides, for a figure that travels more or less over the ground than its feet are made for."""

from collections.abc import Sequence

import numpy as np

from ..figures.linkage import Linkage
from ..rotations import FloatArray
from ..smoothing import covered, rate_of
from .foot_lock import posed_leg
from .leg_solution import Leg, PosedLeg, solve
from .stances import Stances

_SWING = 0.5  # seconds in which a leg swings from one stance to the next
_COVER = 0.2  # seconds in which the hips come down and up again
_DEEPEST = 0.25  # of a leg's length: how far the hips come down for long strides
_HALVINGS = 12


def lengthen(
    linkage: Linkage,
    turns: dict[int, FloatArray],
    hips: FloatArray,
    legs: Sequence[Leg],
    times: FloatArray,
    further: FloatArray,
    strength: float,
) -> tuple[FloatArray, FloatArray]:
    """Swing the legs so that feet stand in the middle of what the hips do over them.

    For long strides the hips come down. How much longer they get than legs can make them so is what the figure slides.
    `turns` of the legs' bones are changed in place.

    Args:
        linkage: the character's bones.
        turns: bone to (F, 4) bone-to-body turns.
        hips: (F, 3) where the hips' head is, what they travel further included.
        legs: the legs, with when their feet stand.
        times: (F,) seconds.
        further: (F, 3) how much further they travel over the ground than feet without a slide would carry them.
        strength: 0 to 1, how much of it the legs are to make up for.

    Returns:
        (F, 3) where the hips' head is without what they slide, and (F, 3) what they slide.
    """
    rate = rate_of(times)
    posed = [posed_leg(linkage, turns, hips, leg) for leg in legs]
    asked = [Stances(leg.contact.any, _SWING * rate).standing(further) - further for leg in legs]
    share = _reachable(posed, asked, strength)
    drop = covered(_drop(posed, asked, share), int(_COVER * rate))
    for leg, limb, shift in zip(legs, posed, asked, strict=True):
        solve(turns, leg, limb, share * shift + drop[:, None] * np.array([0.0, 0.0, 1.0]))
    slid = (1.0 - share) * further
    lowered = hips - slid
    lowered[:, 2] -= drop
    return lowered, slid


def _drop(posed: Sequence[PosedLeg], asked: Sequence[FloatArray], share: float) -> FloatArray:
    """(F,) by how much the hips have to come down for a share of what is asked of the legs."""
    return np.max([limb.out_of_reach(share * shift) for limb, shift in zip(posed, asked, strict=True)], axis=0)


def _reachable(posed: Sequence[PosedLeg], asked: Sequence[FloatArray], most: float) -> float:
    """The greatest share, `most` at most, that legs can do without the hips coming down too far."""
    deepest = _DEEPEST * float(np.mean([limb.bones.mean() for limb in posed]))
    low, high = 0.0, most
    if float(_drop(posed, asked, high).max()) <= deepest:
        return high
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if float(_drop(posed, asked, middle).max()) <= deepest else (low, middle)
    return low
