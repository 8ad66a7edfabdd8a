"""Capture Motion and In Viewport in the Video Sequencer's Strip and context menus, and so in the search (F3)."""

from typing import Any, cast

import bpy

from ...scene.video.strips import selected_videos
from ...texts.text import Text
from ..text.translation import translated

_MENUS = ("SEQUENCER_MT_context_menu", "SEQUENCER_MT_strip")


def _draw(self: Any, context: bpy.types.Context) -> None:  # noqa: ANN401 -- the stubs know no appended draw functions
    layout = self.layout
    layout.separator()
    layout.operator_context = "INVOKE_DEFAULT"
    layout.operator("aimocap.capture_motion", icon="RADIOBUT_ON")
    layout.operator("aimocap.video_in_viewport", icon="IMAGE_PLANE")
    several = len(selected_videos(context))
    if several > 1:
        every = translated(Text("Capture {several} Strips", several=several))
        layout.operator("aimocap.capture_motion", text=every).all_selected = True


def register() -> None:
    """Add the entries to the menus."""
    for name in _MENUS:
        getattr(cast("Any", bpy.types), name).append(_draw)


def unregister() -> None:
    """Remove the entries from the menus."""
    for name in _MENUS:
        getattr(cast("Any", bpy.types), name).remove(_draw)
