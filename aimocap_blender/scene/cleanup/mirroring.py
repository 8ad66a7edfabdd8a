"""Mirroring the Action of an armature object: left and right bones exchange their keys."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, cast

import bpy
import numpy as np

from ...motion.bones.bone_names import BoneName, read_names
from ...motion.bones.humanoid import SIDES, BoneMap, mirrored
from ...motion.feet.contact_edits import Bars
from ...motion.mirroring import mirrored_channels
from ...motion.rotations import FloatArray, from_matrix, to_matrix
from ...texts.faults import Fault
from ...texts.text import Text
from ..action_contacts import contacts_on, store_contacts
from ..armatures import action_of, bone_property, pose_of, skeleton_of
from ..bone_maps import bone_map_of
from ..keys.keyframes import change_keys, columns_at, curves_of, keyed_values, set_keys, values_at
from ..keys.rotation_channels import rotation_path, rotation_values, rotations_of_values
from .own_action import frames_to_edit


def mirror(obj: bpy.types.Object) -> None:
    """Exchange the motion of left and right, as a mirror along the character's middle shows it; twice restores it.

    Contacts that the Action knows change their feet, too.

    Args:
        obj: the armature object, which has an Action with keyframes of bones.

    Raises:
        Fault: the Action can't be changed, or moves the object itself. Nothing has changed then.
    """
    frames_to_edit(obj)
    curves = curves_of(obj)
    keyed: set[str] = set()
    for path, _ in curves:
        of_bone = bone_property(path)
        if of_bone is None:
            raise Fault(
                Text("The Action of “{name}” moves the armature object itself.", name=obj.name),
                "Apply the motion again with Mirror, or with another choice for Root Motion On.",
            )
        keyed.add(of_bone[0])
    skeleton, bone_map = skeleton_of(obj), bone_map_of(obj)
    others = counterparts(skeleton.names)
    # what the map says of a bone counts for more than its name
    mapped = bone_map.bones()
    for slot, bone in mapped.items():
        other = mapped.get(mirrored(slot), bone)
        if other != bone:
            others[bone] = other
    across = _across(obj, bone_map)
    rest = dict(zip(skeleton.names, skeleton.rest[:, :3, :3], strict=True))
    frames = np.unique(np.concatenate([keyed_values(curve)[0] for curve in curves.values()]))
    values = values_at(obj, frames)
    changed: dict[str, tuple[str, FloatArray]] = {}
    for name in sorted({*keyed, *(others.get(bone, bone) for bone in keyed)} & rest.keys()):
        other = others.get(name, name)
        # bones of both sides seldom are exact mirrors of each other at rest: their channels are read in their own axes
        by = mirrored_channels(rest[name], rest[other], across)
        changed |= _mirrored(obj, (name, other), by, across, values)
    # all channels of a property get the same keys: half a rotation can't be mirrored
    at: dict[str, FloatArray] = {}
    for (path, _), curve in curves.items():
        at[path] = np.union1d(at.get(path, frames[:0]), keyed_values(curve)[0])
    # where only one of two bones is keyed, its counterpart needs curves to take the motion
    _insert_missing(obj, changed, float(frames[0]))
    curves = curves_of(obj)
    for path, (source, columns) in changed.items():
        for index in range(columns.shape[1]):
            _give(curves[path, index], at.get(source, frames[:1]), frames, columns[:, index])
    action = cast("bpy.types.Action", action_of(obj))
    contacts = contacts_on(action)
    if contacts is not None:
        options = replace(contacts.options, mirror=not contacts.options.mirror)
        found, feet = _exchanged(contacts.found), _exchanged(contacts.feet)
        store_contacts(action, replace(contacts, found=found, feet=feet, options=options))
    action.update_tag()


def _exchanged(bars: Bars) -> Bars:
    """Return each foot's bars as the other one's."""
    sides = zip(SIDES, reversed(SIDES), strict=True)
    return {side: bars[other] for side, other in sides if other in bars}


def _across(obj: bpy.types.Object, bone_map: BoneMap) -> FloatArray:
    """Return (3,) factors of a mirror between left and right, in the armature's space."""
    bones = cast("bpy.types.Armature", obj.data).bones
    mapped = bone_map.bones()
    # the axis along which bones of the left side lie furthest from those of the right, all pairs together
    step = np.zeros(3)
    for slot, left in mapped.items():
        right = mapped.get(mirrored(slot))
        if slot.startswith("left_") and right is not None:
            step += np.array(bones[left].head_local) - np.array(bones[right].head_local)
    axis = int(np.argmax(np.abs(step)))
    return np.where(np.arange(3) == axis, -1.0, 1.0)


def _mirrored(
    obj: bpy.types.Object,
    bones: tuple[str, str],
    by: FloatArray,
    across: FloatArray,
    values: Mapping[str, FloatArray],
) -> dict[str, tuple[str, FloatArray]]:
    """Return data path to the one that it comes from, and values (F, C), of a bone that takes another one's motion."""
    own, other = pose_of(obj).bones[bones[0]], pose_of(obj).bones[bones[1]]
    found: dict[str, tuple[str, FloatArray]] = {}
    turned, moved = rotation_path(other), other.path_from_id("location")
    turning, moving = rotation_path(own), own.path_from_id("location")
    if turned in values or turning in values:
        now = to_matrix(rotations_of_values(other.rotation_mode, columns_at(obj, values, turned)))
        rotations = by @ now @ by.T
        found[turning] = turned, rotation_values(own.rotation_mode, from_matrix(rotations))[1]
    if moved in values or moving in values:
        # without Local Location, the channels run along the axes of the armature
        factor = by if own.bone.use_local_location else np.diag(across)
        found[moving] = moved, columns_at(obj, values, moved) @ factor.T
    return found


def _insert_missing(obj: bpy.types.Object, changed: Mapping[str, tuple[str, FloatArray]], frame: float) -> None:
    """Insert a key into each channel that has none."""
    known = set(curves_of(obj))
    for path, (_, columns) in changed.items():
        if any((path, index) not in known for index in range(columns.shape[1])):
            bone, _, channel = path.rpartition(".")
            cast("Any", obj.path_resolve(bone)).keyframe_insert(channel, frame=frame)


def _give(curve: bpy.types.FCurve, at: FloatArray, frames: FloatArray, values: FloatArray) -> None:
    """Give a curve keys at frames `at`: those it has if they are there, else straight ones. It has values at (F,)."""
    if not np.array_equal(keyed_values(curve)[0], at):
        set_keys(curve, np.stack([at, np.interp(at, frames, values)], axis=1).astype(np.float32).reshape(-1))
    change_keys(curve, frames, values)


def counterparts(names: Iterable[str]) -> dict[str, str]:
    """Return bone to the one on the other side, by Blender's flipped name or by its words, where there is one."""
    read = dict(zip(names := list(names), read_names(names), strict=True))
    alike: dict[BoneName, list[str]] = {}
    for name, meant in read.items():
        alike.setdefault(meant, []).append(name)
    found: dict[str, str] = {}
    for name, meant in read.items():
        # Blender flips no names such as `mixamorig:LeftHand`: of these, only their words tell the side
        flipped = bpy.utils.flip_name(name)
        if flipped != name and flipped in read:
            found[name] = flipped
        elif meant.side is not None:
            others = alike.get(replace(meant, side=SIDES[1 - SIDES.index(meant.side)]), [])
            if len(others) == 1:
                found[name] = others[0]
    return found
