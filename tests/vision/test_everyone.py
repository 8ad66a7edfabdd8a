"""Everyone in a film at once: of four, rendered, two walk past each other; all are where they were."""

from dataclasses import replace
from itertools import combinations, permutations
from pathlib import Path

import numpy as np
import pytest

from aimocap_blender.vision.scanning import ClipFrames
from aimocap_blender.vision.seeing import arrays_of_everyone
from aimocap_blender.vision.sighting import Sighting, sighting_of
from tests.media.clip_frames import clip_frames, unheard
from tests.media.figure.film import FILMS, Another, Film, crossing, filmed_person
from tests.thorough import thoroughly

BEHIND = 1.5
"""Metres from one's path to the other's."""
CROSSING = (0, 1)
"""The walkers who cross; the others are half as large, 115 pixels."""
FARTHER = ((1.2, -1.8), (1.4, 2.2))
"""Metres by which two more are behind the other one of the two who cross, and to the right."""


def four() -> Film:
    """Two who cross, and behind them two who walk at either side, at first hidden by those."""
    film = crossing(BEHIND)
    right, _, away = film.camera.axes * (1.0, 1.0, 0.0)
    away /= np.linalg.norm(away)
    crosses = film.others[0]

    def moved(other: Another, behind: float, beside: float) -> Another:
        place = np.array([*other.place, 0.0]) + behind * away + beside * right
        return replace(other, place=(float(place[0]), float(place[1])))

    (behind, left), (farther, right_of) = FARTHER
    same_way = moved(Another(0.0, (0.0, 0.0)), BEHIND + behind, left)
    return replace(film, others=(crosses, same_way, moved(crosses, farther, right_of)))


@pytest.fixture(scope="module")
def seen(networks_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Sighting]:
    film = four()
    frames = clip_frames(filmed_person(FILMS, film), 0, film.frames, film.size, tmp_path_factory.mktemp("four"))
    found = arrays_of_everyone(ClipFrames(len(frames), float(film.fps), frames.__getitem__), networks_folder, unheard)
    return [sighting_of(arrays) for arrays in found]


def off_after_turning(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    """How far points (N, 2) are from others once they are turned and moved to them."""
    points, others = points - points.mean(axis=0), others - others.mean(axis=0)
    u, _, vt = np.linalg.svd(points.T @ others)
    turn = u @ np.diag([1.0, np.sign(np.linalg.det(u @ vt))]) @ vt
    return np.linalg.norm(points @ turn - others, axis=-1)


@thoroughly
def test_four_of_whom_two_cross_keep_their_ways_and_distances(seen: list[Sighting]) -> None:
    film = four()
    first = film.performance.ground(film.times)
    truth = [first, *(other.at(first) for other in film.others)]
    assert len(seen) == len(truth)
    rows = [np.rint(each.clip.times * float(film.fps)).astype(int) for each in seen]
    assert min(map(len, rows)) > 0.6 * film.frames
    paths = [each.clip.positions[:, each.clip.skeleton.index("Hips"), :2] for each in seen]
    whole = np.concatenate(paths)

    def off(who: tuple[int, ...]) -> np.ndarray:
        true = [truth[one][row, :2] for one, row in zip(who, rows, strict=True)]
        return off_after_turning(whole, np.concatenate(true))

    who = min(permutations(range(len(truth))), key=lambda each: float(off(each).mean()))
    assert off(who).mean() < 0.2
    assert off(who).max() < 0.6  # nobody goes on as another one
    for one, other in combinations(range(len(seen)), 2):
        common = sorted(set(rows[one]) & set(rows[other]))
        here, there = (paths[each][np.searchsorted(rows[each], common)] for each in (one, other))
        true = np.linalg.norm((truth[who[one]] - truth[who[other]])[common, :2], axis=-1)
        apart = np.abs(np.linalg.norm(here - there, axis=-1) - true) / true
        assert np.median(apart) < 0.12
        assert apart.max() < 0.25
    for one, each in enumerate(seen):
        feet = np.concatenate(
            [each.clip.positions[:, each.clip.skeleton.index(f"{side}Toes"), 2] for side in ("Left", "Right")]
        )
        assert abs(np.percentile(feet, 5)) < (0.06 if who[one] in CROSSING else 0.1)
