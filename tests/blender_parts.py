"""Parts of Blender's data that its types call absent, or one of many, where a test needs them to be there."""

from typing import Any, cast

import bpy


def operators() -> Any:
    """Return the add-on's operators, which Blender's types don't know."""
    return cast("Any", bpy.ops).aimocap


def action_of(obj: bpy.types.Object) -> bpy.types.Action:
    """Return the Action that an object plays."""
    assert obj.animation_data is not None
    assert obj.animation_data.action is not None
    return obj.animation_data.action


def pose_of(obj: bpy.types.Object) -> bpy.types.Pose:
    """Return an armature object's pose."""
    assert obj.pose is not None
    return obj.pose


def armature_of(obj: bpy.types.Object) -> bpy.types.Armature:
    """Return an armature object's armature."""
    assert isinstance(obj.data, bpy.types.Armature)
    return obj.data


def the_armature() -> bpy.types.Object:
    """Return the open file's only armature object."""
    (armature,) = [obj for obj in bpy.data.objects if obj.type == "ARMATURE"]
    return armature
