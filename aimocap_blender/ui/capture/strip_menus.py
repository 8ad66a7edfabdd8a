"""Capturing from the Video Sequencer's own menus: its strips' context menu, Strip, and so the search (F3)."""

from typing import Any, cast

import bpy

from ...scene.video.strips import selected_videos
from ..text.translation import translated

_MENUS = ("SEQUENCER_MT_context_menu", "SEQUENCER_MT_strip")


def _draw(self: Any, context: bpy.types.Context) -> None:  # noqa: ANN401 -- the stubs know no appended draw functions
    layout = self.layout
    layout.separator()
    layout.operator_context = "INVOKE_DEFAULT"
    layout.operator("aimocap.capture_motion", icon="RADIOBUT_ON")
    several = len(selected_videos(context))
    if several > 1:
        every = translated(f"Capture Motion of {several} Strips")
        layout.operator("aimocap.capture_motion", text=every).all_selected = True


def register() -> None:
    """Put it into the menus."""
    for name in _MENUS:
        getattr(cast("Any", bpy.types), name).append(_draw)


def unregister() -> None:
    """Take it away again."""
    for name in _MENUS:
        getattr(cast("Any", bpy.types), name).remove(_draw)
