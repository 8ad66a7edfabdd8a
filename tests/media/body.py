"""A MetaHuman-style skeleton at rest: Unreal's names, A-pose, Unreal's bone axes, in metres, Z up, facing -Y."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from .matrices import frame, unit

if TYPE_CHECKING:
    from .matrices import Array

MIRROR = np.diag([-1.0, 1.0, 1.0])
BACK = np.array([0.0, 1.0, 0.0])
UP = np.array([0.0, 0.0, 1.0])

# Joint positions of the middle and of the left side, metres.
MIDDLE = {
    "pelvis": (None, (0.0, 0.010, 0.965)),
    "spine_01": ("pelvis", (0.0, 0.005, 0.995)),
    "spine_02": ("spine_01", (0.0, 0.000, 1.055)),
    "spine_03": ("spine_02", (0.0, 0.005, 1.125)),
    "spine_04": ("spine_03", (0.0, 0.020, 1.210)),
    "spine_05": ("spine_04", (0.0, 0.035, 1.300)),
    "neck_01": ("spine_05", (0.0, 0.040, 1.465)),
    "neck_02": ("neck_01", (0.0, 0.030, 1.520)),
    "head": ("neck_02", (0.0, 0.020, 1.575)),
}
LEFT_ARM = {
    "clavicle": ("spine_05", (0.020, 0.015, 1.440)),
    "upperarm": ("clavicle", (0.175, 0.040, 1.425)),
    "lowerarm": ("upperarm", (0.365, 0.060, 1.225)),
    "hand": ("lowerarm", (0.535, 0.020, 1.045)),
}
LEFT_LEG = {
    "thigh": ("pelvis", (0.095, 0.005, 0.930)),
    "calf": ("thigh", (0.115, -0.005, 0.510)),
    "foot": ("calf", (0.125, 0.035, 0.085)),
    "ball": ("foot", (0.135, -0.095, 0.020)),
}
HEAD_TOP = np.array([0.0, 0.020, 1.760])
TOE_TIP = np.array([0.140, -0.165, 0.015])
# Fingers in the hand's frame: along it, towards the thumb, out of the palm; metres.
FINGERS = {
    "thumb": ((0.025, 0.025, 0.012), (0.7, 0.65, 0.3), (0.0, 0.042, 0.072)),
    "index": ((0.035, 0.022, 0.0), (1.0, 0.12, 0.05), (0.0, 0.060, 0.102, 0.126)),
    "middle": ((0.035, 0.005, 0.0), (1.0, 0.02, 0.05), (0.0, 0.060, 0.106, 0.134)),
    "ring": ((0.035, -0.011, 0.0), (1.0, -0.08, 0.05), (0.0, 0.056, 0.098, 0.124)),
    "pinky": ((0.033, -0.026, 0.0), (1.0, -0.2, 0.05), (0.0, 0.050, 0.082, 0.101)),
}
FINGER_JOINTS = {3: ("01", "02", "03"), 4: ("metacarpal", "01", "02", "03")}


@dataclass
class Body:
    """Bones in order, parents before children; the first is `root`, on the ground."""

    names: list[str] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)  # -1: none
    positions: list[Array] = field(default_factory=list)  # (3,) metres
    axes: list[Array] = field(default_factory=list)  # (3, 3), columns are the bone's axes

    def add(self, name: str, parent: str | None, position: Array, axes: Array) -> None:
        self.names.append(name)
        self.parents.append(-1 if parent is None else self.names.index(parent))
        self.positions.append(np.asarray(position, dtype=np.float64))
        self.axes.append(axes)

    def at(self, name: str) -> Array:
        """A bone's position at rest."""
        return self.positions[self.names.index(name)]


def metahuman() -> Body:
    """The whole skeleton, helper bones included."""
    body = Body()
    body.add("root", None, np.zeros(3), np.eye(3))
    _add_middle(body)
    for side in ("l", "r"):
        _add_arm(body, side)
    for side in ("l", "r"):
        _add_leg(body, side)
    body.add("ik_foot_root", "root", np.zeros(3), np.eye(3))
    body.add("ik_hand_root", "root", np.zeros(3), np.eye(3))
    _add_copy(body, "ik_hand_gun", "ik_hand_root", "hand_r")
    for side in ("l", "r"):
        _add_copy(body, f"ik_foot_{side}", "ik_foot_root", f"foot_{side}")
        _add_copy(body, f"ik_hand_{side}", "ik_hand_gun", f"hand_{side}")
    return body


def _add_copy(body: Body, name: str, parent: str, of: str) -> None:
    index = body.names.index(of)
    body.add(name, parent, body.positions[index], body.axes[index])


def _add_middle(body: Body) -> None:
    names = list(MIDDLE)
    tips = [np.array(MIDDLE[name][1]) for name in names[1:]] + [HEAD_TOP]
    for name, tip in zip(names, tips, strict=True):
        parent, position = MIDDLE[name]
        along = UP if name in ("pelvis", "head") else tip - np.array(position)
        body.add(name, parent or "root", np.array(position), frame(along, BACK))


def _add_sided(body: Body, side: str, name: str, parent: str, position: Array, axes: Array) -> None:
    """A bone given for the left; the right one mirrors it, its axes the way Unreal mirrors them."""
    parent_name = parent if parent in MIDDLE else f"{parent}_{side}"
    if side == "r":
        position, axes = MIRROR @ position, -MIRROR @ axes
    body.add(f"{name}_{side}", parent_name, position, axes)


def _add_arm(body: Body, side: str) -> None:
    joints = {name: np.array(position) for name, (_, position) in LEFT_ARM.items()}
    upper, fore = joints["lowerarm"] - joints["upperarm"], joints["hand"] - joints["lowerarm"]
    axes = {
        "clavicle": frame(joints["upperarm"] - joints["clavicle"], BACK),
        "upperarm": frame(upper, BACK),
        "lowerarm": frame(fore, BACK),
        "hand": _palm_axes(fore),
    }
    for name, (parent, _) in LEFT_ARM.items():
        _add_sided(body, side, name, parent, joints[name], axes[name])
    for part, along in (("upperarm", upper), ("lowerarm", fore)):
        for number, share in (("01", 1 / 3), ("02", 2 / 3)):
            _add_sided(body, side, f"{part}_twist_{number}", part, joints[part] + share * along, axes[part])
    to_thumb, out_of_palm = -axes["hand"][:, 2], axes["hand"][:, 1]
    to_world = np.stack([unit(fore), to_thumb, out_of_palm], axis=-1)
    for finger, (start, along, reaches) in FINGERS.items():
        direction = to_world @ unit(np.array(along))
        parent = "hand"
        for joint, reach in zip(FINGER_JOINTS[len(reaches)], reaches, strict=True):
            position = joints["hand"] + to_world @ np.array(start) + reach * direction
            _add_sided(body, side, f"{finger}_{joint}", parent, position, _palm_axes(direction))
            parent = f"{finger}_{joint}"


def _palm_axes(along: Array) -> Array:
    """X along, Z to the little finger's side (back, in A-pose), Y out of the palm."""
    x_z = frame(along, BACK)
    x, z = x_z[:, 0], x_z[:, 1]
    return np.stack([x, np.cross(z, x), z], axis=-1)


def _add_leg(body: Body, side: str) -> None:
    joints = {name: np.array(position) for name, (_, position) in LEFT_LEG.items()}
    thigh, calf = joints["calf"] - joints["thigh"], joints["foot"] - joints["calf"]
    axes = {
        "thigh": frame(-thigh, BACK),
        "calf": frame(-calf, BACK),
        "foot": frame(UP, BACK),
        "ball": frame(-BACK, UP),
    }
    for name, (parent, _) in LEFT_LEG.items():
        _add_sided(body, side, name, parent, joints[name], axes[name])
    for part, along in (("thigh", thigh), ("calf", calf)):
        for number, share in (("01", 1 / 3), ("02", 2 / 3)):
            _add_sided(body, side, f"{part}_twist_{number}", part, joints[part] + share * along, axes[part])
