"""Strips that show the same moment: seconds of one at those of another, and places in which they play in sync."""

from collections.abc import Iterable

import bpy
import numpy as np

from ...texts.text import Text
from .strips import Strip, StripSource, content_of, sequencer_scene, set_renamed, shown_strips, video_of


def second_in_sync(source: StripSource, other: StripSource) -> float:
    """Return the second of another strip's range that plays at the start of a strip's range."""
    return other.mapping.second(source.mapping.frame_at_zero)


def put_in_sync(context: bpy.types.Context, first: str, others: Iterable[tuple[str, float]]) -> list[Text]:
    """Move strips to where they play in sync with another one, and return what was moved.

    Strips that the sequencer doesn't show stay where they are.

    Args:
        context: of the sequencer.
        first: name of the strip that stays.
        others: name of each other strip, and the second of its range at the start of the first one's range.
    """
    scene, moved = sequencer_scene(context), list[Text]()
    strips: dict[str, Strip] = {strip.name: strip for strip in shown_strips(scene)}
    if first not in strips:
        return moved
    start = video_of(scene, strips[first]).mapping.frame_at_zero
    for name, second in others:
        if name not in strips:
            continue
        now = video_of(scene, strips[name]).mapping.frames(np.array(second))
        frames = round(start - float(now))
        if frames:
            now_at = content_of(strips[name])[0]
            set_renamed(strips[name], ("content_start", "frame_start"), now_at + frames)
            moved.append(Text("{strip} was moved by {frames} frames and plays in sync.", strip=name, frames=frames))
    return moved
