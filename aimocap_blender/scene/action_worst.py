"""The joint of a character that was furthest off its motion when that was applied, stored on the Action."""

from dataclasses import dataclass
from typing import Any, cast

import bpy

_PROPERTY = "aimocap_worst"


@dataclass(frozen=True)
class Worst:
    """The joint that deviates most.

    Attributes:
        slot: its humanoid slot.
        bone: its bone on the character, which is at the joint with its head.
        degrees: the largest angle between the character's pose and the motion's.
    """

    slot: str
    bone: str
    degrees: float


def keep_worst(action: bpy.types.Action, worst: Worst) -> None:
    """Store it on an Action."""
    action[_PROPERTY] = {"slot": worst.slot, "bone": worst.bone, "degrees": round(worst.degrees, 2)}


def worst_on(action: bpy.types.Action | None) -> Worst | None:
    """Return what is stored on an Action; None if there is nothing."""
    if action is None or _PROPERTY not in action:
        return None
    kept = cast("Any", action)[_PROPERTY]
    return Worst(kept["slot"], kept["bone"], kept["degrees"])
