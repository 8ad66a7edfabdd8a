"""How near the preview's motion is to the truth, for each clip of rendered truth and over all of them."""

from collections.abc import Callable, Sequence

import numpy as np

from aimocap_blender.vision.person_track import PersonTrack
from tests.vision.judge import together
from tests.vision.rendered_truth.recipes import FLOOR_WORK, OTHERS, SEVEN, Recipe
from tests.vision.rendered_truth.truth import DATA, Truth, truth_of
from tests.vision.seen_clips import seen_clip, trust_and_errors

TRUSTED, DOUBTED = 0.7, 0.3


def print_accuracy(track_of: Callable[[Truth], PersonTrack]) -> None:
    """Print the figures; `track_of` follows the person through a rendered clip's pictures."""
    if not DATA.is_dir():
        print("no accuracy: the real motions and characters are not here")
        return
    for title, recipes in (("the seven clips", SEVEN), ("other clips", OTHERS), ("on the floor", FLOOR_WORK)):
        _print_all(title, recipes, track_of)


def _print_all(title: str, recipes: Sequence[Recipe], track_of: Callable[[Truth], PersonTrack]) -> None:
    figures, trusts = [], []
    for recipe in recipes:
        truth = truth_of(recipe)
        clip = seen_clip(track_of(truth), truth)
        figures.append(clip.figures)
        trusts.append(trust_and_errors(clip, truth))
        print(f"  {recipe.name:12s} {len(clip.motion.frames):3d} frames: {clip.figures.line()}", flush=True)
    print(f"  {title}, all together: {together(figures).line()}")
    trust, error = np.concatenate(trusts).T
    for name, chosen in (("high", trust > TRUSTED), ("low", trust < DOUBTED)):
        if chosen.any():
            print(f"  trust {name}: limbs {np.median(error[chosen]):.1f}° off, {100.0 * chosen.mean():.0f} % of all")
