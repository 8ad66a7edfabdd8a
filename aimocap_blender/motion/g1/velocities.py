"""Velocities of a G1 and its links, as the trainers' converters compute them."""

import numpy as np

from .. import rotations
from ..rotations import FloatArray
from .model import G1Model


def derivative(values: FloatArray, fps: float) -> FloatArray:
    """Return (F, ...) change per second: central differences, one-sided at the ends; 0 for a single frame."""
    if len(values) < 2:  # noqa: PLR2004 -- nothing to compare with
        return np.zeros_like(values)
    return np.asarray(np.gradient(values, 1.0 / fps, axis=0), dtype=np.float64)


def angular_derivative(quat: FloatArray, fps: float) -> FloatArray:
    """Return (F, 3) rad/s in world axes of unit quaternions (F, 4): central; ends as their neighbours."""
    if len(quat) < 3:  # noqa: PLR2004 -- too few for a central difference: the one step there is
        if len(quat) < 2:  # noqa: PLR2004 -- nothing to compare with
            return np.zeros((len(quat), 3))
        rotation = rotations.multiply(quat[1:], rotations.conjugate(quat[:-1]))
        return np.repeat(rotations.to_rotation_vector(rotation) * fps, 2, axis=0)
    rotation = rotations.multiply(quat[2:], rotations.conjugate(quat[:-2]))
    # the rotation of two steps, along the world's axes
    speed = rotations.to_rotation_vector(rotation) * (fps / 2.0)
    return np.concatenate([speed[:1], speed, speed[-1:]])


def body_velocities(
    model: G1Model, pos: FloatArray, quat: FloatArray, root_vel: tuple[FloatArray, FloatArray], joint_vel: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the links' velocities from those of pelvis and joints.

    Args:
        pos: (F, B, 3) of the robot's bodies in the world, metres.
        quat: (F, B, 4) wxyz of these.
        root_vel: (F, 3) m/s and (F, 3) rad/s of the pelvis, along the world's axes.
        joint_vel: (F, J) rad/s.

    Returns:
        (F, B, 3) m/s of the bodies' frames and (F, B, 3) rad/s, both along the world's axes, in the order of
        `G1Model.bodies`.
    """
    linear, angular = np.empty_like(pos), np.empty_like(pos)
    linear[:, 0], angular[:, 0] = root_vel
    for index, joint in enumerate(model.joints):
        body, parent = index + 1, int(model.parents[index + 1])
        axis = rotations.rotate(quat[:, body], np.array(joint.axis))
        # parents come first: what carries a body moves as it is known by now
        angular[:, body] = angular[:, parent] + axis * joint_vel[:, index, None]
        # the joint's own rotation doesn't move the frame that is at it
        linear[:, body] = linear[:, parent] + rotations.cross(angular[:, parent], pos[:, body] - pos[:, parent])
    return linear, angular
