"""Foot contacts as bars along the bottom of the Timeline and Dope Sheet, a row for each foot, while they are shown."""

import traceback
from dataclasses import dataclass
from typing import Any, cast

import bpy
import gpu

from ...motion.bones.humanoid import SIDES
from ...motion.feet.contact_bars import Bar
from ...scene.action_contacts import ActionContacts, contacts_on
from ...scene.armatures import action_of
from ...scene.chosen_character import character_of
from ...texts.text import Text
from ...while_enabled import lasting
from ..settings import settings_of
from ..timeline_rows import bottom_of_rows, shows_timeline, write_lines

_ROW, _FONT, _GAP = 16.0, 11.0, 2.0  # unscaled pixels
_NAMES_END = 68.0
"""Width of the names in unscaled pixels."""
_GROUND, _BELOW_NAMES, _LETTERS = (0.07, 0.07, 0.07, 0.8), (0.07, 0.07, 0.07, 0.6), (0.95, 0.95, 0.95)
_COLOURS = {"left": (0.20, 0.52, 0.90, 0.95), "right": (0.93, 0.48, 0.16, 0.95)}
_NAMES = {"left": Text("Left Foot"), "right": Text("Right Foot")}


@dataclass
class _Drawing:
    """State of the drawing.

    Attributes:
        handle: Blender's handle of the draw function; None without windows.
        failed: drawing failed, so that it isn't tried again.
        dragged: side and bars of the foot that is being edited, which are not stored yet.
    """

    handle: object = None
    failed: bool = False
    dragged: tuple[str, tuple[Bar, ...]] | None = None


_drawing = lasting(_Drawing)


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
    _drawing.dragged = (side, bars) if bars is not None else None
    if context.area is not None:  # else the window is being closed
        context.area.tag_redraw()


def _sides(contacts: ActionContacts) -> list[str]:
    return [side for side in SIDES if side in contacts.feet]


def _rows(context: bpy.types.Context) -> tuple[float, float]:
    """Return the bottom of the rows and the height of one, pixels."""
    return bottom_of_rows(context), _ROW * cast("Any", context).preferences.system.ui_scale


def _draw() -> None:
    if _drawing.failed:
        return
    try:
        contacts = shown_contacts(bpy.context)
        if contacts is not None:
            _draw_rows(cast("Any", bpy.context), contacts)
    except Exception:  # noqa: BLE001 -- Blender's own drawing must continue in any case
        _drawing.failed = True
        traceback.print_exc()


def _draw_rows(context: Any, contacts: ActionContacts) -> None:  # noqa: ANN401 -- with a region, which the stubs think may be None
    to_region, width = context.region.view2d.view_to_region, context.region.width
    bottom, height = _rows(context)
    scale, sides = height / _ROW, _sides(contacts)
    gap = _GAP * scale
    boxes = {_GROUND: [(0.0, bottom, width, bottom + height * len(sides))]}
    for number, side in enumerate(reversed(sides)):
        low = bottom + height * number
        bars = contacts.feet[side]
        if _drawing.dragged is not None and _drawing.dragged[0] == side:
            bars = _drawing.dragged[1]
        ends = [
            (to_region(start - 0.5, 0.0, clip=False)[0], to_region(end - 0.5, 0.0, clip=False)[0])
            for start, end in bars
        ]
        boxes[_COLOURS[side]] = [(left, low + gap, right - 1.0, low + height - gap) for left, right in ends]
    boxes[_BELOW_NAMES] = [(0.0, bottom, _NAMES_END * scale, bottom + height * len(sides))]
    _fill(boxes)
    lines = [(_NAMES[side], _LETTERS) for side in sides]
    write_lines(lines, 6.0 * scale, bottom + 0.25 * height, height, _FONT * scale)


def _fill(boxes: dict[tuple[float, ...], list[tuple[float, float, float, float]]]) -> None:
    """Draw rectangles: left, bottom, right and top in pixels, by colour."""
    from gpu_extras.batch import batch_for_shader  # noqa: PLC0415 -- only needed to draw

    shader: Any = gpu.shader.from_builtin("UNIFORM_COLOR")
    gpu.state.blend_set("ALPHA")
    for colour, rectangles in boxes.items():
        corners = [
            (x, y, 0.0)
            for left, low, right, top in rectangles
            for x, y in ((left, low), (right, low), (right, top), (left, low), (right, top), (left, top))
        ]
        if corners:
            shader.uniform_float("color", colour)
            content: dict[str, Any] = {"pos": corners}
            batch_for_shader(shader, "TRIS", content).draw(shader)
    gpu.state.blend_set("NONE")


def register() -> None:
    """Draw from now on, if there are windows."""
    if not bpy.app.background:
        sheet = cast("Any", bpy.types.SpaceDopeSheetEditor)
        _drawing.handle = sheet.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL")


def unregister() -> None:
    """Stop drawing."""
    if _drawing.handle is not None:
        cast("Any", bpy.types.SpaceDopeSheetEditor).draw_handler_remove(_drawing.handle, "WINDOW")
