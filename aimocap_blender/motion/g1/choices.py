"""What may have to be chosen to read a G1's motion file, and how it was chosen."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from .joint_orders import JointOrder, JointSet

QuaternionOrder = Literal["wxyz", "xyzw"]
AngleUnit = Literal["rad", "deg"]
LengthUnit = Literal["m", "cm", "mm"]
ChoiceName = Literal["joints", "joint_order", "quaternion_order", "angle_unit", "length_unit", "fps"]

ANGLE_UNITS: dict[AngleUnit, float] = {"rad": 1.0, "deg": float(np.pi / 180.0)}
LENGTH_UNITS: dict[LengthUnit, float] = {"m": 1.0, "cm": 0.01, "mm": 0.001}
QUATERNIONS: dict[QuaternionOrder, list[int]] = {"wxyz": [0, 1, 2, 3], "xyzw": [3, 0, 1, 2]}
NAMED = "named"
"""Value of the choices that a file's own names make."""


@dataclass(frozen=True)
class ReadingChoices:
    """How to read a file; None is left to the evidence.

    Attributes:
        joints: which joints the file has.
        joint_order: in which order.
        quaternion_order: of the pelvis's rotation.
        angle_unit: of the joints (and of the pelvis, where it has angles).
        length_unit: of the pelvis's position.
        fps: frames a second, also against what the file says.
    """

    joints: JointSet | None = None
    joint_order: JointOrder | None = None
    quaternion_order: QuaternionOrder | None = None
    angle_unit: AngleUnit | None = None
    length_unit: LengthUnit | None = None
    fps: float | None = None


@dataclass(frozen=True)
class Choice:
    """How one thing was read.

    Attributes:
        name: a field of `ReadingChoices`.
        value: a value of that field, or `NAMED`.
        sure: whether the evidence suffices; else people should be asked.
        evidence: a sentence for them.
    """

    name: ChoiceName
    value: str | float
    sure: bool
    evidence: str
