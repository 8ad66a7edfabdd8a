"""A preview's limbs in the Timeline and Dope Sheet: bars of corrections while they are made, else where to doubt them.

The span of a correction is moved by mouse on its bar, or by the numbers of frames.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import bpy
import numpy as np

from ...motion.time_mapping import FrameMap, TimeMapping
from ...motion.timeline_heat import LEAST_HEAT
from ...scene.action_contacts import moved_frames
from ...scene.action_source import source_of
from ...scene.armatures import action_of, selected_armature
from ...scene.preview.action_trust import LIMB_NAMES as LIMBS_IN_DOUBT
from ...scene.preview.action_trust import ActionTrust, corrections_on, trust_on
from ...scene.scene_values import character_of
from ...scene.windows import redraw_editors
from ...texts.text import Text
from ...vision.corrections import Correction
from ...vision.trust import LOW
from ...while_enabled import lasting
from ..motion.contacts import shown_contacts
from ..preview.corrections import LIMB_NAMES
from ..shortcuts import Shortcuts
from ..text.overlays import Overlay
from ..timeline_bars import (
    BarRow,
    DragsBars,
    Part,
    Span,
    TimelineRows,
    bar_under,
    draw_bar_rows,
    draw_rows,
    frame_at,
    moved,
    part_under,
    row_under,
    shows_timeline,
)
from .correcting import ChangesCorrection

_NAMES_END = 110.0
"""Width of the names in unscaled pixels."""
_COLOUR = (0.35, 0.72, 0.45, 0.95)


@dataclass
class _Shown:
    """The corrections that are shown.

    Attributes:
        mapping: seconds of their motion to timeline frames; None while they aren't shown.
        dragged: number and bar of the one that is being dragged.
    """

    mapping: TimeMapping | None = None
    dragged: tuple[int, Span] | None = None


_shown = lasting(_Shown)


def show_bars(mapping: TimeMapping | None) -> None:
    """Show the corrections of what the character plays, given where its seconds are; None to hide them."""
    _shown.mapping, _shown.dragged = mapping, None
    redraw_editors("DOPESHEET_EDITOR")


def show_dragged(dragged: tuple[int, Span] | None) -> None:
    """Show another bar of a correction while it is dragged; None for those that it has."""
    _shown.dragged = dragged
    redraw_editors("DOPESHEET_EDITOR")


def bars_by_limb(context: bpy.types.Context) -> dict[str, dict[int, Span]]:
    """Return the bars of the shown corrections: the joint that ends a limb to their numbers to their bars."""
    mapping = _shown.mapping
    if mapping is None or not shows_timeline(context) or shown_contacts(context) is not None:
        return {}
    found: dict[str, dict[int, Span]] = {}
    for number, one in enumerate(corrections_on(action_of(character_of(context)))):
        found.setdefault(one.joint, {})[number] = bar_of(one, mapping)
    if _shown.dragged is not None:
        number, bar = _shown.dragged
        for bars in found.values():
            if number in bars:
                bars[number] = bar
    return found


def correction_under(context: bpy.types.Context, frame: float, y: float) -> tuple[int, Span] | None:
    """Return the number of the correction whose bar is at a frame and a height in the region, and its bar.

    Of two that overlap it is the later one, which counts.
    """
    rows = list(bars_by_limb(context).values())
    row = row_under(context, len(rows), y)
    if row is None:
        return None
    for number, bar in reversed(rows[row].items()):
        if bar_under([bar], frame) is not None:
            return number, bar
    return None


def bar_of(one: Correction, mapping: TimeMapping) -> Span:
    """Return the frames in which a correction holds."""
    # a strip that plays backwards shows the last moment first
    first, last = np.sort(mapping.frames(np.array([one.first, one.last]))).round().astype(int).tolist()
    return first, last + 1


def _draw_rows(context: bpy.types.Context) -> None:
    rows: list[BarRow] = []
    for joint, bars in bars_by_limb(context).items():
        rows.append(BarRow(Text.of(LIMB_NAMES[joint]), _COLOUR, list(bars.values())))
    if rows:
        draw_bar_rows(context, rows, _NAMES_END)


_show_rows = Overlay(_draw_rows, "DOPESHEET_EDITOR").show


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
        # what it says is true at its moment: an end that is dragged doesn't change that
        as_a_whole = now[0] - before[0] == now[1] - before[1]
        second = one.second + (mapping.second(now[0]) - mapping.second(before[0]) if as_a_whole else 0.0)
        first, last = sorted(mapping.second(frame) for frame in (self.first_frame, self.last_frame))
        return replace(one, second=min(max(second, first), last), first=first, last=last)


CLASSES = (MoveCorrection,)

_shortcuts = Shortcuts()
unregister = _shortcuts.remove


def register() -> None:
    """Show bars and doubt, and let the mouse move bars."""
    _show_rows()
    _show_doubt()
    _shortcuts.add("Dopesheet", "DOPESHEET_EDITOR", MoveCorrection.bl_idname, "LEFTMOUSE")


@dataclass
class _MadeRows:
    """The rows that were made last.

    Attributes:
        of: session_uid of the Action that the rows are of, and how its frames were moved.
        rows: of that Action; None if nothing of it is in doubt.
    """

    of: tuple[int, FrameMap | None] = (0, None)
    rows: TimelineRows | None = None


_made = lasting(_MadeRows)


def _draw_doubt(context: bpy.types.Context) -> None:
    # there is room for one strip at the bottom: bars that are edited come first
    is_free = shows_timeline(context) and shown_contacts(context) is None and not bars_by_limb(context)
    rows = _rows_of(selected_armature(context)) if is_free else None
    if rows is not None:
        draw_rows(context, rows)


def _rows_of(armature: bpy.types.Object | None) -> TimelineRows | None:
    """Return a row for each limb of the armature's preview that is in doubt somewhere; kept for one Action."""
    action = action_of(armature)
    if action is None:
        return None
    of = action.session_uid, moved_frames(action)
    if _made.of != of:
        _made.of, _made.rows = of, _made_rows(action)
    return _made.rows


def _made_rows(action: bpy.types.Action) -> TimelineRows | None:
    trust = trust_on(action)
    if trust is None:
        return None
    doubt = np.clip((LOW - trust.values.T) / LOW, 0.0, 1.0)
    # 0 is not drawn, and a slight doubt is to be seen
    heats = np.where(doubt > 0.0, LEAST_HEAT + (1.0 - LEAST_HEAT) * doubt, 0.0)
    rows = np.flatnonzero(heats.any(axis=1))
    names = tuple(_limb_name(trust, row) for row in rows.tolist())
    return TimelineRows(names, heats[rows], trust.frames) if len(rows) else None


def _limb_name(trust: ActionTrust, row: int) -> Text:
    """Return the name of a limb, and the film that shows it best, of several."""
    limb = LIMBS_IN_DOUBT[trust.limbs[row]]
    # of a single film there is nothing to tell apart
    if row >= len(trust.films):
        return limb
    return Text("{limb} · video {number}", limb=limb, number=trust.films[row] + 1)


_show_doubt = Overlay(_draw_doubt, "DOPESHEET_EDITOR").show
