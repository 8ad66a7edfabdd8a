"""Estimates of what a motion asks of the robot, against MuJoCo's simulation on a floor; motions that can't be."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import mujoco
import numpy as np
import pytest

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.g1.checks import check_g1_motion
from aimocap_blender.motion.g1.checks_findings import G1Estimate
from aimocap_blender.motion.g1.dynamics import movement_of, needed_forces
from aimocap_blender.motion.g1.feasibility import feasibility_of
from aimocap_blender.motion.g1.motion import G1Motion, read_g1_motion
from aimocap_blender.motion.g1_retargeting.onto_g1 import retargeted_to_g1
from tests.media.floor.clips import floor_clip
from tests.media.g1_clips import joint, weight_shift
from tests.media.g1_simulated import FEET, g1_on_a_floor, simulated

if TYPE_CHECKING:
    from pathlib import Path

    from aimocap_blender.motion.g1.feasibility import Feasibility


HELP = {"kimodo_wave": 0.09, "kimodo_dance": 0.3, "asap_CR7_level2": 0.48}
"""Clip → the help that it takes."""


def kinds(found: Feasibility) -> set[G1Estimate]:
    return {G1Estimate(check.kind.value) for check in found.checks if check.count}


def is_sphere_of(model: mujoco.MjModel, geom: int, body: str) -> bool:
    return model.geom_bodyid[geom] == model.body(body).id and model.geom_type[geom] == mujoco.mjtGeom.mjGEOM_SPHERE


def still(_: float) -> np.ndarray:
    return np.zeros(29)


def swaying(seconds: float) -> np.ndarray:
    """From side to side and back and forth, in the ankles."""
    angles = np.zeros(29)
    for side in ("left", "right"):
        angles[joint(f"{side}_ankle_roll_joint")] = 0.04 * np.sin(np.pi * seconds)
        angles[joint(f"{side}_hip_roll_joint")] = -0.04 * np.sin(np.pi * seconds)
        angles[joint(f"{side}_ankle_pitch_joint")] = 0.02 * np.sin(0.8 * np.pi * seconds)
    return angles


def test_a_stand_in_mujoco_is_easy_and_pressed_where_its_floor_is() -> None:
    seen = simulated(0.5, still)
    needed = needed_forces(movement_of(seen.motion), "29dof", 0.0)
    assert needed.pressure[10:] == pytest.approx(seen.pressure[10:], abs=5e-3)
    found = feasibility_of(seen.motion, 0.0)
    assert not kinds(found)
    assert found.difficulty.grade == "easy"
    contacts = [(row["foot"], row["first"], row["last"]) for row in found.contacts]
    assert contacts == [(foot, 0, len(seen.carried) - 1) for foot in FEET]


def test_a_robot_that_sways_in_mujoco_is_balanced_about_its_floors_pressure() -> None:
    seen = simulated(3.0, swaying)
    needed = needed_forces(movement_of(seen.motion), "29dof", 0.0)
    assert seen.on_feet.all()
    assert np.ptp(seen.pressure, axis=0).min() > 0.08
    apart = np.linalg.norm(needed.pressure - seen.pressure, axis=1)[30:]  # it starts with a jerk
    assert np.median(apart) < 0.01
    assert apart.max() < 0.03
    assert needed.centre == pytest.approx(seen.centre, abs=1e-6)
    assert not kinds(feasibility_of(seen.motion, 0.0))


def test_a_robot_that_falls_in_mujoco_is_off_balance_before_it_lies() -> None:
    seen = simulated(2.0, still, push=1.2)
    assert seen.motion.root_pos[-1, 2] < 0.3
    lies = int(np.argmin(seen.on_feet))
    found = feasibility_of(seen.motion, 0.0)
    assert G1Estimate.BALANCE in kinds(found)
    assert found.falls[:lies].any()
    assert not found.falls[-10:].any()  # what lies is carried
    assert not found.falls[:10].any()
    assert found.difficulty.grade != "easy"  # nor much harder: falling is what it does by itself
    assert needed_forces(movement_of(seen.motion), "29dof", 0.0).centre == pytest.approx(seen.centre, abs=1e-6)


def test_contacts_of_a_walk_are_those_of_mujocos_feet(shared_data: Path) -> None:
    """Where the floor's distance to one of the spheres that the menagerie's feet stand on is 2 cm at most."""
    motion = read_g1_motion(shared_data / "g1" / "kimodo_walk.json")
    model = g1_on_a_floor()
    data, floor = mujoco.MjData(model), model.geom("floor").id
    feet = [[geom for geom in range(model.ngeom) if is_sphere_of(model, geom, name)] for name in FEET]
    stands = np.zeros((len(motion.root_pos), 2), dtype=bool)
    for frame, pose in enumerate(np.hstack([motion.root_pos, motion.root_quat, motion.dof_pos])):
        data.qpos[:] = pose
        mujoco.mj_kinematics(model, data)
        for foot, spheres in enumerate(feet):
            distance = min(mujoco.mj_geomDistance(model, data, floor, sphere, 1.0, None) for sphere in spheres)
            stands[frame, foot] = distance <= 0.02
    reported = np.zeros_like(stands)
    rows = json.loads(check_g1_motion(motion).to_json(feasibility_of(motion, 0.0)))["contacts"]
    for row in rows:
        reported[row["first"] : row["last"] + 1, FEET.index(row["foot"])] = True
    assert (reported == stands).all()
    assert len(rows) > 4
    assert stands.all(axis=1).any()
    assert not stands.all()


def test_a_motor_that_needs_too_much_is_named_with_its_limit() -> None:
    motion = weight_shift(90)
    fast = motion.dof_pos.copy()
    fast[:, joint("left_shoulder_pitch_joint")] += 1.5 * np.sin(2 * np.pi * 2.5 * motion.times)
    found = feasibility_of(replace(motion, dof_pos=fast), 0.0)
    findings = {finding.subject.name: finding for finding in reversed(found.checks[0].findings)}
    worst = findings["left_shoulder_pitch_joint"]
    assert worst.kind is G1Estimate.TORQUE
    assert worst.amount == pytest.approx(found.torques.max(axis=0)[worst.subject.bodies[0] - 1])
    assert worst.amount > float(str(worst.subject.values["limit"]))
    assert found.over[worst.worst]
    assert found.body_heat[worst.worst, worst.subject.bodies[0]] >= worst.severity
    assert found.body_heat.max() <= 0.5  # red is for faults


def test_the_pelviss_jerk_is_its_own() -> None:
    """Of a pelvis that swings by 5 cm at 2 Hz it is the mean of |A w³ cos wt| = A w³ 2/pi."""
    times = np.arange(360) / 60.0
    pos = np.tile([0.0, 0.0, 0.7925], (360, 1))
    pos[:, 0] = 0.05 * np.sin(2 * np.pi * 2.0 * times)
    motion = G1Motion(60.0, pos, np.tile([1.0, 0, 0, 0], (360, 1)), np.zeros((360, 29)))
    found = feasibility_of(motion, 0.0)
    assert found.jerk[180] == pytest.approx(0.05 * (4 * np.pi) ** 3 * 2 / np.pi, rel=0.2)  # the fit smooths it
    assert G1Estimate.JERK in kinds(found)
    slow = feasibility_of(replace(motion, fps=30.0), 0.0)
    assert slow.jerk[180] == pytest.approx(found.jerk[180] / 8, rel=0.3)
    assert G1Estimate.JERK not in kinds(slow)


def test_the_report_tells_estimates_from_faults() -> None:
    high = weight_shift()
    rises = np.clip(np.arange(240) - 160, 0, 40) / 40.0
    high.root_pos[:, 2] += 0.3 * (3.0 - 2.0 * rises) * rises**2
    report, found = check_g1_motion(high), feasibility_of(high, 0.0)
    reported = json.loads(report.to_json(found))
    assert "floating" in {row["kind"] for row in reported["findings"]}
    summary = {row["kind"]: row for row in reported["estimates"]["summary"]}
    assert list(summary) == [kind.value for kind in G1Estimate]
    assert summary["estimated_support"]["worst"]["unit"] == "N"
    assert found.missing[-20] == pytest.approx(33.341 * 9.81, rel=0.1)
    assert 160 < max(row["last"] for row in reported["contacts"]) < 180
    assert list(reported["difficulty"]["demands"]) == ["balance", "contact", "impact", "torque"]


def test_a_motion_that_is_only_too_high_is_judged_on_the_ground() -> None:
    motion = weight_shift()
    high = feasibility_of(replace(motion, root_pos=motion.root_pos + np.array([0.0, 0.0, 0.3])), 0.0)
    low = feasibility_of(motion, 0.0)
    assert high.difficulty.score == pytest.approx(low.difficulty.score)
    assert not kinds(high)


@pytest.mark.long
def test_hands_and_knees_carry_the_robot_too() -> None:
    """It crawls: what its feet can't give, hands and knees do, as far as its motors hold them."""
    clip = floor_clip("crawl").clip
    motion = retargeted_to_g1(clip, detect_bones(clip.skeleton)).motion
    found = feasibility_of(motion, 0.0)
    assert np.median(found.missing) < 1.0
    assert np.median(found.turning) < 1.0


@pytest.mark.parametrize("clip", HELP)
def test_real_clips_are_graded_by_the_help_that_mujoco_took(shared_data: Path, clip: str) -> None:
    """Neither twice as much nor half of it: `make bench ONLY=difficulty` tells it of thirty clips."""
    score = feasibility_of(read_g1_motion(shared_data / "g1" / f"{clip}.json"), 0.0).difficulty.score
    assert HELP[clip] / 2.0 < score < HELP[clip] * 2.0
