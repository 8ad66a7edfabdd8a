"""Foot contacts as bars along the bottom of the Timeline and Dope Sheet, a row for each foot, while they are shown."""

from dataclasses import dataclass

import bpy

from ...motion.bones.humanoid import SIDES
from ...motion.feet.contact_edits import Bar
from ...scene.action_contacts import ActionContacts, contacts_on
from ...scene.armatures import action_of
from ...scene.chosen_character import character_of
from ...texts.text import Text
from ...while_enabled import lasting
from .. import timeline_bars
from ..settings import settings_of
from ..text.overlays import Overlay
from ..timeline_bars import BarRow, draw_bar_rows, shows_timeline

_NAMES_END = 68.0
"""Width of the names in unscaled pixels."""
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
    sides = _sides(contacts)
    row = timeline_bars.row_under(context, len(sides), y)
    return sides[row] if row is not None else None


def show_dragged(context: bpy.types.Context, side: str, bars: tuple[Bar, ...] | None) -> None:
    """Show other bars of a foot while they are dragged; None for those that are stored."""
    _edited.dragged = (side, bars) if bars is not None else None
    # else the window is being closed
    if context.area is not None:
        context.area.tag_redraw()


def _sides(contacts: ActionContacts) -> list[str]:
    return [side for side in SIDES if side in contacts.feet]


def _draw(context: bpy.types.Context) -> None:
    contacts = shown_contacts(context)
    if contacts is None:
        return
    bars = dict(contacts.feet)
    if _edited.dragged is not None:
        bars[_edited.dragged[0]] = _edited.dragged[1]
    draw_bar_rows(context, [BarRow(_NAMES[side], _COLOURS[side], bars[side]) for side in _sides(contacts)], _NAMES_END)


register = Overlay(_draw, "DOPESHEET_EDITOR").show
