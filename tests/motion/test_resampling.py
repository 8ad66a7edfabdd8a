"""Motions at the timeline's whole frames."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimocap_blender.motion.pose_motion import PoseMotion, RetargetReport
from aimocap_blender.motion.resampling import at_whole_frames, in_time_order
from aimocap_blender.motion.time_mapping import TimeMapping

from .made_figures import any_turn, matrix, quaternion, turn_about


def motion(times: np.ndarray, seed: int = 0) -> PoseMotion:
    """A bone that turns evenly about one axis and goes straight ahead."""
    rng = np.random.default_rng(seed)
    axis, first = rng.normal(size=3), any_turn(rng)
    turns = np.array([quaternion(turn_about(axis, 2.0 * time) @ first) for time in times])
    way = np.outer(times, [1.0, 2.0, 3.0])
    return PoseMotion(
        times, 30.0, ("hips",), turns[:, None], {"hips": way}, (), RetargetReport(1.0, 0.0), travel=way * 2.0
    )


@given(
    count=st.integers(1, 40),
    fps=st.sampled_from([23.976, 30.0, 60.0, 120.0]),
    start=st.floats(-50.0, 50.0),
    rate=st.sampled_from([24.0, 25.0, 30.0, -24.0, 7.3]),
)
def test_even_motion_is_the_same_between_its_samples(count: int, fps: float, start: float, rate: float) -> None:
    taken = motion(np.arange(count) / fps)
    mapping = TimeMapping(start, rate)
    shown = at_whole_frames(taken, mapping)
    frames = mapping.frames(shown.times)
    assert frames == pytest.approx(np.round(frames), abs=1e-6)
    assert np.diff(frames) == pytest.approx(1.0)
    span = np.sort(mapping.frames(taken.times[[0, -1]]))
    if np.floor(span[1]) >= np.ceil(span[0]):  # else it lies between two frames, and is seen on one of them
        assert frames[0] == pytest.approx(np.ceil(span[0] - 1e-3))
        assert frames[-1] == pytest.approx(np.floor(span[1] + 1e-3))
        inside = np.clip(shown.times, taken.times[0], taken.times[-1])
        want = motion(inside)
        assert shown.locations["hips"] == pytest.approx(want.locations["hips"], abs=1e-9)
        assert shown.travel == pytest.approx(want.travel, abs=1e-9)
        for got, expected in zip(shown.rotations[:, 0], want.rotations[:, 0], strict=True):
            assert matrix(got) == pytest.approx(matrix(expected), abs=1e-6)
    else:
        assert len(frames) == 1


def test_ends_on_a_frame_are_taken_in_spite_of_rounding() -> None:
    taken = motion(np.arange(31) / 30.0)
    shown = at_whole_frames(taken, TimeMapping(20.0000001, 23.9999999))
    assert len(shown.times) == 25


def test_between_two_shots_the_nearer_sample_is_shown() -> None:
    taken = motion(np.arange(48) / 24.0)
    taken.rotations[24:, 0] = motion(np.arange(48) / 24.0, seed=5).rotations[24:, 0]
    taken.locations["hips"][24:] += 3.0
    shown = at_whole_frames(taken, TimeMapping(1.0, 30.0))
    for row, sample in ((29, 23), (30, 24)):  # at 0.967 and 1 second; the second shot begins at 1
        assert shown.rotations[row, 0] == pytest.approx(taken.rotations[sample, 0])
        assert shown.locations["hips"][row] == pytest.approx(taken.locations["hips"][sample])


def test_samples_that_are_on_frames_are_kept_exactly() -> None:
    taken = motion(np.arange(60) / 30.0)
    shown = at_whole_frames(taken, TimeMapping(7.0, 30.0))
    assert (shown.rotations == taken.rotations).all()
    assert (shown.locations["hips"] == taken.locations["hips"]).all()
    assert TimeMapping(7.0, 30.0).frames(shown.times) == pytest.approx(np.arange(7.0, 67.0), abs=1e-12)
    between = at_whole_frames(taken, TimeMapping(7.5, 30.0))
    assert len(between.times) == 59
    assert not np.allclose(between.locations["hips"], taken.locations["hips"][:59])


def test_in_time_order_a_reversed_motion_rises_and_the_last_of_a_frame_counts() -> None:
    taken = motion(np.array([0.0, 1.0, 1.0, 2.0]))
    taken.locations["hips"][1:3, 0] = (7.0, 8.0)
    shown = in_time_order(taken, TimeMapping(10.0, -1.0))
    assert shown.times.tolist() == [2.0, 1.0, 0.0]
    assert shown.locations["hips"][1, 0] == 8.0
