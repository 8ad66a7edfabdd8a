"""Someone who is behind another for a while: landmarks that are the other's don't bring them nearer."""

from dataclasses import replace

import numpy as np
import pytest

from aimocap_blender.vision.crops import Region
from aimocap_blender.vision.following import is_behind
from aimocap_blender.vision.joints import INDEX
from aimocap_blender.vision.motion_from_track import solved_and_trusted
from aimocap_blender.vision.one_floor import on_their_way

from .made_tracks import FOCAL, made_track, unseen

HIDDEN, UNSEEN = slice(20, 42), slice(26, 36)
LARGER = 1.25
"""Times that the person seems larger where landmarks are another's, who is nearer."""


def distances(joints: np.ndarray) -> np.ndarray:
    return np.linalg.norm(joints[:, [INDEX["left_hip"], INDEX["right_hip"]]].mean(axis=1), axis=-1)


def test_distances_are_as_before_and_after() -> None:
    made = made_track(2.0, noise=1.0)
    true = distances(np.stack([made.joints[name] for name in INDEX], axis=1))
    pixels = made.track.pixels.copy()
    middle = pixels[HIDDEN].mean(axis=1, keepdims=True)
    pixels[HIDDEN] = middle + LARGER * (pixels[HIDDEN] - middle)
    track = unseen(replace(made.track, pixels=pixels), UNSEEN)
    behind = np.zeros(len(true), np.bool_)
    behind[HIDDEN] = True
    found = solved_and_trusted(track, FOCAL)[0]
    off = np.abs(distances(found.joints) / true - 1.0)
    assert off[HIDDEN].max() > 0.15
    better = on_their_way(found, behind)
    off = np.abs(distances(better.joints) / true - 1.0)
    assert off[HIDDEN].max() < 0.08
    rest = ~behind
    assert np.array_equal(better.joints[rest], found.joints[rest])
    thighs = [one.joints[HIDDEN, INDEX["left_knee"]] - one.joints[HIDDEN, INDEX["left_hip"]] for one in (better, found)]
    assert np.allclose(thighs[0], thighs[1])


def test_distances_without_clear_moments_around_stay() -> None:
    found = solved_and_trusted(made_track(1.0).track, FOCAL)[0]
    for frames in (slice(0, None), slice(0, 10), slice(20, None), slice(0, 0)):
        behind = np.zeros(len(found.times), np.bool_)
        behind[frames] = True
        assert on_their_way(found, behind) is found


@pytest.mark.parametrize(
    ("other", "expected"),
    [(Region(130, 100, 150), True), (Region(130, 100, 105), False), (Region(180, 100, 150), False)],
    ids=["nearer", "as far", "beside"],
)
def test_who_is_nearer_may_hide_who_is_next_to_them(other: Region, expected: bool) -> None:
    assert is_behind(Region(100, 100, 100), other) is expected
    assert not is_behind(other, Region(100, 100, 100))
