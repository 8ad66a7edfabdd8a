"""Robots as MuJoCo models: the G1's variants from the joint tables, by code that knows nothing of the add-on's.

Other robots are the menagerie's own, if it has them.
"""

import functools
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import mujoco
import numpy as np

from tests.media.menagerie_g1 import DESCRIBED, menagerie_model

TABLES = Path(__file__).parents[2] / "aimocap_blender" / "motion" / "g1"


def whole(variant: str) -> dict[str, Any] | None:
    """The table of a robot that has one for all of it."""
    file = TABLES / f"robot-{variant}.json"
    return json.loads(file.read_text()) if file.is_file() else None


def joint_rows(variant: str = "29dof") -> list[dict[str, Any]]:
    """A robot's joints in MuJoCo's order, as rows of the tables."""
    if (robot := whole(variant)) is not None:
        return [dict(zip(robot["columns"], row, strict=True)) for row in robot["joints"]]
    table = json.loads((TABLES / "g1-29dof.json").read_text())
    rows = [dict(zip(table["columns"], row, strict=True)) for row in table["joints"]]
    said = json.loads((TABLES / "g1-variants.json").read_text())[variant]
    rows = [row | said.get("changed", {}).get(row["joint"], {}) for row in rows]
    for wrist, fingers in said.get("added", {}).items():
        place = next(index for index, row in enumerate(rows) if row["joint"] == wrist) + 1
        rows[place:place] = [dict(zip(said["columns"], finger, strict=True)) for finger in fingers]
    return [row for row in rows if row["joint"] not in said.get("absent", [])]


def g1_mujoco(variant: str = "29dof", *, weighed: bool = False) -> mujoco.MjModel:
    """Bodies, joints and ranges; each body with a little ball as its mass, or with what the table says of it.

    Of a robot that isn't a G1, the menagerie's if it has one; a skip where that is not here.
    """
    if variant in DESCRIBED and whole(variant) is not None:
        return menagerie_model(variant, seen=False)
    return mujoco.MjModel.from_xml_string(table_mjcf(variant, weighed=weighed))


_unchanged = functools.cache(g1_mujoco)
"""For what leaves the model as it is."""


def joint_ranges(variant: str = "29dof") -> tuple[np.ndarray, np.ndarray]:
    """(J,) least and (J,) greatest angles of a robot's joints, rad."""
    low, high = _unchanged(variant).jnt_range[1:].T.copy()
    return low, high


def table_mjcf(variant: str, *, weighed: bool = False) -> str:
    """A robot's tables as an MJCF."""
    robot = whole(variant)
    inertias = json.loads((TABLES / "g1-inertias.json").read_text()) if robot is None else robot["inertias"]
    weights = (*inertias["29dof"], *inertias[variant]) if robot is None else inertias["rows"]
    rows = {row[0]: row[1:] for row in weights}

    def weigh(element: ET.Element) -> None:
        if not weighed:
            ET.SubElement(element, "geom", size="0.01", mass="1")
            return
        mass, pos, quat, diagonal = rows[element.get("name")]
        numbers = {"mass": [mass], "pos": pos, "quat": quat, "diaginertia": diagonal}
        ET.SubElement(element, "inertial", {name: _numbers(values) for name, values in numbers.items()})

    table = json.loads((TABLES / "g1-29dof.json").read_text()) if robot is None else robot
    root = ET.Element("mujoco", model="robot")
    ET.SubElement(root, "compiler", angle="radian", autolimits="true")
    pelvis = ET.SubElement(ET.SubElement(root, "worldbody"), "body", name=table["root"]["body"])
    ET.SubElement(pelvis, "freejoint", name="floating_base_joint")
    weigh(pelvis)
    elements = {table["root"]["body"]: pelvis}
    for joint in joint_rows(variant):
        element = ET.SubElement(
            elements[joint["parent"]],
            "body",
            name=joint["body"],
            pos=_numbers(joint["pos"]),
            quat=_numbers(joint["quat_wxyz"]),
        )
        hinge = ET.SubElement(
            element, "joint", name=joint["joint"], axis=_numbers(joint["axis"]), range=_numbers(joint["range"])
        )
        hinge.set("armature", str(inertias["armature_kg_m2"]))
        weigh(element)
        elements[joint["body"]] = element
    return ET.tostring(root, encoding="unicode")


def mujoco_poses(
    root_pos: np.ndarray, root_quat: np.ndarray, dof_pos: np.ndarray, variant: str = "29dof"
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Body names, (F, B, 3) positions and (F, B, 4) quaternions wxyz, as MuJoCo's own kinematics has them."""
    model = _unchanged(variant)
    data = mujoco.MjData(model)
    names = [model.body(index).name for index in range(1, model.nbody)]
    positions = np.empty((len(root_pos), len(names), 3))
    quaternions = np.empty((len(root_pos), len(names), 4))
    for frame in range(len(root_pos)):
        data.qpos[:3], data.qpos[3:7], data.qpos[7:] = root_pos[frame], root_quat[frame], dof_pos[frame]
        mujoco.mj_kinematics(model, data)
        positions[frame], quaternions[frame] = data.xpos[1:], data.xquat[1:]
    return names, positions, quaternions


def random_states(count: int, seed: int, variant: str = "29dof") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Root positions, root quaternions wxyz and joint angles over the full ranges, the limits themselves among them."""
    rng = np.random.default_rng(seed)
    low, high = joint_ranges(variant)
    share = rng.uniform(size=(count, len(low)))
    share[: count // 4] = np.round(share[: count // 4])
    quaternions = rng.normal(size=(count, 4))
    return (
        rng.uniform(-5, 5, size=(count, 3)),
        quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True),
        low + share * (high - low),
    )


def degrees_between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Angles between quaternions of last axis 4, precise for small ones."""
    aligned = np.where((a * b).sum(-1, keepdims=True) < 0, -b, b)
    return np.degrees(4 * np.arcsin(np.minimum(np.linalg.norm(a - aligned, axis=-1) / 2, 1)))


def _numbers(values: list[float]) -> str:
    return " ".join(repr(value) for value in values)
