"""Access to Blender's windows for code that runs from a timer."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any, cast

import bpy

from .context_override import overridden


def in_a_window() -> "AbstractContextManager[Any]":
    """Return a context with a window for operators, if there is one: timers run without."""
    context = cast("Any", bpy.context)
    windows = context.window_manager.windows
    if context.window is None and len(windows):
        return overridden(window=windows[0])
    return nullcontext()


def in_scene(scene: bpy.types.Scene) -> "AbstractContextManager[Any]":
    """Return a context in which that scene is the current one."""
    if bpy.context.scene == scene:
        return nullcontext()
    return overridden(scene=scene, view_layer=scene.view_layers[0])


def window_region(area: bpy.types.Area) -> bpy.types.Region:
    """Return the region of an area that shows its content."""
    return next(region for region in area.regions if region.type == "WINDOW")


def redraw() -> None:
    """Redraw every sidebar that can show the AIMoCap tab, and the status bars."""
    redraw_sidebars()
    # Status bars are in no window's list of areas; setting this number, to any value, redraws them.
    manager = cast("bpy.types.WindowManager", bpy.context.window_manager)
    manager.extensions_updates = manager.extensions_updates


def redraw_editors(*kinds: str) -> None:
    """Redraw every area of these kinds, such as `VIEW_3D`."""
    for window in cast("Any", bpy.context).window_manager.windows:
        for area in window.screen.areas:
            if area.type in kinds:
                area.tag_redraw()


def redraw_sidebars() -> None:
    """Redraw every sidebar that can show the AIMoCap tab; may be called while drawing."""
    for window in cast("Any", bpy.context).window_manager.windows:
        for area in window.screen.areas:
            if area.type in {"VIEW_3D", "SEQUENCE_EDITOR"}:
                for region in area.regions:
                    if region.type == "UI":
                        region.tag_redraw()
