"""The spans of corrections as bars in the Timeline and Dope Sheet, a row for each limb, while they are made."""

from dataclasses import dataclass

import bpy
import numpy as np

from ...motion.time_mapping import TimeMapping
from ...scene.armatures import action_of
from ...scene.chosen_character import character_of
from ...scene.preview.action_corrections import corrections_on
from ...scene.windows import redraw_editors
from ...texts.text import Text
from ...vision.corrections import Correction
from ...while_enabled import lasting
from ..motion.contact_bars import shown_contacts
from ..text.overlays import Overlay
from ..timeline_bars import BarRow, Span, bar_under, draw_bar_rows, row_under, shows_timeline
from .corrections_list import LIMB_NAMES

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
    ends = [round(float(frame)) for frame in mapping.frames(np.array([one.first, one.last]))]
    return min(ends), max(ends) + 1


def _draw(context: bpy.types.Context) -> None:
    rows = [
        BarRow(Text.of(LIMB_NAMES[joint]), _COLOUR, list(bars.values()))
        for joint, bars in bars_by_limb(context).items()
    ]
    if rows:
        draw_bar_rows(context, rows, _NAMES_END)


register = Overlay(_draw, "DOPESHEET_EDITOR").show
