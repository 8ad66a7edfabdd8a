"""Foot contacts as bars on the timeline: whole frames, edited as an animator sees them."""

from collections.abc import Iterable, Mapping

import numpy as np

from ..rotations import BoolArray
from ..spans import runs
from ..time_mapping import TimeMapping
from .contact_edits import ContactEdits, Spans

Bar = tuple[int, int]
"""The first frame of a contact, and the one after its last."""
Bars = Mapping[str, tuple[Bar, ...]]
"""Side to the contacts of its foot, in order and apart."""


def bars_of(planted: Mapping[str, Spans], mapping: TimeMapping, within: Bar) -> dict[str, tuple[Bar, ...]]:
    """Return the bars of contacts that were found.

    Args:
        planted: side to spans, each the seconds of its first and last sample.
        mapping: these seconds to timeline frames.
        within: the motion's frames.
    """
    found: dict[str, tuple[Bar, ...]] = {}
    for side, spans in planted.items():
        bars: list[Bar] = []
        for span in spans:
            # of a strip that plays backwards, the last second is the first frame
            first, last = sorted(mapping.frames(np.array(span)).tolist())
            bars.append((round(first), round(last) + 1))
        found[side] = tidied(bars, within)
    return found


def tidied(bars: Iterable[Bar], within: Bar) -> tuple[Bar, ...]:
    """Return bars in order, joined where they touch, clamped to a range, without those shorter than a frame."""
    return _bars(_frames(bars, within), within)


def without(bars: Iterable[Bar], cut: Bar, within: Bar) -> tuple[Bar, ...]:
    """Return bars with a range of frames cut out."""
    return _bars(_frames(bars, within) & ~_frames((cut,), within), within)


def edits_between(found: Bars, now: Bars, mapping: TimeMapping, within: Bar) -> ContactEdits:
    """Return what was added and cut since contacts were found, in seconds of the motion."""
    added: dict[str, Spans] = {}
    cut: dict[str, Spans] = {}
    for side, bars in now.items():
        frames_before, frames_now = _frames(found.get(side, ()), within), _frames(bars, within)
        added[side] = _spans(frames_now & ~frames_before, mapping, within)
        cut[side] = _spans(frames_before & ~frames_now, mapping, within)
    return ContactEdits(added, cut)


def _spans(frames: BoolArray, mapping: TimeMapping, within: Bar) -> Spans:
    return tuple(mapping.span(start, end - 1) for start, end in _bars(frames, within))


def _frames(bars: Iterable[Bar], within: Bar) -> BoolArray:
    frames = np.zeros(within[1] - within[0], dtype=np.bool_)
    for start, end in bars:
        frames[max(start - within[0], 0) : max(end - within[0], 0)] = True
    return frames


def _bars(frames: BoolArray, within: Bar) -> tuple[Bar, ...]:
    return tuple((within[0] + start, within[0] + end) for start, end in runs(frames).tolist())
