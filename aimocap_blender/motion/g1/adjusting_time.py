"""Repairing the timing of a motion of the G1: loops and frame rates."""

from dataclasses import replace
from typing import Literal

import numpy as np

from ...texts.counts import frames_in_words
from ...texts.faults import Fault
from ...texts.text import Text
from .. import rotations
from ..resampling import on_a_spline
from ..rotations import FloatArray
from .adjusting import G1Change, change_of
from .motion import MAX_FPS, MIN_FPS, G1Motion

_ON_A_SAMPLE = 1e-6  # samples: a time this close to a sample uses it unchanged


def looped(motion: G1Motion, seconds: float = 0.5) -> tuple[G1Motion, G1Change]:
    """Blend the end of the motion into its start: the last frame gets the first one's pose and speed.

    The pelvis keeps its horizontal position and heading; its height, tilt, and speed relative to its heading become
    those of the start. Joints that were within their limits stay within them.

    Args:
        motion: of at least four frames.
        seconds: at the end that are blended into the start; at most the whole motion except its first frame.

    Raises:
        Fault: the motion has fewer frames.
    """
    count = len(motion.dof_pos)
    if count < 4:  # noqa: PLR2004 -- a speed at each end
        raise Fault("The motion is too short to be looped.", "Choose one of at least four frames.")
    # at least a frame, and never the first one, which the end has to become
    bent = min(max(round(seconds * motion.fps), 1), count - 2)
    share = np.arange(1, bent + 1) / bent
    tail = slice(count - bent, count)
    # the first reaches 1, level at both ends; the second slope 1 a frame, and value 0
    weight = (3.0 - 2.0 * share) * share**2
    speed = share**2 * (share - 1.0) * bent

    def bend(gap: FloatArray, before: FloatArray) -> FloatArray:
        """Return changes that are `gap` in the last frame and `before` in the one before it, which make its speed."""
        faster = (before - weight[-2] * gap) / speed[-2] if bent > 1 else np.zeros_like(gap)
        return weight[:, None] * gap + speed[:, None] * faster

    def closed(angles: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
        angles, low, high = angles.copy(), np.minimum(low, angles.min(axis=0)), np.maximum(high, angles.max(axis=0))
        angles[tail] += bend(angles[0] - angles[-1], 2.0 * angles[0] - angles[1] - angles[-2])
        angles[tail] = np.clip(angles[tail], low, high)
        angles[-1] = angles[0]
        return angles

    dof = closed(motion.dof_pos, *motion.model.ranges.T)
    hands = motion.hands
    if hands is not None:
        hands = replace(hands, angles=closed(hands.angles, hands.angles[0], hands.angles[0]))

    pos, quat = motion.root_pos.copy(), motion.root_quat.copy()
    # where the robot heads in the end stays: a loop may go on turned
    heading_change = _facing(quat[-1]) - _facing(quat[0])
    around = rotations.from_rotation_vector(np.array([0.0, 0.0, heading_change]))
    # the first frame where the robot heads in the end, and one before it that turns as fast as the start does
    end = rotations.multiply(around, quat[0])
    back = rotations.multiply(quat[0], rotations.conjugate(quat[1]))
    before_end = rotations.multiply(around, rotations.multiply(back, quat[0]))
    gap = rotations.to_rotation_vector(rotations.multiply(end, rotations.conjugate(quat[-1])))
    before = rotations.to_rotation_vector(rotations.multiply(before_end, rotations.conjugate(quat[-2])))
    more = rotations.from_rotation_vector(bend(gap, before))
    quat[tail] = rotations.normalise(rotations.multiply(more, quat[tail]))
    quat[-1] = end if rotations.dot(end, quat[-2]) >= 0.0 else -end
    # the same of its position, but for where it has come to
    rise = np.array([0.0, 0.0, pos[0, 2] - pos[-1, 2]])
    pos[tail] += bend(rise, pos[-1] + rise - rotations.rotate(around, pos[1] - pos[0]) - pos[-2])
    pos[-1, 2] = pos[0, 2]
    result = replace(motion, root_pos=pos, root_quat=rotations.continuous(quat), dof_pos=dof, hands=hands)
    return change_of(motion, result, Text("{frames} at the end blended into the first", frames=frames_in_words(bent)))


def at_fps(motion: G1Motion, fps: float, curve: Literal["cubic", "linear"] = "cubic") -> tuple[G1Motion, G1Change]:
    """Resample the motion at another frame rate; its duration changes by at most half a new frame.

    Rotations are interpolated the short way at constant speed; angles and positions on curves through all samples, or
    linearly. Joints never exceed the angles in the samples.

    Args:
        fps: the new frame rate.
        curve: through the samples (Catmull-Rom), or linear.

    Raises:
        Fault: the frame rate is invalid.
    """
    if not MIN_FPS <= fps <= MAX_FPS:
        raise Fault(
            Text("{fps:g} is not a valid frame rate.", fps=fps),
            Text("Choose one from {least:g} to {most:g}.", least=MIN_FPS, most=MAX_FPS),
        )
    count = len(motion.dof_pos)
    if fps == motion.fps or count == 1:
        return change_of(motion, replace(motion, fps=fps), "")
    # to the nearest whole number of frames
    new = int(np.floor((count - 1) / motion.fps * fps + 0.5)) + 1
    # rounding must not ask for a time after the last sample
    at = np.minimum(np.arange(new) * (motion.fps / fps), count - 1.0)
    result = replace(at_frames(motion, at, curve), fps=fps)
    sentence = Text(
        "{frames} at {fps:g} fps became {new} at {new_fps:g}",
        frames=frames_in_words(count),
        fps=motion.fps,
        new=new,
        new_fps=fps,
    )
    return result, G1Change(sentence, new, motion.model.joint_names, root=True)


def at_frames(motion: G1Motion, at: FloatArray, curve: Literal["cubic", "linear"] = "cubic") -> G1Motion:
    """Return the motion at some times (N,), in frames, at its own frame rate."""
    count = len(motion.dof_pos)
    at = np.minimum(at, count - 1.0)
    # a time on a sample, but for rounding, is the sample's
    near = np.rint(at)
    at = np.where(np.abs(at - near) < _ON_A_SAMPLE, near, at)
    before = np.minimum(at.astype(np.int64), count - 2)
    share = (at - before)[:, None]
    quat = rotations.slerp(motion.root_quat[before], motion.root_quat[before + 1], share[:, 0])

    def sampled(values: FloatArray) -> FloatArray:
        if curve == "cubic":
            return on_a_spline(values, at)
        a, b = values[before], values[before + 1]
        return np.where(share == 1.0, b, a + (b - a) * share)

    def within(angles: FloatArray) -> FloatArray:
        # a spline overshoots, a joint may not
        return np.clip(sampled(angles), angles.min(axis=0), angles.max(axis=0))

    hands = replace(motion.hands, angles=within(motion.hands.angles)) if motion.hands else None
    ends = motion.root_quat[before + (share[:, 0] == 1.0)]
    # what falls on a sample is that sample to the last bit
    quat = np.where((share == 0.0) | (share == 1.0), ends, rotations.normalise(quat))
    quat = rotations.continuous(quat)
    return replace(
        motion, root_pos=sampled(motion.root_pos), root_quat=quat, dof_pos=within(motion.dof_pos), hands=hands
    )


def _facing(quat: FloatArray) -> float:
    """Return the angle about Z of the direction to which a rotation (4,) brings X, rad."""
    forward = rotations.rotate(quat, np.array([1.0, 0.0, 0.0]))
    return float(np.arctan2(forward[1], forward[0]))
