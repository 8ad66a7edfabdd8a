"""Frames that an Action stores besides keys: they move with them when the Action is trimmed or retimed."""

import json
from contextlib import suppress
from dataclasses import replace

import bpy
import numpy as np

from ..json_values import list_in, number_in
from ..motion.feet.contact_edits import Bar, Bars, tidied
from ..motion.time_mapping import FrameMap, MovedMapping, TimeMapping
from .action_contacts import contacts_on, store_contacts

_PROPERTY = "aimocap_moved_frames"
"""Custom property of an Action: how frames were moved since its motion was put there, both lists of a `FrameMap`."""


def moved_frames(action: bpy.types.Action | None) -> FrameMap | None:
    """Return how the frames of an Action were moved since its motion was put there; None if they weren't."""
    with suppress(ValueError, TypeError):
        stored = json.loads(str(None if action is None else action.get(_PROPERTY, "")))
        before, after = map(_frames_in, stored)
        if before and len(before) == len(after):
            return FrameMap(before, after)
    return None


def _frames_in(data: object) -> tuple[float, ...]:
    return tuple(number_in(frame, "a frame") for frame in list_in(data, "frames"))


def moved_mapping(action: bpy.types.Action, mapping: TimeMapping) -> TimeMapping:
    """Return where the seconds of an Action's motion are, by the mapping with which it was put there."""
    since = moved_frames(action)
    if since is None:
        return mapping
    return MovedMapping(mapping.frame_at_zero, mapping.frames_per_second, since)


def move_frames(action: bpy.types.Action, change: FrameMap, kept: tuple[int, int] | None = None) -> None:
    """Move what an Action stores of its frames: contacts, trust, corrections, markers, a manual frame range.

    Args:
        action: whose keys are moved.
        change: where frames are now.
        kept: first and last frame, as they were, outside of which keys are removed; None for none.
    """
    before = moved_frames(action)
    whole = change if before is None else before.then(change)
    action[_PROPERTY] = json.dumps([whole.before, whole.after])
    for marker in action.pose_markers:
        marker.frame = _moved(change, marker.frame)
    if action.use_frame_range:
        first, last = kept or (action.frame_start, action.frame_end)
        action.frame_start, action.frame_end = (float(frame) for frame in change.moved(np.array([first, last])))
    contacts = contacts_on(action)
    if contacts is None:
        return
    first, end = contacts.within
    within = (first, end) if kept is None else (max(first, kept[0]), min(end, kept[1] + 1))
    now = _moved_bar(change, within)

    def moved(bars: Bars) -> Bars:
        found: dict[str, tuple[Bar, ...]] = {}
        for side, of_side in bars.items():
            # those outside of what is kept go before, those that a change makes overlap are joined after
            kept_bars = tidied(of_side, within)
            found[side] = tidied([_moved_bar(change, bar) for bar in kept_bars], now)
        return found

    store_contacts(action, replace(contacts, found=moved(contacts.found), feet=moved(contacts.feet), within=now))


def _moved_bar(change: FrameMap, bar: Bar) -> Bar:
    """Return a bar, whose end is the frame after its last, where it is now."""
    return _moved(change, bar[0]), _moved(change, bar[1] - 1) + 1


def _moved(change: FrameMap, frame: int) -> int:
    return round(float(change.moved(np.array(float(frame)))))
