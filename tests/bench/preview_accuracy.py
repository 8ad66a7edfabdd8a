"""How near the preview's motion is to the truth, for each clip of rendered truth and over all of them."""

from collections.abc import Callable, Sequence
from unittest.mock import patch

import numpy as np

from aimocap_blender.vision.clip_solution import start
from aimocap_blender.vision.person_track import PersonTrack
from aimocap_blender.vision.told_depths import PAIRS, ToldDepths
from tests.vision.judge import together
from tests.vision.rendered_truth.recipes import FILMED_TOGETHER, FLOOR_WORK, OTHERS, SEVEN, Recipe
from tests.vision.rendered_truth.truth import DATA, Truth, truth_of
from tests.vision.seen_clips import seen_clip
from tests.vision.trust_calibration import Told, area_under_curve, cross_validated, diagram, fitted, told_by

UNKNOWN = 1e6
"""Error of what is not known, of the hips' distance."""


def print_accuracy(track_of: Callable[[Truth], PersonTrack]) -> None:
    """Print the figures; `track_of` follows the person through a rendered clip's pictures."""
    if not DATA.is_dir():
        print("no accuracy: the real motions and characters are not here")
        return
    told: list[Told] = []
    for title, recipes in (
        ("the seven clips", SEVEN),
        ("other clips", OTHERS),
        ("on the floor", FLOOR_WORK),
        ("for several films", FILMED_TOGETHER),
    ):
        told += _print_all(title, recipes, track_of)
    _print_trust(told)


def _print_all(title: str, recipes: Sequence[Recipe], track_of: Callable[[Truth], PersonTrack]) -> list[Told]:
    figures, without, told = [], [], []
    for recipe in recipes:
        truth = truth_of(recipe)
        track = track_of(truth)
        clip = seen_clip(track, truth)
        figures.append(clip.figures)
        with patch.object(start, "told_depths", _nothing_told):
            without.append(seen_clip(track, truth).figures)
        told.append(told_by(track, truth))
        doubt = ", another up" if clip.motion.other_ground is not None else ""
        print(f"  {recipe.name:15s} {len(clip.motion.frames):3d} frames: {clip.figures.line()}{doubt}", flush=True)
    print(f"  {title}, all together: {together(figures).line()}")
    print(f"  the same without the networks of depths: {together(without).line()}")
    return told


def _nothing_told(rays: np.ndarray, *_: object) -> ToldDepths:
    shape = len(rays), len(PAIRS)
    return ToldDepths(np.zeros(shape), np.full(shape, UNKNOWN))


def _print_trust(told: Sequence[Told]) -> None:
    """Print how well trust fitted to all other clips tells a clip's errors, and the weights fitted to all of them."""
    likely = cross_validated(told)
    right, depth = (np.concatenate([getattr(clip, name) for clip in told]) for name in ("right", "depth"))
    print(
        f"  trust, of clips that it isn't fitted to; within 15°: area under curve {area_under_curve(likely, right):.3f}"
    )
    print(f"  of depths within 15°: {area_under_curve(likely, depth):.3f}")
    for line in diagram(likely, right):
        print(f"    {line}")
    print(f"  weights fitted to all: {', '.join(f'{weight:.2f}' for weight in fitted(told))}")
