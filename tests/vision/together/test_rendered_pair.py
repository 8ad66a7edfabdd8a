"""A rendered pair: while one film shows the hips from the side, the other shows one leg behind the other."""

from pathlib import Path

from aimocap_blender.vision.network_files import PoseNetworks
from aimocap_blender.vision.together.films import film_of
from aimocap_blender.vision.together.motion import motion_together
from tests.thorough import thoroughly
from tests.vision.rendered_truth.recipes import short_part
from tests.vision.rendered_truth.truth import truth_of
from tests.vision.truth_tracks import truth_track

from .judge import Filmed, judged_together

FRAMES = 50
STARTS = {"cmu20": 45, "cmu150": 40}


@thoroughly
def test_pair_is_better_than_either_film_alone(shared_data: Path, networks: PoseNetworks) -> None:
    del shared_data  # skips where it is not
    truths = [truth_of(short_part(name, "pair", FRAMES, start=start)) for name, start in STARTS.items()]
    clips = [Filmed(truth, truth_track(truth, networks), 0.0) for truth in truths]
    films = [film_of(clip.track) for clip in clips]
    judged = judged_together(clips, films, motion_together(films))
    for ours, *alone in zip(judged.figures, *judged.alone, strict=True):
        assert ours < 0.95 * min(alone)
    (camera,) = judged.cameras
    assert camera.turned < 6.0
    assert abs(camera.seconds) < 0.015
