"""Mending how a motion of the G1 lies in time: loops, and other frame rates."""

from dataclasses import replace
from typing import Literal

import numpy as np

from .. import rotations
from ..faults import MotionFault
from ..rotations import FloatArray
from .mending import G1Change, change_of
from .motion import MAX_FPS, G1Motion

_ON_A_SAMPLE = 1e-6  # samples: an instant so near to one takes it as it is


def looped(motion: G1Motion, seconds: float = 0.5) -> tuple[G1Motion, G1Change]:
    """The end of the motion bent into its start: the last frame has the first one's pose, and goes on at its speed.

    The pelvis keeps where it went and which way it faces; its height, its tilt, and its speed as seen from where it
    faces become those of the start. Joints stay within their limits where they were within.

    Args:
        motion: of at least four frames.
        seconds: before the end over which it is bent; at most the whole motion but its first frame.

    Raises:
        MotionFault: it has fewer frames.
    """
    count = len(motion.dof_pos)
    if count < 4:  # noqa: PLR2004 -- a speed at each end
        raise MotionFault("The motion is too short to be looped.", "Choose one of at least four frames.")
    bent = min(max(round(seconds * motion.fps), 1), count - 2)
    share = np.arange(1, bent + 1) / bent
    tail = slice(count - bent, count)
    place = (3.0 - 2.0 * share) * share**2  # reaches 1, level at both ends
    speed = share**2 * (share - 1.0) * bent  # reaches slope 1 a frame, and value 0

    def bend(gap: FloatArray, faster: FloatArray) -> FloatArray:
        return place[:, None] * gap + speed[:, None] * faster

    dof = motion.dof_pos.copy()
    first_step, last_step = dof[1] - dof[0], dof[-1] - dof[-2]
    dof[tail] += bend(dof[0] - dof[-1], first_step - last_step)
    ranges = motion.model.ranges
    low = np.minimum(ranges[:, 0], motion.dof_pos.min(axis=0))
    high = np.maximum(ranges[:, 1], motion.dof_pos.max(axis=0))
    dof[tail] = np.clip(dof[tail], low, high)
    dof[-1] = dof[0]

    pos, quat = motion.root_pos.copy(), motion.root_quat.copy()
    turned = _facing(quat[-1]) - _facing(quat[0])
    around = rotations.from_rotation_vector(np.array([0.0, 0.0, turned]))
    end = rotations.multiply(around, quat[0])
    turns = rotations.to_rotation_vector(rotations.multiply(quat[[1, -1]], rotations.conjugate(quat[[0, -2]])))
    gap = rotations.to_rotation_vector(rotations.multiply(end, rotations.conjugate(quat[-1])))
    more = rotations.from_rotation_vector(bend(gap, rotations.rotate(around, turns[0]) - turns[1]))
    quat[tail] = rotations.normalise(rotations.multiply(more, quat[tail]))
    quat[-1] = end if rotations.dot(end, quat[-2]) >= 0.0 else -end
    step = rotations.rotate(around, pos[1] - pos[0]) - (pos[-1] - pos[-2])
    pos[tail] += bend(np.array([0.0, 0.0, pos[0, 2] - pos[-1, 2]]), step)
    pos[-1, 2] = pos[0, 2]
    result = replace(motion, root_pos=pos, root_quat=rotations.continuous(quat), dof_pos=dof)
    return change_of(motion, result, f"The last {bent} frames bent into the first")


def at_fps(motion: G1Motion, fps: float, curve: Literal["cubic", "linear"] = "cubic") -> tuple[G1Motion, G1Change]:
    """The motion sampled at another frame rate; it takes as long as before, to within half a new frame.

    Rotations go the short way at even speed from sample to sample; angles and places on curves through all samples, or
    straight. Joints never go past the angles that they have in the samples.

    Args:
        motion: any.
        fps: frames a second.
        curve: through the samples (Catmull and Rom's), or straight from one to the next.

    Raises:
        MotionFault: the frame rate is none.
    """
    if not 0.0 < fps <= MAX_FPS:
        raise MotionFault(f"{fps:g} is no frame rate.", f"Choose one above 0, up to {MAX_FPS:g}.")
    count = len(motion.dof_pos)
    if fps == motion.fps or count == 1:
        return change_of(motion, replace(motion, fps=fps), "")
    new = int(np.floor((count - 1) / motion.fps * fps + 0.5)) + 1
    at = np.minimum(np.arange(new) * (motion.fps / fps), count - 1.0)
    near = np.rint(at)
    at = np.where(np.abs(at - near) < _ON_A_SAMPLE, near, at)
    before = np.minimum(at.astype(np.int64), count - 2)
    share = (at - before)[:, None]
    turned = rotations.slerp(motion.root_quat[before], motion.root_quat[before + 1], share[:, 0])

    def sampled(values: FloatArray) -> FloatArray:
        a, b = values[before], values[before + 1]
        if curve == "linear":
            between = a + (b - a) * share
        else:
            slopes = np.gradient(values, axis=0)
            between = (
                a * (1.0 + 2.0 * share) * (1.0 - share) ** 2
                + b * (3.0 - 2.0 * share) * share**2
                + slopes[before] * share * (1.0 - share) ** 2
                - slopes[before + 1] * share**2 * (1.0 - share)
            )
        return np.where(share == 0.0, a, np.where(share == 1.0, b, between))

    dof = np.clip(sampled(motion.dof_pos), motion.dof_pos.min(axis=0), motion.dof_pos.max(axis=0))
    ends = motion.root_quat[before + (share[:, 0] == 1.0)]
    turned = np.where((share == 0.0) | (share == 1.0), ends, rotations.normalise(turned))
    turned = rotations.continuous(turned)
    result = replace(motion, fps=fps, root_pos=sampled(motion.root_pos), root_quat=turned, dof_pos=dof)
    sentence = f"{count} frames at {motion.fps:g} fps became {new} at {fps:g}"
    return result, G1Change(sentence, new, tuple(joint.name for joint in motion.model.joints), root=True)


def _facing(quat: FloatArray) -> float:
    """The turn about Z of the direction in which a rotation (4,) brings X, rad."""
    forward = rotations.rotate(quat, np.array([1.0, 0.0, 0.0]))
    return float(np.arctan2(forward[1], forward[0]))
