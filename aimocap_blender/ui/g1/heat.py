"""Heat map of a checked G1's faults: coloured bodies in the viewport and a strip along the timeline.

It is drawn over the editors, so that the file doesn't change, and only while there is a report.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import bpy
import numpy as np

from ...texts.text import Text
from ...while_enabled import discarded, lasting
from ..motion.contact_bars import shown_contacts
from ..text.overlays import Overlay
from ..timeline_rows import TimelineRows, draw_rows, shows_timeline
from ..timeline_rows import forget as forget_rows
from . import heat_bodies, reports
from .reports import FAULT_NAMES, Checked, checked_rigs, is_stale
from .rig_operators import selected_g1_rig

HEAT_SWITCH = "aimocap_g1_heat"
"""Property of the window manager."""


def _draw_strip(context: bpy.types.Context) -> None:
    """Draw a row for each kind of fault and estimate found."""
    shown = _shown(context) if shows_timeline(context) and shown_contacts(context) is None else None
    if shown is not None:
        rig, found = shown
        draw_rows(context, _rows_of(found), pale=is_stale(rig, found))


def _shown(context: bpy.types.Context) -> tuple[bpy.types.Object, Checked] | None:
    """Return the selected G1, or else the last in the view layer, if its check found anything; with the report."""
    found = [pair for pair in checked_rigs(context.view_layer) if pair[1].found]
    if not found:
        return None
    selected = selected_g1_rig(context)
    if selected is None:
        return found[-1]
    return next((pair for pair in found if pair[0] == selected), None)


@lru_cache(maxsize=4)
def _rows_of(found: Checked) -> TimelineRows:
    heats = np.stack([check.severity for check in found.found])
    return TimelineRows(tuple(Text(FAULT_NAMES[check.kind]) for check in found.found), heats, found.frames)


discarded(_rows_of.cache_clear)


_OVERLAYS = (
    Overlay(heat_bodies.draw_bodies, "VIEW_3D", "POST_VIEW"),
    Overlay(heat_bodies.draw_words, "VIEW_3D"),
    Overlay(_draw_strip, "DOPESHEET_EDITOR"),
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
    # what is kept for the GPU goes, too
    heat_bodies.forget()
    forget_rows()
    _rows_of.cache_clear()


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
    # another file has other robots
    reports.forgotten.append(_hide)


def unregister() -> None:
    """Remove the switch and the drawing."""
    reports.forgotten.remove(_hide)
    _hide()
    delattr(bpy.types.WindowManager, HEAT_SWITCH)
