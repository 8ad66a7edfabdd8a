"""Points that rest, on paths made by hand and on feet of real motions."""

import numpy as np
import pytest

from aimocap_blender.motion import contacts
from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.contacts import LEG, carrying, contact_of, falling, least_steps, touching
from aimocap_blender.motion.feet.foot_contacts import planted_steps
from aimocap_blender.motion.g1_retargeting.footsteps import footsteps_of
from aimocap_blender.motion.g1_retargeting.intent import intent_of
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.vision.ground import standing
from tests.media.performance_clip import performance_clip
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


def test_a_point_that_jumps_where_a_film_is_cut_rests_twice() -> None:
    times = np.arange(60) / 24.0
    path = np.zeros((60, 3))
    path[30:, 0] = 0.1
    rests = contact_of(path, times).rests
    assert np.flatnonzero(~rests).tolist() == [30]


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


SOLE = np.array([[-0.05, -0.03, 0.0], [-0.05, 0.03, 0.0], [0.12, -0.03, 0.0], [0.12, 0.03, 0.0]])


def sole(frames: int, speed: float = 0.0, height: float = 0.0) -> np.ndarray:
    """A sole's corners (F, 4, 3) at 50 Hz, level."""
    way = np.arange(frames) * speed / 50.0
    return SOLE + np.stack([way, 0.0 * way, 0.0 * way + height], axis=-1)[:, None]


@pytest.mark.parametrize(
    ("frames", "speed", "height", "falls", "carries"),
    [
        (20, 0.0, 0.0, False, True),
        (20, 0.34, 0.014, False, True),
        (20, 0.36, 0.0, False, False),
        (20, 0.0, 0.016, False, False),
        (20, 0.0, 0.0, True, False),
        (5, 0.0, 0.0, False, True),
        (4, 0.0, 0.0, False, False),
    ],
)
def test_a_low_slow_sole_carries_for_a_tenth_of_a_second(
    frames: int, speed: float, height: float, falls: bool, carries: bool
) -> None:
    assert carrying(sole(frames, speed, height), 50.0, np.full(frames, falls)).tolist() == [carries] * frames


def test_a_part_that_pivots_or_rolls_moves_as_its_slowest_point_on_the_ground() -> None:
    angles = np.linspace(0.0, 1.0, 20)
    turns = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    corner = SOLE[3, :2]
    points = sole(20)
    points[..., 0] = corner[0] + (SOLE[:, 0] - corner[0]) * turns[:, :1] - (SOLE[:, 1] - corner[1]) * turns[:, 1:]
    points[..., 1] = corner[1] + (SOLE[:, 0] - corner[0]) * turns[:, 1:] + (SOLE[:, 1] - corner[1]) * turns[:, :1]
    assert np.abs(least_steps(points)).max() < 1e-12
    points[:, 3, 2] = 0.1
    assert np.linalg.norm(least_steps(points, touching(points, 0.0, 0.005)), axis=-1).min() > 0.05 / 20


def test_a_body_that_is_thrown_falls_and_one_that_crouches_does_not() -> None:
    times = np.arange(60) / 60.0
    thrown, crouching = 4.9 * times * (1.0 - times), 0.2 * np.cos(2.0 * times)
    assert falling(thrown, 60.0, 0.05)[3:-3].all()
    assert not falling(crouching, 60.0, 0.05).any()


def planted_for(rate: float) -> dict[str, bool]:
    """User of the contacts to whether a walker's foot is ever planted for it."""
    clip = performance_clip(0.0, 1.2, rate)
    bone_map = detect_bones(clip.skeleton)
    feet = [clip.skeleton.index(bone_map.bones()[slot]) for slot in ("left_foot", "left_toes")]
    intent = intent_of(clip, bone_map, "29dof", RetargetOptions())
    return {
        "lock": any(contact.any.any() for contact in intent.contacts.values()),
        "report": any(steps.any() for steps in planted_steps(clip, bone_map, clip.times).values()),
        "preview": bool(standing(clip.positions[:, feet], rate).any()),
        "robot": any(foot.planted.any() for foot in footsteps_of(intent).feet.values()),
    }


def test_no_other_module_has_a_foot_planted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(planted_for(60.0).values()) == {True}
    monkeypatch.setattr(contacts, "_RESTS", contacts._RESTS._replace(speed=-1.0))
    for limit in ("_STILL", "_CREEP"):
        monkeypatch.setattr(contacts, limit, -1.0)
    assert set(planted_for(60.0).values()) == {False}
