"""Blender's windows, as code that runs from a timer needs them."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any, cast

import bpy

from .context_override import overridden


def in_a_window() -> "AbstractContextManager[Any]":
    """A context in which operators find a window, if there is one: timers are called without."""
    context = cast("Any", bpy.context)
    windows = context.window_manager.windows
    if context.window is None and len(windows):
        return overridden(window=windows[0])
    return nullcontext()


def in_scene(scene: bpy.types.Scene) -> "AbstractContextManager[Any]":
    """A context in which that scene is the current one, whichever is shown."""
    if bpy.context.scene == scene:
        return nullcontext()
    return overridden(scene=scene, view_layer=scene.view_layers[0])


def redraw() -> None:
    """Show what has changed in every sidebar that has the AIMoCap tab, and in the status bars."""
    redraw_sidebars()
    # Status bars are in no window's list of areas; setting this number, to whatever it is, has them drawn.
    manager = cast("bpy.types.WindowManager", bpy.context.window_manager)
    manager.extensions_updates = manager.extensions_updates


def redraw_sidebars() -> None:
    """Draw every sidebar that has the AIMoCap tab; may be called while something is drawn."""
    for window in cast("Any", bpy.context).window_manager.windows:
        for area in window.screen.areas:
            if area.type in {"VIEW_3D", "SEQUENCE_EDITOR"}:
                for region in area.regions:
                    if region.type == "UI":
                        region.tag_redraw()
