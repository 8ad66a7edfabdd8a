"""Cuts: found to the frame; a flash, a fast camera and a moving figure are none."""

from collections.abc import Sequence

import numpy as np
import pytest

from aimocap_blender.vision.scanning import CutFinder
from tests.vision.conftest import DANCER_FIRST

STEP = 6


def cuts_in(frames: Sequence[np.ndarray], step: int = STEP) -> list[int]:
    finder = CutFinder(lambda index: frames[index])
    for index in [*range(0, len(frames) - 1, step), len(frames) - 1]:
        finder.show(index, frames[index])
    return finder.cuts


def wall(seed: int) -> np.ndarray:
    """A picture (120, 600, 3) of soft patches."""
    rng = np.random.default_rng(seed)
    small = rng.integers(30, 220, (8, 40, 3)).astype(np.float64)
    return small.repeat(15, 0).repeat(15, 1)


def shot(seed: int, count: int, speed: float = 0.0) -> list[np.ndarray]:
    """Frames (120, 160, 3) of a wall along which the camera moves, with a dark block that moves too."""
    frames: list[np.ndarray] = []
    for number in range(count):
        at = round(speed * number)
        frame = wall(seed)[:, at : at + 160].copy()
        frame[40:100, 20 + 3 * number : 50 + 3 * number] = 15
        frames.append(frame.astype(np.uint8))
    return frames


@pytest.mark.parametrize("length", [1, 5, 6, 7, 12, 17])
def test_a_cut_is_found_to_the_frame(length: int) -> None:
    assert cuts_in([*shot(1, length), *shot(2, 20)]) == [length]


def test_several_cuts() -> None:
    assert cuts_in([*shot(1, 14), *shot(2, 20), *shot(3, 15)]) == [14, 34]


def test_a_fast_camera_is_no_cut() -> None:
    assert cuts_in(shot(1, 30, speed=12.0)) == []


@pytest.mark.parametrize("at", [6, 8, 12])
def test_a_flash_is_no_cut(at: int) -> None:
    frames = shot(1, 26)
    frames[at] = np.full_like(frames[at], 250)
    assert cuts_in(frames) == []


def test_the_cut_of_a_real_clip(dancer: np.ndarray) -> None:
    assert cuts_in([*dancer]) == [155 - DANCER_FIRST]


def test_one_frame_has_no_cut() -> None:
    assert cuts_in(shot(1, 1)) == []
