"""Blender's windows, as code that runs from a timer needs them."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any, cast

import bpy

_status_bars: "set[bpy.types.Region]" = set()
"""The status bars that were drawn: a window's list of areas leaves its own out."""


def in_a_window() -> "AbstractContextManager[Any]":
    """A context in which operators find a window, if there is one: timers are called without."""
    context = cast("Any", bpy.context)
    windows = context.window_manager.windows
    if context.window is None and len(windows):
        return context.temp_override(window=windows[0])
    return nullcontext()


def redraw() -> None:
    """Show what has changed in every sidebar that has the AIMoCap tab, and in the status bars."""
    for window in cast("Any", bpy.context).window_manager.windows:
        for area in window.screen.areas:
            if area.type in {"VIEW_3D", "SEQUENCE_EDITOR"}:
                for region in area.regions:
                    if region.type == "UI":
                        region.tag_redraw()
    for region in list(_status_bars):
        if _is_there(region):
            region.tag_redraw()
        else:
            _status_bars.discard(region)


def remember_status_bar(region: bpy.types.Region) -> None:
    """Have this one drawn again when something changes."""
    _status_bars.add(region)


def forget_status_bars() -> None:
    """Have none drawn again."""
    _status_bars.clear()


def _is_there(region: bpy.types.Region) -> bool:
    """Has its window not been closed? Blender offers no other way to ask."""
    try:
        with cast("Any", bpy.context).temp_override(region=region):
            return True
    except TypeError:
        return False
