"""Everyone in a film at once: two who walk past each other, rendered, are where and as far apart as they were."""

from pathlib import Path

import numpy as np
import pytest

from aimocap_blender.vision.scanning import ClipFrames
from aimocap_blender.vision.seeing import arrays_of_everyone
from aimocap_blender.vision.sighting import Sighting, sighting_of
from tests.media.clip_frames import clip_frames
from tests.media.figure.film import FILMS, crossing, filmed_person

BEHIND = 1.5
"""Metres from one's path to the other's."""


@pytest.fixture(scope="module")
def seen(networks_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Sighting]:
    film = crossing(BEHIND)
    frames = clip_frames(filmed_person(FILMS, film), 0, film.frames, film.size, tmp_path_factory.mktemp("crossing"))
    found = arrays_of_everyone(
        ClipFrames(len(frames), float(film.fps), frames.__getitem__), networks_folder, lambda *_: None
    )
    return [sighting_of(arrays) for arrays in found]


def hips_of(sighting: Sighting) -> np.ndarray:
    return sighting.clip.positions[:, sighting.clip.skeleton.index("Hips")]


@pytest.mark.slow
def test_two_who_cross_keep_their_ways_and_distances(seen: list[Sighting]) -> None:
    film = crossing(BEHIND)
    assert len(seen) == 2
    first = film.performance.ground(film.times)
    truth = [first, film.others[0].at(first)]
    right, _, _ = film.camera.axes
    # Whom of the two each one is: on which side they start.
    sides = [float((path[0] - path[-1]) @ right) for path in truth]
    angle = seen[0].camera_angle
    across = np.array([np.cos(angle), np.sin(angle), 0.0])
    paths = [hips_of(each) for each in seen]
    moved = [float((path[0] - path[-1]) @ across) for path in paths]
    assert sorted(np.sign(moved)) == [-1.0, 1.0]
    if np.sign(moved[0]) != np.sign(sides[0]):
        truth.reverse()
    rows = [np.rint(each.clip.times * float(film.fps)).astype(int) for each in seen]
    common = sorted(set(rows[0]) & set(rows[1]))
    assert len(common) > 0.55 * film.frames  # one of them is hidden for a second
    one, other = (path[[list(row).index(frame) for frame in common]] for path, row in zip(paths, rows, strict=True))
    apart = np.linalg.norm((one - other)[:, :2], axis=-1)
    true = np.linalg.norm((truth[0] - truth[1])[common, :2], axis=-1)
    off = np.abs(apart - true) / true
    assert np.median(off) < 0.2
    assert np.percentile(off, 80) < 0.35  # worse while one comes out from behind the other
    for each in seen:
        feet = np.concatenate(
            [each.clip.positions[:, each.clip.skeleton.index(f"{side}Toes"), 2] for side in ("Left", "Right")]
        )
        assert abs(np.percentile(feet, 5)) < 0.06
