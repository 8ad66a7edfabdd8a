"""The span in which a correction holds, moved by mouse on its bar, or by the numbers of frames."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import bpy

from ...motion.time_mapping import TimeMapping
from ...scene.action_source import source_of
from ...scene.armatures import action_of
from ...scene.chosen_character import character_of
from ...vision.corrections import Correction
from ..preview.correction_bars import bar_of, correction_under, show_dragged
from ..shortcuts import Shortcuts
from ..timeline_bars import DragsBars, Part, Span, frame_at, moved, part_under
from .correcting import ChangesCorrection


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


class MoveCorrection(DragsBars, ChangesCorrection, bpy.types.Operator):
    """Move the frames in which this correction holds, and apply the motion"""

    bl_idname = "aimocap.move_correction"
    bl_label = "Move Correction"
    # a redo panel would lie over the bars
    bl_options = {"INTERNAL", "UNDO"}

    _drag: _Drag

    if TYPE_CHECKING:
        first_frame: int
        last_frame: int
    else:
        first_frame: bpy.props.IntProperty(options={"HIDDEN", "SKIP_SAVE"})
        last_frame: bpy.props.IntProperty(options={"HIDDEN", "SKIP_SAVE"})

    def begins(self, context: bpy.types.Context, event: bpy.types.Event) -> bool:
        """Note the drag; see `DragsBars`."""
        frame = frame_at(context, event)
        found = correction_under(context, frame, event.mouse_region_y)
        if found is None:
            return False
        source = source_of(action_of(character_of(context)))
        self.preview_id, self.capture_id = source.preview, source.capture
        self.number, bar = found
        self._drag = _Drag(bar, part_under(context, bar, frame), frame)
        return True

    def show(self, context: bpy.types.Context, frame: float | None) -> None:
        """Show the correction's bar; see `DragsBars`."""
        show_dragged(None if frame is None else (self.number, self._drag.to(frame)))

    def takes(self, frame: float) -> bool:
        """Set the first and the last frame; see `DragsBars`."""
        bar = self._drag.to(frame)
        self.first_frame, self.last_frame = bar[0], bar[1] - 1
        return bar != self._drag.bar

    def changed(self, one: Correction, mapping: TimeMapping) -> Correction:
        """Move it: as a whole its moment too, else as far as that lies outside."""
        before, now = bar_of(one, mapping), (self.first_frame, self.last_frame + 1)
        as_a_whole = now[0] - before[0] == now[1] - before[1]
        second = one.second + (mapping.second(now[0]) - mapping.second(before[0]) if as_a_whole else 0.0)
        first, last = sorted(mapping.second(frame) for frame in (self.first_frame, self.last_frame))
        return replace(one, second=min(max(second, first), last), first=first, last=last)


CLASSES = (MoveCorrection,)

_shortcuts = Shortcuts()
unregister = _shortcuts.remove


def register() -> None:
    """Let the mouse move bars."""
    _shortcuts.add("Dopesheet", "DOPESHEET_EDITOR", MoveCorrection.bl_idname, "LEFTMOUSE")
