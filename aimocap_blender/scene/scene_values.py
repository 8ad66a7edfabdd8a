"""Values of a scene: its character, whatever is selected, its frame rate and playback range."""

import math
from typing import Any, cast

import bpy

from .armatures import action_of, selected_armature
from .g1.rig import takes_captures

_OF_A_NEW_FILE = (1, 250)


def scene_fps(scene: bpy.types.Scene) -> float:
    """Return a scene's frame rate: 29.97 may be 30 / 1.001 or 3 / 0.1001."""
    return scene.render.fps / scene.render.fps_base


def is_unused(scene: bpy.types.Scene, obj: bpy.types.Object) -> bool:
    """Return whether a scene has a new file's range, and nothing in it has timing except one object."""
    if (scene.frame_start, scene.frame_end) != _OF_A_NEW_FILE or scene.use_preview_range or len(scene.timeline_markers):
        return False
    # `sequences` until 4.3
    editor = cast("Any", scene.sequence_editor)
    if editor is not None and len(editor.strips if hasattr(editor, "strips") else editor.sequences):
        return False
    # the object's own Action is the motion that the range is to fit; cameras and lights are animated on their data
    owners: list[object] = [scene]
    for other in scene.objects:
        owners += [other.data] if other == obj else [other, other.data]
    return not any(map(_is_animated, owners))


def play_all_of(scene: bpy.types.Scene, obj: bpy.types.Object) -> tuple[int, int]:
    """Set a scene's playback range to an object's Action, and return it."""
    scene.frame_start, scene.frame_end = _range_of(obj)
    return scene.frame_start, scene.frame_end


def plays_all_of(scene: bpy.types.Scene, obj: bpy.types.Object) -> bool:
    """Return whether a scene's playback range is that of an object's Action."""
    return (scene.frame_start, scene.frame_end) == _range_of(obj)


def _range_of(obj: bpy.types.Object) -> tuple[int, int]:
    action = action_of(obj)
    assert action is not None  # noqa: S101 -- the caller knows that it is keyed
    first, last = action.frame_range
    return math.floor(first), math.ceil(last)


def _is_animated(owner: Any) -> bool:  # noqa: ANN401 -- any datablock
    data = getattr(owner, "animation_data", None)
    return data is not None and (data.action is not None or len(data.nla_tracks) > 0)


def kept_character(scene: bpy.types.Scene) -> bpy.types.Object | None:
    """Return the armature object chosen in `scene.aimocap.character`; None if there is none, or it left the scene."""
    chosen: bpy.types.Object | None = getattr(getattr(scene, "aimocap", None), "character", None)
    if chosen is None or chosen.type != "ARMATURE" or scene not in chosen.users_scene:
        return None
    return chosen


def character_of(context: bpy.types.Context) -> bpy.types.Object | None:
    """Return the character that the user means: the kept one, else the selected armature."""
    return kept_character(context.scene) or selected_armature(context)


def robot_of(context: bpy.types.Context, kept: bpy.types.Object | None) -> bpy.types.Object | None:
    """Return the rig that receives a capture's robot motion: a kept one, else the selected one; None for a new one."""
    for rig in (kept, selected_armature(context)):
        if takes_captures(rig):
            return rig
    return None
