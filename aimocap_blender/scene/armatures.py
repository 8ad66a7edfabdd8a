"""Armature objects as skeletons of arrays."""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import compress
from typing import cast

import bpy
import numpy as np
from mathutils import Matrix

from ..motion.rotations import FloatArray
from ..motion.skeleton import BoneOptions, Skeleton
from ..texts.faults import Fault
from ..texts.text import Text

TRANSFORMS: Mapping[str, tuple[float, ...]] = {
    "location": (0.0, 0.0, 0.0),
    "rotation_quaternion": (1.0, 0.0, 0.0, 0.0),
    "rotation_euler": (0.0, 0.0, 0.0),
    "rotation_axis_angle": (0.0, 0.0, 1.0, 0.0),
    "scale": (1.0, 1.0, 1.0),
}
"""The properties that move, rotate or scale an object or a bone, and their values at rest."""

_POSE_BONE = re.compile(r'pose\.bones\["((?:[^"\\]|\\.)*)"\]')
_OF_A_BONE = re.compile(rf"{_POSE_BONE.pattern}\.(\w+)$")


def bone_property(path: str) -> tuple[str, str] | None:
    """Return the names of the bone and of its property that a data path leads to; None for any other path."""
    match = _OF_A_BONE.match(path)
    return None if match is None else (bpy.utils.unescape_identifier(match[1]), match[2])


def on_other_bone(path: str, others: Mapping[str, str]) -> str:
    """Return a data path with the bone that it begins with replaced by its other one; as it is without such a bone."""
    match = _POSE_BONE.match(path)
    other = others.get(bpy.utils.unescape_identifier(match[1])) if match is not None else None
    if match is None or other is None:
        return path
    return f'pose.bones["{bpy.utils.escape_identifier(other)}"]{path[match.end() :]}'


def value_now(obj: bpy.types.Object, path: str) -> FloatArray:
    """Return (C,) the numbers of a property as they are, a single number as one.

    Raises:
        ValueError, TypeError: it is gone, or isn't made of numbers.
    """
    return np.atleast_1d(np.array(obj.path_resolve(path), dtype=np.float64))


def object_with(session_uid: int) -> bpy.types.Object | None:
    """Return the object that has had this session_uid since it was added; None if it is gone."""
    for obj in bpy.data.objects:
        if obj.session_uid == session_uid:
            return obj
    return None


def drivers_of(owner: bpy.types.Object | bpy.types.Key | bpy.types.Camera) -> list[bpy.types.FCurve]:
    """Return the curves of an owner's drivers."""
    return [] if owner.animation_data is None else [*owner.animation_data.drivers]


def driven_paths(owner: bpy.types.Object | bpy.types.Camera) -> set[str]:
    """Return the data paths that an owner's drivers set."""
    return {curve.data_path for curve in drivers_of(owner)}


def armatures_deforming(obj: bpy.types.Object) -> Iterator[bpy.types.Object]:
    """Yield the armature objects that the modifiers of an object name."""
    for each in obj.modifiers:
        if isinstance(each, bpy.types.ArmatureModifier) and each.object is not None:
            yield each.object


def parents_of(obj: bpy.types.Object) -> Iterator[bpy.types.Object]:
    """Yield an object's parents, the nearest first."""
    while obj.parent is not None:
        obj = obj.parent
        yield obj


def skeleton_of(obj: bpy.types.Object) -> Skeleton:
    """Return the bones of an armature object at rest, with its current world matrix.

    Raises:
        Fault: it is not an armature, has no bones, is in Edit Mode (its bones may change), or its library is missing.
    """
    if not isinstance(obj.data, bpy.types.Armature):
        raise Fault(Text("“{name}” is not an armature.", name=obj.name), "Select the character's armature.")
    # what is edited reaches `data.bones` only when Edit Mode is left
    if obj.data.is_editmode:
        raise Fault(Text("“{name}” is in Edit Mode.", name=obj.name), "Leave Edit Mode (Tab), then try again.")
    if obj.data.is_missing and obj.data.library is not None:
        raise Fault(
            Text("The library of “{name}” is missing: {file}.", name=obj.name, file=obj.data.library.filepath),
            "Put it back, or find it with File > External Data > Find Missing Files.",
        )
    if not obj.data.bones:
        raise Fault(Text("“{name}” has no bones.", name=obj.name), "Select the character's armature.")
    bones = _parents_first(obj.data)
    indices = {bone.name: index for index, bone in enumerate(bones)}
    driven = _driven(obj)
    return Skeleton(
        names=tuple(indices),
        parents=np.array([indices[bone.parent.name] if bone.parent else -1 for bone in bones], dtype=np.int64),
        rest=np.array([bone.matrix_local for bone in bones], dtype=np.float64),
        tails=np.array([bone.tail_local for bone in bones], dtype=np.float64),
        world=world_of(obj),
        options=tuple(_options_of(bone, driven) for bone in bones),
    )


def deforming_bones(skeleton: Skeleton) -> list[str]:
    """Return the bones that deform meshes."""
    return list(compress(skeleton.names, skeleton.deforming))


def _parents_first(armature: bpy.types.Armature) -> list[bpy.types.Bone]:
    """Return the bones by how many are above them, those of the same level in Blender's order."""
    bones = [bone for bone in armature.bones if bone.parent is None]
    # grows in the loop
    for bone in bones:
        bones += bone.children
    return bones


def _options_of(bone: bpy.types.Bone, driven: Container[str]) -> BoneOptions:
    """Return a bone's options; `driven` has the bones that the rig's constraints or drivers may move."""
    return BoneOptions(
        inherit_rotation=bone.use_inherit_rotation,
        local_location=bone.use_local_location,
        connected=bone.use_connect,
        deform=bone.use_deform,
        driven=bone.name in driven,
    )


def _driven(obj: bpy.types.Object) -> set[str]:
    """Return the bones with constraints, also muted ones, or with drivers."""
    # muted ones, too: a rig's switches turn them on and off, and an Action may have other switches than the pose
    found = {bone.name for bone in pose_of(obj).bones if len(bone.constraints)}
    for curve in drivers_of(obj):
        match = _POSE_BONE.match(curve.data_path)
        if match is not None:
            found.add(bpy.utils.unescape_identifier(match[1]))
    return found


def pose_of(obj: bpy.types.Object) -> bpy.types.Pose:
    """Return the pose of an armature object.

    Raises:
        Fault: it is not an armature.
    """
    if obj.pose is None:
        raise Fault(Text("“{name}” is not an armature.", name=obj.name), "Select the character's armature.")
    return obj.pose


def flags_of(locks: object) -> tuple[bool, ...]:
    """Return an array of flags as Blender has it, such as a bone's locks: its stub can't be iterated over."""
    return tuple(cast("Sequence[bool]", locks))


def action_of(obj: bpy.types.Object | None) -> bpy.types.Action | None:
    """Return the Action that an object plays; None without one."""
    return obj.animation_data.action if obj is not None and obj.animation_data is not None else None


def world_of(obj: bpy.types.Object) -> FloatArray:
    """Return the current (4, 4) object-to-world matrix, of hidden objects too (Blender doesn't update theirs).

    Raises:
        Fault: a hidden object depends on something that Blender evaluates only while it is visible.
    """
    evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return np.array(evaluated.matrix_world if evaluated.is_evaluated else _unevaluated_world(obj), dtype=np.float64)


def plays_solo(data: bpy.types.AnimData) -> bool:
    """Return whether an NLA track plays alone, whatever else there is."""
    return any(track.is_solo for track in data.nla_tracks)


def strips_played(obj: bpy.types.Object) -> list[bpy.types.NlaStrip]:
    """Return the NLA strips that move an object beside its Action."""
    data = obj.animation_data
    if data is None or not data.use_nla:
        return []
    # with a solo track, Blender plays that one alone
    solo = plays_solo(data)
    played: list[bpy.types.NlaStrip] = []
    for track in data.nla_tracks:
        if track.is_solo if solo else not track.mute:
            played += [strip for strip in track.strips if not strip.mute]
    return played


def bones_above(bone: bpy.types.PoseBone) -> set[str]:
    """Return the names of the bones that carry a bone."""
    return {parent.name for parent in bone.parent_recursive}


def _unevaluated_world(obj: bpy.types.Object) -> Matrix:
    # a constraint or a parent bone moves it by what isn't evaluated, while parents that are objects can be multiplied
    if any(not constraint.mute for constraint in obj.constraints) or (obj.parent and obj.parent_type != "OBJECT"):
        raise Fault(
            Text("The position of “{name}” is unknown while it is hidden.", name=obj.name),
            "Make it visible in this scene and viewport, then try again.",
        )
    if obj.parent is None:
        return obj.matrix_basis
    return Matrix(world_of(obj.parent).tolist()) @ obj.matrix_parent_inverse @ obj.matrix_basis


def selected_armature(context: bpy.types.Context) -> bpy.types.Object | None:
    """Return the active object if it is an armature, the armature that deforms it, or that selected with an empty."""
    active = context.view_layer.objects.active if context.view_layer else None
    if active is None:
        return None
    if active.type == "ARMATURE":
        return active
    if active.type == "EMPTY":
        # an importer leaves the empty active that it put the character under, and both selected
        armatures = [obj for obj in context.view_layer.objects.selected if obj.type == "ARMATURE"]
        return armatures[0] if len(armatures) == 1 else None
    return active.find_armature()


def cannot_be_keyed(obj: bpy.types.Object | None) -> bool:
    """Return whether an armature object can't be keyed now, as bones are being edited or a render reads the scene.

    Args:
        obj: the armature object; None for one that is created or selected later.
    """
    # changing data that a render reads in its own thread can crash Blender
    editing = obj.mode == "EDIT" if obj is not None else bpy.context.mode.startswith("EDIT")
    return editing or bpy.app.is_job_running("RENDER")
