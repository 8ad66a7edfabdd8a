"""Easing, leading in and out, and trimming of the robot's motion, judged by MuJoCo."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from aimocap_blender.motion import rotations
from aimocap_blender.motion.g1.checks import check_g1_motion
from aimocap_blender.motion.g1.feasibility import feasibility_of
from aimocap_blender.motion.g1_retargeting.easing import eased
from aimocap_blender.motion.g1_retargeting.leading import led_in, led_out, trimmed
from aimocap_blender.texts.faults import Fault
from tests.media.g1_clips import weight_shift
from tests.media.g1_judge import soles_of
from tests.media.g1_mjcf import degrees_between, mujoco_poses
from tests.media.g1_tracker import grounded, tracked

if TYPE_CHECKING:
    from aimocap_blender.motion.g1.motion import G1Motion


def robot(motion: G1Motion) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return motion.root_pos, motion.root_quat, motion.dof_pos


def leaning() -> G1Motion:
    """It sways over its feet, faster than they can hold it."""
    times = np.arange(180) / 30.0
    return weight_shift(180, 30.0, sway=0.05 * np.sin(2.4 * np.pi * times) * np.sin(np.pi * times / 6.0))


def test_easing_brings_balance_without_moving_feet_or_bending_limbs() -> None:
    motion = leaning()
    found, change = eased(motion)
    before, after = feasibility_of(motion, 0.0), feasibility_of(found, 0.0)
    assert after.falls.mean() < 0.5 * before.falls.mean()
    assert tracked(found.fps, robot(found)).help < tracked(motion.fps, robot(motion)).help
    stays = soles_of(robot(motion), "29dof")[0]
    assert np.abs(soles_of(robot(found), "29dof") - stays).max() < 0.005
    assert str(after.difficulty.grade) in str(change.sentence)


LIMBS = ("hip_roll_link", "knee_link", "ankle_roll_link"), ("shoulder_roll_link", "elbow_link", "wrist_yaw_link")


def limbs(motion: G1Motion) -> np.ndarray:
    """(L, F, 3) directions."""
    names, pos, _ = mujoco_poses(*robot(motion), "29dof")
    ends = [
        [names.index(f"{side}_{body}") for body in pair]
        for side in ("left", "right")
        for limb in LIMBS
        for pair in pairwise(limb)
    ]
    lines = np.array([pos[:, last] - pos[:, first] for first, last in ends])
    return lines / np.linalg.norm(lines, axis=-1, keepdims=True)


def test_limbs_turn_by_5_degrees_at_most_and_what_asks_for_nothing_stays() -> None:
    """It sways by far too much, but only in the middle."""
    along = np.clip((np.arange(240) - 90) / 60.0, 0.0, 1.0)
    motion = weight_shift(240, 30.0, sway=0.1 * np.sin(2.0 * np.pi * along) ** 3)
    found, change = eased(motion)
    before, after = feasibility_of(motion, 0.0), feasibility_of(found, 0.0)
    assert not change.nothing
    assert int((after.falls | after.over).sum()) <= int((before.falls | before.over).sum())
    assert found.dof_pos[:60].tolist() == motion.dof_pos[:60].tolist()
    assert found.dof_pos[-60:] == pytest.approx(motion.dof_pos[-60:], abs=1e-3)
    assert len(found.dof_pos) == len(motion.dof_pos)
    angles = np.degrees(np.arccos(np.clip((limbs(found) * limbs(motion)).sum(axis=-1), -1.0, 1.0)))
    assert 2.0 < angles.max() < 5.1


def test_who_stands_well_is_not_eased() -> None:
    motion = weight_shift()
    found, change = eased(motion)
    assert change.nothing
    assert found is motion


def test_who_only_lies_has_no_soles_that_are_put_flat() -> None:
    motion = weight_shift()
    on_the_back = np.array([np.sqrt(0.5), 0.0, -np.sqrt(0.5), 0.0])
    turned = rotations.multiply(np.broadcast_to(on_the_back, motion.root_quat.shape), motion.root_quat)
    _, change = eased(replace(motion, root_pos=np.tile([0.0, 0.0, 0.1], (len(turned), 1)), root_quat=turned))
    assert "flat" not in str(change.sentence)


def test_soles_on_their_heels_are_put_flat_and_a_foot_that_drags_is_raised() -> None:
    """The robot stands on its heels, and drags its left foot forward."""
    forward = 0.2 * np.clip((np.arange(180) - 70) / 40.0, 0.0, 1.0)
    motion = weight_shift(180, 60.0, foot_shift=forward, toes_up=np.radians(12.0))
    found, change = eased(motion)
    assert "flat" in str(change.sentence)
    before, after = (soles_of(robot(each), "29dof") for each in (motion, found))
    assert np.ptp(before[:60, :, :, 2], axis=2).min() > 0.03
    assert np.ptp(after[:60, :, :, 2], axis=2).max() < 0.005
    assert np.abs((after - before).mean(axis=2)[..., :2]).max() < 0.012
    drags = before[85:95, 0, :, 2].min()
    assert after[85:95, 0, :, 2].min() - after[:60, :, :, 2].min() > 0.015 > drags - before[..., 2].min()
    angles = np.degrees(np.arccos(np.clip((limbs(found) * limbs(motion)).sum(axis=-1), -1.0, 1.0)))
    assert angles.max() < 5.0
    assert tracked(60.0, grounded(robot(found))).help < 0.5 * tracked(60.0, grounded(robot(motion))).help


def swinging() -> G1Motion:
    """It stands while its left arm swings, also in the first and the last frame."""
    motion = weight_shift(90, 30.0)
    motion.dof_pos[:, 15] += 0.4 * np.sin(3.0 * motion.times + 1.0)
    return motion


@pytest.mark.parametrize("step", [led_in, led_out])
def test_it_stands_at_rest_first_then_goes_on_at_the_motions_speed(step: object) -> None:
    motion = swinging()
    led = led_in(motion, 1.0)[0] if step is led_in else led_out(motion, 1.0)[0]
    own = slice(30, 120) if step is led_in else slice(0, 90)
    assert len(led.root_pos) == 120
    assert led.dof_pos[own].tolist() == motion.dof_pos.tolist()
    assert not check_g1_motion(led).checks[3].count  # spikes
    still = led.dof_pos[[0, 1]] if step is led_in else led.dof_pos[[-1, -2]]
    assert np.abs(np.diff(still, axis=0)).max() * 30.0 < 0.3
    names, _, quat = mujoco_poses(*robot(led), "29dof")
    end = 0 if step is led_in else -1
    upright = np.array([1.0, 0.0, 0.0, 0.0])
    assert degrees_between(quat[end, names.index("pelvis")], upright) < 6.0
    feet = soles_of(robot(led), "29dof")
    assert np.abs(feet - feet[60]).max() < 0.01
    speeds = np.diff(led.dof_pos, axis=0)
    join = 29 if step is led_in else 89
    assert np.abs(speeds[join + 1] - speeds[join]).max() < 0.02
    assert np.abs(speeds[join] - speeds[join - 1]).max() < 0.02


def test_a_trimmed_motion_is_the_part_of_it() -> None:
    motion = weight_shift(90, 30.0)
    found, change = trimmed(motion, 0.5, 1.0)
    assert found.dof_pos.tolist() == motion.dof_pos[15:60].tolist()
    assert "45" in str(change.sentence)
    assert trimmed(motion, 0.0, 0.0)[1].nothing
    with pytest.raises(Fault, match="left"):
        trimmed(motion, 2.0, 1.0)


def test_motion_that_is_too_short_is_not_led_in() -> None:
    motion = weight_shift(2, 30.0)
    with pytest.raises(Fault, match="too short"):
        led_in(replace(motion, fps=30.0), 1.0)
