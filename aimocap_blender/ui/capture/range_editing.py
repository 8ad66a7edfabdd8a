"""The range of the video in the Capture panel: its ends as fields, and the operator that shows its strip."""

from typing import Any

import bpy

from ...scene.context_override import overridden
from ...scene.video.strips import Strip, StripSource, shown_strip, shown_strips
from ...scene.video.trimming import trimming_of
from ...scene.windows import window_region
from ...texts.faults import Fault
from ..settings import Settings
from ..text.reporting import Returned, refusing
from ..text.wrapped_text import row_if_wide, ui_scale

_SHARE = 0.35
"""Of the height of the area that is split, for the sequencer."""
_LEAST_PIXELS = 400
"""Unscaled height of an area that is split; otherwise another window opens."""


class EditRange(bpy.types.Operator):
    """Show the active strip in a Video Sequencer, which is opened below this editor if there is none"""

    bl_idname = "aimocap.edit_range"
    bl_label = "Edit Range"
    bl_options = set()

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Find or open a sequencer, and frame the strip in it."""
        if bpy.app.background:
            raise Fault("The strip can't be shown without a window.", "Set its ends in the script.")
        scene, strip = shown_strip(context)
        window, area = _sequencer_in(context) or _opened(context)
        # from 5.0 on
        if getattr(window.workspace, "sequencer_scene", scene) != scene:
            window.workspace.sequencer_scene = scene
        _frame(window, area, scene, strip)
        return {"FINISHED"}


def _sequencer_in(context: bpy.types.Context) -> tuple[Any, Any] | None:
    """Return a window, this one first, and its area that shows strips."""
    this = context.window
    for window in [this, *(other for other in context.window_manager.windows if other != this)]:
        areas = [area for area in window.screen.areas if area.type == "SEQUENCE_EDITOR"]
        shown = [area for area in areas if area.spaces.active.view_type != "PREVIEW"]
        if shown:
            return window, context.area if context.area in shown else shown[0]
    return None


def _opened(context: bpy.types.Context) -> tuple[Any, Any]:
    """Open a sequencer below the editor; in another window if there is no room."""
    window = context.window
    area = context.area or max(window.screen.areas, key=lambda area: area.width * area.height)
    if area.height < _LEAST_PIXELS * ui_scale():
        bpy.ops.wm.window_new()
        window = context.window_manager.windows[-1]
        area = window.screen.areas[0]
    else:
        before = set(window.screen.areas)
        with overridden(window=window, area=area):
            bpy.ops.screen.area_split(direction="HORIZONTAL", factor=_SHARE)
        # whichever of both Blender calls the new one, the lower is for the strips
        area = min((area, *(set(window.screen.areas) - before)), key=lambda area: area.y)
    area.ui_type = "SEQUENCE_EDITOR"
    return window, area


def _frame(window: bpy.types.Window, area: bpy.types.Area, scene: bpy.types.Scene, strip: Strip) -> None:
    """Fill the area with the strip; the selection stays."""
    selected = [other for other in shown_strips(scene) if other.select]
    for other in selected:
        other.select = False
    strip.select = True
    with overridden(window=window, area=area, region=window_region(area)):
        bpy.ops.sequencer.view_selected()
    strip.select = False
    for other in selected:
        other.select = True


def draw_length(layout: bpy.types.UILayout, source: StripSource) -> None:
    """Draw how long the range is, and the frame rate, to the right."""
    row = layout.row()
    row.alignment = "RIGHT"
    row.label(text=f"{source.trimmed_sec:.1f} s · {source.fps:g} fps", translate=False)


def draw_range(layout: bpy.types.UILayout, context: bpy.types.Context, settings: Settings) -> None:
    """Draw the ends of the range as fields, unless they can't be set."""
    if trimming_of(context) is None:
        return
    row = row_if_wide(layout)
    row.prop(settings, "range_start")
    row.prop(settings, "range_end")


CLASSES = (EditRange,)
