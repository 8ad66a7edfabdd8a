"""Rendered films of one moment: what one can't tell, the other does, and each alone tells what only it shows."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from aimocap_blender.vision.network_graph import PoseNetworks
from aimocap_blender.vision.together.films import film_of
from aimocap_blender.vision.together.motion import motion_together
from tests.thorough import thoroughly
from tests.vision.made_tracks import unseen
from tests.vision.rendered_truth.recipes import Recipe, short_part
from tests.vision.rendered_truth.truth import truth_of
from tests.vision.truth_tracks import truth_track

from .judge import BODY, Filmed, Judged, figures, judged_together

FRAMES = 50
STARTS = {"cmu20": 45, "cmu150": 40}
LATER = 40
"""Frames after which the second film shows the dancer."""


def seen(recipes: Sequence[Recipe], networks: PoseNetworks) -> list[Filmed]:
    truths = [truth_of(recipe) for recipe in recipes]
    return [Filmed(truth, truth_track(truth, networks), 0.0) for truth in truths]


def judged(clips: Sequence[Filmed]) -> Judged:
    films = [film_of(clip.track) for clip in clips]
    return judged_together(clips, films, motion_together(films))


def dancer(networks: PoseNetworks) -> list[Filmed]:
    return seen([short_part("dance-30", "fx", 120), short_part("dance95", "fx", 95)], networks)


@thoroughly
def test_pair_is_better_than_either_film_alone(shared_data: Path, networks: PoseNetworks) -> None:
    """One film shows the hips from the side, the other shows one leg behind the other."""
    del shared_data  # skips where it is not
    found = judged(seen([short_part(name, "pair", FRAMES, start=start) for name, start in STARTS.items()], networks))
    for ours, *alone in zip(found.figures, *found.alone, strict=True):
        assert ours < 0.95 * min(alone)
    (camera,) = found.cameras
    assert camera.turned < 6.0
    assert abs(camera.seconds) < 0.015


@thoroughly
def test_joint_that_one_film_shows_elsewhere_is_where_it_is_plainly_seen(
    shared_data: Path, networks: PoseNetworks
) -> None:
    """A boxer from the front and from behind: in a punch, an elbow is seen a hand's width off in front."""
    del shared_data
    found = judged(seen([short_part("boxb", "fx", 150), short_part("box170pan", "fx", 90)], networks))
    (median, most, apart), (medians, mosts, aparts) = found.figures, zip(*found.alone, strict=True)
    assert median < 0.95 * min(medians)
    assert apart < 0.95 * min(aparts)
    assert most < 1.05 * min(mosts)


@thoroughly
def test_depths_that_are_guessed_too_flat_hardly_turn_a_camera(shared_data: Path, networks: PoseNetworks) -> None:
    del shared_data
    (camera,) = judged(dancer(networks)).cameras
    assert camera.turned < 3.5
    assert abs(camera.seconds) < 0.01


@thoroughly
def test_moments_that_one_film_shows_are_as_good_as_it_alone(shared_data: Path, networks: PoseNetworks) -> None:
    """The second film shows the dancer later: in another pose, which must not change what the first one showed."""
    del shared_data
    first, second = dancer(networks)
    films = [film_of(first.track), film_of(unseen(second.track, slice(0, LATER)))]
    found = motion_together(films)
    solved, other = found.motion.solved, films[1].through(found.cameras[1])
    in_both = other.has(solved.times)
    for rows, factor in ((in_both, 0.9), (~in_both & films[0].has(solved.times), 1.1)):
        assert rows.sum() > LATER // 2
        times = solved.times[rows]
        ours = figures(solved.joints[rows][:, BODY], first.heads(times))
        alone = figures(films[0].joints_at(times)[:, BODY], first.heads(times))
        assert (np.array(ours) < factor * np.array(alone)).all()
