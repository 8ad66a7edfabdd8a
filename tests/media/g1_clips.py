"""Motions of the G1 that are known to be clean or faulty: they are built, not recorded."""

from __future__ import annotations

import copy
import functools

import numpy as np

from aimocap_blender.motion.g1.motion import G1Motion

from .g1_body import g1_joints, leg, solve_leg

ANKLE_HEIGHT = 0.035  # metres above the ground, of a foot whose spheres touch it
STANCE = 0.1185  # metres from the middle to each ankle
HEIGHT = 0.75  # of the pelvis


def joint(name: str) -> int:
    return next(index for index, each in enumerate(g1_joints()) if each.name == name)


def bump(frames: int, start: int, stop: int) -> np.ndarray:
    """(F,) 0, rising smoothly to 1 at the middle of a span of frames and back."""
    share = np.clip((np.arange(frames) - start) / (stop - start), 0, 1)
    return np.sin(np.pi * share) ** 4


def weight_shift(
    frames: int = 240,
    fps: float = 60.0,
    foot_shift: np.ndarray | None = None,
    sway: np.ndarray | None = None,
    toes_up: float = 0.0,
) -> G1Motion:
    """The robot stands and shifts its weight from side to side, slowly; arms and waist move a little.

    Args:
        frames: how many.
        fps: frames per second.
        foot_shift: (F,) metres that the left foot is moved forward along the ground.
        sway: (F,) metres that the pelvis is moved to the left above feet that stand.
        toes_up: rad that both feet stand on their heels.
    """
    if foot_shift is None and sway is None:
        return copy.deepcopy(_usual_shift(frames, fps, toes_up))
    return _weight_shift(frames, fps, foot_shift, sway, toes_up)


@functools.cache
def _usual_shift(frames: int, fps: float, toes_up: float) -> G1Motion:
    """Solved once for all tests."""
    return _weight_shift(frames, fps, None, None, toes_up)


def _weight_shift(
    frames: int, fps: float, foot_shift: np.ndarray | None, sway: np.ndarray | None, toes_up: float
) -> G1Motion:
    times = np.arange(frames) / fps
    pos = np.stack([0.005 * np.sin(times), 0.03 * np.sin(1.5 * times), HEIGHT + 0.01 * np.cos(times)], axis=1)
    if sway is not None:
        pos[:, 1] += sway
    rotation = np.tile(np.eye(3), (frames, 1, 1))
    dof = np.zeros((frames, len(g1_joints())))
    feet = rotation @ [
        [np.cos(toes_up), 0.0, -np.sin(toes_up)],
        [0.0, 1.0, 0.0],
        [np.sin(toes_up), 0.0, np.cos(toes_up)],
    ]
    for side, sign in (("l", 1.0), ("r", -1.0)):
        ankle = np.tile([0.0, sign * STANCE, ANKLE_HEIGHT], (frames, 1))
        if foot_shift is not None and side == "l":
            ankle[:, 0] += foot_shift
        dof[:, leg(side)] = solve_leg(side, (pos, rotation), ankle, feet)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        dof[:, joint(f"{side}_shoulder_pitch_joint")] = 0.2 + 0.2 * np.sin(times)
        dof[:, joint(f"{side}_shoulder_roll_joint")] = sign * 0.25
        dof[:, joint(f"{side}_elbow_joint")] = 1.0 + 0.2 * np.cos(times)
    dof[:, joint("waist_yaw_joint")] = 0.2 * np.sin(times)
    return G1Motion(fps, pos, np.tile([1.0, 0.0, 0.0, 0.0], (frames, 1)), dof)
