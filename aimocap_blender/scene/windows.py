"""Blender's windows and handlers, for code that no button starts: contexts, areas, selection, what follows an undo."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from itertools import product
from typing import Any, cast

import bpy

from .operator_calls import overridden


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


def room_of(area: bpy.types.Area) -> tuple[float, float, float, float]:
    """Return left, bottom, right and top of what other regions leave free of a viewport, pixels of its region."""
    # with Region Overlap, which is Blender's default, the view lies below all other regions; a hidden one is a pixel
    # wide
    view = window_region(area)
    left, right, top = 0.0, float(view.width), float(view.height)
    for region in area.regions:
        if region.type == "TOOLS" and region.width > 1:
            left = max(left, float(region.x + region.width - view.x))
        elif region.type == "UI" and region.width > 1:
            right = min(right, float(region.x - view.x))
        elif region.type in {"HEADER", "TOOL_HEADER"} and region.y > view.y + view.height / 2:
            top = min(top, float(region.y - view.y))
    return left, 0.0, right, top


def redraw() -> None:
    """Redraw every sidebar that can show the AIMoCap tab, and the status bars."""
    redraw_sidebars()
    # Status bars are in no window's list of areas; setting this number, to any value, redraws them.
    manager = bpy.context.window_manager
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


def selected_in(layer: bpy.types.ViewLayer) -> list[bpy.types.Object]:
    """Return the selected objects of a view layer, whichever one the window shows."""
    # the context knows those of the window's own layer alone
    return [other for other in layer.objects if other.select_get(view_layer=layer)]


def select_only(context: bpy.types.Context, obj: bpy.types.Object) -> None:
    """Make an object the only selected one and the active one, in Object Mode."""
    layer = context.view_layer
    if layer.objects.active is not None and layer.objects.active.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    for other in selected_in(layer):
        other.select_set(False, view_layer=layer)
    obj.select_set(True, view_layer=layer)
    layer.objects.active = obj


def frame_selected(scene: bpy.types.Scene) -> None:
    """Frame the selected objects in each 3D Viewport that shows the scene, except through a camera or in local view."""
    for window in cast("Any", bpy.context).window_manager.windows:
        areas = window.screen.areas if window.scene == scene else ()
        for area in areas:
            if area.type != "VIEW_3D":
                continue
            space = area.spaces.active
            # a camera's view is somebody's shot, and local view shows what was chosen for it
            if space.local_view is not None or space.region_3d.view_perspective == "CAMERA":
                continue
            # or the pose of before the motion is framed
            window.view_layer.update()
            with overridden(window=window, area=area, region=window_region(area)):
                bpy.ops.view3d.view_selected()


class AppHandlers:
    """Functions that are called while the add-on is enabled.

    Args:
        handlers: persistent functions, each with the names of the lists in `bpy.app.handlers` that it belongs to.
    """

    def __init__(self, *handlers: tuple[Callable[..., object], tuple[str, ...]]) -> None:
        self._handlers: list[tuple[str, Callable[..., object]]] = []
        for handler, names in handlers:
            self._handlers += product(names, (handler,))

    def add(self) -> None:
        """Have Blender call them."""
        for name, handler in self._handlers:
            getattr(bpy.app.handlers, name).append(handler)

    def remove(self) -> None:
        """Have Blender call them no more."""
        for name, handler in reversed(self._handlers):
            getattr(bpy.app.handlers, name).remove(handler)
