"""The facts behind Check Video: of real frames, and of rendered films in which one thing hinders a motion."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aimocap_blender.takes.previews.running import judged
from aimocap_blender.vision.landmarks import LandmarkFinder
from aimocap_blender.vision.network_graph import PoseNetworks
from aimocap_blender.vision.scanning import ClipFrames
from aimocap_blender.vision.video_check import VideoFacts, check_video, frames_to_check
from tests.vision import hindered_films as films
from tests.vision.rendered_truth.recipes import SHORT
from tests.vision.rendered_truth.truth import truth_of
from tests.vision.truth_tracks import pixels_of


def checked(frames: list[np.ndarray] | np.ndarray, networks: PoseNetworks) -> VideoFacts:
    return check_video(ClipFrames(len(frames), 4.0, lambda index: frames[index]), networks)


def test_a_whole_person(dancer: np.ndarray, networks: PoseNetworks) -> None:
    facts = checked(dancer[40:43:2, 100:, 195:360], networks)
    for frame in facts.frames:
        assert frame.people == 1
        assert 0.7 < frame.size < 1.0
        assert frame.feet_out == frame.feet_hidden == frame.hands_out == 0.0
        assert not frame.on_floor
        assert frame.blur < 0.6
    assert [frame.frame for frame in facts.frames] == [0, 1]
    assert facts.cuts == ()


def test_two_people(dancer: np.ndarray, networks: PoseNetworks) -> None:
    facts = checked(dancer[50:62:6], networks)
    assert [frame.people for frame in facts.frames] == [2, 2]
    assert not facts.camera_moves


def test_feet_out_of_the_frame(dancer: np.ndarray, networks: PoseNetworks) -> None:
    for frame in checked(dancer[40:64:12, 100:235, 195:360], networks).frames:
        assert frame.people == 1
        assert frame.feet_out + frame.feet_hidden >= 0.5


def test_nobody(networks: PoseNetworks) -> None:
    facts = checked([np.zeros((90, 160, 3), np.uint8)] * 2, networks)
    assert [(frame.people, frame.light) for frame in facts.frames] == [(0, 0.0)] * 2
    assert not facts.camera_moves


def test_a_small_person(dancer: np.ndarray, networks: PoseNetworks) -> None:
    frame = np.full((1000, 1600, 3), 205, np.uint8)
    frame[500:760, 700:865] = dancer[40, 100:, 195:360]
    (facts,) = checked([frame], networks).frames
    assert facts.people <= 1
    assert facts.size < 0.2


@pytest.mark.long
def test_a_flash_and_lights_are_no_cuts_and_the_real_cut_is_one(dancer: np.ndarray, networks: PoseNetworks) -> None:
    assert checked(dancer[0:90:6], networks).cuts == ((4, 5),)
    without = [*dancer[36:90:6]]
    flash = [*without[:4], np.full_like(without[4], 250), *without[5:]]
    dimmed = [frame if number < 4 else (frame * 0.4).astype(np.uint8) for number, frame in enumerate(without)]
    assert checked(flash, networks).cuts == checked(dimmed, networks).cuts == ()


def test_a_dozen_frames_are_looked_at_and_progress_is_reported(networks: PoseNetworks) -> None:
    told: list[tuple[int, int]] = []
    read: list[int] = []

    def picture(index: int) -> np.ndarray:
        read.append(index)
        return np.zeros((45, 80, 3), np.uint8)

    facts = check_video(ClipFrames(300, 30.0, picture), networks, lambda done, of: told.append((done, of)))
    looks = [frame.frame for frame in facts.frames]
    assert (len(looks), looks[0], looks[-1]) == (12, 0, 299)
    assert 16 <= np.diff(looks).min() <= np.diff(looks).max() <= 32
    assert told == [(number, 39) for number in range(1, 40)]
    assert read == list(frames_to_check(300, 30.0))
    assert len(frames_to_check(18000, 30.0)) == 48


def test_most_people_are_looked_at_once(
    dancer: np.ndarray, networks: PoseNetworks, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[object] = []
    look = LandmarkFinder.roughly

    def noted(*args: Any) -> object:
        looks.append(args)
        return look(*args)

    monkeypatch.setattr(LandmarkFinder, "roughly", noted)
    facts = checked(dancer[40:76:6], networks)
    seen = sum(frame.people for frame in facts.frames)
    assert seen > len(facts.frames)
    assert seen <= len(looks) < 1.7 * seen


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "hindrance"),
    [
        (films.as_it_is, None),
        (films.hardly_zoomed, None),
        (films.held_by_hand, films.CAMERA),
        (films.closer_and_mirrored, films.CUT),
        (films.blurred, films.BLUR),
        (films.lights_off, films.DARK),
        (films.on_its_side, films.FLOOR),
        (films.small, films.SMALL),
        (films.without_feet, films.FEET_OUT),
        (films.behind_a_table, films.FEET_HIDDEN),
    ],
)
def test_one_thing_that_hinders_is_reported_and_nothing_else(
    shared_data: Path, networks: PoseNetworks, make: Callable[..., films.Frames], hindrance: str | None
) -> None:
    """`make bench ONLY=video_check` prints more."""
    del shared_data
    frames = make([pixels_of(file) for file in truth_of(SHORT).pictures])
    facts = check_video(ClipFrames(len(frames), films.FPS, frames.__getitem__), networks)
    assert films.told(judged(facts, films.FPS).sentences) == [hindrance] * (hindrance is not None)
