"""Turns as the channels that an object or a bone reads in its rotation mode."""

import numpy as np

from ...motion import rotations
from ...motion.rotations import FloatArray
from .keyframes import Channel

_TINY_TURN = 1e-9  # half the sine: below it the axis is not to be trusted


def rotation_channels(prefix: str, group: str, rotation_mode: str, turns: FloatArray) -> tuple[Channel, ...]:
    """Rotation channels for turns over time.

    Curves stay continuous: quaternions don't change sign, Euler angles don't jump by whole turns or to the other
    solution, the axis of axis-angle doesn't flip.

    Args:
        prefix: the data path of what turns, such as `pose.bones["hips"].`; empty for an object.
        group: of the channels.
        rotation_mode: Blender's, of what turns: `QUATERNION`, `AXIS_ANGLE`, or an order of Euler axes such as `XYZ`.
        turns: (F, 4) unit quaternions wxyz, in the space of the property.
    """
    name, values = rotation_values(rotation_mode, turns)
    return tuple(Channel(f"{prefix}{name}", index, group, values[:, index]) for index in range(values.shape[1]))


def rotation_values(rotation_mode: str, turns: FloatArray) -> tuple[str, FloatArray]:
    """The property that a rotation mode reads, and its numbers (F, 3 or 4) for turns (F, 4), continuous."""
    turns = rotations.continuous(turns)
    match rotation_mode:
        case "QUATERNION":
            return "rotation_quaternion", turns
        case "AXIS_ANGLE":
            return "rotation_axis_angle", _axis_angles(turns)
        case _:
            return "rotation_euler", _eulers(turns, rotation_mode)


def shown_turns(rotation_mode: str, values: FloatArray) -> FloatArray:
    """The unit quaternions (..., 4) that Blender makes of a rotation property's numbers (..., 3 or 4)."""
    match rotation_mode:
        case "QUATERNION":
            return rotations.normalise(values)
        case "AXIS_ANGLE":
            return rotations.from_rotation_vector(rotations.normalise(values[..., 1:]) * values[..., :1])
        case _:
            shown = rotations.IDENTITY
            for axis in rotation_mode:  # the first is turned about first
                index = "XYZ".index(axis)
                turn = np.zeros((*values.shape[:-1], 4))
                turn[..., 0] = np.cos(values[..., index] / 2.0)
                turn[..., 1 + index] = np.sin(values[..., index] / 2.0)
                shown = rotations.multiply(turn, shown)
            return shown


def _eulers(turns: FloatArray, order: str) -> FloatArray:
    """Angles (F, 3) about x, y and z, turned in this order, as near from one row to the next as can be."""
    i, j, k = ("XYZ".index(axis) for axis in order)
    sign = 1.0 if (j - i) % 3 == 1 else -1.0  # of the order's handedness
    m = rotations.to_matrix(turns)
    middle_cos = np.hypot(m[:, i, i], m[:, j, i])
    free = middle_cos > 1e-7  # noqa: PLR2004 -- else the first and last axis lie on each other: all to the first
    first = np.empty((len(m), 3))
    first[:, i] = np.where(free, np.arctan2(sign * m[:, k, j], m[:, k, k]), np.arctan2(-sign * m[:, j, k], m[:, j, j]))
    first[:, j] = np.arctan2(-sign * m[:, k, i], middle_cos)
    first[:, k] = np.where(free, np.arctan2(sign * m[:, j, i], m[:, i, i]), 0.0)
    other = first + np.pi
    other[:, j] = np.pi - first[:, j]
    # the two solutions are mirror images: from either, staying costs the same, and so does changing to the other one
    staying = np.abs(_wrapped(first[1:] - first[:-1])).sum(axis=1)
    changing = np.abs(_wrapped(other[1:] - first[:-1])).sum(axis=1)
    on_other = np.concatenate([[0], np.cumsum(changing < staying)]) % 2 == 1
    return np.unwrap(np.where(on_other[:, None], other, first), axis=0)


def _axis_angles(turns: FloatArray) -> FloatArray:
    """Angle and axis (F, 4) of turns whose quaternions are continuous."""
    sine = np.linalg.norm(turns[:, 1:], axis=1)
    angle = 2.0 * np.arctan2(sine, turns[:, 0])
    known = np.where(sine > _TINY_TURN, np.arange(len(turns)), -1)
    source = np.maximum.accumulate(known)  # where there is no turn, the axis stays that of before
    if (source < 0).all():
        axis = np.tile([0.0, 1.0, 0.0], (len(turns), 1))
    else:
        source[source < 0] = known[known >= 0][0]
        axis = rotations.normalise(turns[source, 1:])
    flips = rotations.dot(axis[1:], axis[:-1]) < 0.0
    side = np.where(np.concatenate([[0], np.cumsum(flips)]) % 2 == 1, -1.0, 1.0)
    return np.column_stack([np.unwrap(side * angle), side[:, None] * axis])


def _wrapped(angles: FloatArray) -> FloatArray:
    return (angles + np.pi) % (2.0 * np.pi) - np.pi
