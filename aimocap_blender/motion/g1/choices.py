"""The choices for reading a G1's motion file, and how they were made."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ...options import Flag, Limits, option
from ...texts.text import Sentence
from .joint_orders import JOINT_SETS, JointOrder
from .layouts import LAYOUTS
from .motion import MAX_FPS, MIN_FPS
from .options import ROBOT_NAMES, VARIANT_NAMES
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
    """The choices for reading a file; None leaves one to the evidence."""

    joints: Variant | None = option(
        None,
        "Joints",
        "Joints in the file",
        {name: (VARIANT_NAMES.get(name) or ROBOT_NAMES[name], "") for name in JOINT_SETS},
        flag=Flag("--joints", "joints of robot files, if these aren't recognized"),
    )
    joint_order: JointOrder | None = option(
        None,
        "Joint Order",
        "Order of the joints in the file",
        {
            "mujoco": ("MuJoCo", "Limb by limb, as in MuJoCo, Unitree and LAFAN files"),
            "isaac": ("Isaac", "Level by level, as in Isaac Lab and BeyondMimic files"),
            "hands_last": ("Hands Last", "As in MuJoCo, but the joints of both hands after all others"),
        },
        flag=Flag("--joint-order", "order of joints in robot files, if it isn't recognized"),
    )
    quaternion_order: QuaternionOrder | None = option(
        None,
        "Quaternion",
        "Order of the pelvis quaternion in the file",
        {"wxyz": ("WXYZ", "Scalar first"), "xyzw": ("XYZW", "Scalar last")},
        flag=Flag("--quaternion-order", "order of quaternions in robot files, if it isn't recognized"),
    )
    angle_unit: AngleUnit | None = option(
        None,
        "Angles",
        "Unit of the joint angles",
        {"rad": ("Radians", ""), "deg": ("Degrees", "")},
        flag=Flag("--angle-unit", "unit of angles in robot files, if it isn't recognized"),
    )
    length_unit: LengthUnit | None = option(
        None,
        "Lengths",
        "Unit of the pelvis position",
        {"m": ("Meters", ""), "cm": ("Centimeters", ""), "mm": ("Millimeters", "")},
        flag=Flag("--length-unit", "unit of lengths in robot files, if it isn't recognized"),
    )
    fps: float | None = option(
        None,
        "Frame Rate",
        "Frames per second; 0 uses the file's own frame rate",
        flag=Flag("--source-fps", "frame rate of robot files that don't say theirs", "N"),
        limits=Limits(min=MIN_FPS, max=MAX_FPS),
    )
    file_layout: str | None = option(
        None,
        "Layout",
        "Layout of the file: whose it is",
        {layout.id: (layout.name, "") for layout in LAYOUTS},
        flag=Flag("--layout", "layout of robot files, if it isn't recognized"),
    )
    motion: str = option(
        "",
        "Motion",
        "Name of the motion to read, in a file with several",
        flag=Flag("--motion", "motion to read, in files with several (default: all)", "NAME"),
    )


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
