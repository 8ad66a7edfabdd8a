"""The character that a scene keeps, whatever is selected."""

from typing import cast

import bpy

from .armatures import selected_armature
from .g1.rig import takes_captures


def kept_character(scene: bpy.types.Scene) -> bpy.types.Object | None:
    """Return the armature object chosen in `scene.aimocap.character`; None if there is none, or it left the scene."""
    chosen: bpy.types.Object | None = getattr(getattr(scene, "aimocap", None), "character", None)
    if chosen is None or chosen.type != "ARMATURE" or scene not in chosen.users_scene:
        return None
    return chosen


def character_of(context: bpy.types.Context) -> bpy.types.Object | None:
    """Return the character that the user means: the kept one, else the selected armature."""
    return kept_character(cast("bpy.types.Scene", context.scene)) or selected_armature(context)


def robot_of(context: bpy.types.Context, kept: bpy.types.Object | None) -> bpy.types.Object | None:
    """Return the rig that receives a capture's robot motion: a kept one, else the selected one; None for a new one."""
    for rig in (kept, selected_armature(context)):
        if takes_captures(rig):
            return rig
    return None
