"""Checks of the pelvis and the center of mass: impossible speeds, cuts and accelerations, and ends not at rest."""

from typing import LiteralString

import numpy as np

from ...texts.text import Text
from .. import rotations
from ..rotations import FloatArray
from .checks_findings import Samples, Subject
from .dynamics import GRAVITY
from .motion import G1Motion
from .spikes import SpikeTolerance, off_course, spike_limits

_DEGREES = 180.0 / np.pi
_FASTEST, _FASTEST_ROTATION, _POSITION_CUT, _ROTATION_CUT = range(4)  # subjects
_RATE = 30.0
"""Frames per second by which accelerations and speeds are told: at 120, noise of a millimetre would drown them."""
_REST = 0.05
"""m/s of the pelvis up to which the robot is at rest: our own; Kimodo's wave stands at 0.017."""
_REST_TURN = 0.5
"""rad/s of a joint or the pelvis up to which it is at rest: our own; Kimodo's wave stands at 0.2."""
_STARTS: LiteralString = (
    "The motion doesn't start at rest: the pelvis moves at {speed:.2f} m/s, {name} rotates at {turn:.1f} rad/s."
)
_ENDS: LiteralString = (
    "The motion doesn't end at rest: the pelvis moves at {speed:.2f} m/s, {name} rotates at {turn:.1f} rad/s."
)


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


def pushes(centre: FloatArray, fps: float, friction: float, noise: float) -> Samples:
    """Return frames in which the center of mass accelerates over the ground by more than the ground can push it, m/s².

    The ground pushes sideways by at most friction times its push upward, whatever touches it; in the air, by nothing.
    That holds for averages too, and a second difference is one, so abrupt contacts are no faults.

    Args:
        centre: (F, 3) of mass, metres.
        fps: frame rate.
        friction: of the ground.
        noise: m/s² by which the accelerations along the ground and upward may be off.
    """
    # over about a thirtieth of a second on both sides, whatever the frame rate
    wide = _wide(fps)
    acceleration = np.zeros_like(centre)
    if len(centre) > 2 * wide:
        bends = centre[2 * wide :] - 2.0 * centre[wide:-wide] + centre[: -2 * wide]
        acceleration[wide:-wide] = bends * (fps / wide) ** 2
    sideways = rotations.norm(acceleration[:, :2])[:, None]
    allowed = friction * (np.maximum(acceleration[:, 2:] + GRAVITY, 0.0) + noise) + noise
    return Samples.where(sideways, sideways - allowed, full=GRAVITY)


def push_subject() -> Subject:
    """Return the subject of `pushes`."""
    says = "{name} accelerates over the ground at {amount:.0f} m/s², more than friction allows, at frame {frame}"
    return Subject(Text("center of mass"), (0,), says, 1.0, "m/s²")


def restless_ends(motion: G1Motion) -> tuple[Text, ...]:
    """Return a sentence on the start and on the end of a motion, where pelvis or joints aren't at rest there."""
    pos, quat, dof = motion.root_pos, motion.root_quat, motion.dof_pos
    wide = min(_wide(motion.fps), len(pos) - 1)
    if not wide:
        return ()
    names = (Text("pelvis"), *motion.model.joint_names)
    said: list[Text] = []
    ends: tuple[tuple[LiteralString, int, int], ...] = ((_STARTS, 0, wide), (_ENDS, -1 - wide, -1))
    for says, first, last in ends:
        root = rotations.to_rotation_vector(rotations.multiply(quat[last], rotations.conjugate(quat[first])))
        turns = np.abs([np.linalg.norm(root), *(dof[last] - dof[first])]) * motion.fps / wide
        speed = np.linalg.norm(pos[last] - pos[first]) * motion.fps / wide
        fastest = int(turns.argmax())
        if speed > _REST or turns[fastest] > _REST_TURN:
            said.append(Text(says, speed=speed, name=names[fastest], turn=turns[fastest]))
    return tuple(said)


def _wide(fps: float) -> int:
    """Return the number of frames nearest to one of `_RATE` a second."""
    return max(1, round(fps / _RATE))


def _about(subject: int, samples: Samples) -> Samples:
    return Samples(np.full_like(samples.subjects, subject), samples.frames, samples.amounts, samples.badness)
