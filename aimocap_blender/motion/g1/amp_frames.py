"""Rows of Euler angles and velocities in one array, as TienKung-Lab's files for AMP have them in JSON.

A row is: position and angles of the pelvis, joints, the velocities of all of these. Its velocities tell it from rows of
as many other numbers, and which way its angles are meant.
"""

import numpy as np

from .. import rotations
from ..rotations import FloatArray
from .joint_orders import sets_of
from .source import EULER_COLUMNS
from .velocities import angular_derivative

_ROOT = 6  # columns of the pelvis's position and angles, and of their velocities
_SAME = np.cos(np.radians(1.0) / 2.0)  # of quaternions: of a robot that only turns, both are the same
_ALIKE = 0.9  # correlation of velocities with the motion's own, which differ by how they are made


def euler_frames(table: FloatArray, fps: float) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """Return (F, 3) positions, (F, 4) quaternions wxyz and (F, J) angles in rows (F, 12 + 2 J); None for other rows."""
    joints, odd = divmod(table.shape[1] - 2 * _ROOT, 2)
    if odd or not sets_of(joints) or len(table) < EULER_COLUMNS or not (np.abs(table) < 1e3).all():  # noqa: PLR2004 -- rad/s
        return None
    position, angles, own, _, turning, speeds = np.split(
        table, np.cumsum([EULER_COLUMNS, EULER_COLUMNS, joints, EULER_COLUMNS, EULER_COLUMNS]), axis=1
    )
    if _correlation(np.gradient(own, axis=0), speeds) < _ALIKE:
        return None
    # about the pelvis's own axes in turn, or the world's: the ones whose rotation is as fast as the file says
    about_own, about_world = rotations.conjugate(rotations.from_angles(-angles)), rotations.from_angles(angles)
    off_own, off_world = _off_speed(about_own, turning, fps), _off_speed(about_world, turning, fps)
    # where neither is much nearer, and they aren't one rotation, the file doesn't tell which
    is_unsure = min(off_own, off_world) > max(off_own, off_world) / 2.0
    if is_unsure and np.abs(rotations.dot(about_own, about_world)).min() < _SAME:
        return None
    return position, about_own if off_own <= off_world else about_world, own


def _off_speed(quaternions: FloatArray, turning: FloatArray, fps: float) -> float:
    """Return how far a rotation's velocity is from the file's, along the world's axes or the pelvis's own, rad/s."""
    offs: list[float] = []
    # from frame to frame, or across both neighbours, as converters have it
    steps = rotations.to_rotation_vector(rotations.multiply(quaternions[1:], rotations.conjugate(quaternions[:-1])))
    for world in (steps * fps, angular_derivative(quaternions, fps)):
        frames = slice(len(world))
        own = rotations.rotate(rotations.conjugate(quaternions[frames]), world)
        # trainers differ in whose axes a turning speed is along
        offs.append(float(np.abs(world - turning[frames]).mean()))
        offs.append(float(np.abs(own - turning[frames]).mean()))
    return min(offs)


def _correlation(one: FloatArray, other: FloatArray) -> float:
    lengths = np.linalg.norm(one) * np.linalg.norm(other)
    return float(np.sum(one * other) / lengths) if lengths > 0.0 else 0.0
