"""The variants of robots: the G1 with 29 joints, its others as defined in `g1-variants.json`, and other robots."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from typing import cast

import numpy as np

from .. import rotations
from ..rotations import FloatArray
from .model import G1Joint, G1Model, g1_joint, g1_model, model_in
from .robots import WHOLE_ROBOTS, robot_in, table_of

Variant = str
"""A name in `VARIANTS`."""

WITH_HANDS: Variant = "43dof_with_hands"
G1_VARIANTS: tuple[Variant, ...] = (
    "29dof",
    "29dof_before_rev_1_0",
    "23dof",
    "23dof_without_wrists",
    "27dof_locked_waist",
    WITH_HANDS,
)
"""In this order: the menagerie's (waist of revision 1.0); the earlier waist; Unitree's with one joint in the waist and
in each wrist; the one with fixed wrists; the one whose waist only turns; the one with two hands of seven joints."""
VARIANTS: tuple[Variant, ...] = (*G1_VARIANTS, *WHOLE_ROBOTS)
ROBOTS: Mapping[str, tuple[Variant, ...]] = {
    g1_model().robot.id: G1_VARIANTS,
    **{robot: (robot,) for robot in WHOLE_ROBOTS},
}
"""Robot → its variants, the usual one first."""
VARIANTS_FILE = Path(__file__).with_name("g1-variants.json")

_FIELDS = {
    "effort_Nm": "effort",
    "vel_rad_s": "velocity",
    "quat_wxyz": "quat",
    "gmr_range": "usual_range",
}  # column → field, if they differ
_Rows = list[list[object]]


def variant_of_robot(robot: str, variant: Variant) -> Variant:
    """Return the variant if the robot has it, else the robot's usual one."""
    return variant if variant in ROBOTS[robot] else ROBOTS[robot][0]


@lru_cache(maxsize=len(VARIANTS))
def g1_variant(variant: Variant) -> G1Model:
    """Return a robot, its joints in MuJoCo's order."""
    if variant in WHOLE_ROBOTS:
        return model_in(table_of(variant), robot_in(WHOLE_ROBOTS[variant]))
    entry = cast("dict[str, object]", json.loads(VARIANTS_FILE.read_text(encoding="utf-8"))[variant])
    absent = cast("list[str]", entry.get("absent", []))
    changed = cast("dict[str, dict[str, object]]", entry.get("changed", {}))
    added = cast("dict[str, _Rows]", entry.get("added", {}))
    columns = cast("list[str]", entry.get("columns", []))
    joints: list[G1Joint] = []
    for joint in g1_model().joints:
        if joint.name not in absent:
            joints.append(_changed(joint, changed.get(joint.name, {})))
        for row in added.get(joint.name, []):
            values = dict(zip(columns, row, strict=True))
            joints.append(g1_joint(values))
    return replace(g1_model(), joints=tuple(joints))


def carriers(variant: Variant) -> dict[str, tuple[str, FloatArray]]:
    """Return the body of a variant that carries each body of the full robot: fixed joints weld bodies together.

    Returns:
        Body of `g1_model()`, or of the variant with hands, or of another robot → the variant's body, and the (4, 4)
        frame of the former in the frame of the latter. The variant's own bodies carry themselves.
    """
    model = g1_variant(variant)
    full = model if variant == WITH_HANDS or variant in WHOLE_ROBOTS else g1_model()
    joint_of = {joint.body: joint for joint in full.joints}
    own = {joint.name: joint.body for joint in model.joints}
    frames, full_frames = _rest_frames(model), _rest_frames(full)
    carried: dict[str, tuple[str, FloatArray]] = {}
    for body in full.bodies:
        above = body
        while above != full.root and joint_of[above].name not in own:
            above = joint_of[above].parent
        carrier = model.root if above == full.root else own[joint_of[above].name]
        # without the noise of the inverse and without -0.0: what carries itself has just the identity
        carried[body] = carrier, np.round(np.linalg.inv(frames[carrier]) @ full_frames[body], 12) + 0.0
    return carried


def _changed(joint: G1Joint, columns: Mapping[str, object]) -> G1Joint:
    row = asdict(joint)
    for column, field in _FIELDS.items():
        row[column] = row.pop(field)
    return g1_joint({**row, "joint": joint.name, **columns})


def _rest_frames(model: G1Model) -> dict[str, FloatArray]:
    """Return the (4, 4) frame of each body in the root's, with all angles 0."""
    pos, quat = model.body_poses(np.zeros((1, 3)), np.array([[1.0, 0, 0, 0]]), np.zeros((1, len(model.joints))))
    frames = np.zeros((len(model.bodies), 4, 4))
    frames[:, :3, :3], frames[:, :3, 3], frames[:, 3, 3] = rotations.to_matrix(quat[0]), pos[0], 1.0
    return dict(zip(model.bodies, frames, strict=True))
