"""Rotations as channels in the rotation mode of an object or a bone."""

import bpy
import numpy as np

from ...motion import rotations
from ...motion.rotations import FloatArray
from ..armatures import pose_of

_TINY_ROTATION = 1e-9  # sine of half the angle below which the axis is unreliable


def rotation_property(rotation_mode: str) -> str:
    """Return the name of the property that holds the rotation in a rotation mode."""
    named = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}
    return named.get(rotation_mode, "rotation_euler")


def rotation_path(bone: bpy.types.PoseBone) -> str:
    """Return the data path of the property that holds a bone's rotation."""
    return bone.path_from_id(rotation_property(bone.rotation_mode))


def rotation_modes(obj: bpy.types.Object) -> dict[str, str]:
    """Return the data path of each bone's rotation, with its rotation mode."""
    return {rotation_path(bone): bone.rotation_mode for bone in pose_of(obj).bones}


def rotation_values(rotation_mode: str, quaternions: FloatArray) -> tuple[str, FloatArray]:
    """Return the property of a rotation mode and its values (F, 3 or 4) for rotations over time.

    They are continuous: quaternions don't change sign, Euler angles don't jump by 360° or to the other solution, and
    the axis of axis-angle doesn't flip.

    Args:
        rotation_mode: Blender's: `QUATERNION`, `AXIS_ANGLE`, or an order of Euler axes such as `XYZ`.
        quaternions: (F, 4), unit, wxyz, in the space of the property.
    """
    values = rotations.continuous(quaternions)
    if rotation_mode == "AXIS_ANGLE":
        values = _axis_angles(values)
    elif rotation_mode != "QUATERNION":
        values = _eulers(values, rotation_mode)
    return rotation_property(rotation_mode), values


def rotation_values_from(rotation_mode: str, quaternions: FloatArray, start: FloatArray) -> FloatArray:
    """Return values (F, C) of rotations (F, 4) with the sign or the turns of values (C,) that the first one has too."""
    values = rotation_values(rotation_mode, quaternions)[1]
    if rotation_mode == "QUATERNION":
        return -values if float(values[0] @ start) < 0.0 else values
    if rotation_mode == "AXIS_ANGLE":
        return values
    turns = (start - values[0]) / (2.0 * np.pi)
    return values + turns.round() * 2.0 * np.pi


def rotations_of_values(rotation_mode: str, values: FloatArray) -> FloatArray:
    """Return the unit quaternions (..., 4) that Blender makes of a rotation property's values (..., 3 or 4)."""
    match rotation_mode:
        case "QUATERNION":
            return rotations.normalise(values)
        case "AXIS_ANGLE":
            return rotations.from_rotation_vector(rotations.normalise(values[..., 1:]) * values[..., :1])
        case _:
            shown = rotations.IDENTITY
            # the first axis is applied first
            for axis in rotation_mode:
                index = "XYZ".index(axis)
                quaternion = np.zeros((*values.shape[:-1], 4))
                quaternion[..., 0] = np.cos(values[..., index] / 2.0)
                quaternion[..., 1 + index] = np.sin(values[..., index] / 2.0)
                shown = rotations.multiply(quaternion, shown)
            return shown


def _eulers(quaternions: FloatArray, order: str) -> FloatArray:
    """Return angles (F, 3) about x, y and z, applied in this order, with the smallest steps between rows."""
    i, j, k = map("XYZ".index, order)
    # handedness of the order
    sign = 1.0 if (j - i) % 3 == 1 else -1.0
    m = rotations.to_matrix(quaternions)
    middle_cos = np.hypot(m[:, i, i], m[:, j, i])
    free = middle_cos > 1e-7  # noqa: PLR2004 -- else gimbal lock: the first angle takes all
    # each rotation has two triples of angles: one with the middle within 90°, and the other beyond
    first = np.empty((len(m), 3))
    first[:, i] = np.where(free, np.arctan2(sign * m[:, k, j], m[:, k, k]), np.arctan2(-sign * m[:, j, k], m[:, j, j]))
    first[:, j] = np.arctan2(-sign * m[:, k, i], middle_cos)
    first[:, k] = np.where(free, np.arctan2(sign * m[:, j, i], m[:, i, i]), 0.0)
    other = first + np.pi
    other[:, j] = np.pi - first[:, j]
    # both solutions have the same distances from row to row, so only changes between them are counted
    staying = np.abs(wrapped(first[1:] - first[:-1])).sum(axis=1)
    changing = np.abs(wrapped(other[1:] - first[:-1])).sum(axis=1)
    on_other = np.concatenate([[0], np.cumsum(changing < staying)]) % 2 == 1
    return np.unwrap(np.where(on_other[:, None], other, first), axis=0)


def _axis_angles(quaternions: FloatArray) -> FloatArray:
    """Return angle and axis (F, 4) of continuous quaternions."""
    sine = np.linalg.norm(quaternions[:, 1:], axis=1)
    angle = 2.0 * np.arctan2(sine, quaternions[:, 0])
    # without rotation the axis is the previous one, before all rotations the first one
    known = np.where(sine > _TINY_ROTATION, np.arange(len(quaternions)), -1)
    source = np.maximum.accumulate(known)
    if (source < 0).all():
        axis = np.tile([0.0, 1.0, 0.0], (len(quaternions), 1))
    else:
        source[source < 0] = known[known >= 0][0]
        axis = rotations.normalise(quaternions[source, 1:])
    # an axis that points the other way turns back: with every second of these, axis and angle change sign
    flips = rotations.dot(axis[1:], axis[:-1]) < 0.0
    side = np.where(np.concatenate([[0], np.cumsum(flips)]) % 2 == 1, -1.0, 1.0)
    return np.column_stack([np.unwrap(side * angle), side[:, None] * axis])


def wrapped(angles: FloatArray) -> FloatArray:
    """Return angles between -π and π."""
    return (angles + np.pi) % (2.0 * np.pi) - np.pi
