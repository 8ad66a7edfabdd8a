"""The accuracy on a short part of a clip of rendered truth; `make bench ONLY=preview_accuracy` measures all of them."""

from pathlib import Path

import numpy as np
import pytest

from aimocap_blender.vision import products
from aimocap_blender.vision.network_graph import PoseNetworks
from tests.vision.rendered_truth.recipes import SHORT

from .rendered_truth.truth import truth_of
from .seen_clips import seen_clip, trust_and_errors
from .truth_tracks import truth_track

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("are_tuned", [True, False], ids=["tuned BLAS", "numpy's own sums"])
def test_short_clip_is_seen_about_as_well_as_it_was(
    shared_data: Path, networks: PoseNetworks, monkeypatch: pytest.MonkeyPatch, are_tuned: bool
) -> None:
    del shared_data  # skips where it is not
    monkeypatch.setattr(products, "are_tuned", lambda: are_tuned)
    truth = truth_of(SHORT)
    clip = seen_clip(truth_track(truth, networks), truth)
    figures = clip.figures
    assert len(clip.motion.frames) == SHORT.frames
    assert np.median(figures.limbs) < 9.0
    assert np.percentile(figures.limbs, 95) < 42.0
    assert figures.joints.mean() < 95.0
    assert figures.up < 6.0
    trust, error = trust_and_errors(clip, truth).T
    assert np.median(error[trust > np.median(trust)]) < np.median(error[trust <= np.median(trust)]) + 3.0
