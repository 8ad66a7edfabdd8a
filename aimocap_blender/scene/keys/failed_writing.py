"""Restoring an object's animation, and removing what was added to the file, when a step fails halfway."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

import bpy

_BLENDING = ("action_blend_type", "action_extrapolation", "action_influence")


@contextmanager
def restored_on_failure(obj: bpy.types.Object) -> Generator[None]:
    """Restore the object's Action, slot and NLA if the block fails, and remove Actions created in it.

    NLA tweak mode, in which the object's Action can't be changed, is left, and entered again on failure.
    """
    actions = set(bpy.data.actions)
    data = obj.animation_data
    before = _Animation(data) if data is not None else None
    try:
        yield
    except BaseException:
        if before is None:
            obj.animation_data_clear()
        else:
            before.put_back()
        # after the NLA, whose strips may use them
        for action in set(bpy.data.actions) - actions:
            bpy.data.actions.remove(action)
        raise


class _Animation:
    """A snapshot of an object's animation data."""

    def __init__(self, data: bpy.types.AnimData) -> None:
        # 4.2 has no slots
        self._data = cast("Any", data)
        # in tweak mode the Action is a strip's, and can't be set
        self._tweaking = data.use_tweak_mode
        if self._tweaking:
            data.use_tweak_mode = False
        self._action = data.action
        self._fake_user = data.action is not None and data.action.use_fake_user
        self._has_slots = hasattr(data, "action_slot")
        self._slot = self._data.action_slot if self._has_slots else None
        self._last_slot = self._data.last_slot_identifier if self._has_slots else ""
        self._blending = {name: getattr(data, name) for name in _BLENDING}
        self._active = data.nla_tracks.active
        # by their addresses: each time that a track is asked for, Python makes another object of it
        self._tracks = {track.as_pointer(): track.is_solo for track in data.nla_tracks}
        self._strips: set[int] = set()
        for track in data.nla_tracks:
            self._strips.update(strip.as_pointer() for strip in track.strips)

    def put_back(self) -> None:
        data = self._data
        data.use_tweak_mode = False
        data.action = self._action
        if self._action is not None:
            self._action.use_fake_user = self._fake_user
            if self._has_slots:
                data.action_slot = self._slot
        if self._has_slots:
            data.last_slot_identifier = self._last_slot
        for name, value in self._blending.items():
            setattr(data, name, value)
        for track in list(data.nla_tracks):
            if track.as_pointer() not in self._tracks:
                data.nla_tracks.remove(track)
                continue
            # a list, as removing one moves the others
            for strip in [strip for strip in track.strips if strip.as_pointer() not in self._strips]:
                track.strips.remove(strip)
            if track.is_solo != self._tracks[track.as_pointer()]:
                track.is_solo = self._tracks[track.as_pointer()]
        data.nla_tracks.active = self._active
        if self._tweaking:
            data.use_tweak_mode = True


@contextmanager
def removed_on_failure() -> Generator[None]:
    """Remove the datablocks that the block added if it fails."""
    # by number, as a name may go to another data-block in the block, and a pointer to another's memory
    before = {data.session_uid for data in _all_data()}
    try:
        yield
    except BaseException:
        bpy.data.batch_remove([data for data in _all_data() if data.session_uid not in before])
        raise


def _all_data() -> list[bpy.types.ID]:
    # the only list of data-blocks of all kinds; what is embedded, as a scene's own collection is, goes with its owner
    found = cast("dict[bpy.types.ID, object]", bpy.data.user_map())
    return [data for data in found if not data.is_embedded_data]
