"""Checks of the pelvis: impossible speeds, and cuts."""

from typing import LiteralString

import numpy as np

from ...texts.text import Text
from .. import rotations
from ..rotations import FloatArray
from .checks_findings import Samples, Subject
from .spikes import SpikeTolerance, off_course, spike_limits

_DEGREES = 180.0 / np.pi
_FASTEST, _FASTEST_ROTATION, _POSITION_CUT, _ROTATION_CUT = range(4)  # subjects


def root_jumps(
    root_pos: FloatArray,
    root_quat: FloatArray,
    fps: float,
    speeds: tuple[float, float],
    cuts: tuple[SpikeTolerance, SpikeTolerance],
) -> Samples:
    """Return steps of the pelvis that are too fast (reported at the later frame), and frames off its course.

    Args:
        root_pos: (F, 3) metres.
        root_quat: (F, 4) wxyz.
        fps: frame rate.
        speeds: the highest plausible ones, m/s and rad/s.
        cuts: tolerances off the course, in metres and in rad.

    Returns:
        Samples whose subjects are those of `root_subject`.
    """
    moves = np.diff(root_pos, axis=0)
    root_rotations = rotations.to_rotation_vector(
        rotations.multiply(root_quat[1:], rotations.conjugate(root_quat[:-1]))
    )
    parts: list[Samples] = []
    for subject, steps, fastest in ((_FASTEST, moves, speeds[0]), (_FASTEST_ROTATION, root_rotations, speeds[1])):
        speed = np.zeros((len(root_pos), 1))
        speed[1:, 0] = np.linalg.norm(steps, axis=1) * fps
        parts.append(_about(subject, Samples.where(speed, speed / fastest - 1.0, full=1.0)))
    for subject, steps, cut in ((_POSITION_CUT, moves, cuts[0]), (_ROTATION_CUT, root_rotations, cuts[1])):
        deviation = np.linalg.norm(off_course(steps), axis=1, keepdims=True)
        limit = spike_limits(deviation, cut)
        parts.append(_about(subject, Samples.where(deviation, deviation / limit - 1.0, full=3.0)))
    return Samples.joined(parts)


def root_subject(subject: int) -> Subject:
    """Return the subject of a row of `root_jumps`."""
    known: dict[int, tuple[LiteralString, float, str]] = {
        _FASTEST: ("{name} moves at {amount:.1f} m/s at frame {frame}", 1.0, "m/s"),
        _FASTEST_ROTATION: ("{name} rotates at {amount:.1f} rad/s at frame {frame}", 1.0, "rad/s"),
        _POSITION_CUT: ("{name} jumps {amount:.0f} mm off its course at frame {frame}", 1000.0, "mm"),
        _ROTATION_CUT: ("{name} jumps {amount:.1f}° off its course at frame {frame}", _DEGREES, "deg"),
    }
    says, factor, unit = known[subject]
    return Subject(Text("pelvis"), (0,), says, factor, unit)


def _about(subject: int, samples: Samples) -> Samples:
    return Samples(np.full_like(samples.subjects, subject), samples.frames, samples.amounts, samples.badness)
