"""Takes of a character: Actions that it can play, compared two at a time, of which one is kept."""

import contextlib
import re
import time
from collections.abc import Collection, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

import bpy
import numpy as np

from ..motion.rotations import FloatArray
from ..texts.faults import Fault
from ..texts.text import Text
from .action_source import is_described, remove_strips, source_of, strips_of, take_over_asset
from .armatures import TRANSFORMS, action_of, bone_property, plays_solo
from .isolated_evaluation import isolated
from .keys.keyframes import (
    channels_of,
    is_action_as_written,
    is_written_for,
    keys_checksum,
    own_tracks,
    push_down,
    require_editable,
)
from .keys.pose_keys import stood_before

Path = tuple[str, int]
"""A channel: data path and index."""

_CUSTOM = re.compile(r'(.*)\["((?:[^"\\]|\\.)*)"\]$')


Left = Literal["", "EDITED", "USED"]
"""Why a take that was to be removed is still there: it was edited, or is used elsewhere too; '' if it was removed."""


class UnkeyedValues:
    """The values of an object's channels while the Action that plays has no keys for them."""

    def __init__(self, obj: bpy.types.Object, channels: Iterable[Path], played: Collection[Path]) -> None:
        """Take the values that the channels have now.

        Args:
            channels: all channels that any of the Actions keys.
            played: those of them that the Action keys that plays now: without it, bones are at rest, and an object
                that it moves is where it was before.
        """
        self._obj = obj
        self._now: dict[Path, Any] = {}
        self._without: dict[Path, Any] = {}
        for path, index in channels:
            # bones and properties may be gone, whose curves Blender passes over, too
            with contextlib.suppress(ValueError):
                value: Any = obj.path_resolve(path)
                now = value[index] if hasattr(value, "__len__") else value
                self._now[path, index] = now
                self._without[path, index] = _without(obj, path, index, now) if (path, index) in played else now

    def set(self, keyed: Collection[Path]) -> None:
        """Set all that an Action with keys for these channels leaves alone."""
        for channel, value in self._without.items():
            if channel not in keyed:
                _set(self._obj, *channel, value)

    def put_back(self) -> None:
        """Set the values that were taken."""
        for channel, value in self._now.items():
            _set(self._obj, *channel, value)


def _without(obj: bpy.types.Object, path: str, index: int, now: Any) -> Any:  # noqa: ANN401 -- of any property
    """Return the value of a channel without the Action that keys it: of a bone's at rest, else as it was if known."""
    if path == "location" and (stood := stood_before(action_of(obj))) is not None:
        return stood[index]
    of_bone = bone_property(path)
    return TRANSFORMS[of_bone[1]][index] if of_bone is not None and of_bone[1] in TRANSFORMS else now


def _set(obj: bpy.types.Object, path: str, index: int, value: Any) -> None:  # noqa: ANN401 -- as above
    held: Any = obj.path_resolve(path)
    if hasattr(held, "__len__"):
        held[index] = value
    # Blender resolves a custom property to its plain value, which has to be set on its owner by its name
    elif match := _CUSTOM.match(path):
        owner: Any = obj.path_resolve(match[1]) if match[1] else obj
        owner[bpy.utils.unescape_identifier(match[2])] = value
    else:
        prefix, _, name = path.rpartition(".")
        setattr(obj.path_resolve(prefix) if prefix else obj, name, value)


@dataclass(frozen=True, eq=False)
class Take:
    """An Action, and how the character plays it.

    Attributes:
        action: the Action.
        slot: handle of its slot; None before Blender 4.4.
        blending: blend type, extrapolation and influence.
    """

    action: bpy.types.Action
    slot: int | None
    blending: tuple[Any, Any, float]

    @property
    def action_slot(self) -> "bpy.types.ActionSlot | None":
        """The slot; None without slots, or if somebody removed it."""
        if self.slot is None:
            return None
        for slot in self.action.slots:
            if slot.handle == self.slot:
                return slot
        return None


def takes_of(obj: bpy.types.Object) -> list[Take]:
    """Return the Actions that an armature object has: the one that it plays first, then the newest.

    Those are Actions on its muted NLA tracks, and those that the add-on wrote for it and nothing uses now.
    """
    data, current = obj.animation_data, action_of(obj)
    if data is None or current is None:
        return []
    # how an Action is blended is the object's while it plays, and its strip's afterwards
    takes = [
        Take(
            current,
            _handle(getattr(data, "action_slot", None)),
            (data.action_blend_type, data.action_extrapolation, data.action_influence),
        )
    ]
    for track in reversed(own_tracks(data)):
        takes += [_on_strip(strip) for strip in track.strips if track.mute and strip.action is not None]
    for action in bpy.data.actions:
        # in use elsewhere it is another character's take by now
        if is_written_for(action, obj) and action.users == action.use_fake_user:
            slot = _handle(action.slots[0]) if hasattr(action, "slots") else None
            takes.append(Take(action, slot, ("REPLACE", "HOLD", 1.0)))
    # an Action that is on several tracks is one take: the first of them, which is on top
    found: dict[bpy.types.Action, Take] = {}
    for take in takes:
        found.setdefault(take.action, take)
    return list(found.values())


def last_two(obj: bpy.types.Object) -> tuple[bpy.types.Action | None, bpy.types.Action | None]:
    """Return the Actions of an object that were applied last, muted or not: the one before, and the current one."""
    current = action_of(obj)
    tracks = obj.animation_data.nla_tracks if obj.animation_data is not None else ()
    newest: list[bpy.types.Action | None] = [] if current is None else [current]
    for track in reversed(list(tracks)):
        newest += [strip.action for strip in track.strips if strip.action not in (None, current)]
    last, before, *_ = (*newest, None, None)
    return before, last


def _on_strip(strip: bpy.types.NlaStrip) -> Take:
    influence = strip.influence if strip.use_animated_influence else 1.0
    slot = getattr(strip, "action_slot", None)
    return Take(
        cast("bpy.types.Action", strip.action), _handle(slot), (strip.blend_type, strip.extrapolation, influence)
    )


def _handle(slot: "bpy.types.ActionSlot | None") -> int | None:
    return slot.handle if slot is not None else None


class Comparison:
    """Two takes of a character: one that it plays, and one to be seen as a ghost. It ends with `cancel` or `keep`.

    Attributes:
        character: the armature object.
        shown: the take that it plays.
        ghost: the other one.
        takes: all of them.
    """

    def __init__(self, character: bpy.types.Object, made: bpy.types.Action | None = None) -> None:
        """Begin with the take that the character plays; nothing changes yet.

        Args:
            character: the armature object.
            made: a copy of its Action, made for this comparison; it is the ghost, and is removed with `cancel`.

        Raises:
            Fault: there is only one take, the character can't be animated, or the NLA hides its Action.
        """
        require_editable(character)
        self.takes = takes_of(character)
        if made is not None:
            others = [take for take in self.takes if take.action != made]
            self.takes = [others[0], replace(others[0], action=made), *others[1:]]
        if len(self.takes) < 2:  # noqa: PLR2004
            raise only_one_take(character)
        data = cast("bpy.types.AnimData", character.animation_data)
        if data.use_tweak_mode or plays_solo(data):
            raise Fault(
                Text("“{name}” is in NLA tweak mode, or plays a solo NLA track.", name=character.name),
                "Turn it off in the NLA editor, then try again.",
            )
        self.character = character
        self.shown = self._original = self.takes[0]
        others = self.takes[1:]
        # a take that plays at the same time can be compared with the one that is shown
        self.ghost = next((take for take in others if _overlap(take.action, self.shown.action)), others[0])
        self._made = made
        self._keyed = {take: channels_of(take.action, take.action_slot) for take in self.takes}
        channels = set[tuple[str, int]]().union(*self._keyed.values())
        # a channel that only one take keys would keep that take's last value while the other one plays
        self._unkeyed = UnkeyedValues(character, channels, self._keyed[self._original])
        self._fake_user = self._original.action.use_fake_user
        self._last_slot: str = getattr(data, "last_slot_identifier", "")

    @property
    def stands(self) -> bool:
        """Whether the character still plays the take that it was given, and all of them still exist."""
        try:
            return action_of(self.character) == self.shown.action and all(take.action.name for take in self.takes)
        except ReferenceError:  # undone, or removed by somebody
            return False

    def flip(self) -> None:
        """Have the character play the ghost's take, and the ghost the character's."""
        self.shown, self.ghost = self.ghost, self.shown
        self._play(self.shown)

    def take_next_ghost(self) -> None:
        """Have the ghost play the next take that the character doesn't."""
        others = [take for take in self.takes if take is not self.shown]
        self.ghost = others[(others.index(self.ghost) + 1) % len(others)]

    @contextmanager
    def ghost_played(self) -> Generator[None]:
        """Have the character play the ghost's take in the block."""
        self._play(self.ghost)
        try:
            yield
        finally:
            self._play(self.shown)

    def resume(self) -> None:
        """Have the character play its take again, after `put_back`."""
        self._play(self.shown)

    def put_back(self) -> None:
        """Have the character play what it played before, as it did."""
        self._play(self._original)
        self._unkeyed.put_back()
        self._original.action.use_fake_user = self._fake_user
        data = cast("Any", self.character.animation_data)
        if hasattr(data, "last_slot_identifier"):
            data.last_slot_identifier = self._last_slot

    def cancel(self) -> None:
        """End the comparison, and have the character play what it played before."""
        self.put_back()
        # edited while it was compared, the copy is somebody's work
        if self._made is not None and is_action_as_written(self._made, self.takes[1].action_slot):
            bpy.data.actions.remove(self._made)

    def keep(self) -> Left:
        """Keep the take that the character plays, and remove the ghost's with its muted NLA tracks.

        Only what the add-on wrote, nobody changed and nothing else uses is removed. A take that the character played
        before and that is left is on a muted NLA track then.

        Returns:
            Why the ghost's take is left.

        Raises:
            Fault: the NLA can't hold the Action that would go there. Nothing has changed then.
        """
        kept, other, left = self.shown, self.ghost, self._why_left()
        data = cast("bpy.types.AnimData", self.character.animation_data)
        # the take that was played before goes to a track with the blending that it had, so that comes back first
        if self._original is not kept and (self._original is not other or left):
            self.put_back()
            try:
                push_down(data, self._original.action, in_sequence=False)
            except Fault:
                self._play(kept)
                raise
        self._play(kept)
        self._original.action.use_fake_user = self._fake_user
        remove_strips(self._muted_strips(kept))
        if not left:
            if other.action.asset_data is not None and self._is_of_the_same_job():
                take_over_asset(other.action, kept.action, self.character)
            remove_strips(self._muted_strips(other))
            bpy.data.actions.remove(other.action)
        return left

    def _play(self, take: Take) -> None:
        data = cast("Any", self.character.animation_data)
        if take is not self._original:
            # or it is not saved while no track has it
            self._original.action.use_fake_user = True
        data.action = take.action
        # assigning selects a slot only if its name matches
        if take.action_slot is not None:
            data.action_slot = take.action_slot
        data.action_blend_type, data.action_extrapolation, data.action_influence = take.blending
        self._unkeyed.set(self._keyed[take])

    def _why_left(self) -> Left:
        other = self.ghost
        asset = other.action.asset_data
        described = asset is not None and is_described(asset)
        if not is_action_as_written(other.action, other.action_slot) or (described and not self._is_of_the_same_job()):
            return "EDITED"
        own_users = len(self._muted_strips(other)) + other.action.use_fake_user
        return "USED" if other.action.users != own_users or not other.action.is_editable else ""

    def _is_of_the_same_job(self) -> bool:
        """Return whether the kept take may become the asset in place of the other one."""
        kept, other = source_of(self.shown.action), source_of(self.ghost.action)
        same = bool(other.job) and (kept.job, kept.target) == (other.job, other.target)
        return same and self.shown.action.asset_data is None

    def _muted_strips(self, take: Take) -> list[tuple[bpy.types.NlaTrack, bpy.types.NlaStrip]]:
        own = own_tracks(cast("bpy.types.AnimData", self.character.animation_data))
        strips = strips_of(self.character, take.action)
        return [(track, strip) for track, strip in strips if track.mute and track in own]


def only_one_take(character: bpy.types.Object) -> Fault:
    """Return the fault that there is nothing to compare."""
    return Fault(
        Text("“{name}” has only one take.", name=character.name),
        "Apply another capture or preview to it, and keep the previous Action.",
    )


def _overlap(one: bpy.types.Action, other: bpy.types.Action) -> bool:
    (first, last), (start, end) = one.frame_range, other.frame_range
    return first <= end and start <= last


class GhostPoses:
    """Poses of one take on whole frames, as Blender evaluates them; sampled when they are needed.

    Attributes:
        bones: names of the bones that are seen: those that deform and aren't hidden, or all if there are none.
        lengths: (N,) of these bones at rest, in armature space.
        take: the take.
    """

    def __init__(self, comparison: Comparison) -> None:
        """Of the take that is the ghost's now."""
        character, self.take = comparison.character, comparison.ghost
        armature = cast("bpy.types.Armature", character.data)
        seen = [bone for bone in armature.bones if bone.use_deform and not bone.hide] or list(armature.bones)
        lengths = {bone.name: bone.length for bone in seen}
        self.bones = tuple(lengths)
        self.lengths = np.array(list(lengths.values()), dtype=np.float64)
        self._checksum = _checksum(self.take)
        self._poses: dict[int, FloatArray] = {}

    def are_of(self, take: Take) -> bool:
        """Return whether these are the take's poses, and no key of it has changed."""
        return take is self.take and _checksum(take) == self._checksum

    def at(self, frame: float) -> FloatArray | None:
        """Return (N, 4, 4) bone-to-world matrices at the nearest whole frame; None if it is not sampled yet."""
        return self._poses.get(round(frame))

    def missing(self, current: float) -> list[int]:
        """Return the frames to sample: the current one, then those of the Action after and before it."""
        now, (first, last) = round(current), self.take.action.frame_range
        # a frame more than the last, whose pose is held there: the ghost doesn't vanish where the motion ends
        frames = [now, *range(max(now, int(first)), int(last) + 2), *range(int(first), min(now, int(last) + 2))]
        return [frame for frame in dict.fromkeys(frames) if frame not in self._poses]

    def sample(self, comparison: Comparison, frames: Iterable[int], longest_sec: float) -> None:
        """Sample frames until that many seconds have passed, at least one; the scene and what it shows stay."""
        deadline = time.monotonic() + longest_sec
        with comparison.ghost_played(), isolated(comparison.character) as rig:
            columns = rig.rows(self.bones)
            for frame in frames:
                poses = rig.at(frame)[columns]
                self._poses[frame] = rig.world() @ poses
                if time.monotonic() > deadline:
                    break


def _checksum(take: Take) -> int:
    return keys_checksum(take.action, take.action_slot)
