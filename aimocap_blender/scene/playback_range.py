"""The scene's frame rate and playback range, and whether anyone uses that yet."""

import math
from typing import Any, cast

import bpy

from .armatures import action_of

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
    others = [scene, *(other for other in scene.objects if other != obj)]
    owners = [*others, *(other.data for other in scene.objects)]
    return not any(_is_animated(cast("Any", owner)) for owner in owners)


def play_all_of(scene: bpy.types.Scene, obj: bpy.types.Object) -> tuple[int, int]:
    """Set a scene's playback range to an object's Action, and return it."""
    action = action_of(obj)
    assert action is not None  # noqa: S101 -- the caller has keyed it
    first, last = action.frame_range
    scene.frame_start, scene.frame_end = math.floor(first), math.ceil(last)
    return scene.frame_start, scene.frame_end


def _is_animated(owner: Any) -> bool:  # noqa: ANN401 -- any datablock
    data = getattr(owner, "animation_data", None)
    return data is not None and (data.action is not None or len(data.nla_tracks) > 0)
