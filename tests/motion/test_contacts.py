"""Points that rest, on paths made by hand and on feet of real motions."""

import numpy as np
import pytest

from aimocap_blender.motion.contacts import LEG, contact_of
from tests.resting import resting


def put_down(rate: float) -> tuple[np.ndarray, np.ndarray]:
    """A point (F, 3) that is lowered, rests from 0.5 s to 1.5 s, and is raised again; and the times."""
    times = np.arange(round(2.0 * rate) + 1) / rate
    height = np.abs(times - 1.0).clip(0.5) - 0.5
    return np.stack([0.0 * times, 0.0 * times, 0.4 + height], axis=-1), times


@pytest.mark.parametrize("rate", [12.0, 24.0, 30.0, 60.0, 120.0, 240.0])
@pytest.mark.parametrize("size", [0.1, 1.0, 100.0])
def test_a_point_rests_for_the_same_time_at_any_rate_size_and_height(rate: float, size: float) -> None:
    path, times = put_down(rate)
    there = times[contact_of(size * path, times, size * LEG).rests]
    assert there[[0, -1]] == pytest.approx([0.5, 1.5], abs=0.05 + 1.0 / rate)
    assert len(there) >= 0.9 * rate


@pytest.mark.parametrize("jitter", [0.005, 0.015])
@pytest.mark.parametrize("rate", [24.0, 30.0, 60.0])
def test_a_point_whose_position_trembles_rests_if_that_is_said(rate: float, jitter: float) -> None:
    path, times = put_down(rate)
    trembling = path + np.random.default_rng(3).uniform(-1.0, 1.0, path.shape) * jitter / 3.0
    down, moving = np.abs(times - 1.0) < 0.4, np.abs(times - 1.0) > 0.6
    assert jitter < 0.01 or not contact_of(trembling, times).rests[down].all()
    found = contact_of(trembling, times, jitter=jitter).rests
    assert found[down].all()
    assert not found[moving].any()


def test_a_point_rests_only_near_what_it_can_rest_on() -> None:
    path, times = put_down(60.0)
    near = times < 1.0
    rests = contact_of(path, times, near=near).rests
    assert rests[near].any()
    assert not rests[~near].any()


@pytest.mark.parametrize("rate", [24.0, 60.0, 100.0])
@pytest.mark.parametrize("seed", range(4))
def test_points_that_move_and_halt_rest_when_the_tests_own_code_says_so(seed: int, rate: float) -> None:
    random = np.random.default_rng(seed)
    speeds = np.repeat(random.choice([0.0, 0.01, 0.028, 0.05, 0.3], (40, 1)), round(0.15 * rate), axis=0)
    path = np.cumsum(speeds * random.normal(size=3) + random.normal(size=(len(speeds), 3)) * 0.01, axis=0) / rate
    times = np.arange(len(path)) / rate
    rests = contact_of(path, times).rests
    assert np.array_equal(rests, resting(path, times, LEG))
    assert 0 < rests.sum() < len(rests)
