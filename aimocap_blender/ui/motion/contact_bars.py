"""Foot contacts as bars along the bottom of the Timeline and Dope Sheet, a row for each foot, while they are shown."""

from dataclasses import dataclass
from typing import Any, cast

import bpy

from ...motion.bones.humanoid import SIDES
from ...motion.feet.contact_bars import Bar
from ...scene.action_contacts import ActionContacts, contacts_on
from ...scene.armatures import action_of
from ...scene.chosen_character import character_of
from ...texts.text import Text
from ...while_enabled import lasting
from ..settings import settings_of
from ..text.overlays import Box, Overlay, fill_boxes
from ..timeline_rows import bottom_of_rows, shows_timeline, write_lines

_ROW, _FONT, _GAP = 16.0, 11.0, 2.0  # unscaled pixels
_NAMES_END = 68.0
"""Width of the names in unscaled pixels."""
_GROUND, _BELOW_NAMES, _LETTERS = (0.07, 0.07, 0.07, 0.8), (0.07, 0.07, 0.07, 0.6), (0.95, 0.95, 0.95)
_COLOURS = {"left": (0.20, 0.52, 0.90, 0.95), "right": (0.93, 0.48, 0.16, 0.95)}
_NAMES = {"left": Text("Left Foot"), "right": Text("Right Foot")}


@dataclass
class _Edited:
    """Side and bars of the foot that is being dragged, which are not stored yet."""

    dragged: tuple[str, tuple[Bar, ...]] | None = None


_edited = lasting(_Edited)


def shown_contacts(context: bpy.types.Context) -> ActionContacts | None:
    """Return the contacts of the character's motion if the user wants to see them, and this editor shows frames."""
    scene = context.scene
    if scene is None or not settings_of(scene).show_contacts or not shows_timeline(context):
        return None
    return contacts_on(action_of(character_of(context)))


def row_under(context: bpy.types.Context, contacts: ActionContacts, y: float) -> str | None:
    """Return the side whose row is at a height in the region, pixels; None beside the rows."""
    bottom, height = _rows(context)
    sides = _sides(contacts)
    row = int((y - bottom) // height)
    return sides[len(sides) - 1 - row] if 0 <= row < len(sides) else None


def show_dragged(context: bpy.types.Context, side: str, bars: tuple[Bar, ...] | None) -> None:
    """Show other bars of a foot while they are dragged; None for those that are stored."""
    _edited.dragged = (side, bars) if bars is not None else None
    if context.area is not None:  # else the window is being closed
        context.area.tag_redraw()


def _sides(contacts: ActionContacts) -> list[str]:
    return [side for side in SIDES if side in contacts.feet]


def _rows(context: bpy.types.Context) -> tuple[float, float]:
    """Return the bottom of the rows and the height of one, pixels."""
    return bottom_of_rows(context), _ROW * cast("Any", context).preferences.system.ui_scale


def _draw(context: bpy.types.Context) -> None:
    contacts = shown_contacts(context)
    if contacts is None:
        return
    region: Any = context.region
    to_region, width = region.view2d.view_to_region, region.width
    bottom, height = _rows(context)
    scale, sides = height / _ROW, _sides(contacts)
    gap = _GAP * scale
    boxes: dict[tuple[float, ...], list[Box]] = {_GROUND: [(0.0, bottom, width, bottom + height * len(sides))]}
    for number, side in enumerate(reversed(sides)):
        low = bottom + height * number
        bars = contacts.feet[side]
        if _edited.dragged is not None and _edited.dragged[0] == side:
            bars = _edited.dragged[1]
        ends = [
            (to_region(start - 0.5, 0.0, clip=False)[0], to_region(end - 0.5, 0.0, clip=False)[0])
            for start, end in bars
        ]
        boxes[_COLOURS[side]] = [(left, low + gap, right - 1.0, low + height - gap) for left, right in ends]
    boxes[_BELOW_NAMES] = [(0.0, bottom, _NAMES_END * scale, bottom + height * len(sides))]
    fill_boxes(boxes)
    lines = [(_NAMES[side], _LETTERS) for side in sides]
    write_lines(lines, 6.0 * scale, bottom + 0.25 * height, height, _FONT * scale)


register = Overlay(_draw, "DOPESHEET_EDITOR").show
