"""Movie strips made by scripts, the same in every Blender."""

from typing import Any, cast

import bpy


# types in quotes are read by the type checker alone: Blender before 4.4 has no `Strip`
def add_movie_strip(scene: bpy.types.Scene, file: str, first: int, cut: tuple[int, int] = (0, 0)) -> "bpy.types.Strip":
    """An active movie strip whose content starts at `first`, with that many frames cut from its start and end."""
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else cast("Any", editor).sequences
    strip: bpy.types.Strip = strips.new_movie(name="Take 1", filepath=str(file), channel=1, frame_start=first)
    left, right = (
        ("left_handle", "right_handle") if hasattr(strip, "left_handle") else ("frame_final_start", "frame_final_end")
    )
    setattr(strip, left, getattr(strip, left) + cut[0])
    setattr(strip, right, getattr(strip, right) - cut[1])
    editor.active_strip = strip
    return strip
