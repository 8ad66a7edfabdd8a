"""Keyframes by the thousand: a whole action in one go, over Blender's versions.

Blender 4.2 keeps curves on the action; since 4.4 they lie in the channelbag of a slot, and 5.0 removed the old way.
The rotation channels of an object or a bone come from `rotation_channels.py`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import bpy
import numpy as np
import numpy.typing as npt

from ...motion.rotations import BoolArray, FloatArray
from ..faults import SceneFault
from .failed_writing import put_back_on_failure

PreviousAction = Literal["PUSH_DOWN", "IN_TURN", "LEAVE"]

LINEAR = 1  # of Keyframe.interpolation, the same in every version
_TURNS = "In Turn"
"""Name of the NLA track whose actions play one after the other."""


@dataclass(frozen=True)
class Channel:
    """One animated number.

    Attributes:
        data_path: from the object, such as `location` or `pose.bones["hips"].rotation_quaternion`.
        index: of the number in its property; 0 where the property is a single number.
        group: under which it is listed in the channel editors, by custom the bone's name.
        values: (F,), one a frame, in the property's own units.
        kept: (F,) the rows that become keys; None for all. Of rows on one frame the last is the one that counts.
    """

    data_path: str
    index: int
    group: str
    values: FloatArray
    kept: BoolArray | None = None


def write_action(
    obj: bpy.types.Object,
    name: str,
    frames: FloatArray,
    channels: Sequence[Channel],
    *,
    previous: PreviousAction = "PUSH_DOWN",
) -> bpy.types.Action:
    """Put channels onto a new action of an object, with linear interpolation.

    The action that the object had is kept when the file is saved. NLA tweak mode and solo, in which the new
    action would not be seen, are left. Nothing but the object's animation data and the new action changes.

    Args:
        obj: the object whose action it becomes.
        name: of the action; Blender appends a number where it is taken.
        frames: (F,) timeline frames, fractions allowed, in any order. Of rows on the same frame (in the single
            precision that Blender keeps) the last one is taken; Blender makes one key of those nearer than 0.01 frames.
        channels: what to key; each has F values, and at least one that is kept.
        previous: what becomes of the action that the object had. PUSH_DOWN: a muted track of the NLA on top of the
            others, so that unmuting it brings the action back. IN_TURN: a track that plays it on where the new one has
            no keys. LEAVE: it is left among the file's actions.

    Returns:
        The new action, assigned to the object (with its slot, where Blender has slots).

    Raises:
        SceneFault: the object can't be animated, its action lies where the NLA has no room for it, or a frame or
            value is no finite number. Nothing has changed then.
        ValueError: lengths differ, there is nothing to key, or a channel comes twice. Nothing has changed then.
    """
    require_editable(obj)
    rows, keys = _keys(frames, channels)
    with put_back_on_failure(obj):
        action = bpy.data.actions.new(name)
        home = _home_of_curves(action, obj)
        for channel in channels:
            keys[1::2] = channel.values[rows]
            _write_curve(home, channel, keys if channel.kept is None else _kept(keys, channel.kept[rows]))
        _assign(obj, action, previous)
    return action


def curves_of(obj: bpy.types.Object) -> dict[tuple[str, int], bpy.types.FCurve]:
    """The curves of the object's own action (and slot), by data path and index; empty where it has none."""
    data = obj.animation_data
    if data is None or data.action is None:
        return {}
    curves = _curves(data.action, getattr(data, "action_slot", None))
    return {(curve.data_path, curve.array_index): curve for curve in curves}


def keyed_values(curve: bpy.types.FCurve) -> tuple[FloatArray, FloatArray]:
    """The keys of a curve: (K,) frames in ascending order, and (K,) values."""
    keys = np.empty(2 * len(curve.keyframe_points), np.float32)
    cast("Any", curve.keyframe_points).foreach_get("co", keys)  # its stub has an array of unknown type
    return keys[0::2].astype(np.float64), keys[1::2].astype(np.float64)


def require_editable(obj: bpy.types.Object) -> None:
    """Refuse an object that nothing can be kept on.

    Raises:
        SceneFault: it is linked from another file, and no library override.
    """
    if not obj.is_editable:
        raise SceneFault(
            f"“{obj.name}” is linked from another file and can't be animated here.",
            "Make a library override of it (Object > Library Override > Make), or append it.",
        )


def _keys(frames: FloatArray, channels: Sequence[Channel]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float32]]:
    """Check all that is to be keyed; the rows to take, in time order, and the keys with their frames filled in."""
    if frames.ndim != 1 or not len(frames) or not channels:
        raise ValueError(f"nothing to key: frames of shape {frames.shape}, {len(channels)} channels")
    if len({(channel.data_path, channel.index) for channel in channels}) < len(channels):
        raise ValueError("a channel comes twice")
    with np.errstate(over="ignore"):  # what doesn't fit single precision becomes infinite, and is refused below
        single = frames.astype(np.float32)
        if not np.isfinite(single).all():
            raise SceneFault("A frame of the motion is no finite number.", "Check the strip's speed and start.")
        for channel in channels:
            if channel.values.shape != frames.shape:
                raise ValueError(f"{channel.data_path}: values {channel.values.shape} for frames {frames.shape}")
            if not np.isfinite(channel.values.astype(np.float32)).all():
                raise SceneFault(
                    f"The motion of {channel.data_path} holds a value that is no finite number.",
                    "The motion is broken: get it again, or capture again.",
                )
    backwards = single[::-1]
    moments, rows = np.unique(backwards, return_index=True)  # the first of equals, counted from the end
    keys = np.empty(2 * len(moments), np.float32)
    keys[0::2] = moments
    return len(frames) - 1 - rows, keys


def _kept(keys: npt.NDArray[np.float32], kept: BoolArray) -> npt.NDArray[np.float32]:
    return keys.reshape(-1, 2)[kept].reshape(-1)


def _home_of_curves(action: bpy.types.Action, obj: bpy.types.Object) -> Any:  # noqa: ANN401 -- a type that 4.2 lacks
    """Where the curves of a new action go: its channelbag for the object, or in 4.2 the action itself."""
    if not hasattr(action, "slots"):
        return action
    slot = action.slots.new(id_type="OBJECT", name=obj.name)
    strip = cast("bpy.types.ActionKeyframeStrip", action.layers.new("Layer").strips.new(type="KEYFRAME"))
    return strip.channelbag(slot, ensure=True)


def _curves(action: bpy.types.Action, slot: "bpy.types.ActionSlot | None") -> Iterable[bpy.types.FCurve]:
    if not hasattr(action, "slots"):
        return cast("Any", action).fcurves
    if slot is None or not action.layers:
        return ()
    bag = cast("bpy.types.ActionKeyframeStrip", action.layers[0].strips[0]).channelbag(slot)
    return cast("Any", bag).fcurves if bag is not None else ()


def _write_curve(home: Any, channel: Channel, keys: npt.NDArray[np.float32]) -> None:  # noqa: ANN401 -- as above
    curve = home.fcurves.new(channel.data_path, index=channel.index)
    curve.group = home.groups.get(channel.group) or home.groups.new(channel.group)
    points = curve.keyframe_points
    points.add(len(keys) // 2)
    points.foreach_set("co", keys)
    points.foreach_set("interpolation", np.full(len(points), LINEAR, np.uint8))
    curve.update()


def _assign(obj: bpy.types.Object, action: bpy.types.Action, previous: PreviousAction) -> None:
    data = cast("bpy.types.AnimData", obj.animation_data_create())
    if data.use_tweak_mode:  # the action is a strip's meanwhile, and can't be changed
        data.use_tweak_mode = False
    if data.action is not None:
        if previous == "LEAVE":
            data.action.use_fake_user = True
        else:
            _push_down(data, data.action, in_turn=previous == "IN_TURN")
    for track in data.nla_tracks:
        track.is_solo = False
    data.action = action
    data.action_blend_type = "REPLACE"
    data.action_extrapolation = "HOLD"
    if previous == "IN_TURN":
        data.action_extrapolation = "HOLD_FORWARD" if _holds_last_pose(data.nla_tracks, action) else "NOTHING"
    data.action_influence = 1.0
    if hasattr(data, "action_slot"):
        data.action_slot = action.slots[0]  # assigning picks a slot only where its name matches


def _push_down(data: bpy.types.AnimData, previous: bpy.types.Action, *, in_turn: bool) -> None:
    """Keep the present action as a strip, blended as the action was: muted, or in turn with the others of its track."""
    first, last = previous.frame_range
    turns = next((track for track in _own_tracks(data) if track.name == _TURNS), None) if in_turn else None
    try:
        if turns is not None and _has_room(turns, first, last):
            track = turns
        else:
            track = data.nla_tracks.new()
            track.name = _TURNS if in_turn and turns is None else previous.name
        strip = track.strips.new(previous.name, int(first), previous)
    except RuntimeError as error:
        raise SceneFault(
            f"The action “{previous.name}” has keys at frames where the NLA has no room for it.",
            "Move its keys below frame 1,048,574, or unlink the action, then try again.",
        ) from error
    if last > first:  # it begins at a whole frame, however the action does
        strip.frame_end_raw = last
        strip.frame_start_raw = first
    strip.blend_type = data.action_blend_type
    if not in_turn:
        strip.extrapolation = data.action_extrapolation
    else:
        strip.extrapolation = "HOLD" if track.name == _TURNS else "NOTHING"
    if data.action_influence < 1.0:
        strip.use_animated_influence = True
        strip.influence = data.action_influence
    if hasattr(data, "action_slot") and data.action_slot is not None:
        strip.action_slot = data.action_slot
    track.mute = not in_turn


def _own_tracks(data: bpy.types.AnimData) -> list[bpy.types.NlaTrack]:
    """Those that are saved with the file: an override's tracks of its library are not, whatever is put on them."""
    override = cast("bpy.types.Object", data.id_data).override_library
    reference = cast("bpy.types.Object", override.reference) if override is not None else None
    linked = reference.animation_data if reference is not None else None
    names = {track.name for track in linked.nla_tracks} if linked is not None else set[str]()
    return [track for track in data.nla_tracks if track.name not in names]


def _has_room(track: bpy.types.NlaTrack, first: float, last: float) -> bool:
    """May a strip lie there? Strips begin and end at whole frames while they are made."""
    return all(last + 1 <= strip.frame_start or strip.frame_end + 1 <= first for strip in track.strips)


def _holds_last_pose(tracks: Iterable[bpy.types.NlaTrack], action: bpy.types.Action) -> bool:
    """Whether nothing that plays in turn with it comes later."""
    turns = (track for track in tracks if track.name == _TURNS)
    return all(strip.frame_start <= action.frame_range[0] for track in turns for strip in track.strips)
