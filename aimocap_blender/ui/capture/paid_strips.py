"""A thin bar on each strip of the Video Sequencer: which part of its video was captured, or is being captured."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, cast

import bpy

from ...scene.video.strips import Strip, StripSource, peek, sequencer_scene, shown_strips
from ...takes.captures.capture_takes import paid_ranges
from ...takes.session import current_session
from ...takes.take import VideoRange, range_of_source
from ...texts.faults import Fault
from ..text.overlays import Box, Overlay, fill_boxes
from ..text.wrapped_text import ui_scale

_HEIGHT, _ABOVE_EDGE = 4.0, 0.07
"""Of a bar in unscaled pixels; of its lower edge in channels."""
_HERE, _TO_COME = (0.30, 0.76, 0.42, 1.0), (0.95, 0.68, 0.22, 1.0)


@dataclass(frozen=True)
class Bar:
    """A captured part of a strip.

    Attributes:
        start: timeline frame.
        end: timeline frame after the last one.
        channel: of the strip.
        is_here: whether the motion has arrived.
    """

    start: float
    end: float
    channel: int
    is_here: bool


def bars_in(scene: bpy.types.Scene) -> Iterator[Bar]:
    """Yield the captured parts of the strips that the sequencer shows of a scene."""
    session = current_session()
    if session is None or scene.sequence_editor is None:
        return
    paid = paid_ranges(session.captures.listed())
    names = {PurePath(one.path).name for one, _ in paid}
    for strip in shown_strips(scene) if paid else ():
        # names first: what a strip shows is only known once its movie is opened
        if strip.type == "MOVIE" and PurePath(strip.filepath.replace("\\", "/")).name in names:
            yield from _bars_of(scene, strip, paid)


def _bars_of(scene: bpy.types.Scene, strip: Strip, paid: list[tuple[VideoRange, bool]]) -> Iterator[Bar]:
    # drawn at each redraw, so a strip that can't be captured is passed over without a word
    try:
        source = peek(scene, strip)
    except Fault:
        return
    shown = range_of_source(source) if source is not None else None
    if source is None or shown is None:
        return
    for one, is_here in paid:
        start, end = max(one.start_sec, shown.start_sec), min(one.end_sec, shown.end_sec)
        if one.file == shown.file and start < end:
            left, right = _frames_of(source, start, end)
            yield Bar(left, right, strip.channel, is_here)


def _frames_of(source: StripSource, start_sec: float, end_sec: float) -> tuple[float, float]:
    """Return the first timeline frame that shows a part of a strip's range, and the one after the last."""
    mapping = source.mapping
    start = mapping.frame_at_zero + (start_sec - source.trim_start_sec) * mapping.frames_per_second
    end = mapping.frame_at_zero + (end_sec - source.trim_start_sec) * mapping.frames_per_second
    backwards = mapping.frames_per_second < 0.0
    # played backwards, the end of the range comes first
    left, right = (end + 1.0, start + 1.0) if backwards else (start, end)
    return max(left, source.timeline_start), min(right, source.timeline_end)


def _draw(context: bpy.types.Context) -> None:
    if not cast("bpy.types.SpaceSequenceEditor", context.space_data).show_overlays:
        return
    to_region: Any = cast("Any", context).region.view2d.view_to_region
    height = _HEIGHT * ui_scale()
    boxes: dict[tuple[float, ...], list[Box]] = {_TO_COME: [], _HERE: []}
    for bar in bars_in(sequencer_scene(context)):
        left, bottom = to_region(bar.start, bar.channel + _ABOVE_EDGE, clip=False)
        right, _ = to_region(bar.end, bar.channel, clip=False)
        boxes[_HERE if bar.is_here else _TO_COME].append((left, bottom, right, bottom + height))
    fill_boxes(boxes)


register = Overlay(_draw, "SEQUENCE_EDITOR").show
