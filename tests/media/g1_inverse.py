"""Where the ground would have to press on a G1 that moves exactly as a motion, by MuJoCo's inverse dynamics."""

import mujoco
import numpy as np

from .g1_judge import soles_of
from .g1_mjcf import g1_mujoco
from .robot_motion_judge import RATE

LOW = 0.02  # metres: a corner of a sole that is no higher can press
CARRIED = 0.2  # of the weight: with less, the robot flies
WAYS = 72  # directions in which the soles' hull is measured


def pressure_outside(fps: float, robot: tuple[np.ndarray, np.ndarray, np.ndarray]) -> np.ndarray:
    """Metres (F - 2 w,) from the center of pressure to the hull of the soles on a floor at height 0; 0 within it.

    NaN where the robot flies or no sole is on the floor. Speeds and accelerations are differences over `w` frames, a
    thirtieth of a second.

    Args:
        fps: of the motion.
        robot: (F, 3) of the pelvis, (F, 4) wxyz, (F, 29) angles.
    """
    model = g1_mujoco("29dof", weighed=True)
    model.dof_frictionloss[:] = model.dof_damping[:] = 0
    model.opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_CONTACT | mujoco.mjtDisableBit.mjDSBL_CONSTRAINT
    data, wide = mujoco.MjData(model), max(1, round(fps / RATE))
    frames, step = np.concatenate(robot, axis=1), wide / fps
    corners = soles_of(robot, "29dof").reshape(len(frames), -1, 3)
    angles = np.arange(WAYS) * 2.0 * np.pi / WAYS
    ways = np.stack([np.cos(angles), np.sin(angles)])
    weight = 9.81 * float(model.body_mass.sum())
    found = np.full(max(len(frames) - 2 * wide, 0), np.nan)
    speeds = np.zeros((2, model.nv))
    for frame in range(wide, len(frames) - wide):
        for speed, start in zip(speeds, (frame - wide, frame), strict=True):
            mujoco.mj_differentiatePos(model, speed, step, frames[start], frames[start + wide])
        data.qpos[:], data.qvel[:], data.qacc[:] = frames[frame], speeds.mean(axis=0), np.diff(speeds, axis=0)[0] / step
        mujoco.mj_inverse(model, data)
        force, moment = data.qfrc_inverse[:3], data.body("pelvis").xmat.reshape(3, 3) @ data.qfrc_inverse[3:6]
        stands = corners[frame][corners[frame, :, 2] < LOW, :2]
        if force[2] < CARRIED * weight or not len(stands):
            continue
        down = -frames[frame, 2]
        arm = np.array([down * force[0] - moment[1], moment[0] + down * force[1]]) / force[2]
        past = (frames[frame, :2] + arm) @ ways - (stands @ ways).max(axis=0)
        found[frame - wide] = max(float(past.max()), 0.0)
    return found
