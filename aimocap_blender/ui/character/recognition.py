"""Recognition of a character's bones, cached so that panels can ask for it at each redraw."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

import bpy

from ...motion.bones.humanoid import SLOTS, BoneMap
from ...motion.bones.map_check import doubts
from ...scene.armatures import object_with, skeleton_of
from ...scene.bone_maps import bone_map_of, kept_text
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ...while_enabled import discarded


@dataclass(frozen=True, eq=False)
class Recognised:
    """Bone map of a character, slots with why their bone can't be right, or the fault that prevents it."""

    bone_map: BoneMap
    doubts: Mapping[str, Text] = field(default_factory=dict[str, Text])
    fault: Sentence = ""

    @property
    def bones(self) -> int:
        """Number of filled slots."""
        return len(self.bone_map.matches)

    @property
    def slots(self) -> int:
        """Number of slots."""
        return len(SLOTS)


def recognised(armature: bpy.types.Object) -> Recognised:
    """Return the recognition of a character; detected once for each set of bone names and after edits."""
    data = cast("bpy.types.Armature", armature.data)
    # the names stay where a map is chosen by hand or Edit Mode ends, but the answer changes
    kept = f"{kept_text(armature)} {data.is_editmode}"
    try:
        return Recognised(*_found(armature.session_uid, hash(tuple(data.bones.keys())), kept))
    except Fault as fault:
        return Recognised(BoneMap(), fault=fault.text)


def discard_recognition() -> None:
    """Discard all results because the saved bone maps have changed."""
    _found.cache_clear()


@lru_cache(maxsize=16)
def _found(session_uid: int, _names: int, _kept: str) -> tuple[BoneMap, Mapping[str, Text]]:
    """Return the bone map and its doubts. Faults are raised, so not cached: the key doesn't show when they end."""
    armature = cast("bpy.types.Object", object_with(session_uid))
    bone_map = bone_map_of(armature)
    return bone_map, doubts(skeleton_of(armature), bone_map)


discarded(_found.cache_clear)
