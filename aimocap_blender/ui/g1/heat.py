"""Where a checked G1 is at fault, seen: its bodies coloured in the viewport, a strip along the timeline.

It is drawn over the editors, so that nothing of the file changes, and only while there is a report.
"""

import functools
import traceback
from collections.abc import Callable
from typing import Any, cast

import bpy

from . import heat_bodies, heat_strip, reports

HEAT_SWITCH = "aimocap_g1_heat"
"""Property of the window manager."""

_EDITORS = {"VIEW_3D", "DOPESHEET_EDITOR"}


class _Drawing:
    """What is drawn at present.

    Attributes:
        wanted: by the user.
        handles: with their spaces' types, as Blender wants them back.
        failed: names of the functions that failed since the last check; they are not tried again before the next.
    """

    wanted = True
    handles: list[tuple[Any, object]] = []
    failed: set[str] = set()


def show_heat() -> None:
    """Draw what the reports say, from now on; without windows there is nothing to draw on."""
    _Drawing.failed.clear()
    if not bpy.app.background and not _Drawing.handles:
        view, sheet = cast("Any", bpy.types.SpaceView3D), cast("Any", bpy.types.SpaceDopeSheetEditor)
        _Drawing.handles = [
            (space, space.draw_handler_add(_guarded(draw), (), "WINDOW", when))
            for space, draw, when in (
                (view, heat_bodies.draw_bodies, "POST_VIEW"),
                (view, heat_bodies.draw_words, "POST_PIXEL"),
                (sheet, heat_strip.draw_strip, "POST_PIXEL"),
            )
        ]
    _redraw()


def _stop() -> None:
    for space, handle in _Drawing.handles:
        space.draw_handler_remove(handle, "WINDOW")
    _Drawing.handles = []
    heat_bodies.forget()
    heat_strip.forget()


def _guarded(draw: Callable[[bpy.types.Context], None]) -> Callable[[], None]:
    """Draw if it is wanted; what goes wrong is told once on the console, since a window draws many times a second."""

    @functools.wraps(draw)
    def guarded() -> None:
        if not _Drawing.wanted or draw.__name__ in _Drawing.failed:
            return
        try:
            draw(bpy.context)
        except Exception:  # noqa: BLE001 -- whatever it is, Blender's own drawing has to go on
            _Drawing.failed.add(draw.__name__)
            traceback.print_exc()

    return guarded


def _redraw() -> None:
    for window in cast("Any", bpy.context).window_manager.windows:
        for area in window.screen.areas:
            if area.type in _EDITORS:
                area.tag_redraw()


def _wanted(_: object) -> bool:
    return _Drawing.wanted


def _set_wanted(_: object, value: bool) -> None:
    _Drawing.wanted = value
    _redraw()


def register() -> None:
    """Give the window manager the switch; it is kept here, not in the file."""
    switch = cast("Any", bpy.props).BoolProperty(
        name="Show Heat",
        description="Colour what the last check found, yellow to red: the robot's bodies at this frame, "
        "and all frames along the timeline",
        get=_wanted,
        set=_set_wanted,
    )
    setattr(bpy.types.WindowManager, HEAT_SWITCH, switch)
    reports.forgotten.append(_stop)


def unregister() -> None:
    """Take it away again, with all that is drawn."""
    reports.forgotten.remove(_stop)
    _stop()
    _redraw()
    delattr(bpy.types.WindowManager, HEAT_SWITCH)
