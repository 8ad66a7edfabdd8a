"""Inverse dynamics, against MuJoCo's on the menagerie's own descriptions of the robot."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import mujoco
import numpy as np
import pytest

from aimocap_blender.motion.g1.checks_findings import G1Estimate
from aimocap_blender.motion.g1.dynamics import Movement, movement_of, needed_forces
from aimocap_blender.motion.g1.feasibility import feasibility_of
from aimocap_blender.motion.g1.ground_forces import FRICTION, ground_forces
from aimocap_blender.motion.g1.motion import G1Motion, read_g1_motion
from aimocap_blender.motion.g1.robots import WHOLE_ROBOTS
from aimocap_blender.motion.g1.soles import sole_corners
from aimocap_blender.motion.g1.variants import VARIANTS, Variant, g1_variant
from tests.media.g1_mjcf import g1_mujoco, random_states
from tests.media.g1_simulated import FEET
from tests.media.menagerie_g1 import DESCRIBED, menagerie_model

if TYPE_CHECKING:
    from pathlib import Path

STANDS = 0.7925
"""Height of the pelvis when its soles are on the ground."""
CROUCH = {"hip_pitch": -1.0, "knee": 2.0, "ankle_pitch": -1.0}
CLIPS = ("kimodo_walk", "kimodo_dance", "g1moves_B_BowKarate", "asap_CR7_level2")


def mujocos(variant: Variant) -> mujoco.MjModel:
    """The published robot, the joints that a variant lacks fixed; of what the menagerie lacks, our table's numbers."""
    if variant in {"23dof", "29dof_before_rev_1_0", *WHOLE_ROBOTS} - {*DESCRIBED}:
        model = g1_mujoco(variant, weighed=True)
    else:
        described = variant if variant in DESCRIBED else "29dof"
        model = menagerie_model(described, without=set(joints_of(described)) - set(joints_of(variant)))
    model.dof_frictionloss[:] = model.dof_damping[:] = 0  # what simulations add to the bodies' movement
    model.opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_CONTACT | mujoco.mjtDisableBit.mjDSBL_CONSTRAINT
    return model


def joints_of(variant: Variant) -> tuple[str, ...]:
    return tuple(joint.name for joint in g1_variant(variant).joints)


def pose_as(data: mujoco.MjData, of: Movement, frame: int) -> np.ndarray:
    """Set pose and speeds; return the pelvis's (3, 3) rotation, along whose axes MuJoCo has its turning."""
    turn = np.empty(9)
    mujoco.mju_quat2Mat(turn, of.root_quat[frame])
    turn = turn.reshape(3, 3)
    data.qpos[:] = np.concatenate([of.root_pos[frame], of.root_quat[frame], of.dof_pos[frame]])
    data.qvel[:] = np.concatenate([np.zeros(3), turn.T @ of.root_turn[frame], of.dof_vel[frame]])
    return turn


def corners_of(movement: Movement) -> np.ndarray:
    model = g1_variant("29dof")
    return sole_corners(model, *model.body_poses(movement.root_pos, movement.root_quat, movement.dof_pos))


def mujocos_forces(model: mujoco.MjModel, of: Movement) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Torques, force and moment on the pelvis along the world's axes, and the centre of mass."""
    data, rows = mujoco.MjData(model), []
    for frame in range(len(of.root_pos)):
        turn = pose_as(data, of, frame)
        data.qacc[:] = np.concatenate([of.root_acc[frame], turn.T @ of.root_turn_acc[frame], of.dof_acc[frame]])
        mujoco.mj_inverse(model, data)
        force = data.qfrc_inverse.copy()
        rows.append((force[6:], force[:3], turn @ force[3:6], data.subtree_com[1].copy()))
    return tuple(np.array(column) for column in zip(*rows, strict=True))


def anything(variant: Variant, count: int = 40) -> Movement:
    """Poses, speeds and accelerations without any measure."""
    pos, quat, dof = random_states(count, seed=3, variant=variant)
    rng = np.random.default_rng(4)
    return Movement(
        *(pos, quat, dof),
        *(rng.normal(size=(count, 3)) * 3, rng.normal(size=dof.shape) * 5),
        *(rng.normal(size=(count, 3)) * 10, rng.normal(size=(count, 3)) * 20, rng.normal(size=dof.shape) * 50),
    )


@pytest.mark.slow_cases
@pytest.mark.parametrize("variant", VARIANTS)
def test_forces_of_any_movement_are_mujocos(variant: Variant) -> None:
    movement = anything(variant)
    needed = needed_forces(movement, variant)
    torques, force, moment, centre = mujocos_forces(mujocos(variant), movement)
    assert needed.torques == pytest.approx(torques, abs=0.01, rel=1e-4)  # the file rounds its numbers
    assert needed.force == pytest.approx(force, abs=0.05, rel=1e-4)
    assert needed.moment == pytest.approx(moment, abs=0.05, rel=1e-4)
    assert needed.centre == pytest.approx(centre, abs=1e-6)


@pytest.mark.parametrize("clip", CLIPS)
def test_torques_of_real_clips_are_mujocos(shared_data: Path, clip: str) -> None:
    movement = movement_of(read_g1_motion(shared_data / "g1" / f"{clip}.json")).rows(slice(0, 400))
    torques, force, moment, _ = mujocos_forces(mujocos("29dof"), movement)
    needed = needed_forces(movement, "29dof")
    allowed = np.maximum(0.05, 0.01 * np.abs(torques).max(axis=0))
    assert (np.abs(needed.torques - torques).max(axis=0) < allowed).all()
    assert needed.force == pytest.approx(force, abs=0.5, rel=1e-3)
    assert needed.moment == pytest.approx(moment, abs=0.5, rel=1e-3)


def moved(count: int = 60, fps: float = 30.0, **columns: np.ndarray) -> G1Motion:
    """A motion of the robot that stands, some columns of its joints, or `root_pos` and `root_quat`, set."""
    dof, names = np.zeros((count, 29)), joints_of("29dof")
    for name in names:
        if name in columns:
            dof[:, names.index(name)] = columns[name]
    pos = columns.get("root_pos", np.tile([0.0, 0.0, STANDS], (count, 1)))
    quat = columns.get("root_quat", np.tile([1.0, 0, 0, 0], (count, 1)))
    return G1Motion(fps, pos, quat, dof)


def ankles(angle: float) -> dict[str, np.ndarray]:
    return {f"{side}_ankle_pitch_joint": np.full(60, angle) for side in ("left", "right")}


def test_a_still_stand_is_borne_by_both_feet() -> None:
    needed = needed_forces(movement_of(moved()), "29dof", ground=0.0)
    assert needed.bears.all()
    assert needed.pressure == pytest.approx(needed.centre[:, :2], abs=1e-9)  # nothing moves
    assert (needed.outside < -0.02).all()
    assert np.abs(needed.force).max() < 1e-6
    assert np.abs(needed.moment).max() < 1e-6


def test_the_centre_of_pressure_balances_what_mujoco_needs(shared_data: Path) -> None:
    """Of a walk: with the ground's force there, MuJoCo's moment about it has no part along the ground."""
    movement = movement_of(read_g1_motion(shared_data / "g1" / "kimodo_walk.json"))
    needed = needed_forces(movement, "29dof", ground=0.0)
    _, force, moment, _ = mujocos_forces(mujocos("29dof"), movement)
    arms = np.column_stack([needed.pressure, np.zeros(len(force))]) - movement.root_pos
    left = moment - np.cross(arms, force)
    assert needed.bears.any(axis=1).all()
    assert np.abs(left[:, :2]).max() < 0.05


def test_motors_and_ground_together_move_the_robot_in_mujoco(shared_data: Path) -> None:
    """MuJoCo, given the torques, the feet's forces and what nobody provides, moves as the clip does."""
    movement = movement_of(read_g1_motion(shared_data / "g1" / "kimodo_dance.json"))
    model = mujocos("29dof")
    data = mujoco.MjData(model)
    corners = corners_of(movement)
    free = needed_forces(movement, "29dof")
    needed = needed_forces(movement, "29dof", ground=0.0)
    nothing = np.zeros((len(corners), 0, 3))
    ground = ground_forces(free.force, free.moment, movement.root_pos, corners, nothing, 0.0)
    for frame in range(0, len(corners), 10):
        turn = pose_as(data, movement, frame)
        mujoco.mj_fwdPosition(model, data)
        applied = np.concatenate([needed.force[frame], turn.T @ needed.moment[frame], needed.torques[frame]])
        for foot, name in enumerate(FEET):
            push = ground.forces[frame, foot], ground.moments[frame, foot], ground.points[frame, foot]
            mujoco.mj_applyFT(model, data, *push, model.body(name).id, applied)
        data.qfrc_applied[:] = applied
        data.ctrl[:] = 0.0
        model.actuator_gainprm[:] = model.actuator_biasprm[:] = 0.0
        mujoco.mj_forward(model, data)
        wanted = [movement.root_acc[frame], turn.T @ movement.root_turn_acc[frame], movement.dof_acc[frame]]
        assert data.qacc == pytest.approx(np.concatenate(wanted), abs=0.02, rel=1e-3)


def test_ground_only_pushes_within_friction_and_soles(shared_data: Path) -> None:
    movement = movement_of(read_g1_motion(shared_data / "g1" / "kimodo_dance.json"))
    corners = corners_of(movement)
    wild = np.random.default_rng(5).normal(size=(2, len(corners), 3)) * [[[400.0]], [[150.0]]]
    nothing = np.zeros((len(corners), 0, 3))
    given = ground_forces(*wild, movement.root_pos, corners, nothing, 0.0)
    assert (given.forces[..., 2] >= 0.0).all()
    assert (np.linalg.norm(given.forces[..., :2], axis=-1) <= FRICTION * given.forces[..., 2] + 1e-6).all()
    assert (given.forces[~given.bears] == 0.0).all()
    pushed = np.einsum("fs,fsi->fi", given.forces[..., 2], given.points[..., :2])
    carried = given.forces[..., 2].sum(axis=1)
    for frame in np.flatnonzero(carried > 0.0):
        stand = corners[frame][corners[frame, ..., 2] <= 0.02][:, :2]
        assert distance_outside(pushed[frame] / carried[frame], stand) < 1e-6


def distance_outside(point: np.ndarray, corners: np.ndarray) -> float:
    """Metres from a point to the convex hull of corners: 0 within a triangle of them, else to the nearest segment."""
    for a, b, c in combinations(corners, 3):
        sides = [np.linalg.det([end - start, point - start]) for start, end in ((a, b), (b, c), (c, a))]
        if min(sides) >= 0.0 or max(sides) <= 0.0:
            return 0.0
    nearest = np.inf
    for a, b in combinations(corners, 2):
        along = np.clip((point - a) @ (b - a) / max((b - a) @ (b - a), 1e-12), 0.0, 1.0)
        nearest = min(nearest, float(np.linalg.norm(point - a - along * (b - a))))
    return nearest


def test_a_quiet_stand_is_balanced_and_within_its_motors() -> None:
    found = feasibility_of(moved(), 0.0)
    assert not any(check.count for check in found.checks)


def test_a_lean_of_30_degrees_falls() -> None:
    half = np.radians(15.0)
    quat = np.tile([np.cos(half), 0.0, np.sin(half), 0.0], (60, 1))
    pos = np.tile([STANDS * np.sin(2 * half), 0.0, STANDS * np.cos(2 * half)], (60, 1))
    held = feasibility_of(moved(root_pos=pos, root_quat=quat, **ankles(-2 * half)), 0.0)
    assert held.falls.all()
    assert held.outside.max() > 0.2
    assert [check.count for check in held.checks] == [0, 1, 0, 0]


def test_a_jump_of_3_metres_takes_more_than_the_motors_have() -> None:
    seconds = np.arange(75) / 30.0
    pushes, flight = 0.3, 2 * np.sqrt(2 * 3.0 / 9.81)
    speed = 9.81 * flight / 2
    up = np.clip(seconds - 0.3, 0.0, pushes) ** 2 * speed / pushes / 2 - speed * pushes / 2
    flying = (seconds > 0.3 + pushes) & (seconds < 0.3 + pushes + flight)
    after = seconds - 0.3 - pushes
    height = np.where(flying, speed * after - 9.81 / 2 * after**2, np.minimum(up, 0.0))
    knee = np.arccos(np.clip(1.0 + height / 0.6, -1.0, 1.0)) * np.where(flying, 0.0, 1.0)
    columns = {
        f"{side}_{joint}_joint": fraction * knee for side in ("left", "right") for joint, fraction in CROUCH.items()
    }
    pos = np.column_stack([np.zeros((75, 2)), STANDS + height])
    found = feasibility_of(moved(75, root_pos=pos, **columns), 0.0)
    assert found.over.any()
    assert found.checks[0].kind is G1Estimate.TORQUE
    assert found.checks[0].count


def test_robot_in_the_air_is_carried_by_nothing() -> None:
    """It rises from the ground, hangs for a second, and comes back."""
    times = np.arange(180) / 30.0
    height = STANDS + 0.3 * np.clip(np.minimum(times - 2.0, 5.0 - times), 0.0, 1.0)
    found = feasibility_of(moved(180, root_pos=np.column_stack([np.zeros((180, 2)), height])), 0.0)
    hangs = (times > 3.3) & (times < 3.7)
    assert found.falls[hangs].all()
    assert found.missing[hangs] == pytest.approx(33.341 * 9.81, abs=0.1)
    assert not found.falls[times < 1.5].any()
