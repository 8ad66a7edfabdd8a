"""Foot contacts stored on an Action, with all that it takes to solve the feet again, and how its frames were moved.

They move with the keys when the Action is trimmed or retimed.
"""

import json
from collections import OrderedDict
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from typing import TypeVar, cast

import bpy
import numpy as np

from ..motion.bones.humanoid import SIDES, BoneMap
from ..motion.feet.contact_edits import Bar, Bars, bars_of, tidied
from ..motion.pose_motion import PoseMotion
from ..motion.retargeting.retarget_options import RetargetOptions
from ..motion.skeleton import Clip
from ..motion.time_mapping import FrameMap, MovedMapping, TimeMapping
from ..record_json import list_in, number_in, object_in
from ..while_enabled import discarded, lasting
from .keys.pose_keys import KeyOptions

_PROPERTY = "aimocap_contacts"
_CLIPS_KEPT = 4
_MOST_FRAMES = 2**20  # as many as Blender's timeline has

_Options = TypeVar("_Options", RetargetOptions, KeyOptions)

_MOVED = "aimocap_moved_frames"
"""Custom property of an Action: how frames were moved since its motion was put there, both lists of a `FrameMap`."""


@dataclass(frozen=True, eq=False)
class ActionContacts:
    """The foot contacts of an Action.

    Attributes:
        found: those that were found in the motion.
        feet: as they are now.
        within: the motion's first frame, and the one after its last.
        mapping: its seconds to timeline frames.
        options: how it was retargeted.
        keys: how it was keyed.
    """

    found: Bars
    feet: Bars
    within: Bar
    mapping: TimeMapping
    options: RetargetOptions
    keys: KeyOptions


@dataclass(frozen=True, eq=False)
class Applied:
    """A motion as it was put onto a character.

    Attributes:
        clip: the motion.
        bone_map: its humanoid bones.
        source: name of the armature object that shows it; '' if there is none.
    """

    clip: Clip
    bone_map: BoneMap
    source: str = ""


@dataclass
class _Memory:
    """The last motions by their Action's session_uid."""

    applied: OrderedDict[int, Applied] = field(default_factory=OrderedDict[int, Applied])


_memory = lasting(_Memory)


def keep_contacts(
    action: bpy.types.Action,
    motion: PoseMotion,
    mapping: TimeMapping,
    options: RetargetOptions,
    keys: KeyOptions,
    applied: Applied,
) -> None:
    """Store the contacts that were found in a motion on its Action, if feet are locked in it.

    Where the motion comes from is kept in memory.
    """
    # the pose of that frame is no longer there
    if not motion.report.planted or options.target_reference == "FRAME":
        return
    # a strip that plays backwards has its first frame last
    first, last = np.sort(mapping.frames(motion.times[[0, -1]])).round().astype(int).tolist()
    within = (first, last + 1)
    found = bars_of(motion.report.planted, mapping, within)
    store_contacts(action, ActionContacts(found, found, within, mapping, options, keys))
    remember(action, applied)


def store_contacts(action: bpy.types.Action, contacts: ActionContacts) -> None:
    """Store contacts on an Action."""
    action[_PROPERTY] = json.dumps(
        {
            "found": contacts.found,
            "feet": contacts.feet,
            "within": contacts.within,
            "mapping": contacts.mapping.to_json(),
            "options": asdict(contacts.options),
            "keys": asdict(contacts.keys),
        }
    )


def remove_contacts(action: bpy.types.Action) -> None:
    """Remove the contacts stored on an Action."""
    del action[_PROPERTY]


def contacts_on(action: bpy.types.Action | None) -> ActionContacts | None:
    """Return the contacts stored on an Action; None if there are none, or another version stored them."""
    stored = None if action is None else action.get(_PROPERTY)
    return _read(stored) if isinstance(stored, str) else None


@lru_cache(maxsize=4)
def _read(stored: str) -> ActionContacts | None:
    try:
        data = object_in(json.loads(stored), "contacts")
        first, end = within = _bar(data["within"])
        # a number that was edited by hand must not ask for memory without end
        if not 0 < end - first <= _MOST_FRAMES:
            return None
        return ActionContacts(
            _bars(data["found"], within),
            _bars(data["feet"], within),
            within,
            TimeMapping.from_json(object_in(data["mapping"], "mapping")),
            _read_into(RetargetOptions(), data["options"]),
            _read_into(KeyOptions(), data["keys"]),
        )
    except (ValueError, KeyError):
        return None


def _bars(value: object, within: Bar) -> Bars:
    data = object_in(value, "bars")
    return {side: tidied(map(_bar, list_in(data[side], side)), within) for side in SIDES if side in data}


def _bar(value: object) -> Bar:
    first, end = list_in(value, "a bar")
    return round(number_in(first, "a frame")), round(number_in(end, "a frame"))


def _read_into(defaults: _Options, value: object) -> _Options:
    """Return options with stored values, each of the type of its default."""
    data = object_in(value, "options")
    for name, stored in data.items():
        # JSON has lists for tuples
        data[name] = kept = tuple(cast("list[object]", stored)) if isinstance(stored, list) else stored
        default = getattr(defaults, name, None)
        if type(kept) is not type(default) and not (isinstance(default, float) and isinstance(kept, int)):
            raise ValueError(f"{name} is {kept!r}")
    return replace(defaults, **data)


discarded(_read.cache_clear)


def remember(action: bpy.types.Action, applied: Applied) -> None:
    """Keep a motion in memory."""
    memory = _memory.applied
    # by number: a clip takes tens of megabytes, and must not outlast its Action by more than a few
    memory[action.session_uid] = applied
    memory.move_to_end(action.session_uid)
    while len(memory) > _CLIPS_KEPT:
        memory.popitem(last=False)


def remembered(action: bpy.types.Action) -> Applied | None:
    """Return the motion of an Action if it is in memory."""
    return _memory.applied.get(action.session_uid)


def moved_frames(action: bpy.types.Action | None) -> FrameMap | None:
    """Return how the frames of an Action were moved since its motion was put there; None if they weren't."""
    with suppress(ValueError, TypeError):
        stored = json.loads(str(None if action is None else action.get(_MOVED, "")))
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
    # from where the motion was put, not from one edit to the next: whoever asks knows the motion's seconds only
    before = moved_frames(action)
    whole = change if before is None else before.then(change)
    action[_MOVED] = json.dumps([whole.before, whole.after])
    for marker in action.pose_markers:
        marker.frame = _moved(change, marker.frame)
    if action.use_frame_range:
        first, last = kept or (action.frame_start, action.frame_end)
        action.frame_start, action.frame_end = change.moved(np.array([first, last])).tolist()
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
