"""Pose motions as keyframes of an armature, in each bone's own rotation mode.

The keys of a curve are read as arrays, with all that a key has, and changed by what differs between two motions.
Rotations of other things are read and written in their rotation mode here, too.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from operator import itemgetter
from typing import Any, cast

import bpy
import numpy as np

from ...motion import rotations
from ...motion.pose_motion import PoseMotion
from ...motion.resampling import at_whole_frames, in_time_order, needed_keys, on_a_spline
from ...motion.retargeting.retarget_options import KeyOptions
from ...motion.rotations import BoolArray, FloatArray, IntArray, dot, norm
from ...motion.time_mapping import FrameMap, TimeMapping
from ...texts.faults import Fault
from ...texts.text import Text
from ..armatures import TRANSFORMS, bones_above, flags_of, pose_of, world_of
from .keyframes import (
    LINEAR,
    OBJECT_GROUP,
    ON_A_KEY,
    Channel,
    KeyedChannels,
    channels_of,
    curves_of,
    property_channels,
    values_of,
    write_action,
)

_LENGTH = 0.001 / 1.7  # of the figure's height, per degree
_SINGLE = 0.98  # of the tolerance: the rest allows for Blender's single-precision keys

FPS_PROPERTY = "aimocap_fps"
"""Custom property of an Action: the frame rate of its motion."""

_STOOD = "aimocap_stood"
"""Custom property of an Action that moves its object: the location that the object had before."""

_AT_REST = 1e-6  # radians, armature units, or of a scale

EACH_SAMPLE = KeyOptions()

_FREE, _VECTOR = 0, 2  # of Keyframe.handle_left_type
_PROPERTIES = (
    ("co", np.float32, 2),
    ("handle_left", np.float32, 2),
    ("handle_right", np.float32, 2),
    ("amplitude", np.float32, 1),
    ("back", np.float32, 1),
    ("period", np.float32, 1),
    ("interpolation", np.int32, 1),
    ("easing", np.int32, 1),
    ("handle_left_type", np.int32, 1),
    ("handle_right_type", np.int32, 1),
    ("type", np.int32, 1),
)
"""Of a key: name, kind of number, how many."""
_NOTHING = 1e-6  # radians, metres or of a quaternion: less is rounding
_NEAR = 0.5  # frames from a key: nearer, none is inserted
_TINY_ROTATION = 1e-9  # sine of half the angle below which the axis is unreliable


@dataclass(frozen=True, eq=False)
class KeyedProperty:
    """A property's values over time.

    Attributes:
        data_path: from the object.
        values: (F, C), in the property's own units.
        locked: (C,) values that must not be keyed.
        now: (C,) the property's current values.
        rotation_mode: how Blender reads the values as a rotation; '' if they are none.
    """

    data_path: str
    values: FloatArray
    locked: tuple[bool, ...]
    now: tuple[float, ...]
    rotation_mode: str = ""

    def channels(self, kept: BoolArray | None = None) -> Iterator[Channel]:
        """Yield the unlocked channels, with keys where `kept` (F,) is true."""
        for channel in property_channels(self.data_path, self.values):
            if not self.locked[channel.index]:
                yield replace(channel, kept=kept)

    @property
    def seen(self) -> FloatArray:
        """(F, C) the property's values once keyed, in single precision."""
        numbers = np.where(np.array(self.locked), np.array(self.now), self.values)
        # what doesn't fit is refused when it is keyed
        with np.errstate(over="ignore"):
            return numbers.astype(np.float32).astype(np.float64)


def reduced(
    properties: Sequence[KeyedProperty], frames: FloatArray, degrees: float, height: float
) -> Iterator[Channel]:
    """Yield channels with keys removed while all samples of every property stay within a tolerance.

    All values of a property share their keyed frames. Interpolated by Blender, rotations stay within `degrees` of each
    sample, and other values within 1/1700 of the height per degree.

    Args:
        properties: what to key.
        frames: (F,) ascending.
        degrees: the tolerance.
        height: of the figure at rest, in the units of its bones' locations.
    """
    # as Blender will store the frames: on rounded ones its curves run slightly differently
    moments = frames.astype(np.float32).astype(np.float64)

    # those that are read alike are reduced together: a rig has hundreds of properties, each with few numbers
    alike: dict[tuple[str, int], list[KeyedProperty]] = {}
    for keyed in properties:
        alike.setdefault((keyed.rotation_mode, keyed.values.shape[1]), []).append(keyed)
    for (mode, _), group in sorted(alike.items(), key=itemgetter(0)):
        values = np.stack([keyed.seen for keyed in group], axis=1)
        if mode:
            kept = needed_keys(moments, values, _RotationError(mode), np.radians(degrees) * _SINGLE)
        else:
            kept = needed_keys(moments, values, _distances, _LENGTH * degrees * height * _SINGLE)
        for column, keyed in enumerate(group):
            yield from keyed.channels(kept[:, column])


class _RotationError:
    """The angle in radians between the rotations that Blender makes of two rows of values."""

    def __init__(self, rotation_mode: str) -> None:
        self.rotation_mode = rotation_mode

    def __call__(self, between: FloatArray, sampled: FloatArray) -> FloatArray:
        cosine = dot(rotations_of_values(self.rotation_mode, between), rotations_of_values(self.rotation_mode, sampled))
        return np.asarray(2.0 * np.arccos(np.minimum(np.abs(cosine), 1.0)), dtype=np.float64)


def _distances(between: FloatArray, sampled: FloatArray) -> FloatArray:
    return norm(between - sampled)


def write_pose_motion(
    obj: bpy.types.Object,
    motion: PoseMotion,
    mapping: TimeMapping,
    name: str,
    keys: KeyOptions = EACH_SAMPLE,
    controls: Collection[str] = (),
) -> bpy.types.Action:
    """Put a motion onto a new Action of an armature object.

    Only the motion's bones are keyed, and the object's location if the object travels, starting at its current
    position. In addition, channels of these bones and the bones above are keyed at rest if they would distort the
    motion, because they were posed by hand or by the previous Action. The object is held where it is if Actions that go
    on playing in the NLA would move it. Locked channels are not keyed, except rotations of controls.

    Args:
        obj: the armature object; it has all bones that the motion moves.
        motion: what to key.
        mapping: the motion's seconds to timeline frames.
        name: of the Action; Blender appends a number if it is taken.
        keys: the user's choices for keyframes.
        controls: bones whose rotation locks guard the mouse and not keys: the controls of a rig.

    Raises:
        Fault: the object can't be animated, or all channels are locked. Nothing has changed then.
    """
    keyed = keyed_channels(obj, motion, mapping, keys, controls)
    channels = (*keyed.channels, *_held_object(obj, keyed, in_turn=keys.previous_action == "IN_TURN"))
    stood = tuple(cast("Sequence[float]", obj.location))
    action = write_action(obj, name, keyed.frames, channels, previous=keys.previous_action)
    action[FPS_PROPERTY] = motion.fps
    if motion.travel is not None:
        action[_STOOD] = stood
    return action


def stood_before(action: bpy.types.Action | None) -> tuple[float, ...] | None:
    """Return the location that an object had before an Action moved it; None if it doesn't, or that isn't known."""
    stored = cast("Any", action).get(_STOOD) if action is not None else None
    return tuple(stored) if stored is not None and len(stored) == len(TRANSFORMS["location"]) else None


def keyed_channels(
    obj: bpy.types.Object, motion: PoseMotion, mapping: TimeMapping, keys: KeyOptions, controls: Collection[str]
) -> KeyedChannels:
    """Return what `write_pose_motion` keys.

    Raises:
        Fault: all channels are locked.
    """
    if keys.sampling == "FRAMES":
        motion = at_whole_frames(motion, mapping)
    if keys.tolerance_degrees > 0.0:
        # a strip that plays backwards gives frames that fall, and keys are removed along the timeline
        motion = in_time_order(motion, mapping)
    frames = mapping.frames(motion.times)
    properties = [*_of_object(obj, motion), *_of_bones(obj, motion, controls)]
    if all(all(keyed.locked) for keyed in properties):
        raise Fault(
            Text("All channels of “{name}” that the motion moves are locked.", name=obj.name),
            "Unlock them in the Item tab of the sidebar, then try again.",
        )
    if keys.tolerance_degrees > 0.0:
        channels = reduced(properties, frames, keys.tolerance_degrees, _height(obj))
    else:
        channels = chain.from_iterable(keyed.channels() for keyed in properties)
    return KeyedChannels(frames, tuple(channels))


def _height(obj: bpy.types.Object) -> float:
    """Return the longest extent of the bones at rest, armature units."""
    ends: list[Sequence[float]] = []
    for bone in pose_of(obj).bones:
        ends += [bone.bone.head_local[:], bone.bone.tail_local[:]]
    return float(np.ptp(np.array(ends), axis=0).max())


def _of_object(obj: bpy.types.Object, motion: PoseMotion) -> Iterator[KeyedProperty]:
    """Yield the object's location channels, taking parents, deltas and rotation into account."""
    if motion.travel is None:
        return
    # location channels are within the parents, whatever these are: the object's world matrix without its own part
    world_from_parents = np.array(world_of(obj)) @ np.linalg.inv(np.array(obj.matrix_basis))
    values = np.array(obj.location) + motion.travel @ np.linalg.inv(world_from_parents[:3, :3]).T
    now = tuple(cast("Sequence[float]", obj.location))
    yield KeyedProperty("location", values, flags_of(obj.lock_location), now)


def _held_object(obj: bpy.types.Object, keyed: KeyedChannels, *, in_turn: bool) -> Iterator[Channel]:
    """Yield the object's transforms as they are, of those that go on playing in the NLA and are not keyed.

    Args:
        in_turn: whether its current Action goes on playing there, too.
    """
    data = obj.animation_data
    if data is None:
        return
    playing: list[bpy.types.AnimData | bpy.types.NlaStrip] = [data] if in_turn else []
    for track in data.nla_tracks:
        if not track.mute:
            playing += [strip for strip in track.strips if not strip.mute]
    # an Action in the NLA goes on playing what a new Action has no keys for
    played: set[tuple[str, int]] = set()
    for one in playing:
        if one.action is not None:
            played.update(channels_of(one.action, getattr(one, "action_slot", None)))
    played -= {channel.key for channel in keyed.channels}
    for path, index in sorted(played):
        if path in TRANSFORMS:
            yield Channel(path, index, OBJECT_GROUP, np.full(len(keyed.frames), getattr(obj, path)[index]))


def _of_bones(obj: bpy.types.Object, motion: PoseMotion, controls: Collection[str]) -> Iterator[KeyedProperty]:
    """Yield the motion's channels of bones, and those of others that would distort it, at rest."""
    bones = pose_of(obj).bones
    moved = dict.fromkeys((*motion.bones, *motion.locations))
    quaternions = motion.by_bone()
    above: set[str] = set()
    for name in moved:
        above |= bones_above(bones[name])
    count = len(motion.times)
    for bone in bones:
        # a finger that the motion says nothing of keeps its pose, which moves no other bone of the motion
        if bone.name not in moved and bone.name not in above:
            continue
        if bone.name in quaternions:
            yield _rotation(bone, quaternions[bone.name], free=bone.name in controls)
        elif bone.matrix_basis.to_quaternion().angle > _AT_REST:
            # keyed rather than cleared: only the Action and the object's animation data may change
            yield _rotation(bone, np.tile(rotations.IDENTITY, (count, 1)))
        if bone.name in motion.locations:
            yield _vector(bone, "location", bone.lock_location, motion.locations[bone.name])
        elif max(abs(value) for value in bone.location) > _AT_REST:
            yield _vector(bone, "location", bone.lock_location, np.zeros((count, 3)))
        # no motion scales bones, so a scaled one is always a leftover
        if max(abs(value - 1.0) for value in bone.scale) > _AT_REST:
            yield _vector(bone, "scale", bone.lock_scale, np.ones((count, 3)))


def _vector(bone: bpy.types.PoseBone, name: str, locks: object, values: FloatArray) -> KeyedProperty:
    now = tuple(cast("Sequence[float]", getattr(bone, name)))
    return KeyedProperty(bone.path_from_id(name), values, flags_of(locks), now)


def _rotation(bone: bpy.types.PoseBone, quaternions: FloatArray, *, free: bool = False) -> KeyedProperty:
    """Return a bone's rotation over time, with its locks unless it is to be free of them."""
    locks = flags_of(bone.lock_rotation)
    if free:
        locked: tuple[bool, ...] = (False,) * (3 if len(bone.rotation_mode) == 3 else 4)  # noqa: PLR2004 -- "XYZ"
    elif bone.rotation_mode not in {"QUATERNION", "AXIS_ANGLE"}:
        locked = locks
    elif bone.lock_rotations_4d:
        locked = (bone.lock_rotation_w or all(locks), *locks)
    else:
        # the locks refer to Euler angles, of which each of the four numbers depends on all
        locked = (all(locks),) * 4
        quaternions = _held(bone, quaternions, locks)
    name, values = rotation_values(bone.rotation_mode, quaternions)
    now = tuple(cast("Sequence[float]", getattr(bone, name)))
    return KeyedProperty(bone.path_from_id(name), values, locked, now, bone.rotation_mode)


def hinges_of(obj: bpy.types.Object, controls: Collection[str]) -> dict[str, FloatArray]:
    """Return the bones, except controls, that locks let turn about one of their own axes, and the (3,) unit axes."""
    found: dict[str, FloatArray] = {}
    for bone in pose_of(obj).bones:
        free = np.flatnonzero(~np.array(flags_of(bone.lock_rotation)))
        # locks of four numbers leave no axis free, but those of a quaternion's x, y and z alone
        by_numbers = bone.rotation_mode == "AXIS_ANGLE" or bone.lock_rotation_w
        one_axis = len(free) == 1 and not (bone.lock_rotations_4d and by_numbers)
        if one_axis and bone.name not in controls:
            # locked angles stay as they are: unless they are zero, it turns about an axis that isn't its own
            now = np.array(bone.matrix_basis.to_euler())
            if float(np.abs(np.delete(now, free)).max()) < _AT_REST:
                found[bone.name] = np.eye(3)[free[0]]
    return found


def _held(bone: bpy.types.PoseBone, quaternions: FloatArray, locks: Sequence[bool]) -> FloatArray:
    """Return the rotations with the Euler angles of locked axes held at their current values."""
    if not any(locks):
        return quaternions
    now = bone.matrix_basis.to_euler("XYZ")
    held = rotations.IDENTITY
    angles = np.where(np.array(locks), np.array(now), rotation_values("XYZ", quaternions)[1])
    # in the order x, y, z
    for angle, axis in zip(angles.T, np.eye(3), strict=True):
        held = rotations.multiply(rotations.from_rotation_vector(angle[:, None] * axis), held)
    return held


@dataclass(frozen=True, eq=False)
class CurveKeys:
    """The keys of a curve: property to its values, one row a key. Writing them at once is faster than one by one."""

    columns: dict[str, Any]

    @classmethod
    def of(cls, points: Any) -> "CurveKeys":  # noqa: ANN401 -- Blender's own
        """Return the keys of a curve's points."""
        columns: dict[str, Any] = {}
        for name, kind, width in _PROPERTIES:
            values = np.empty(width * len(points), kind)
            points.foreach_get(name, values)
            columns[name] = values.reshape(-1, width) if width > 1 else values
        return cls(columns)

    def part(self, kept: BoolArray | IntArray) -> "CurveKeys":
        """Return copies of the keys at which `kept` (K,) is true, or of those at its rows."""
        return CurveKeys({name: values[kept] for name, values in self.columns.items()})

    def outside(self, first: float, last: float) -> "CurveKeys":
        """Return the keys before and after these frames."""
        frames = self.columns["co"][:, 0]
        return self.part((frames < first - ON_A_KEY) | (frames > last + ON_A_KEY))

    def freed(self) -> "CurveKeys":
        """Return the keys with handles that stay as they are, whatever their neighbours are."""
        columns = dict(self.columns)
        for name in ("handle_left_type", "handle_right_type"):
            columns[name] = np.full_like(columns[name], _FREE)
        return CurveKeys(columns)

    def new(self, values: Mapping[Any, float], kinds: Mapping[Any, int]) -> "CurveKeys":
        """Return keys at frames, with these values and interpolation."""
        # copies of the first key: amplitude and the like are that of any
        found = dict(self.part(np.zeros(len(values), np.intp)).columns)
        # level handles of a third of a frame; Blender sets those of vectors again
        for name, by in (("co", 0.0), ("handle_left", -1.0 / 3.0), ("handle_right", 1.0 / 3.0)):
            found[name][:, 0] = np.array([*values]) + by
            found[name][:, 1] = [*values.values()]
        found["interpolation"][:] = list(map(kinds.__getitem__, values))
        found["handle_left_type"][:] = found["handle_right_type"][:] = _VECTOR
        return CurveKeys(found)

    def alike(self, frames: FloatArray, values: FloatArray, kind: int = LINEAR) -> "CurveKeys":
        """Return keys at frames (K,), with values (K,) and the same interpolation."""
        value_at = dict(zip(frames.tolist(), values.tolist(), strict=True))
        return self.new(value_at, dict.fromkeys(value_at, kind))

    def joined(self, others: "CurveKeys") -> "CurveKeys":
        """Return the keys of both in time order."""
        joint: dict[str, Any] = {}
        for name, values in self.columns.items():
            joint[name] = np.concatenate([values, others.columns[name]])
        order = np.argsort(joint["co"][:, 0], kind="stable")
        return CurveKeys(joint).part(order)

    def moved(self, to: Callable[[FloatArray], FloatArray]) -> "CurveKeys":
        """Return the keys with their handles at other frames, by their frames (K,)."""
        found = dict(self.columns)
        for name in ("co", "handle_left", "handle_right"):
            frames = to(found[name][:, 0].astype(np.float64)).astype(np.float32)
            found[name] = np.stack([frames, found[name][:, 1]], axis=1)
        return CurveKeys(found)

    def write(self, points: Any) -> None:  # noqa: ANN401 -- Blender's own
        """Replace a curve's keys by these."""
        points.clear()
        points.add(len(self.columns["co"]))
        for name, _, _ in _PROPERTIES:
            points.foreach_set(name, self.columns[name].reshape(-1))


def add_difference(obj: bpy.types.Object, before: KeyedChannels, after: KeyedChannels, since: FrameMap) -> None:
    """Add what differs between two sets of channels to the curves of an object's Action.

    All keys stay where they are, and nothing is changed outside of them. Where the motions differ and a curve has no
    key, one is inserted.

    Args:
        before: channels of the motion that its Action was made of.
        after: those of the motion that it should be made of, on the same frames.
        since: where these frames are now.
    """
    order = np.argsort(before.frames)
    frames, curves = before.frames[order], curves_of(obj)
    was = {channel.key: channel.values for channel in before.channels}
    for channel in after.channels:
        curve, old = curves.get(channel.key), was.get(channel.key)
        if curve is None or old is None or not len(curve.keyframe_points):
            continue
        difference = (channel.values - old)[order]
        differs = np.abs(difference) > _NOTHING
        if len(frames) < 2 or not differs.any():  # noqa: PLR2004 -- a spline needs two
            continue
        # keys of the curve's own value where the motions differ, within its keys and not near to one
        keys = CurveKeys.of(cast("Any", curve.keyframe_points))
        keyed = keys.columns["co"][:, 0].astype(np.float64)
        inserted = since.moved(frames[differs])
        inserted = inserted[(inserted > keyed[0]) & (inserted < keyed[-1])]
        inserted = inserted[np.abs(inserted[:, None] - keyed).min(axis=1) > _NEAR]
        keys = keys.joined(keys.alike(inserted, values_of(curve, inserted)))
        # all keys by the difference at the frame where they were
        samples = np.interp(since.back(keys.columns["co"][:, 0]), frames, np.arange(len(frames)))
        by = on_a_spline(difference[:, None], samples)[:, 0]
        for name in ("co", "handle_left", "handle_right"):
            keys.columns[name][:, 1] += by
        keys.write(cast("Any", curve.keyframe_points))
        curve.update()


def rotation_property(rotation_mode: str) -> str:
    """Return the name of the property that holds the rotation in a rotation mode."""
    named = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}
    return named.get(rotation_mode, "rotation_euler")


def rotation_path(bone: bpy.types.PoseBone) -> str:
    """Return the data path of the property that holds a bone's rotation."""
    return bone.path_from_id(rotation_property(bone.rotation_mode))


def rotation_modes(obj: bpy.types.Object) -> dict[str, str]:
    """Return the data path of each bone's rotation, with its rotation mode."""
    return {rotation_path(bone): bone.rotation_mode for bone in pose_of(obj).bones}


def rotation_values(rotation_mode: str, quaternions: FloatArray) -> tuple[str, FloatArray]:
    """Return the property of a rotation mode and its values (F, 3 or 4) for rotations over time.

    They are continuous: quaternions don't change sign, Euler angles don't jump by 360° or to the other solution, and
    the axis of axis-angle doesn't flip.

    Args:
        rotation_mode: Blender's: `QUATERNION`, `AXIS_ANGLE`, or an order of Euler axes such as `XYZ`.
        quaternions: (F, 4), unit, wxyz, in the space of the property.
    """
    values = rotations.continuous(quaternions)
    if rotation_mode == "AXIS_ANGLE":
        values = _axis_angles(values)
    elif rotation_mode != "QUATERNION":
        values = _eulers(values, rotation_mode)
    return rotation_property(rotation_mode), values


def rotation_values_from(rotation_mode: str, quaternions: FloatArray, start: FloatArray) -> FloatArray:
    """Return values (F, C) of rotations (F, 4) with the sign or the turns of values (C,) that the first one has too."""
    values = rotation_values(rotation_mode, quaternions)[1]
    if rotation_mode == "QUATERNION":
        return -values if float(values[0] @ start) < 0.0 else values
    if rotation_mode == "AXIS_ANGLE":
        return values
    turns = (start - values[0]) / (2.0 * np.pi)
    return values + turns.round() * 2.0 * np.pi


def rotations_of_values(rotation_mode: str, values: FloatArray) -> FloatArray:
    """Return the unit quaternions (..., 4) that Blender makes of a rotation property's values (..., 3 or 4)."""
    match rotation_mode:
        case "QUATERNION":
            return rotations.normalise(values)
        case "AXIS_ANGLE":
            return rotations.from_rotation_vector(rotations.normalise(values[..., 1:]) * values[..., :1])
        case _:
            shown = rotations.IDENTITY
            # the first axis is applied first
            for axis in rotation_mode:
                index = "XYZ".index(axis)
                quaternion = np.zeros((*values.shape[:-1], 4))
                quaternion[..., 0] = np.cos(values[..., index] / 2.0)
                quaternion[..., 1 + index] = np.sin(values[..., index] / 2.0)
                shown = rotations.multiply(quaternion, shown)
            return shown


def _eulers(quaternions: FloatArray, order: str) -> FloatArray:
    """Return angles (F, 3) about x, y and z, applied in this order, with the smallest steps between rows."""
    i, j, k = map("XYZ".index, order)
    # handedness of the order
    sign = 1.0 if (j - i) % 3 == 1 else -1.0
    m = rotations.to_matrix(quaternions)
    middle_cos = np.hypot(m[:, i, i], m[:, j, i])
    free = middle_cos > 1e-7  # noqa: PLR2004 -- else gimbal lock: the first angle takes all
    # each rotation has two triples of angles: one with the middle within 90°, and the other beyond
    first = np.empty((len(m), 3))
    first[:, i] = np.where(free, np.arctan2(sign * m[:, k, j], m[:, k, k]), np.arctan2(-sign * m[:, j, k], m[:, j, j]))
    first[:, j] = np.arctan2(-sign * m[:, k, i], middle_cos)
    first[:, k] = np.where(free, np.arctan2(sign * m[:, j, i], m[:, i, i]), 0.0)
    other = first + np.pi
    other[:, j] = np.pi - first[:, j]
    # both solutions have the same distances from row to row, so only changes between them are counted
    staying = np.abs(wrapped(first[1:] - first[:-1])).sum(axis=1)
    changing = np.abs(wrapped(other[1:] - first[:-1])).sum(axis=1)
    on_other = np.concatenate([[0], np.cumsum(changing < staying)]) % 2 == 1
    return np.unwrap(np.where(on_other[:, None], other, first), axis=0)


def _axis_angles(quaternions: FloatArray) -> FloatArray:
    """Return angle and axis (F, 4) of continuous quaternions."""
    sine = norm(quaternions[:, 1:])
    angle = 2.0 * np.arctan2(sine, quaternions[:, 0])
    # without rotation the axis is the previous one, before all rotations the first one
    known = np.where(sine > _TINY_ROTATION, np.arange(len(quaternions)), -1)
    source = np.maximum.accumulate(known)
    if (source < 0).all():
        axis = np.tile([0.0, 1.0, 0.0], (len(quaternions), 1))
    else:
        source[source < 0] = known[known >= 0][0]
        axis = rotations.normalise(quaternions[source, 1:])
    # an axis that points the other way turns back: with every second of these, axis and angle change sign
    flips = rotations.dot(axis[1:], axis[:-1]) < 0.0
    side = np.where(np.concatenate([[0], np.cumsum(flips)]) % 2 == 1, -1.0, 1.0)
    return np.column_stack([np.unwrap(side * angle), side[:, None] * axis])


def wrapped(angles: FloatArray) -> FloatArray:
    """Return angles between -π and π."""
    return (angles + np.pi) % (2.0 * np.pi) - np.pi
