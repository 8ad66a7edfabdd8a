"""Longer and shorter strides, for a figure that travels further or less far than its feet would carry it."""

from collections.abc import Sequence

import numpy as np

from ..rotations import FloatArray
from ..smoothing import covered, rate_of
from .body_pose import BodyPose
from .leg_solution import Leg, PosedLeg, solve
from .stances import Stances

# Set on cmu_91_48.fbx, boxing_toes.bvh and the circle walk of tests/media/metahuman_fbx.py: test_retarget_scale.py.
_SWING = 0.5  # seconds in which a leg swings from one stance to the next
_COVER = 0.2  # seconds in which the hips come down and up again
_DEEPEST = 0.25  # of a leg's length: how far the hips come down for long strides
_HALVINGS = 12  # to 1 / 4096 of the share asked for


def lengthen(
    pose: BodyPose, legs: Sequence[Leg], times: FloatArray, further: FloatArray, strength: float
) -> tuple[BodyPose, FloatArray]:
    """Swing the legs so that the hips pass over the middle of each stance.

    The hips come down for long strides. The figure slides by the part of `further` that legs can't make up for.

    Args:
        pose: the pose, its hips' path including `further`.
        legs: the legs, with their foot contacts.
        times: (F,) seconds.
        further: (F, 3) how much further the hips travel over the ground than feet without a slide would carry them.
        strength: 0 to 1, the share of it that legs should make up for.

    Returns:
        The pose without the slide, and the slide (F, 3).
    """
    rate = rate_of(times)
    posed = [pose.leg(leg) for leg in legs]
    # ankles stand while the hips travel further, each where its stance's middle comes to be
    asked = [Stances(leg.contact.any, _SWING * rate).standing(further) - further for leg in legs]
    share = _reachable(posed, asked, strength)
    drop = covered(_drop(posed, asked, share), int(_COVER * rate))
    rotations = dict(pose.rotations)
    for leg, limb, shift in zip(legs, posed, asked, strict=True):
        rotations |= solve(rotations, leg, limb, share * shift + drop[:, None] * np.array([0.0, 0.0, 1.0]))
    # without what legs can't make up for, feet stand; whoever asks moves the figure by it
    slid = (1.0 - share) * further
    lowered = pose.hips - slid
    lowered[:, 2] -= drop
    return BodyPose(pose.linkage, rotations, lowered), slid


def _drop(posed: Sequence[PosedLeg], asked: Sequence[FloatArray], share: float) -> FloatArray:
    """Return how far (F,) the hips have to come down for a share of the moves asked of the legs."""
    drops = [limb.out_of_reach(share * shift) for limb, shift in zip(posed, asked, strict=True)]
    return np.max(drops, axis=0)


def _reachable(posed: Sequence[PosedLeg], asked: Sequence[FloatArray], most: float) -> float:
    """Return the greatest share, up to `most`, that legs can do without the hips coming down too far."""
    deepest = _DEEPEST * float(np.mean([limb.bones.mean() for limb in posed]))
    low, high = 0.0, most
    if float(_drop(posed, asked, high).max()) <= deepest:
        return high
    # the longer the strides, the lower the hips: halving finds where they are as low as they may be
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if float(_drop(posed, asked, middle).max()) <= deepest:
            low = middle
        else:
            high = middle
    return low
