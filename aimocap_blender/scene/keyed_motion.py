"""The motion of an armature that only its own keys move, read from them: much faster than evaluating it."""

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

import bpy
import numpy as np

from ..motion.pose_motion import PosedBones, PoseMotion, RetargetReport, posed
from ..motion.rotations import FloatArray, to_matrix
from ..motion.skeleton import Skeleton
from .armatures import TRANSFORMS, bone_property, parents_of, pose_of, value_now, world_of
from .keys.keyframes import ON_A_KEY, curves_of
from .keys.pose_keys import rotation_property, rotations_of_values

_UNSCALED = 1e-6

Keys = Mapping[tuple[str, int], tuple[FloatArray, FloatArray]]
"""Data path and index to a curve's keys, see `all_keyed_values`."""


class KeyedPoses(NamedTuple):
    """Poses at some frames.

    Attributes:
        bones: of the skeleton, F samples, armature space.
        worlds: (F, 4, 4) object-to-world matrices.
    """

    bones: PosedBones
    worlds: FloatArray


def keyed_motion(obj: bpy.types.Object, skeleton: Skeleton, frames: FloatArray, keys: Keys) -> KeyedPoses | None:
    """Return an armature's poses at the frames (F,) of its keys; None where something else may move it.

    Args:
        obj: the armature object.
        skeleton: all its bones at rest.
        frames: ascending; each of its curves has a key at every frame, or is constant.
        keys: of all its curves.
    """
    # in part of a skeleton, a bone may hang on one that isn't there and moves it
    if len(skeleton) != len(pose_of(obj).bones) or not _only_keyed(obj):
        return None
    values = _values(obj, frames, keys)
    found = None if values is None else channels_of(obj, values, frames)
    return None if found is None else KeyedPoses(posed(skeleton, found[0]), found[1])


def channels_of(
    obj: bpy.types.Object, values: Mapping[str, FloatArray], frames: FloatArray
) -> tuple[PoseMotion, FloatArray] | None:
    """Return the channels of all bones, and (F, 4, 4) object-to-world matrices, for an armature's values.

    None if a bone is scaled or anything but transforms is animated; constraints and drivers don't count.

    Args:
        obj: the armature object.
        values: data path to (F, C) values; what isn't there is as it is now.
        frames: (F,) of the timeline.
    """
    bones: dict[str, dict[str, FloatArray]] = {}
    own: dict[str, FloatArray] = {}
    for path, columns in values.items():
        of_bone = bone_property(path)
        name = path if of_bone is None else of_bone[1]
        if name not in TRANSFORMS:
            return None
        of = own if of_bone is None else bones.setdefault(of_bone[0], {})
        of[name] = columns
    motion = _motion(obj, bones, frames)
    worlds = _worlds(obj, own, len(frames))
    return None if motion is None or worlds is None else (motion, worlds)


def _only_keyed(obj: bpy.types.Object) -> bool:
    """Return whether an armature object has an Action, and nothing else that could move it or its bones."""
    data = obj.animation_data
    # drivers, the NLA, blending and the Rest Position change what the keys say
    if data is None or data.action is None or data.use_tweak_mode or data.drivers:
        return False
    if data.action_blend_type != "REPLACE" or data.action_influence < 1.0:
        return False
    if data.use_nla and any(not track.mute and track.strips for track in data.nla_tracks):
        return False
    armature = cast("bpy.types.Armature", obj.data)
    # animated data may change how bones take over their parents' motion, or the position that is shown
    if armature.animation_data is not None or armature.pose_position == "REST":
        return False
    return not (obj.constraints or any(bone.constraints for bone in pose_of(obj).bones)) and _is_on_still_parents(obj)


def _is_on_still_parents(obj: bpy.types.Object) -> bool:
    """Return whether nothing moves an object's parents, and it moves in no other way with them."""
    child = obj
    for parent in parents_of(obj):
        # a child of a bone or of vertices moves with these
        if child.parent_type != "OBJECT" or parent.animation_data is not None or parent.constraints:
            return False
        child = parent
    return True


def _values(obj: bpy.types.Object, frames: FloatArray, keys: Keys) -> dict[str, FloatArray] | None:
    """Return data path to (F, C) values, those of unkeyed channels as they are; None if keys aren't at the frames."""
    found: dict[str, FloatArray] = {}
    known: dict[int, bool] = {}
    for (path, index), curve in curves_of(obj).items():
        if not _is_plain(curve):
            return None
        at, values = keys[path, index]
        if not len(at):
            return None
        # mostly, all curves share their frames: they are compared once
        if id(at) not in known:
            known[id(at)] = len(at) == len(frames) and float(np.abs(at - frames).max()) <= ON_A_KEY
        at_frames = known[id(at)]
        if not at_frames and not _is_constant(curve, values):
            return None
        if path not in found:
            try:
                now = value_now(obj, path)
            except (ValueError, TypeError):  # of a bone that is gone, or not numbers: it moves nothing
                continue
            found[path] = np.repeat(now[:, None], len(frames), axis=1)
        found[path][index] = values if at_frames else values[0]
    return {path: columns.T for path, columns in found.items()}


def _is_plain(curve: bpy.types.FCurve) -> bool:
    """Return whether a curve's values at its keys are those of the keys."""
    muted = curve.mute or (curve.group is not None and curve.group.mute)
    return not muted and not curve.modifiers and not curve.sampled_points


def _is_constant(curve: bpy.types.FCurve, values: FloatArray) -> bool:
    """Return whether a curve has one value, between its keys too."""
    handles = np.empty((2, 2 * len(values)), np.float32)
    for row, side in zip(handles, ("handle_left", "handle_right"), strict=True):
        # its stub has an array of unknown type
        cast("Any", curve.keyframe_points).foreach_get(side, row)
    # handles above or below the keys bend the curve between them; around a single key it is level
    are_level = len(values) == 1 or bool((handles[:, 1::2] == values[0]).all())
    return bool((values == values[0]).all()) and are_level


def _motion(
    obj: bpy.types.Object, keyed: Mapping[str, Mapping[str, FloatArray]], frames: FloatArray
) -> PoseMotion | None:
    """Return the channels of all bones that aren't at rest; None if a bone is scaled."""
    rotations: dict[str, FloatArray] = {}
    locations: dict[str, FloatArray] = {}
    for bone in pose_of(obj).bones:
        values = keyed.get(bone.name, {})
        scale = values["scale"] if "scale" in values else np.array(bone.scale)
        if float(np.abs(scale - 1.0).max()) > _UNSCALED:
            return None
        name = rotation_property(bone.rotation_mode)
        turned = values[name] if name in values else np.array(getattr(bone, name), dtype=np.float64)
        rotations[bone.name] = np.broadcast_to(rotations_of_values(bone.rotation_mode, turned), (len(frames), 4))
        moved = values["location"] if "location" in values else np.array(bone.location, dtype=np.float64)
        if moved.any():
            locations[bone.name] = np.broadcast_to(moved, (len(frames), 3))
    return PoseMotion(
        times=frames,
        fps=0.0,
        bones=tuple(rotations),
        rotations=np.stack(list(rotations.values()), axis=1),
        locations=locations,
        unmoved=(),
        report=RetargetReport(1.0, 0.0),
    )


def _worlds(obj: bpy.types.Object, keyed: Mapping[str, FloatArray], count: int) -> FloatArray | None:
    """Return (F, 4, 4) object-to-world matrices; None if the object's transform is animated in an unusual way."""
    if not keyed:
        return np.broadcast_to(world_of(obj), (count, 4, 4))
    # its stub has vectors that numpy can't read
    owner = cast("Any", obj)
    deltas = (*owner.delta_location, *owner.delta_rotation_euler, *owner.delta_rotation_quaternion[1:])
    # Blender adds deltas in ways of their own: what is evaluated has them
    if any(deltas) or owner.delta_scale[:] != (1.0, 1.0, 1.0):
        return None

    def values(name: str) -> FloatArray:
        now = np.array(getattr(owner, name), dtype=np.float64)
        return np.broadcast_to(keyed.get(name, now), (count, len(now)))

    basis = np.tile(np.eye(4), (count, 1, 1))
    rotation = rotations_of_values(obj.rotation_mode, values(rotation_property(obj.rotation_mode)))
    basis[:, :3, :3] = to_matrix(rotation) * values("scale")[:, None, :]
    basis[:, :3, 3] = values("location")
    if obj.parent is None:
        return basis
    world_from_parent = world_of(obj.parent) @ np.array(owner.matrix_parent_inverse)
    return np.asarray(world_from_parent @ basis, dtype=np.float64)
