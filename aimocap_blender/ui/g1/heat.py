"""Heat map of a checked G1's faults: coloured bodies in the viewport and a strip along the timeline.

It is drawn over the editors, so that the file doesn't change, and only while there is a report.
"""

from dataclasses import dataclass
from typing import Any, cast

import bpy

from ...while_enabled import lasting
from ..text.overlays import Overlay
from . import heat_bodies, heat_strip, reports

HEAT_SWITCH = "aimocap_g1_heat"
"""Property of the window manager."""

_OVERLAYS = (
    Overlay(heat_bodies.draw_bodies, "VIEW_3D", "POST_VIEW"),
    Overlay(heat_bodies.draw_words, "VIEW_3D"),
    Overlay(heat_strip.draw_strip, "DOPESHEET_EDITOR"),
)


@dataclass
class _Switch:
    """Whether the user wants to see it."""

    is_on: bool = True


_switch = lasting(_Switch)


def show_heat() -> None:
    """Draw the reports from now on, if there are windows and the user wants to see them."""
    for overlay in _OVERLAYS if _switch.is_on else ():
        overlay.show()


def _hide() -> None:
    for overlay in _OVERLAYS:
        overlay.hide()
    heat_bodies.forget()
    heat_strip.forget()


def _is_on(_: object) -> bool:
    return _switch.is_on


def _set(_: object, value: bool) -> None:
    _switch.is_on = value
    _hide()
    show_heat()


def register() -> None:
    """Add the switch to the window manager; its value is kept here, not in the file."""
    switch = cast("Any", bpy.props).BoolProperty(
        name="Show Heat",
        description="Color the robot's bodies and the frames along the timeline by the faults that the last check "
        "found, from yellow to red",
        get=_is_on,
        set=_set,
    )
    setattr(bpy.types.WindowManager, HEAT_SWITCH, switch)
    reports.forgotten.append(_hide)


def unregister() -> None:
    """Remove the switch and the drawing."""
    reports.forgotten.remove(_hide)
    _hide()
    delattr(bpy.types.WindowManager, HEAT_SWITCH)
