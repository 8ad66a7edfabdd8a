"""A control rig of a real character: controls with rotation locks, and deforming bones that follow them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

if TYPE_CHECKING:
    from collections.abc import Mapping

HINGES = ("lower_arm", "lower_leg")


def add_controls(obj: bpy.types.Object, names: Mapping[str, str]) -> dict[str, str]:
    """Give an armature's humanoid bones a control each, which they follow; slot to control.

    Forearms and shins turn about one axis of their control by mouse, as rigs for animators have it.
    """
    controls = {slot: f"c_{slot}" for slot in names}
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    edit = obj.data.edit_bones
    mapped = {bone: slot for slot, bone in names.items()}
    for slot, bone in names.items():
        made = edit.new(controls[slot])
        made.head, made.tail, made.roll, made.use_deform = edit[bone].head, edit[bone].tail, edit[bone].roll, False
    for slot, bone in names.items():
        above = next((mapped[parent.name] for parent in edit[bone].parent_recursive if parent.name in mapped), None)
        edit[controls[slot]].parent = edit[controls[above]] if above else None
    bpy.ops.object.mode_set(mode="OBJECT")
    for slot, bone in names.items():
        control = obj.pose.bones[controls[slot]]
        if slot.endswith(HINGES):
            control.rotation_mode, control.lock_rotation = "XYZ", (False, True, True)
        for kind in ("COPY_ROTATION", *(["COPY_LOCATION"] if slot == "hips" else [])):
            follow = obj.pose.bones[bone].constraints.new(kind)
            follow.target, follow.subtarget = obj, control.name
    return controls
