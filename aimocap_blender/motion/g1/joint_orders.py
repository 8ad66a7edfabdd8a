"""The orders and names of robots' joints in files."""

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal, cast, get_args

import numpy as np

from .model import G1Model
from .name_meanings import words_of
from .robots import WHOLE_ROBOTS
from .variants import WITH_HANDS, Variant, g1_variant

JointOrder = Literal["mujoco", "isaac", "hands_last"]
"""Depth first, limb after limb, in MuJoCo, Unitree and LAFAN's files; breadth first, level after level, in Isaac Lab
and BeyondMimic; or MuJoCo's, with the joints of hands after all others."""

ORDERS: tuple[JointOrder, ...] = get_args(JointOrder)[:2]
"""Those of robots without hands."""
JOINT_SETS: tuple[Variant, ...] = (
    *("29dof", "23dof", "23dof_without_wrists", "27dof_locked_waist", WITH_HANDS),
    *WHOLE_ROBOTS,
)
"""The sets of joints in files: the `Variant`s that differ in their joints."""

_Others = dict[str, dict[str, list[str] | int]]
_OTHERS_FILE = Path(__file__).with_name("others.json")
_OTHERS = cast("_Others", json.loads(_OTHERS_FILE.read_text(encoding="utf-8"))["robots"])
"""Robots without a table here: joints that only they have together, in their makers' names if any, or how many."""

_AROUND = frozenset(
    {
        *("joint", "joints", "dof", "pos", "position", "angle", "q", "qpos", "jpos", "rad", "deg", "robot", "motor"),
        *("meas", "measured", "actual", "state", "states", "obs", "observation", "k"),
    }
)
"""Words before or after a joint's name."""
_SIDES = {"l": "left", "r": "right", "left": "left", "right": "right"}


@lru_cache(maxsize=len(JOINT_SETS) * len(get_args(JointOrder)))
def joint_names(joints: Variant, order: JointOrder) -> tuple[str, ...]:
    """Return MuJoCo's names of a set of joints, in an order."""
    model = g1_variant(joints)
    names = model.joint_names
    if order == "hands_last":
        return tuple(sorted(names, key=lambda name: "_hand_" in name))
    return names if order == "mujoco" else tuple(map(names.__getitem__, _breadth_first(model)))


def body_names(joints: Variant, order: JointOrder) -> tuple[str, ...]:
    """Return the pelvis, then the body of each joint of a set, in an order."""
    model = g1_variant(joints)
    # a joint's body comes one after it, behind the root
    body_of = dict(zip(model.joint_names, model.bodies[1:], strict=True))
    return (model.root, *map(body_of.__getitem__, joint_names(joints, order)))


def joint_set(variant: Variant) -> Variant:
    """Return the set of a robot's joints: the G1's two waists have the same."""
    return "29dof" if variant == "29dof_before_rev_1_0" else variant


def sets_of(count: int) -> tuple[Variant, ...]:
    """Return the sets with that many joints."""
    return tuple(joints for joints in JOINT_SETS if len(joint_names(joints, "mujoco")) == count)


@lru_cache(maxsize=len(JOINT_SETS) * len(ORDERS))
def robot_with(names: tuple[str, ...]) -> Variant:
    """Return the robot whose joints have all of these names: of a G1 the one with hands, which has all."""
    for robot in WHOLE_ROBOTS:
        if set(names) <= set(joint_names(robot, "mujoco")):
            return robot
    return WITH_HANDS


def joints_called(names: Sequence[str]) -> list[str | None]:
    """Return the joint that each column's name means, with or without `_joint`, `_dof` and the like, or None.

    They are those of the robot of which most are named.
    """
    words = list(map(_words_of, names))
    found = [list(map(known.get, words)) for known in _known()]
    # a letter for the side is one only where all of a robot's joints are named so: other robots' are alike
    with_sides = list(map(_with_side_first, names))
    for known in _known():
        joints = list(map(known.get, with_sides))
        if any(set(joints) >= set(joint_names(joint_set, "mujoco")) for joint_set in JOINT_SETS):
            found.append(joints)
    return max(found, key=lambda joints: len(joints) - joints.count(None))


def other_robot(names: Sequence[str]) -> str | None:
    """Return the robot without a table that has joints with these names; None if it is none that is known."""
    words = set(map(_words_of, names))
    for robot, known in _OTHERS.items():
        own = cast("list[str]", known["has"])
        if own and words.issuperset(own):
            return robot
    return None


def other_robot_of(count: int) -> str | None:
    """Return the robot without a table that has so many joints, which no robot with one has; None if none is known."""
    for robot, known in _OTHERS.items():
        if known["alone_has"] == count > 0:
            return robot
    return None


def _words_of(name: str) -> str:
    """Return a column's name without the words around the joint's."""
    # Unitree's documentation has the limb, too: L_LEG_HIP_PITCH; other scripts only comment on a name
    words = [word for word in words_of(name) if word.isascii() and word != "leg"]
    while words and words[0] in _AROUND:
        words = words[1:]
    while words and words[-1] in _AROUND:
        words = words[:-1]
    return "_".join(words)


def _with_side_first(name: str) -> str:
    """Return a joint's words as MuJoCo has them, of names such as `l_knee_joint` or `knee_joint_left`."""
    *rest, side = sorted(_words_of(name).split("_"), key=_SIDES.__contains__)
    return "_".join([_SIDES[side], _words_of("_".join(rest))]) if side in _SIDES else _words_of(name)


@lru_cache(maxsize=1)
def _known() -> list[dict[str, str]]:
    """Return for each robot its joints by their names in lower case without `_joint`, and by others that they have."""
    found: list[dict[str, str]] = []
    for robot in (WITH_HANDS, *WHOLE_ROBOTS):
        own = {name.lower().removesuffix("_joint"): name for name in joint_names(robot, "mujoco")}
        found.append(own | dict(g1_variant(robot).robot.also))
    return found


def _breadth_first(model: G1Model) -> list[int]:
    """Return joints by their distance from the root, equally distant ones in the order of their parents."""
    # the root, and then whatever hangs on the body that is next in the queue; a joint's body comes one after it
    queue = [0]
    for parent in queue:
        queue += np.flatnonzero(model.parents == parent).tolist()
    return (np.array(queue[1:]) - 1).tolist()
