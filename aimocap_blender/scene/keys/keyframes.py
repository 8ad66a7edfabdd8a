"""Writing all keyframes of an Action at once, in every version of Blender.

Blender 4.2 stores curves on the Action; since 4.4 they are in the channelbag of a slot, and 5.0 removed the old API.
Rotation channels of an object or a bone come from `pose_keys.py`.
"""

import math
import zlib
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any, cast

import bpy
import numpy as np
import numpy.typing as npt

from ...motion.retargeting.retarget_options import PreviousAction
from ...motion.rotations import BoolArray, FloatArray, IntArray
from ...texts.faults import Fault
from ...texts.text import Text
from ..armatures import action_of, bone_property, value_now

_LAST_FRAME = 1048574
"""Of Blender's timeline, and its first if negative."""

LINEAR = 1  # of Keyframe.interpolation, the same in every version
_LAST_DIGIT = 1e-6  # of single precision
_WRITTEN = "aimocap_keys"
"""Custom property of an Action: the sum of its curves' checksums, as text, as it is larger than Blender's integers."""
_LONGEST_NAME = 62
"""Bytes of a name that every version of Blender keeps whole: before 5.0 it has room for 63."""
_WRITTEN_FOR = "aimocap_object"
"""Custom property of an Action: the name of the object that it was written for."""

_SEQUENCE_TRACK = "In Turn"
"""Name of the NLA track whose Actions play one after the other; in users' files, so it must not change."""

ON_A_KEY = 1e-3  # frames: Blender keeps them in single precision
OBJECT_GROUP = "Object Transforms"  # as Blender names it
_BLENDING = ("action_blend_type", "action_extrapolation", "action_influence")


@dataclass(frozen=True)
class Channel:
    """One animated value.

    Attributes:
        data_path: from the object, such as `location` or `pose.bones["hips"].rotation_quaternion`.
        index: of the value in its property; 0 for a single number.
        group: in the channel editors, usually the bone's name.
        values: (F,), one per frame, in the property's own units.
        kept: (F,) the rows that become keys; None for all. Of rows on the same frame the last one counts.
    """

    data_path: str
    index: int
    group: str
    values: FloatArray
    kept: BoolArray | None = None

    @property
    def key(self) -> tuple[str, int]:
        """Data path and index, as `curves_of` has curves by."""
        return self.data_path, self.index


@dataclass(frozen=True, eq=False)
class KeyedChannels:
    """Channels on the same frames.

    Attributes:
        frames: (F,) timeline frames, see `write_action`.
        channels: each has F values.
    """

    frames: FloatArray
    channels: tuple[Channel, ...]

    def keyframes(self) -> Iterator[tuple[Channel, npt.NDArray[np.float32]]]:
        """Yield each channel with its keys (2 K,), each a frame and a value; the array is used again for the next.

        Raises:
            Fault: a frame or value is not a finite number, or a frame is past the timeline's ends.
            ValueError: lengths differ, there is nothing to key, or a channel is repeated.
        """
        rows, keys = _keys(self.frames, self.channels)
        for channel in self.channels:
            keys[1::2] = channel.values[rows]
            yield channel, keys if channel.kept is None else keys.reshape(-1, 2)[channel.kept[rows]].reshape(-1)


def property_channels(path: str, values: FloatArray) -> Iterator[Channel]:
    """Yield the channels of a property with values (F, C), in the group of its bone or of the object's transforms."""
    of_bone = bone_property(path)
    group = OBJECT_GROUP if of_bone is None else of_bone[0]
    for index, column in enumerate(values.T):
        yield Channel(path, index, group, column)


def write_action(
    obj: bpy.types.Object,
    name: str,
    frames: FloatArray,
    channels: Sequence[Channel],
    *,
    previous: PreviousAction = "PUSH_DOWN",
) -> bpy.types.Action:
    """Put channels onto a new Action of an object, with linear interpolation.

    The previous Action is kept when the file is saved. NLA tweak mode and solo, which would hide the new Action, are
    turned off. Only the object's animation data and the new Action change.

    Args:
        obj: the object to animate.
        name: of the Action; a number is appended if it is taken.
        frames: (F,) timeline frames, fractions allowed, in any order. Of rows on the same frame (in Blender's single
            precision) the last one is taken; Blender merges keys closer than 0.01 frames.
        channels: what to key; each has F values, of which at least one is kept.
        previous: what happens to the object's previous Action. PUSH_DOWN: it becomes a muted NLA track on top of the
            others; unmute it to get the Action back. IN_TURN: an NLA track keeps playing it outside the new one's keys.
            LEAVE: it only stays in the file.

    Returns:
        The new Action, assigned to the object (with its slot, if Blender has slots).

    Raises:
        Fault: the object can't be animated, the NLA can't hold its Action's frames, a frame or value is not a finite
            number, or a frame is past the timeline's ends. Nothing has changed then.
        ValueError: lengths differ, there is nothing to key, or a channel is repeated. Nothing has changed then.
    """
    require_editable(obj)
    keyed = KeyedChannels(frames, tuple(channels)).keyframes()
    # checks everything, before anything changes
    first = next(keyed)
    written: list[int] = []
    with restored_on_failure(obj):
        action = bpy.data.actions.new(free_name(name))
        home = _new_home(action, obj)
        for channel, keys in chain((first,), keyed):
            set_keys(new_curve(home, channel.data_path, channel.index, channel.group), keys)
            written.append(_checksum(channel.data_path, keys))
        action[_WRITTEN] = str(sum(written))
        action[_WRITTEN_FOR] = obj.name
        _assign(obj, action, previous)
    return action


def free_name(name: str) -> str:
    """Return a name that no Action of the file has: this one, or with a number, cut so that Blender keeps all of it."""
    base, _, last = name.rpartition(" ")
    # what is made of “Walk 2” is “Walk 3”, not “Walk 2 2”
    if name in bpy.data.actions and base in bpy.data.actions and last.isdecimal():
        name = base
    number, free = 1, _cut(name, "")
    while free in bpy.data.actions:
        number += 1
        free = _cut(name, f" {number}")
    return free


def _cut(name: str, end: str) -> str:
    room = _LONGEST_NAME - len(end)
    return name.encode()[:room].decode(errors="ignore").rstrip() + end


def is_as_written(obj: bpy.types.Object) -> bool:
    """Return whether the object's Action is as `write_action` wrote it, see `is_action_as_written`."""
    action = action_of(obj)
    return action is not None and is_action_as_written(action, getattr(obj.animation_data, "action_slot", None))


def is_action_as_written(action: bpy.types.Action, slot: "bpy.types.ActionSlot | None") -> bool:
    """Return whether an Action is one of `write_action`, and nobody has put work into it.

    Work is a key of the slot that was added, moved, removed or given another interpolation, a modifier of a curve but
    the one of a loop, a pose marker, and curves in other slots.
    """
    if action.get(_WRITTEN) != str(keys_checksum(action, slot)) or action.pose_markers:
        return False
    own = list(_curves(action, slot))
    return all(map(_is_plain, own)) and len(own) == sum(len(_curves(action, each)) for each in _slots(action))


def _is_plain(curve: bpy.types.FCurve) -> bool:
    points = cast("Any", curve.keyframe_points)
    kinds = np.empty(len(points), np.int32)
    points.foreach_get("interpolation", kinds)
    # one key, such as a rig's switch has, shows nothing of it
    is_linear = len(points) == 1 or bool((kinds == LINEAR).all())
    return is_linear and all(modifier.type == "CYCLES" for modifier in curve.modifiers)


def take_as_written(action: bpy.types.Action, slot: "bpy.types.ActionSlot | None") -> None:
    """Have the keys that are in a slot of an Action now count as written by the add-on."""
    action[_WRITTEN] = str(keys_checksum(action, slot))


def take_as_edited(action: bpy.types.Action) -> None:
    """Have an Action count as somebody's work from now on, whatever its keys are."""
    action[_WRITTEN] = "edited"


def is_written_for(action: bpy.types.Action, obj: bpy.types.Object) -> bool:
    """Return whether an Action is one that `write_action` put onto an object of this name."""
    return action.get(_WRITTEN_FOR) == obj.name


def keys_checksum(action: bpy.types.Action, slot: "bpy.types.ActionSlot | None") -> int:
    """Return a checksum of all keys in a slot of an Action."""
    return sum(_checksum(curve.data_path, _keys_of(curve)) for curve in _curves(action, slot))


def replace_keys(obj: bpy.types.Object, before: KeyedChannels, after: KeyedChannels) -> None:
    """Change the curves of the object's Action by what differs between two sets of channels.

    Curves and keys that are the same in both stay as they are. A key that was changed by hand keeps its change on top;
    where keys were added or removed by hand, the curve gets the new keys. Curves that were removed stay so.

    Args:
        before: the channels that its Action was made of.
        after: those that it should be made of.

    Raises:
        Fault: as of `KeyedChannels.keyframes`. Nothing has changed then.
    """
    # copies, as the array is used again for the next channel
    was = {channel.key: keys.copy() for channel, keys in before.keyframes()}
    curves = curves_of(obj)
    for channel, keys in after.keyframes():
        old, curve = was.get(channel.key), curves.get(channel.key)
        if old is None or curve is None or np.array_equal(old, keys):
            continue
        _change_curve(curve, old, keys)


def _change_curve(curve: bpy.types.FCurve, old: npt.NDArray[np.float32], new: npt.NDArray[np.float32]) -> None:
    now = _keys_of(curve)
    # the same frames in all three: no key was added, moved or removed
    if len(now) == len(old) == len(new) and (now[0::2] == old[0::2]).all() and (old[0::2] == new[0::2]).all():
        # solved twice, a value may differ in its last digit
        keys = np.where(np.isclose(now, old, rtol=_LAST_DIGIT, atol=_LAST_DIGIT), new, now + (new - old))
        cast("Any", curve.keyframe_points).foreach_set("co", keys)
        curve.update()
    else:
        set_keys(curve, new)


def set_keys(curve: bpy.types.FCurve, keys: npt.NDArray[np.float32]) -> None:
    """Replace the keys of a curve by linear ones (2 K,), each a frame and a value."""
    # its stub has an array of unknown type
    points = cast("Any", curve.keyframe_points)
    points.clear()
    points.add(len(keys) // 2)
    points.foreach_set("co", keys)
    # Blender's new keys are Bézier ones, which overshoot between samples
    points.foreach_set("interpolation", np.full(len(points), LINEAR, np.uint8))
    curve.update()


def _checksum(data_path: str, keys: npt.NDArray[np.float32]) -> int:
    return zlib.crc32(keys.tobytes(), zlib.crc32(data_path.encode()))


def curves_of(obj: bpy.types.Object) -> dict[tuple[str, int], bpy.types.FCurve]:
    """Return the curves of the object's own Action (and slot) by data path and index; empty without one."""
    data = obj.animation_data
    if data is None or data.action is None:
        return {}
    return _curves_by_channel(data.action, getattr(data, "action_slot", None))


def _curves_by_channel(
    action: bpy.types.Action, slot: "bpy.types.ActionSlot | None"
) -> dict[tuple[str, int], bpy.types.FCurve]:
    return {(curve.data_path, curve.array_index): curve for curve in _curves(action, slot)}


def range_of(curves: Iterable[bpy.types.FCurve]) -> tuple[float, float]:
    """Return the first and last frame of curves; there is at least one."""
    first, last = math.inf, -math.inf
    for curve in curves:
        begin, end = curve.range()
        first, last = min(first, begin), max(last, end)
    return first, last


def curves_in(action: bpy.types.Action) -> list[bpy.types.FCurve]:
    """Return the curves of an Action's first slot, or of an Action of a Blender without slots."""
    slots = getattr(action, "slots", None)
    return [] if slots is not None and not slots else list(_curves(action, slots[0] if slots else None))


def home_of_curves(obj: bpy.types.Object) -> Any:  # noqa: ANN401 -- a type that 4.2 lacks
    """Return what holds the curves of an object's Action and slot: its channelbag, or in 4.2 the Action itself."""
    data = cast("Any", obj.animation_data)
    if not hasattr(data, "action_slot"):
        return data.action
    return data.action.layers[0].strips[0].channelbag(data.action_slot)


def new_curve(home: Any, data_path: str, index: int, group: str) -> bpy.types.FCurve:  # noqa: ANN401 -- as above
    """Add a curve without keys to a home of curves."""
    # `new` takes a group by one name in 4.2, by another from 5.0 on, and none in between
    curve = home.fcurves.new(data_path, index=index)
    curve.group = home.groups.get(group) or home.groups.new(group)
    return curve


def channels_of(action: bpy.types.Action, slot: "bpy.types.ActionSlot | None") -> set[tuple[str, int]]:
    """Return data path and index of each curve in a slot of an Action."""
    return set(_curves_by_channel(action, slot))


def keyed_values(curve: bpy.types.FCurve) -> tuple[FloatArray, FloatArray]:
    """Return the keys of a curve: (K,) frames in ascending order, and (K,) values."""
    keys = _keys_of(curve)
    return keys[0::2].astype(np.float64), keys[1::2].astype(np.float64)


def keyed_frames(curves: Iterable[bpy.types.FCurve]) -> FloatArray:
    """Return the frames of all keys of curves, curve by curve."""
    return np.concatenate([keyed_values(curve)[0] for curve in curves])


def all_keyed_values(obj: bpy.types.Object) -> dict[tuple[str, int], tuple[FloatArray, FloatArray]]:
    """Return the same of each of `curves_of`; curves with keys at the same frames share one array of them."""
    # a motion's curves nearly all have the same frames: a rig's hundreds would otherwise keep and compare their own
    shared: dict[bytes, FloatArray] = {}
    found: dict[tuple[str, int], tuple[FloatArray, FloatArray]] = {}
    for channel, curve in curves_of(obj).items():
        keys = _keys_of(curve)
        same = keys[0::2].tobytes()
        if same not in shared:
            shared[same] = keys[0::2].astype(np.float64)
        found[channel] = shared[same], keys[1::2].astype(np.float64)
    return found


def _keys_of(curve: bpy.types.FCurve) -> npt.NDArray[np.float32]:
    """Return (2 K,) each key's frame and value."""
    # its stub has an array of unknown type
    points = cast("Any", curve.keyframe_points)
    keys = np.empty(2 * len(points), np.float32)
    points.foreach_get("co", keys)
    return keys


def require_editable(obj: bpy.types.Object) -> None:
    """Raise unless an object can be animated.

    Raises:
        Fault: it is linked from another file and not a library override.
    """
    if not obj.is_editable:
        raise Fault(
            Text("“{name}” is linked from another file and can't be animated here.", name=obj.name),
            "Make a library override of it (Object > Library Override > Make), or append it.",
        )


def require_keys(obj: bpy.types.Object) -> None:
    """Raise unless all curves of an object's Action have keys that can be changed.

    Raises:
        Fault: it has baked curves.
    """
    if any(curve.sampled_points for curve in curves_of(obj).values()):
        raise Fault(
            Text(
                "The Action “{action}” has baked curves without keys.",
                action=cast("bpy.types.Action", action_of(obj)).name,
            ),
            "Choose Channel > Samples to Keys in the Graph Editor, then try again.",
        )


def _keys(frames: FloatArray, channels: Sequence[Channel]) -> tuple[IntArray, npt.NDArray[np.float32]]:
    """Check everything to be keyed; return the rows to take, in time order, and the keys with their frames."""
    if frames.ndim != 1 or not len(frames) or not channels:
        raise ValueError(f"nothing to key: frames of shape {frames.shape}, {len(channels)} channels")
    if len({channel.key for channel in channels}) < len(channels):
        raise ValueError("a channel is repeated")
    # values beyond single precision become infinite, and are refused below
    with np.errstate(over="ignore"):
        single = frames.astype(np.float32)
        if not np.isfinite(single).all():
            raise Fault("A frame of the motion is not a finite number.", "Check the strip's speed and start.")
        if (np.abs(single) > _LAST_FRAME).any():
            raise Fault(
                Text(
                    "The motion would reach frame {frame:.0f}, past the end of Blender's timeline.",
                    frame=single[np.abs(single).argmax()],
                ),
                "Start it at another frame, lower the scene's frame rate, or shorten the motion.",
            )
        for channel in channels:
            if channel.values.shape != frames.shape:
                raise ValueError(f"{channel.data_path}: values {channel.values.shape} for frames {frames.shape}")
            if not np.isfinite(channel.values.astype(np.float32)).all():
                raise Fault(
                    Text(
                        "The motion of {data_path} contains a value that is not a finite number.",
                        data_path=channel.data_path,
                    ),
                    "The motion is broken: download it again, or capture again.",
                )
    moments, rows = last_of_each_frame(frames)
    keys = np.empty(2 * len(moments), np.float32)
    keys[0::2] = moments
    return rows, keys


def last_of_each_frame(frames: FloatArray) -> tuple[npt.NDArray[np.float32], IntArray]:
    """Return the frames that get keys, ascending, in Blender's single precision, and the last row (K,) on each."""
    # the first of equals, counted from the end
    moments, rows = np.unique(frames[::-1].astype(np.float32), return_index=True)
    return moments, np.asarray(len(frames) - 1 - rows, dtype=np.int64)


def _new_home(action: bpy.types.Action, obj: bpy.types.Object) -> Any:  # noqa: ANN401 -- a type that 4.2 lacks
    """Return what holds the curves of a new Action, see `home_of_curves`."""
    if not hasattr(action, "slots"):
        return action
    # named as the object: Blender gives such an Action to an object together with the slot of its name
    slot = action.slots.new(id_type="OBJECT", name=obj.name)
    strip = cast("bpy.types.ActionKeyframeStrip", action.layers.new("Layer").strips.new(type="KEYFRAME"))
    return strip.channelbag(slot, ensure=True)


def _slots(action: bpy.types.Action) -> "Sequence[bpy.types.ActionSlot | None]":
    """Return an Action's slots; None in place of them in a Blender without slots."""
    return list(action.slots) if hasattr(action, "slots") else [None]


def _curves(action: bpy.types.Action, slot: "bpy.types.ActionSlot | None") -> Collection[bpy.types.FCurve]:
    if not hasattr(action, "slots"):
        return cast("Any", action).fcurves
    if slot is None or not action.layers:
        return ()
    # up to 5.3 an Action has one layer with one strip at most
    bag = cast("bpy.types.ActionKeyframeStrip", action.layers[0].strips[0]).channelbag(slot)
    return cast("Any", bag).fcurves if bag is not None else ()


def _assign(obj: bpy.types.Object, action: bpy.types.Action, previous: PreviousAction) -> None:
    """Make an Action the object's own, and keep the previous one; see `write_action`."""
    data = cast("bpy.types.AnimData", obj.animation_data_create())
    # in tweak mode the Action belongs to a strip and can't be changed
    if data.use_tweak_mode:
        data.use_tweak_mode = False
    if data.action is not None:
        # without a user an Action isn't saved with the file; a strip is one
        if previous == "LEAVE":
            data.action.use_fake_user = True
        else:
            push_down(data, data.action, in_sequence=previous == "IN_TURN")
    # a solo track would be all that plays
    for track in data.nla_tracks:
        track.is_solo = False
    data.action = action
    # as it is, whatever blending the previous Action had
    data.action_blend_type = "REPLACE"
    data.action_extrapolation = "HOLD"
    if previous == "IN_TURN":
        data.action_extrapolation = "HOLD_FORWARD" if _holds_last_pose(data.nla_tracks, action) else "NOTHING"
    data.action_influence = 1.0
    if hasattr(data, "action_slot"):
        # assigning selects a slot only if its name matches
        data.action_slot = action.slots[0]


def push_down(data: bpy.types.AnimData, previous: bpy.types.Action, *, in_sequence: bool) -> None:
    """Keep the current Action as a strip, blended as before: muted, or in the track of the sequence.

    Raises:
        Fault: the NLA can't hold its frames.
    """
    first, last = previous.frame_range
    # a track holds strips that don't overlap only: an Action that plays at the same time needs a track of its own
    sequence = None
    if in_sequence:
        sequence = next((track for track in own_tracks(data) if track.name == _SEQUENCE_TRACK), None)
    try:
        if sequence is not None and _has_room(sequence, first, last):
            track = sequence
        else:
            track = data.nla_tracks.new()
            track.name = _SEQUENCE_TRACK if in_sequence and sequence is None else previous.name
        strip = track.strips.new(previous.name, int(first), previous)
    except RuntimeError as error:
        raise Fault(
            Text("The Action “{action}” has keys at frames that the NLA can't store.", action=previous.name),
            "Move its keys below frame 1,048,574, or unlink the Action, then try again.",
        ) from error
    # new strips begin at a whole frame, the Action may not
    if last > first:
        strip.frame_end_raw = last
        strip.frame_start_raw = first
    strip.blend_type = data.action_blend_type
    if not in_sequence:
        strip.extrapolation = data.action_extrapolation
    else:
        strip.extrapolation = "HOLD" if track.name == _SEQUENCE_TRACK else "NOTHING"
    if data.action_influence < 1.0:
        # Blender sets the influence of a strip unless it is animated
        strip.use_animated_influence = True
        strip.influence = data.action_influence
    if hasattr(data, "action_slot") and data.action_slot is not None:
        strip.action_slot = data.action_slot
    track.mute = not in_sequence


def own_tracks(data: bpy.types.AnimData) -> list[bpy.types.NlaTrack]:
    """Return the tracks that are saved with the file; not an override's library tracks, whatever is on them."""
    override = cast("bpy.types.Object", data.id_data).override_library
    reference = cast("bpy.types.Object", override.reference) if override is not None else None
    linked = reference.animation_data if reference is not None else None
    if linked is None:
        return [*data.nla_tracks]
    names = set(linked.nla_tracks.keys())
    return [track for track in data.nla_tracks if track.name not in names]


def _has_room(track: bpy.types.NlaTrack, first: float, last: float) -> bool:
    """Return whether a strip fits there; strips begin and end at whole frames while they are created."""
    return all(last + 1 <= strip.frame_start or strip.frame_end + 1 <= first for strip in track.strips)


def _holds_last_pose(tracks: Iterable[bpy.types.NlaTrack], action: bpy.types.Action) -> bool:
    """Return whether nothing of the same sequence comes later."""
    for track in tracks:
        for strip in track.strips if track.name == _SEQUENCE_TRACK else ():
            if strip.frame_start > action.frame_range[0]:
                return False
    return True


def values_at(obj: bpy.types.Object, frames: FloatArray) -> dict[str, FloatArray]:
    """Return data path to (N, C) values of what the Action keys, those of unkeyed channels as they are."""
    found: dict[str, FloatArray] = {}
    for (path, index), curve in curves_of(obj).items():
        if path not in found:
            try:
                now = value_now(obj, path)
            except (ValueError, TypeError):  # of a bone that is gone, or not numbers
                continue
            found[path] = np.tile(now, (len(frames), 1))
        found[path][:, index] = values_of(curve, frames)
    return found


def values_of(curve: bpy.types.FCurve, frames: FloatArray) -> FloatArray:
    """Return (N,) a curve's values at frames (N,), as Blender interpolates them."""
    return np.array(list(map(curve.evaluate, frames.tolist())), dtype=np.float64)


def columns_at(obj: bpy.types.Object, values: Mapping[str, FloatArray], path: str) -> FloatArray:
    """Return (N, C) the values of a property among those of `values_at`; as it is now if the Action doesn't key it."""
    if path in values:
        return values[path]
    count = len(next(iter(values.values())))
    return np.tile(value_now(obj, path), (count, 1))


def change_keys(curve: bpy.types.FCurve, frames: FloatArray, values: FloatArray) -> None:
    """Give the keys of a curve other values, their handles shifted along; between the frames (F,), values are linear.

    Interpolation, handle types and keys at frames outside stay as they are.
    """
    points, keys = cast("Any", curve.keyframe_points), _keys_of(curve)
    inside = (keys[0::2] > frames[0] - ON_A_KEY) & (keys[0::2] < frames[-1] + ON_A_KEY)
    by = np.where(inside, np.interp(keys[0::2], frames, values) - keys[1::2], 0.0).astype(np.float32)
    for name in ("co", "handle_left", "handle_right"):
        points.foreach_get(name, keys)
        keys[1::2] += by
        points.foreach_set(name, keys)
    curve.update()


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
        self._tracks: dict[int, bool] = {}
        self._strips: set[int] = set()
        for track in data.nla_tracks:
            self._tracks[track.as_pointer()] = track.is_solo
            for strip in track.strips:
                self._strips.add(strip.as_pointer())

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
            self._remove_new_strips(track)
            if track.is_solo != self._tracks[track.as_pointer()]:
                track.is_solo = self._tracks[track.as_pointer()]
        data.nla_tracks.active = self._active
        if self._tweaking:
            data.use_tweak_mode = True

    def _remove_new_strips(self, track: bpy.types.NlaTrack) -> None:
        # a list, as removing one moves the others
        for strip in list(track.strips):
            if strip.as_pointer() not in self._strips:
                track.strips.remove(strip)


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
