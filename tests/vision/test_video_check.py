"""The facts behind Check Video: of real frames, whole and cut so that something is missing."""

import numpy as np
import pytest

from aimocap_blender.vision.network_files import PoseNetworks
from aimocap_blender.vision.scanning import ClipFrames
from aimocap_blender.vision.video_check import FrameFacts, check_video


def checked(frames: list[np.ndarray] | np.ndarray, networks: PoseNetworks) -> tuple[FrameFacts, ...]:
    return check_video(ClipFrames(len(frames), 4.0, lambda index: frames[index]), networks)


def test_a_whole_person(dancer: np.ndarray, networks: PoseNetworks) -> None:
    facts = checked(dancer[40:43:2, 100:, 195:360], networks)
    for frame in facts:
        assert frame.people == 1
        assert 0.7 < frame.height < 0.95
        assert frame.pixels == pytest.approx(frame.height * 260)
        assert frame.feet == 1.0
        assert frame.hands >= 0.5
        assert frame.blur < 0.6
    assert [frame.frame for frame in facts] == [0, 1]
    assert facts[0].changed == 0


def test_two_people(dancer: np.ndarray, networks: PoseNetworks) -> None:
    facts = checked(dancer[50:62:6], networks)
    assert [frame.people for frame in facts] == [2, 2]
    assert not any(frame.camera_moves for frame in facts)


def test_feet_out_of_the_frame(dancer: np.ndarray, networks: PoseNetworks) -> None:
    for frame in checked(dancer[40:64:12, 100:235, 195:360], networks):
        assert frame.people == 1
        assert frame.feet <= 0.5


def test_nobody(networks: PoseNetworks) -> None:
    facts = checked([np.zeros((90, 160, 3), np.uint8)] * 2, networks)
    assert [(frame.people, frame.height, frame.feet) for frame in facts] == [(0, 0.0, 0.0)] * 2
    assert not any(frame.camera_moves for frame in facts)


def test_a_small_person(dancer: np.ndarray, networks: PoseNetworks) -> None:
    frame = np.full((1000, 1600, 3), 205, np.uint8)
    frame[500:760, 700:865] = dancer[40, 100:, 195:360]
    (facts,) = checked([frame], networks)
    assert facts.people <= 1
    assert facts.height < 0.3


def test_a_blurred_person_and_a_change_of_scene(dancer: np.ndarray, networks: PoseNetworks) -> None:
    sharp = dancer[40].astype(np.float64)
    smeared = np.mean([np.roll(sharp, shift, axis=1) for shift in range(-6, 7)], axis=0)
    frames = [dancer[40], np.rint(smeared).astype(np.uint8), dancer[10]]
    first, second, third = checked(frames, networks)
    assert second.blur > first.blur + 0.1
    assert second.changed < 0.5 < third.changed


def test_a_dozen_frames_are_looked_at_and_progress_is_told(networks: PoseNetworks) -> None:
    told: list[tuple[int, int]] = []
    read: list[int] = []

    def picture(index: int) -> np.ndarray:
        read.append(index)
        return np.zeros((45, 80, 3), np.uint8)

    facts = check_video(ClipFrames(300, 30.0, picture), networks, lambda done, of: told.append((done, of)))
    assert [frame.frame for frame in facts] == [0, 27, 54, 81, 108, 135, 163, 190, 217, 244, 271, 299]
    assert told == [(number, 12) for number in range(1, 13)]
    assert len(read) == 24
    assert max(read) == 299
