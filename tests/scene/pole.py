"""An armature of three bones one on the other, and its motion as the scene shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
import numpy as np
from mathutils import Matrix, Quaternion

if TYPE_CHECKING:
    from aimocap_blender.scene.armature_motion import ArmatureMotion

BONES = ("low", "middle", "top")


def new_pole(name: str) -> bpy.types.Object:
    obj = bpy.data.objects.new(name, bpy.data.armatures.new(name))
    bpy.context.scene.collection.objects.link(obj)
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    above = None
    for number, bone_name in enumerate(BONES):
        bone = obj.data.edit_bones.new(bone_name)
        bone.head, bone.tail, bone.roll, bone.parent = (0, 0, number), (0, 0.1, number + 1), 0.3 * number, above
        above = bone
    bpy.ops.object.mode_set(mode="OBJECT")
    return obj


def shown_at(obj: bpy.types.Object, frames: np.ndarray) -> np.ndarray:
    """(F, B, 4, 4) bone-to-world as the user's scene shows them."""
    now = bpy.context.scene.frame_current
    rows = []
    for frame in frames:
        bpy.context.scene.frame_set(int(np.floor(frame)), subframe=float(frame % 1.0))
        shown = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
        rows.append([np.array(shown.matrix_world @ shown.pose.bones[name].matrix) for name in BONES])
    bpy.context.scene.frame_set(now)
    return np.array(rows)


def compare(obj: bpy.types.Object, motion: ArmatureMotion) -> None:
    """A motion of `obj` is what the scene shows."""
    clip, mapping = motion.clip, motion.mapping
    assert clip.skeleton.names == BONES
    shown = shown_at(obj, mapping.frames(clip.times))
    assert np.abs(clip.positions - shown[..., :3, 3]).max() < 1e-5
    for turns, matrices in zip(clip.rotations.reshape(-1, 4), shown.reshape(-1, 4, 4), strict=True):
        difference = Quaternion(turns).rotation_difference(Matrix(matrices.tolist()).to_quaternion())
        assert np.degrees(min(difference.angle, 2 * np.pi - difference.angle)) < 0.05
