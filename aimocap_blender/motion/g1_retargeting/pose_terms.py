"""The robot's pose in all frames at once, and how points, directions and attitudes change with its variables.

Variables of a frame: the pelvis's position (3) and rotation (3) in the world, then the joints' angles (J).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..g1.model import G1Model
from ..rotations import BoolArray, FloatArray, IntArray, cross, rotate, to_matrix

ROOT = 6
"""Variables of the pelvis."""


@dataclass(frozen=True, eq=False)
class Chains:
    """Which variables move which body.

    Attributes:
        model: the robot.
    """

    model: G1Model

    @cached_property
    def moved_by(self) -> BoolArray:
        """(B, J) whether a joint moves a body."""
        moved = np.zeros((len(self.model.bodies), len(self.model.joints)), dtype=np.bool_)
        for joint in range(len(self.model.joints)):
            moved[joint + 1] = moved[self.model.parents[joint + 1]]
            moved[joint + 1, joint] = True
        return moved

    def joints_of(self, *bodies: int) -> IntArray:
        """Return the joints that move any of the bodies."""
        return np.flatnonzero(self.moved_by[list(bodies)].any(axis=0)).astype(np.int64)

    def variables_of(self, *bodies: int) -> IntArray:
        """Return the variables that move any of the bodies: those of the pelvis, then those of joints."""
        return np.concatenate([np.arange(ROOT), self.joints_of(*bodies) + ROOT]).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Poses:
    """The robot in F frames.

    Attributes:
        chains: of the robot.
        pos: (F, B, 3) of the bodies, metres.
        quat: (F, B, 4) of the bodies, wxyz.
        axes: (F, J, 3) the joints' axes in the world.
    """

    chains: Chains
    pos: FloatArray
    quat: FloatArray
    axes: FloatArray

    def point(self, body: int, offset: FloatArray) -> FloatArray:
        """Return a body's point (F, 3) in the world."""
        return self.pos[:, body] + rotate(self.quat[:, body], offset)

    def moves(self, body: int, point: FloatArray, variables: IntArray) -> FloatArray:
        """Return how a body's point (F, 3) moves with the variables, (F, 3, V)."""
        result = np.zeros((len(point), 3, len(variables)))
        result[:, :, :3] = np.eye(3)
        arm = point - self.pos[:, 0]
        result[:, 0, 4], result[:, 0, 5] = arm[:, 2], -arm[:, 1]
        result[:, 1, 3], result[:, 1, 5] = -arm[:, 2], arm[:, 0]
        result[:, 2, 3], result[:, 2, 4] = arm[:, 1], -arm[:, 0]
        joints = variables[ROOT:] - ROOT
        columns = np.flatnonzero(self.chains.moved_by[body, joints])
        moving = joints[columns]
        axes = self.axes[:, moving]
        arms = point[:, None] - self.pos[:, moving + 1]
        result[:, :, columns + ROOT] = np.swapaxes(cross(axes, arms), 1, 2)
        return result

    def turns(self, body: int, variables: IntArray) -> FloatArray:
        """Return how a body rotates with the variables, (F, 3, V): rotation vectors in the world."""
        result = np.zeros((len(self.pos), 3, len(variables)))
        result[:, :, 3:ROOT] = np.eye(3)
        joints = variables[ROOT:] - ROOT
        columns = np.flatnonzero(self.chains.moved_by[body, joints])
        result[:, :, columns + ROOT] = np.swapaxes(self.axes[:, joints[columns]], 1, 2)
        return result


def poses_of(chains: Chains, root_pos: FloatArray, root_quat: FloatArray, dof_pos: FloatArray) -> Poses:
    """Return the robot's poses; see `G1Model.body_poses`."""
    model = chains.model
    pos, quat = model.body_poses(root_pos, root_quat, dof_pos)
    which = np.array([joint.axis_index for joint in model.joints])
    matrices = to_matrix(quat[:, 1:])
    axes = np.take_along_axis(matrices, which[None, :, None, None], axis=3)[..., 0]
    return Poses(chains, pos, quat, axes)
