"""How much help a G1 needs to follow a motion: simulated by MuJoCo, motors that follow its joints, and a helping hand.

Each motor turns its joint to where the motion has it, as a spring and damper with at most its own torque. A helping
force and moment on the pelvis, also a spring and damper and capped, bring it to where the motion has it. A trained
policy has no such hand: what it gives is what the policy would have to find elsewhere.
"""

import json
from dataclasses import dataclass
from functools import cache

import mujoco
import numpy as np

from .g1_mjcf import TABLES, joint_rows
from .menagerie_g1 import description_of
from .robot_motion_judge import RATE, lowest_of_bodies

STEP = 0.002  # seconds
MOTORS = (0.1, 0.03), (0.25, 0.04), (0.4, 0.05)
"""Of three robots: rad behind the motion at which a motor gives all of its torque, and seconds of damping by stiffness.
A landing that one gets over makes another fall."""
FRICTION = 0.6
SWAY = 2.0  # Hz of the pelvis on the helping hand, critically damped
GYRATION = 0.75  # metres about the soles of a standing robot
LEVER = 0.35  # metres: half of the height of its center of mass
CAP = 1.0  # of the weight: the most that the hand pushes, or pushes at the end of the lever
FALLEN = 0.3, np.radians(25.0)  # metres and rad of the pelvis off the motion, from which on the robot has fallen
PRICE = 0.5  # seconds of the most help for a fall, after which it is put back onto its motion


@dataclass(frozen=True)
class Tracked:
    """The cost of tracking a motion.

    Attributes:
        help: mean of the helping force, as a share of the weight, and the moment, as one of what the weight does on
            `LEVER`; with the price of falls.
        falls: their number.
        off: metres of the pelvis off the motion, mean.
    """

    help: float
    falls: float
    off: float


@cache
def _model(full: float, lag: float) -> mujoco.MjModel:
    """The menagerie's robot on a floor: its soles' spheres and the tables' capsules touch it, not one another."""
    spec = mujoco.MjSpec.from_file(description_of("29dof"))
    for part in [geom for geom in spec.geoms if geom.classname.name != "foot"] + list(spec.meshes):
        spec.delete(part)
    for body, start, end, radius in json.loads((TABLES / "g1-capsules.json").read_text())["rows"]:
        if "ankle" not in body:
            geom = spec.body(body).add_geom(type=mujoco.mjtGeom.mjGEOM_CAPSULE, fromto=[*start, *end], mass=0.0)
            geom.size[0], geom.friction[0] = radius, FRICTION
    for geom in spec.geoms:
        geom.contype, geom.conaffinity = 1, 0
    plane = spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_PLANE, size=[0.0, 0.0, 1.0])
    plane.contype, plane.conaffinity = 0, 1
    spec.option.timestep, spec.option.integrator = STEP, mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    model = spec.compile()
    efforts = np.array([row["effort_Nm"] for row in joint_rows()])
    model.actuator_gainprm[:, 0] = efforts / full
    model.actuator_biasprm[:, 1:3] = -np.outer(efforts / full, [1.0, lag])
    model.actuator_forcelimited[:], model.actuator_ctrllimited[:] = 1, 0
    model.actuator_forcerange[:] = np.outer(efforts, [-1.0, 1.0])
    return model


def grounded(robot: tuple[np.ndarray, np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The motion with what is lowest on the floor in half of the frames."""
    lowest = np.min(list(lowest_of_bodies(robot, "29dof").values()), axis=0)
    return robot[0] - [0.0, 0.0, float(np.median(lowest))], robot[1], robot[2]


def tracked(fps: float, robot: tuple[np.ndarray, np.ndarray, np.ndarray]) -> Tracked:
    """Follow a motion over a floor at height 0, by each of the three robots; return their mean.

    Args:
        fps: of it.
        robot: (F, 3) of the pelvis, (F, 4) wxyz, (F, 29) angles.
    """
    return Tracked(*np.mean([_tracked(fps, robot, *motors) for motors in MOTORS], axis=0).tolist())


def _tracked(
    fps: float, robot: tuple[np.ndarray, np.ndarray, np.ndarray], full: float, lag: float
) -> tuple[float, float, float]:
    model = _model(full, lag)
    data = mujoco.MjData(model)
    mass = float(model.body_mass.sum())
    stiff = mass * (2.0 * np.pi * SWAY) ** 2 * np.repeat([1.0, GYRATION**2], 3)
    damp = stiff / (np.pi * SWAY)
    most = CAP * mass * 9.81 * np.array([1.0, LEVER])
    away, units, reply = np.zeros(6), np.eye(6, model.nv), np.zeros((6, model.nv))
    given, falls, off = 0.0, -1, 0.0
    poses, speeds = _reference(model, fps, robot)
    away[0] = np.inf
    for pose, speed in zip(poses, speeds, strict=True):
        if np.linalg.norm(away[:3]) > FALLEN[0] or np.linalg.norm(away[3:]) > FALLEN[1]:
            falls += 1
            data.qpos[:], data.qvel[:] = pose, speed
        mujoco.mj_fwdPosition(model, data)
        away[:3] = pose[:3] - data.qpos[:3]
        mujoco.mju_subQuat(away[3:], pose[3:7], data.qpos[3:7])
        mujoco.mj_solveM(model, data, reply, units)
        implicit = np.eye(6) + (STEP * damp + STEP**2 * stiff)[:, None] * reply[:, :6]  # or the damper would shake it
        wrench = np.linalg.solve(implicit, stiff * away + damp * (speed[:6] - data.qvel[:6])).reshape(2, 3)
        shares = np.linalg.norm(wrench, axis=1) / most
        data.qfrc_applied[:6] = (wrench / np.maximum(shares, 1.0)[:, None]).ravel()
        given += CAP * float(np.minimum(shares, 1.0).mean())
        off += float(np.linalg.norm(away[:3]))
        data.ctrl[:] = pose[7:] + lag * speed[6:]
        mujoco.mj_step(model, data)
    return (given + falls * CAP * PRICE / STEP) / len(poses), falls, off / len(poses)


def _reference(
    model: mujoco.MjModel, fps: float, robot: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """(S, 36) places and (S, 35) speeds at each step, straight between the frames."""
    frames = np.concatenate(robot, axis=1)
    frames[:, 3:7] *= np.cumprod(np.sign([1.0, *(frames[1:, 3:7] * frames[:-1, 3:7]).sum(axis=1)]))[:, None]
    wide, last = max(1, round(fps / RATE)), len(frames) - 1
    speeds = np.zeros((len(frames), model.nv))
    for frame, speed in enumerate(speeds):
        start, stop = max(frame - wide, 0), min(frame + wide, last)
        mujoco.mj_differentiatePos(model, speed, (stop - start) / fps, frames[start], frames[stop])
    at = np.arange(0.0, last / fps, STEP) * fps
    before = at.astype(int)
    share = (at - before)[:, None]
    poses = frames[before] * (1.0 - share) + frames[before + 1] * share
    poses[:, 3:7] /= np.linalg.norm(poses[:, 3:7], axis=1, keepdims=True)
    return poses, speeds[before] * (1.0 - share) + speeds[before + 1] * share
