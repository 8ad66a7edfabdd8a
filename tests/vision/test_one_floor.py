"""Several people on one floor: their true distances, also of a child, and of who is far away."""

import numpy as np
import pytest

from aimocap_blender.vision.ground import Ground
from aimocap_blender.vision.joints import INDEX
from aimocap_blender.vision.motion_from_track import solved_and_trusted
from aimocap_blender.vision.one_floor import on_one_floor
from aimocap_blender.vision.person_track import PersonTrack

from .made_tracks import FPS, filmed, person

HIPS = [INDEX["left_hip"], INDEX["right_hip"]]
SECONDS = 1.5
PLACES = ((0.0, 0.0), (1.0, 2.5), (-1.2, 1.0))
"""Metres; the camera is 4 m before the first one."""


def tracks(sizes: tuple[float, ...], noise: float) -> list[PersonTrack]:
    """People of sizes at the places, all seen by one camera; the network takes each for as tall, and rather small."""
    count = round(SECONDS * FPS)
    alone = person(np.arange(count) / FPS)
    world = {
        name: np.concatenate([points * size + (*place, 0.0) for size, place in zip(sizes, PLACES, strict=True)])
        for name, points in alone.items()
    }
    whole = filmed(world, azimuth=0.0, noise=noise).track
    found: list[PersonTrack] = []
    for number, size in enumerate(sizes):
        part = slice(number * count, (number + 1) * count)
        found.append(
            PersonTrack(
                whole.times[:count],
                whole.fps,
                whole.size,
                whole.pixels[part],
                whole.visibility[part],
                0.93 * whole.body[part] / size,
                whole.confidence[part],
                whole.camera[:count],
            )
        )
    return found


def hips_in(world: Ground, joints: np.ndarray) -> np.ndarray:
    return world.world(joints[:, HIPS].mean(axis=1)).mean(axis=0)


@pytest.mark.slow_cases
@pytest.mark.parametrize("sizes", [(1.0, 1.0, 1.0), (1.0, 1.05, 0.72)], ids=["alike", "with a child"])
def test_people_are_as_far_from_each_other_as_they_were(sizes: tuple[float, ...]) -> None:
    solved = [solved_and_trusted(track)[0] for track in tracks(sizes, noise=1.0)]
    placed = on_one_floor(solved, [np.eye(3)] * len(solved))
    hips = np.array([hips_in(one.ground, one.found.joints) for one in placed])
    truth = np.array(PLACES)
    for one, other in ((0, 1), (0, 2), (1, 2)):
        true = float(np.linalg.norm(truth[one] - truth[other]))
        found = float(np.linalg.norm((hips[one] - hips[other])[:2]))
        assert found == pytest.approx(true, rel=0.1)
    tall = [float(one.found.solution.lengths.sum()) for one in placed]
    assert np.allclose(np.array(tall) / tall[0], np.array(sizes) / sizes[0], atol=0.06)
    assert np.allclose(hips[:, 2] / hips[0, 2], np.array(sizes) / sizes[0], atol=0.06)  # all feet at the same height
