"""Rigs of other add-ons, as people's files have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from .mixamo_rig import add_control_rig

if TYPE_CHECKING:
    from pathlib import Path


def open_rig(shared_data: Path, name: str) -> bpy.types.Object:
    """The rig, without what its add-on's script would do."""
    bpy.ops.wm.open_mainfile(filepath=str(shared_data / "characters" / "rigs" / f"{name}.blend"), use_scripts=False)
    for mesh in [obj for obj in bpy.data.objects if obj.type == "MESH" and obj.users_scene]:
        bpy.data.objects.remove(mesh)  # deforming it is what takes most time
    return max((obj for obj in bpy.data.objects if obj.type == "ARMATURE"), key=lambda obj: len(obj.data.bones))


def mixamo_control_rig(shared_data: Path) -> bpy.types.Object:
    bpy.ops.wm.open_mainfile(filepath=str(shared_data / "characters" / "mh_mixamo.blend"), use_scripts=False)
    (obj,) = (obj for obj in bpy.data.objects if obj.type == "ARMATURE")
    for mesh in [each for each in bpy.data.objects if each.type == "MESH"]:
        bpy.data.objects.remove(mesh)
    add_control_rig(obj)
    return obj
