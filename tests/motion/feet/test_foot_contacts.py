"""Contacts of feet on paths made by hand."""

import numpy as np
import pytest

from aimocap_blender.motion.feet.foot_contacts import carrying_of, find_contact
from aimocap_blender.motion.spans import runs

TIMES = np.arange(120) / 60.0


def path(speed: np.ndarray, height: np.ndarray) -> np.ndarray:
    """Return a path (F, 3) along y at a speed, metres a second, and a height."""
    return np.stack([np.zeros(120), np.cumsum(speed) / 60.0, height], axis=-1)


def step_between(start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
    swinging = np.zeros(120)
    swinging[start:stop] = 1.5
    return swinging, 0.08 + 0.1 * (swinging > 0)


def test_a_foot_stands_before_and_after_its_step() -> None:
    contact = find_contact(path(*step_between(40, 80)), None, TIMES, 0.85)
    assert contact.any[:38].all()
    assert not contact.any[42:78].any()
    assert contact.any[82:].all()
    assert (contact.flat == contact.any).all()


def test_a_foot_stands_at_any_height() -> None:
    height = np.interp(np.arange(120), [55, 65], [0.08, 0.4])  # onto a chair
    contact = find_contact(path(np.zeros(120), height), None, TIMES, 0.85)
    assert np.flatnonzero(~contact.any).tolist() == list(range(56, 65))


def test_a_touch_shorter_than_a_tenth_of_a_second_is_none() -> None:
    speed = np.full(120, 1.0)
    speed[50:54] = 0.0
    assert not find_contact(path(speed, np.full(120, 0.08)), None, TIMES, 0.85).any.any()


def test_a_heel_that_lifts_leaves_the_ball_standing() -> None:
    speed, height = step_between(60, 120)
    ankle = path(speed, height)
    ball = path(*step_between(80, 120))
    contact = find_contact(ankle, ball, TIMES, 0.85)
    assert contact.flat[:58].all()
    assert contact.any[62:78].all()
    assert not contact.flat[62:].any()


@pytest.mark.parametrize("size", [0.1, 1.0, 100.0])
def test_limits_go_with_the_figures_size(size: float) -> None:
    contact = find_contact(path(*step_between(40, 80)) * size, None, TIMES, 0.85 * size)
    assert contact.any[:38].all()
    assert not contact.any[42:78].any()


def test_runs() -> None:
    assert runs(np.array([True, False, True, True])).tolist() == [[0, 1], [2, 4]]
    assert runs(np.array([False])).tolist() == []


def creeping(speed: float, jitter: float) -> np.ndarray:
    """Return the path (F, 3) of an ankle that creeps, with jitter in metres."""
    noise = np.random.default_rng(2).normal(size=(120, 3)) * jitter
    return path(np.full(120, speed), np.full(120, 0.08)) + noise


def test_a_foot_that_creeps_does_not_stand_and_one_that_trembles_does() -> None:
    assert not find_contact(creeping(0.05, 0.0), None, TIMES, 0.85).any.any()
    assert find_contact(creeping(0.0, 0.0004), None, TIMES, 0.85).any.all()
    assert find_contact(creeping(0.015, 0.0), None, TIMES, 0.85).any.all()  # slow enough to be called still


def test_each_step_between_samples_that_stand_counts() -> None:
    """The last still sample before a step is planted: the foot leaves from there."""
    contact = find_contact(path(*step_between(40, 80)), None, TIMES, 0.85)
    assert np.flatnonzero(~contact.any).tolist() == list(range(40, 80))


@pytest.mark.parametrize("size", [0.1, 1.0, 100.0])
def test_a_foot_stands_no_longer_because_a_film_is_cut(size: float) -> None:
    """It creeps under a body that walks, and comes and goes gradually; at the cut all are 3 metres further on."""
    foot = path(
        np.interp(np.arange(120), [0, 30, 40, 80, 90, 120], [2.4, 1.2, 0.15, 0.15, 1.2, 2.4]), np.full(120, 0.08)
    )
    body = path(np.full(120, 1.3), np.full(120, 0.9))

    def carries(cut: int) -> np.ndarray:
        moved = np.where(np.arange(120) < cut, 0.0, 3.0)[:, None] * [0.0, 1.0, 0.0]
        ankle, hips = (size * (where + moved) for where in (foot, body))
        assert not find_contact(ankle, None, TIMES, 0.85 * size).any.any()
        return carrying_of(ankle, ankle, TIMES, 0.85 * size, hips).any

    uncut = carries(120)
    assert uncut[42:78].all()
    assert not uncut[:36].any()
    assert not uncut[84:].any()
    assert (carries(92) == uncut).all()
    inside = carries(60)
    assert not (inside & ~uncut).any()
    assert inside[42:56].all()
    assert inside[64:78].all()
