"""Frames that were moved: there and back, one change after another, and the seconds that they have."""

import numpy as np
import pytest

from aimocap_blender.motion.time_mapping import FrameMap, MovedMapping, TimeMapping

SLOWER = FrameMap((10.0, 20.0), (10.0, 40.0))


def test_frames_between_are_spread_and_those_beyond_are_moved() -> None:
    assert SLOWER.moved(np.array([-5.0, 10.0, 15.0, 20.0, 33.0])).tolist() == [-5.0, 10.0, 25.0, 40.0, 53.0]
    assert SLOWER.back(np.array([-5.0, 10.0, 25.0, 40.0, 53.0])).tolist() == [-5.0, 10.0, 15.0, 20.0, 33.0]
    assert FrameMap((4.0,), (1.0,)).moved(np.array([0.0, 9.0])).tolist() == [-3.0, 6.0]


def test_one_change_after_another() -> None:
    """A part of what was slowed down is cut to its start, made faster and moved."""
    faster = FrameMap((15.0, 25.0), (15.0, 20.0))
    both = SLOWER.then(faster).then(FrameMap((0.0,), (100.0,)))
    frames = np.linspace(-3.0, 60.0, 127)
    assert np.allclose(both.moved(frames), faster.moved(SLOWER.moved(frames)) + 100.0)
    assert np.allclose(both.back(both.moved(frames)), frames)


def test_seconds_of_moved_frames() -> None:
    mapping = TimeMapping(10.0, 20.0)
    moved = MovedMapping(10.0, 20.0, SLOWER)
    assert moved.second(25.0) == pytest.approx(0.25)
    assert moved.frames(np.array([0.25])).tolist() == pytest.approx([25.0])
    assert moved.span(50, 55) == pytest.approx(mapping.span(30, 35))
    quick = MovedMapping(10.0, 20.0, FrameMap((10.0, 30.0), (10.0, 20.0)))
    first, last = quick.span(12, 14)
    assert (first, last) == pytest.approx((mapping.second(13.5), mapping.second(18.5))), "a frame has two of before"
