"""Pose motions as keyframes of an armature, in each bone's own rotation mode."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, cast

import bpy
import numpy as np

from ..motion import rotations
from ..motion.pose_motion import PoseMotion
from ..motion.rotations import FloatArray
from ..motion.time_mapping import TimeMapping
from .armatures import pose_of
from .keyframes import Channel, write_action
from .rotation_channels import rotation_channels

FPS_PROPERTY = "aimocap_fps"
"""Custom property of an action: samples a second that its motion was made with."""

_AT_REST = 1e-6


@dataclass(frozen=True)
class KeyOptions:
    """What the user may choose of the keys.

    Attributes:
        previous_action: the action that the character had is pushed down to a muted NLA track, or left in the file.
    """

    previous_action: Literal["PUSH_DOWN", "LEAVE"] = "PUSH_DOWN"


EACH_SAMPLE = KeyOptions()


def write_pose_motion(
    obj: bpy.types.Object,
    motion: PoseMotion,
    mapping: TimeMapping,
    name: str,
    keys: KeyOptions = EACH_SAMPLE,
) -> bpy.types.Action:
    """Put a motion onto a new action of an armature object.

    Only the motion's bones are keyed. The exception is what would bend the motion: where one of them, or a bone
    above, has been left off its rest by hand or by the action before, the channels at fault are held at rest.
    Locked channels are left alone.

    Args:
        obj: the armature object; it has all bones that the motion moves.
        motion: what to key.
        mapping: the motion's seconds to timeline frames.
        name: of the action; Blender appends a number where it is taken.
        keys: what the user chose of the keys.

    Raises:
        SceneFault: the object can't be animated. Nothing has changed then.
    """
    action = write_action(
        obj,
        name,
        mapping.frames(motion.times),
        tuple(_channels(obj, motion)),
        push_down=keys.previous_action == "PUSH_DOWN",
    )
    action[FPS_PROPERTY] = motion.fps
    return action


def _channels(obj: bpy.types.Object, motion: PoseMotion) -> Iterator[Channel]:
    bones = pose_of(obj).bones
    moved = dict.fromkeys((*motion.bones, *motion.locations))
    turns = {bone: motion.rotations[:, index] for index, bone in enumerate(motion.bones)}
    above = {parent.name for name in moved for parent in bones[name].parent_recursive}
    count = len(motion.times)
    for bone in bones:
        if bone.name not in moved and bone.name not in above:
            continue
        if bone.name in turns:
            yield from _rotation(bone, turns[bone.name])
        elif _is_turned(bone):
            yield from _rotation(bone, np.tile(rotations.IDENTITY, (count, 1)))
        if bone.name in motion.locations:
            yield from _vector(bone, "location", bone.lock_location, motion.locations[bone.name])
        elif max(abs(value) for value in bone.location) > _AT_REST:
            yield from _vector(bone, "location", bone.lock_location, np.zeros((count, 3)))
        if max(abs(value - 1.0) for value in bone.scale) > _AT_REST:
            yield from _vector(bone, "scale", bone.lock_scale, np.ones((count, 3)))


def _vector(bone: bpy.types.PoseBone, name: str, locks: object, values: FloatArray) -> Iterator[Channel]:
    path = bone.path_from_id(name)
    for index, is_locked in enumerate(_flags(locks)):
        if not is_locked:
            yield Channel(path, index, bone.name, values[:, index])


def _rotation(bone: bpy.types.PoseBone, turns: FloatArray) -> Iterator[Channel]:
    locks = _flags(bone.lock_rotation)
    if all(locks):
        return
    if bone.rotation_mode in {"QUATERNION", "AXIS_ANGLE"}:
        if not bone.lock_rotations_4d:  # the locks are meant of Euler angles then
            turns = _held(bone, turns, locks)
        locked = (bone.lock_rotation_w, *locks) if bone.lock_rotations_4d else (False,) * 4
    else:
        locked = locks
    for channel in rotation_channels(f"{bone.path_from_id()}.", bone.name, bone.rotation_mode, turns):
        if not locked[channel.index]:
            yield channel


def _held(bone: bpy.types.PoseBone, turns: FloatArray, locks: Sequence[bool]) -> FloatArray:
    """The turns with the Euler angles of locked axes held at what they are now."""
    if not any(locks):
        return turns
    now = bone.matrix_basis.to_euler("XYZ")
    held = rotations.IDENTITY
    for channel in rotation_channels("", "", "XYZ", turns):  # in the order x, y, z
        angle = np.full(len(turns), now[channel.index]) if locks[channel.index] else channel.values
        axis = np.eye(3)[channel.index]
        held = rotations.multiply(rotations.from_rotation_vector(angle[:, None] * axis), held)
    return held


def _is_turned(bone: bpy.types.PoseBone) -> bool:
    return bone.matrix_basis.to_quaternion().angle > _AT_REST


def _flags(of_blender: object) -> tuple[bool, ...]:
    return tuple(cast("Sequence[bool]", of_blender))
