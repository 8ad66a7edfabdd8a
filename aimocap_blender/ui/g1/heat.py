"""Heat map of a checked G1's faults: coloured bodies in the viewport and a strip along the timeline.

It is drawn over the editors, so that the file doesn't change, and only while there is a report.
"""

import functools
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import bpy

from ...while_enabled import lasting
from . import heat_bodies, heat_strip, reports

HEAT_SWITCH = "aimocap_g1_heat"
"""Property of the window manager."""

_EDITORS = {"VIEW_3D", "DOPESHEET_EDITOR"}


@dataclass
class _Drawing:
    """State of the drawing.

    Attributes:
        wanted: whether the user wants to see it.
        handles: Blender's handles of the draw functions, with their space types.
        failed: names of the draw functions that failed since the last check; they are not called before the next one.
    """

    wanted: bool = True
    handles: list[tuple[Any, object]] = field(default_factory=list[tuple[Any, object]])
    failed: set[str] = field(default_factory=set[str])


_drawing = lasting(_Drawing)


def show_heat() -> None:
    """Draw the reports from now on, if there are windows."""
    _drawing.failed.clear()
    if not bpy.app.background and not _drawing.handles:
        view, sheet = cast("Any", bpy.types.SpaceView3D), cast("Any", bpy.types.SpaceDopeSheetEditor)
        _drawing.handles = [
            (space, space.draw_handler_add(_guarded(draw), (), "WINDOW", when))
            for space, draw, when in (
                (view, heat_bodies.draw_bodies, "POST_VIEW"),
                (view, heat_bodies.draw_words, "POST_PIXEL"),
                (sheet, heat_strip.draw_strip, "POST_PIXEL"),
            )
        ]
    _redraw()


def _stop() -> None:
    for space, handle in _drawing.handles:
        space.draw_handler_remove(handle, "WINDOW")
    _drawing.handles.clear()
    heat_bodies.forget()
    heat_strip.forget()


def _guarded(draw: Callable[[bpy.types.Context], None]) -> Callable[[], None]:
    """Return a function that draws if wanted; it prints only the first error, since windows redraw often."""

    @functools.wraps(draw)
    def guarded() -> None:
        if not _drawing.wanted or draw.__name__ in _drawing.failed:
            return
        try:
            draw(bpy.context)
        except Exception:  # noqa: BLE001 -- Blender's own drawing must continue in any case
            _drawing.failed.add(draw.__name__)
            traceback.print_exc()

    return guarded


def _redraw() -> None:
    for window in cast("Any", bpy.context).window_manager.windows:
        for area in window.screen.areas:
            if area.type in _EDITORS:
                area.tag_redraw()


def _wanted(_: object) -> bool:
    return _drawing.wanted


def _set_wanted(_: object, value: bool) -> None:
    _drawing.wanted = value
    _redraw()


def register() -> None:
    """Add the switch to the window manager; its value is kept here, not in the file."""
    switch = cast("Any", bpy.props).BoolProperty(
        name="Show Heat",
        description="Color the robot's bodies and the frames along the timeline by the faults that the last check "
        "found, from yellow to red",
        get=_wanted,
        set=_set_wanted,
    )
    setattr(bpy.types.WindowManager, HEAT_SWITCH, switch)
    reports.forgotten.append(_stop)


def unregister() -> None:
    """Remove the switch and the drawing."""
    reports.forgotten.remove(_stop)
    _stop()
    _redraw()
    delattr(bpy.types.WindowManager, HEAT_SWITCH)
