"""Robots as numbers: their joints' tables typed, that of the G1 with 29 joints in `g1-29dof.json`; and kinematics.

Names, frames and signs are MuJoCo's: bodies are links with their frame at the joint; X forward, Y left, Z up.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, cast

import numpy as np

from ...texts.faults import Fault
from ...texts.text import Text
from .. import rotations
from ..rotations import FloatArray, IntArray
from .robots import Robot, robot_in

MODEL_FILE = Path(__file__).with_name("g1-29dof.json")
ROBOT_FILE = Path(__file__).with_name("g1-robot.json")


@dataclass(frozen=True)
class G1Joint:
    """A hinge, and the body that it moves.

    Attributes:
        name: MuJoCo's name of the joint.
        body: the body that rotates with it.
        parent: the body that carries it.
        pos: of the body (and the joint) in the parent's frame, metres.
        quat: of the body in the parent's frame at angle 0, wxyz.
        axis: unit vector of the hinge in the body's frame; angles follow the right-hand rule.
        range: lowest and highest angle of the hardware, rad.
        effort: maximum torque, N m.
        velocity: maximum speed, rad/s.
        usual_range: lowest and highest angle that retargeting to the robot commonly allows, rad.
    """

    name: str
    body: str
    parent: str
    pos: tuple[float, float, float]
    quat: tuple[float, float, float, float]
    axis: tuple[float, float, float]
    range: tuple[float, float]
    effort: float
    velocity: float
    usual_range: tuple[float, float]

    @property
    def axis_index(self) -> int:
        """The hinge's axis in the body, 0, 1 or 2 for x, y or z: all axes in the tables are one of these, positive."""
        return self.axis.index(1.0)


@dataclass(frozen=True)
class G1Model:
    """The robot.

    Attributes:
        robot: of which this is a variant.
        root: the body that moves freely, `pelvis`.
        stand_height: of the root above the floor when the robot stands with all angles 0, metres.
        joints: in MuJoCo's order, which is depth first: a body's parent comes before it.
    """

    robot: Robot
    root: str
    stand_height: float
    joints: tuple[G1Joint, ...]

    @cached_property
    def joint_names(self) -> tuple[str, ...]:
        """MuJoCo's names of the joints."""
        return tuple(joint.name for joint in self.joints)

    def columns_of(self, other: "G1Model") -> list[int]:
        """Return the index of each joint of another variant that has fewer."""
        return list(map(self.joint_names.index, other.joint_names))

    @cached_property
    def bodies(self) -> tuple[str, ...]:
        """The root, then each joint's body: MuJoCo's body order without the world."""
        return (self.root, *(joint.body for joint in self.joints))

    def bodies_among(self, names: Sequence[str]) -> tuple[list[int], list[int]]:
        """Return the columns of names that are bodies of this robot, and which of `bodies` each of these is."""
        columns: list[int] = []
        which: list[int] = []
        for column, name in enumerate(names):
            if name in self.bodies:
                columns.append(column)
                which.append(self.bodies.index(name))
        return columns, which

    @cached_property
    def parents(self) -> IntArray:
        """(B,) each body's parent as an index of `bodies`; -1 for the root."""
        carriers = [joint.parent for joint in self.joints]
        return np.array([-1, *map(self.bodies.index, carriers)], dtype=np.int64)

    @cached_property
    def ranges(self) -> FloatArray:
        """(J, 2) lowest and highest angle of each joint, rad."""
        return np.array([joint.range for joint in self.joints])

    @cached_property
    def efforts(self) -> FloatArray:
        """(J,) the largest torque of each joint's motor, N m. Raises `Fault` if the robot's table lacks one."""
        return self._of_motors(np.array([joint.effort for joint in self.joints]))

    @cached_property
    def speeds(self) -> FloatArray:
        """(J,) the largest speed of each joint's motor, rad/s. Raises `Fault` if the robot's table lacks one."""
        return self._of_motors(np.array([joint.velocity for joint in self.joints]))

    def _of_motors(self, most: FloatArray) -> FloatArray:
        """Return what motors can do at most: tables made earlier may have 0, with which a robot would stand still."""
        for name, value in zip(self.joint_names, most.tolist(), strict=True):
            if value <= 0.0:
                raise Fault(
                    Text(
                        "The table of {robot} lacks a motor's torque or speed: {joint}.",
                        robot=self.robot.name,
                        joint=name,
                    ),
                    "Make it again as docs/another-robot.md says.",
                )
        return most

    @cached_property
    def axes(self) -> FloatArray:
        """(J, 3) each joint's axis in its body."""
        return np.array([joint.axis for joint in self.joints])

    @cached_property
    def mirror(self) -> tuple[IntArray, FloatArray]:
        """(J,) the joint on the other side, and (J,) the sign: rotations about Y look the same in the mirror."""
        swapped = {"left": "right", "right": "left", "Left": "Right", "Right": "Left"}
        order = np.zeros(len(self.joints), dtype=np.int64)
        signs = np.full(len(self.joints), -1.0)
        for column, joint in enumerate(self.joints):
            other = re.sub("|".join(swapped), lambda side: swapped[side[0]], joint.name)
            order[column] = self.joint_names.index(other)
            # the mirror is at right angles to Y
            if joint.axis_index == 1:
                signs[column] = 1.0
        return order, signs

    @cached_property
    def _rests(self) -> FloatArray:
        """(J, 4) how each joint's body is turned in what carries it, at angle 0."""
        return rotations.normalise(np.array([joint.quat for joint in self.joints]))

    def body_poses(
        self, root_pos: FloatArray, root_quat: FloatArray, dof_pos: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return where every body is, by forward kinematics.

        Args:
            root_pos: (F, 3) of the root in the world, metres.
            root_quat: (F, 4) unit wxyz of the root in the world.
            dof_pos: (F, J) angles, rad.

        Returns:
            (F, B, 3) positions in metres and (F, B, 4) rotations wxyz in the world, in the order of `bodies`.
        """
        pos = np.empty((len(root_pos), len(self.bodies), 3))
        quat = np.empty((len(root_pos), len(self.bodies), 4))
        pos[:, 0], quat[:, 0] = root_pos, root_quat
        # all joints at once: only the chains have to be walked one by one
        hinges = rotations.from_rotation_vector(dof_pos[:, :, None] * self.axes)
        turned = rotations.multiply(self._rests, hinges)
        for index, joint in enumerate(self.joints):
            # depth first, so what carries a body is posed by now
            parent, body = int(self.parents[index + 1]), index + 1
            pos[:, body] = pos[:, parent] + rotations.rotate(quat[:, parent], np.array(joint.pos))
            quat[:, body] = rotations.multiply(quat[:, parent], turned[:, index])
        # rounding adds up along a chain of products
        return pos, rotations.normalise(quat)


@lru_cache(maxsize=1)
def g1_model() -> G1Model:
    """Return the G1 with 29 joints, revision 1.0, as in the MuJoCo menagerie."""
    return model_in(json.loads(MODEL_FILE.read_text(encoding="utf-8")), robot_in(ROBOT_FILE))


def model_in(table: Mapping[str, Any], robot: Robot) -> G1Model:
    """Return a robot from its table of joints."""
    root = cast("dict[str, object]", table["root"])
    joints: list[G1Joint] = []
    for row in table["joints"]:
        columns = dict(zip(table["columns"], row, strict=True))
        joints.append(g1_joint(columns))
    return G1Model(
        robot=robot,
        root=str(root["body"]),
        stand_height=float(cast("float", root["stand_height"])),
        joints=tuple(joints),
    )


def g1_joint(row: Mapping[str, object]) -> G1Joint:
    """Return a joint from its row of a table of joints: column → value."""

    def numbers(column: str) -> tuple[float, ...]:
        return tuple(map(float, cast("list[float]", row[column])))

    return G1Joint(
        name=str(row["joint"]),
        body=str(row["body"]),
        parent=str(row["parent"]),
        pos=cast("tuple[float, float, float]", numbers("pos")),
        quat=cast("tuple[float, float, float, float]", numbers("quat_wxyz")),
        axis=cast("tuple[float, float, float]", numbers("axis")),
        range=cast("tuple[float, float]", numbers("range")),
        effort=float(cast("float", row["effort_Nm"])),
        velocity=float(cast("float", row["vel_rad_s"])),
        usual_range=cast("tuple[float, float]", numbers("gmr_range" if "gmr_range" in row else "range")),
    )
