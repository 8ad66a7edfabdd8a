"""The character that a capture is for, and how much of it is recognised; cheap enough to be asked by each draw."""

from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import bpy

from ..motion.faults import MotionFault
from ..motion.humanoid import SLOTS
from ..scene.bone_maps import PROPERTY, bone_map_of
from ..scene.faults import SceneFault


@dataclass(frozen=True)
class Recognised:
    """How many of the humanoid's slots a character's bones fill, and why none where none do."""

    bones: int
    slots: int = len(SLOTS)
    fault: str = ""


def selected_armature(context: bpy.types.Context) -> bpy.types.Object | None:
    """The active object if it is an armature, or the armature that deforms it."""
    active = context.view_layer.objects.active if context.view_layer else None
    if active is None:
        return None
    if active.type == "ARMATURE":
        return active
    return active.find_armature()


def recognised(armature: bpy.types.Object) -> Recognised:
    """How much of a character is recognised; found once for each set of bone names, and again after an edit."""
    bones = cast("bpy.types.Armature", armature.data).bones
    kept = f"{armature.get(PROPERTY)} {armature.mode == 'EDIT'}"
    return _recognised(armature.session_uid, hash(tuple(bones.keys())), kept)


@lru_cache(maxsize=16)
def _recognised(session_uid: int, _names: int, _kept: str) -> Recognised:
    armature = next(candidate for candidate in bpy.data.objects if candidate.session_uid == session_uid)
    try:
        return Recognised(len(bone_map_of(armature).matches))
    except (SceneFault, MotionFault) as fault:
        return Recognised(0, fault=f"{fault.what} {fault.next_step}")
