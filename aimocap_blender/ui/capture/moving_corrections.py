"""The span in which a correction holds, moved by mouse on its bar, or by the numbers of frames."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import bpy

from ...scene.action_source import source_of
from ...scene.armatures import action_of
from ...scene.chosen_character import character_of
from ...scene.preview.action_corrections import corrections_on
from ...texts.faults import Fault
from ...while_enabled import lasting
from ..preview.correction_bars import bar_of, correction_under, show_dragged
from ..text.modal_operators import can_be_modal
from ..text.reporting import Returned, refuse
from ..timeline_bars import Part, Span, frame_at, moved, part_under
from .correcting import NO_CORRECTION, CorrectsTake, played_take


@dataclass(frozen=True)
class _Drag:
    """A drag of the mouse.

    Attributes:
        bar: of the correction.
        part: of it that is moved.
        from_frame: frame at which it began, with its fraction.
    """

    bar: Span
    part: Part
    from_frame: float

    def to(self, frame: float) -> Span:
        """Return the bar for a drag up to a frame; it keeps a frame."""
        first, end = moved(self.bar, self.part, round(frame - self.from_frame))
        return (min(first, end - 1), end) if self.part == "START" else (first, max(end, first + 1))


@dataclass
class _Keymap:
    """The add-on's shortcuts."""

    items: tuple[tuple[Any, Any], ...] = ()


_keymap = lasting(_Keymap)


class MoveCorrection(CorrectsTake, bpy.types.Operator):
    """Move the frames in which this correction holds, and apply the motion"""

    bl_idname = "aimocap.move_correction"
    bl_label = "Move Correction"
    bl_options = {"INTERNAL", "UNDO"}  # a redo panel would lie over the bars

    _drag: _Drag

    if TYPE_CHECKING:
        number: int
        first_frame: int
        last_frame: int
    else:
        number: bpy.props.IntProperty(options={"HIDDEN", "SKIP_SAVE"})
        first_frame: bpy.props.IntProperty(options={"HIDDEN", "SKIP_SAVE"})
        last_frame: bpy.props.IntProperty(options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Begin a drag of a bar; what is pressed beside them is for others."""
        if not isinstance(context.space_data, bpy.types.SpaceDopeSheetEditor) or context.region is None:
            return self.execute(context)
        frame = frame_at(context, event)
        found = correction_under(context, frame, event.mouse_region_y)
        if found is None or not can_be_modal(context):
            return {"PASS_THROUGH"}
        source = source_of(action_of(character_of(context)))
        self.preview_id, self.capture_id = source.preview, source.capture
        self.number, bar = found
        self._drag = _Drag(bar, part_under(context, bar, frame), frame)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Show the bar as it is dragged; solve the motion again when the button is let go."""
        if event.type in {"ESC", "RIGHTMOUSE"}:
            self.cancel(context)
            return {"CANCELLED"}
        bar = self._drag.to(frame_at(context, event))
        if event.type == "MOUSEMOVE":
            show_dragged((self.number, bar))
        if event.type != "LEFTMOUSE" or event.value != "RELEASE":
            return {"RUNNING_MODAL"}
        show_dragged(None)
        if bar == self._drag.bar:
            return {"CANCELLED"}
        self.first_frame, self.last_frame = bar[0], bar[1] - 1
        return self.execute(context)

    def cancel(self, context: bpy.types.Context) -> None:
        """Show the bar that it has."""
        show_dragged(None)

    def execute(self, context: bpy.types.Context) -> Returned:
        """Move it: as a whole its moment too, else as far as that lies outside."""
        try:
            played = played_take(context, self.take_id)
        except Fault as fault:
            return refuse(self, fault)
        known = [*corrections_on(played.action)]
        if self.number >= len(known):
            return refuse(self, NO_CORRECTION)
        one, mapping = known[self.number], played.mapping
        before, now = bar_of(one, mapping), (self.first_frame, self.last_frame + 1)
        as_a_whole = now[0] - before[0] == now[1] - before[1]
        second = one.second + (mapping.second(now[0]) - mapping.second(before[0]) if as_a_whole else 0.0)
        first, last = sorted(mapping.second(frame) for frame in (self.first_frame, self.last_frame))
        known[self.number] = replace(one, second=min(max(second, first), last), first=first, last=last)
        return self._correct(played, known, known[self.number])


CLASSES = (MoveCorrection,)


def register() -> None:
    """Let the mouse move bars, if there are windows."""
    shortcuts = cast("Any", bpy.context).window_manager.keyconfigs.addon
    if shortcuts is not None:
        keymap = shortcuts.keymaps.new(name="Dopesheet", space_type="DOPESHEET_EDITOR")
        _keymap.items = ((keymap, keymap.keymap_items.new(MoveCorrection.bl_idname, "LEFTMOUSE", "PRESS")),)


def unregister() -> None:
    """Remove the shortcut."""
    for keymap, item in _keymap.items:
        keymap.keymap_items.remove(item)
