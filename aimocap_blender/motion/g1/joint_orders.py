"""The orders and names of a G1's joints in files."""

import re
from functools import lru_cache
from typing import Literal, get_args

from .model import G1Model
from .variants import Variant, g1_variant

JointOrder = Literal["mujoco", "isaac"]
"""Depth first, limb after limb, in MuJoCo, Unitree and LAFAN's files; or breadth first, level after level, in Isaac Lab
and BeyondMimic."""

ORDERS: tuple[JointOrder, ...] = get_args(JointOrder)
JointSet = Literal["29dof", "23dof", "23dof_without_wrists", "43dof_with_hands"]
"""The set of joints in a file: the `Variant`s that differ in their joints."""

JOINT_SETS: tuple[JointSet, ...] = get_args(JointSet)

_AROUND = {"joint", "dof", "pos", "position", "angle", "q", "rad", "deg"}  # words before or after a joint's name


@lru_cache(maxsize=len(JOINT_SETS) * len(ORDERS))
def joint_names(joints: Variant, order: JointOrder) -> tuple[str, ...]:
    """Return MuJoCo's names of a set of joints, in an order."""
    model = g1_variant(joints)
    names = tuple(joint.name for joint in model.joints)
    return names if order == "mujoco" else tuple(names[index] for index in _breadth_first(model))


def body_names(joints: Variant, order: JointOrder) -> tuple[str, ...]:
    """Return the pelvis, then the body of each joint of a set, in an order."""
    model = g1_variant(joints)
    body = {joint.name: joint.body for joint in model.joints}
    return (model.root, *(body[name] for name in joint_names(joints, order)))


def joint_set(variant: Variant) -> Variant:
    """Return the set of a robot's joints: the G1's two waists have the same."""
    return "29dof" if variant == "29dof_before_rev_1_0" else variant


def sets_of(count: int) -> tuple[JointSet, ...]:
    """Return the sets with that many joints."""
    return tuple(joints for joints in JOINT_SETS if len(joint_names(joints, "mujoco")) == count)


def joint_called(name: str) -> str | None:
    """Return the joint that a column's name means, with or without `_joint`, `_dof` and the like, or None."""
    words = [word for word in re.split(r"[^a-z0-9]+", name.lower()) if word]
    while words and words[0] in _AROUND:
        words = words[1:]
    while words and words[-1] in _AROUND:
        words = words[:-1]
    return _known().get("_".join(words))


@lru_cache(maxsize=1)
def _known() -> dict[str, str]:
    return {name.removesuffix("_joint"): name for name in joint_names("43dof_with_hands", "mujoco")}


def _breadth_first(model: G1Model) -> list[int]:
    """Return joints by their distance from the root, equally distant ones in the order of their parents."""
    level, order = [0], list[int]()
    while level:
        level = [body for parent in level for body in range(1, len(model.bodies)) if model.parents[body] == parent]
        order += [body - 1 for body in level]
    return order
