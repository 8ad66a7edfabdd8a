"""Foot contacts as bars along the bottom of the Timeline and Dope Sheet, a row for each foot, and their editing.

They are edited by mouse on the bars, or by the numbers of frames.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import bpy

from ...motion.bones.humanoid import SIDES
from ...motion.feet.contact_edits import Bar, tidied, without
from ...scene.action_contacts import ActionContacts, contacts_on
from ...scene.armatures import action_of
from ...scene.scene_values import character_of
from ...takes.contacts import set_contacts
from ...texts.faults import Fault
from ...texts.text import Text
from ...while_enabled import lasting
from .. import timeline_bars
from ..character.choosing import OntoCharacter
from ..settings import settings_of
from ..shortcuts import Shortcuts
from ..text.overlays import Overlay
from ..text.reporting import Returned, refusing
from ..timeline_bars import (
    BarRow,
    DragsBars,
    Part,
    bar_under,
    draw_bar_rows,
    frame_at,
    moved,
    part_under,
    shows_timeline,
)

_SPAN = re.compile(r"\s*(-?\d{1,7})\s*(?:-\s*(-?\d{1,7})\s*)?")
_Part = Part | Literal["ADD", "CUT"]

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


_show_bars = Overlay(_draw, "DOPESHEET_EDITOR").show


@dataclass(frozen=True)
class _Drag:
    """A drag of the mouse.

    Attributes:
        side: of the foot.
        part: what it does: move an end or ALL of a bar, ADD one, or CUT frames out.
        bar: that is moved.
        others: the foot's other bars.
        within: the motion's frames.
        from_frame: frame at which it began, with its fraction.
    """

    side: str
    part: _Part
    bar: Bar
    others: tuple[Bar, ...]
    within: Bar
    from_frame: float

    @property
    def before(self) -> tuple[Bar, ...]:
        """The foot's bars without the drag."""
        return self.others if self.part in {"ADD", "CUT"} else tidied((*self.others, self.bar), self.within)

    def bars(self, frame: float) -> tuple[Bar, ...]:
        """Return the foot's bars for a drag up to a frame; a click only cuts."""
        # a hand that shakes while it clicks moves nothing
        if self.part != "CUT" and round(frame - self.from_frame) == 0:
            return self.before
        # a drag goes to either side
        first, last = sorted((round(self.from_frame), round(frame)))
        if self.part == "CUT":
            return without(self.others, (first, last + 1), self.within)
        bar = (first, last + 1)
        if self.part != "ADD":
            bar = moved(self.bar, self.part, round(frame - self.from_frame))
        return tidied((*self.others, bar), self.within)


class SetContacts(DragsBars, OntoCharacter, bpy.types.Operator):
    """Set the contacts of a foot in the character's motion, and solve its feet again"""

    bl_idname = "aimocap.set_contacts"
    bl_label = "Set Foot Contacts"
    # a redo panel would lie over the bars
    bl_options = {"UNDO", "INTERNAL"}
    nobody = Fault("No character is selected.", "Select the armature whose contacts should be edited.")

    _drag: _Drag

    if TYPE_CHECKING:
        foot: Literal["LEFT", "RIGHT"]
        frames: str
    else:
        foot: bpy.props.EnumProperty(
            name="Foot",
            description="Foot whose contacts are set",
            items=(("LEFT", "Left", ""), ("RIGHT", "Right", "")),
            options={"SKIP_SAVE"},
        )
        frames: bpy.props.StringProperty(
            name="Frames",
            description="First and last frame of each contact, such as 10-25, 40-52",
            options={"SKIP_SAVE"},
        )

    def begins(self, context: bpy.types.Context, event: bpy.types.Event) -> bool:
        """Note the drag; see `DragsBars`."""
        self.take_character(context)
        drag = _drag_at(context, event)
        if drag is not None:
            self._drag = drag
        return drag is not None

    def show(self, context: bpy.types.Context, frame: float | None) -> None:
        """Show the foot's bars; see `DragsBars`."""
        show_dragged(context, self._drag.side, None if frame is None else self._drag.bars(frame))

    def takes(self, frame: float) -> bool:
        """Set the foot and its frames; see `DragsBars`."""
        bars = self._drag.bars(frame)
        self.foot = "LEFT" if self._drag.side == "left" else "RIGHT"
        self.frames = _written(bars)
        return bars != self._drag.before

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Set the contacts or report why not; a fault leaves the scene unchanged."""
        character = self.required_character(context)
        set_contacts(context, character, self.foot.lower(), _read(self.frames))
        return {"FINISHED"}


def _drag_at(context: bpy.types.Context, event: bpy.types.Event) -> _Drag | None:
    """Return the drag that begins where the mouse is; None beside the rows."""
    contacts = shown_contacts(context)
    side = row_under(context, contacts, event.mouse_region_y) if contacts is not None else None
    if contacts is None or side is None:
        return None
    frame, bars = frame_at(context, event), contacts.feet[side]
    bar = bar_under(bars, frame)
    # what is cut may reach over several bars, so it is none of them that is dragged
    if bar is None or event.ctrl:
        part: _Part = "CUT" if event.ctrl else "ADD"
        return _Drag(side, part, (0, 0), bars, contacts.within, frame)
    others = tuple(each for each in bars if each != bar)
    return _Drag(side, part_under(context, bar, frame), bar, others, contacts.within, frame)


def _written(bars: Iterable[Bar]) -> str:
    # people count the last frame in, a bar ends behind it
    return ", ".join(f"{start}-{end - 1}" for start, end in bars)


def _read(frames: str) -> list[Bar]:
    """Return the bars of a text such as `10-25, 40`.

    Raises:
        Fault: it is another text.
    """
    bars: list[Bar] = []
    for part in frames.split(",") if frames.strip() else ():
        match = _SPAN.fullmatch(part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if last < first:
            raise Fault(
                Text("“{part}” isn't a range of frames.", part=part.strip()), "Enter frames such as 10-25, 40-52."
            )
        bars.append((first, last + 1))
    return bars


def draw_contacts_switch(
    layout: bpy.types.UILayout, settings: object, target: bpy.types.Object | None, *, brief: bool = False
) -> None:
    """Draw the button that shows the contacts of a character; grey while its motion has none."""
    cell = layout.column(align=True)
    cell.enabled = contacts_on(action_of(target)) is not None
    if brief:
        cell.prop(settings, "show_contacts", toggle=True, text="Contacts")
    else:
        cell.prop(settings, "show_contacts", toggle=True, icon="CON_FLOOR")


CLASSES = (SetContacts,)

_shortcuts = Shortcuts()
unregister = _shortcuts.remove


def register() -> None:
    """Show bars, and let the mouse edit them."""
    _show_bars()
    for ctrl in (False, True):
        _shortcuts.add("Dopesheet", "DOPESHEET_EDITOR", SetContacts.bl_idname, "LEFTMOUSE", ctrl=ctrl)
