"""Checks of single joints: angles past limits, speeds above the motors', spikes."""

from typing import LiteralString

import numpy as np

from ...texts.text import Text
from ..rotations import FloatArray
from .checks_findings import Samples, Subject
from .model import G1Joint, G1Model
from .spikes import SpikeTolerance, off_course, spike_limits

_DEGREES = 180.0 / np.pi


def strict_ranges(model: G1Model) -> FloatArray:
    """Return (J, 2) lowest and highest angle that retargeting to the robot commonly allows, rad."""
    return np.array([joint.usual_range for joint in model.joints], dtype=np.float64)


def speed_limits(model: G1Model) -> FloatArray:
    """Return (J,) the maximum speed of each joint's motor, rad/s."""
    return np.array([joint.velocity for joint in model.joints])


def past_limits(dof_pos: FloatArray, ranges: FloatArray, tolerance: float) -> Samples:
    """Return angles (F, J) outside ranges (J, 2) by more than a tolerance; the amount is the excess, rad."""
    past = np.maximum(ranges[:, 0] - dof_pos, dof_pos - ranges[:, 1])
    return Samples.where(past, past - tolerance, full=0.2)


def past_speeds(dof_pos: FloatArray, limits: FloatArray, fps: float, tolerance: float) -> Samples:
    """Return joints that exceed their motors' speeds between frames, reported at the later one.

    The amount is the speed, rad/s.

    Args:
        dof_pos: (F, J) rad.
        limits: (J,) rad/s.
        fps: frame rate.
        tolerance: share of the limit by which it may be exceeded.
    """
    speeds = np.zeros_like(dof_pos)
    speeds[1:] = np.abs(np.diff(dof_pos, axis=0)) * fps
    return Samples.where(speeds, speeds / limits - 1.0 - tolerance, full=1.0)


def spikes(dof_pos: FloatArray, fps: float, tolerance: SpikeTolerance) -> Samples:
    """Return joints whose acceleration at a frame differs strongly from that of the adjacent frames.

    The amount is that difference, rad/s². The tolerance, in rad, is for the distance from the joint's course, which is
    a third of that times the squared frame interval.
    """
    deviations = np.abs(off_course(np.diff(dof_pos, axis=0)))
    limits = spike_limits(deviations, tolerance)
    return Samples.where(deviations * 3.0 * fps * fps, deviations / limits - 1.0, full=3.0)


def limit_subject(joint: G1Joint, index: int, limit: LiteralString) -> Subject:
    """Return a joint past a limit as subject."""
    says = "{name} is {amount:.1f}° past {limit} at frame {frame}"
    return Subject(joint.name, (index + 1,), says, _DEGREES, "deg", {"limit": Text(limit)})


def speed_subject(joint: G1Joint, index: int) -> Subject:
    """Return a joint that rotates too fast as subject."""
    says = "{name} rotates at {amount:.1f} rad/s, {limit:g} is its limit, at frame {frame}"
    return Subject(joint.name, (index + 1,), says, 1.0, "rad/s", {"limit": joint.velocity})


def spike_subject(joint: G1Joint, index: int) -> Subject:
    """Return a joint whose acceleration spikes as subject."""
    says = "{name} jumps off its course by {amount:.0f} rad/s² at frame {frame}"
    return Subject(joint.name, (index + 1,), says, 1.0, "rad/s²")
