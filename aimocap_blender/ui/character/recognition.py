"""The character that a capture is for, and how much of it is recognised; cheap enough to be asked by each draw."""

from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import bpy

from ...motion.bones.humanoid import SLOTS, BoneMap
from ...motion.faults import MotionFault
from ...scene.bone_maps import bone_map_of, kept_text
from ...scene.faults import SceneFault


@dataclass(frozen=True, eq=False)
class Recognised:
    """Which of the humanoid's slots a character's bones fill, and why none where none do."""

    bone_map: BoneMap
    fault: str = ""

    @property
    def bones(self) -> int:
        """How many slots are filled."""
        return len(self.bone_map.matches)

    @property
    def slots(self) -> int:
        """How many there are."""
        return len(SLOTS)


def recognised(armature: bpy.types.Object) -> Recognised:
    """How much of a character is recognised; found once for each set of bone names, and again after an edit."""
    data = cast("bpy.types.Armature", armature.data)
    kept = f"{kept_text(armature)} {data.is_editmode}"
    try:
        return Recognised(_found(armature.session_uid, hash(tuple(data.bones.keys())), kept))
    except (SceneFault, MotionFault) as fault:
        return Recognised(BoneMap(), fault=f"{fault.what} {fault.next_step}")


def look_again() -> None:
    """Have all characters recognised anew, since the bone maps that are known have changed."""
    _found.cache_clear()


@lru_cache(maxsize=16)
def _found(session_uid: int, _names: int, _kept: str) -> BoneMap:
    """The bone map. A fault is raised, not kept: nothing in the key tells that it has gone, such as a shown object."""
    return bone_map_of(next(candidate for candidate in bpy.data.objects if candidate.session_uid == session_uid))
