"""The choices for reading a G1's motion file, and how they were made."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ...texts.text import Sentence
from .joint_orders import JointOrder
from .variants import Variant

QuaternionOrder = Literal["wxyz", "xyzw"]
AngleUnit = Literal["rad", "deg"]
LengthUnit = Literal["m", "cm", "mm"]
ChoiceName = Literal["joints", "joint_order", "quaternion_order", "angle_unit", "length_unit", "fps"]

ANGLE_UNITS: dict[AngleUnit, float] = {"rad": 1.0, "deg": float(np.pi / 180.0)}
LENGTH_UNITS: dict[LengthUnit, float] = {"m": 1.0, "cm": 0.01, "mm": 0.001}
QUATERNIONS: dict[QuaternionOrder, list[int]] = {"wxyz": [0, 1, 2, 3], "xyzw": [3, 0, 1, 2]}
NAMED = "named"
"""Value of a choice that a file's own names settle."""


@dataclass(frozen=True)
class ReadingChoices:
    """The choices for reading a file; None leaves one to the evidence.

    Attributes:
        joints: the set of joints in the file, of `JOINT_SETS`.
        joint_order: their order.
        quaternion_order: of the pelvis's rotation.
        angle_unit: of the joints (and of the pelvis, where it has angles).
        length_unit: of the pelvis's position.
        fps: frame rate, overriding the file's.
    """

    joints: Variant | None = None
    joint_order: JointOrder | None = None
    quaternion_order: QuaternionOrder | None = None
    angle_unit: AngleUnit | None = None
    length_unit: LengthUnit | None = None
    fps: float | None = None


@dataclass(frozen=True)
class Choice:
    """One choice and how it was made.

    Attributes:
        name: a field of `ReadingChoices`.
        value: a value of that field, or `NAMED`.
        sure: whether the evidence suffices; if not, ask the user.
        evidence: a sentence for the user.
    """

    name: ChoiceName
    value: str | float
    sure: bool
    evidence: Sentence
