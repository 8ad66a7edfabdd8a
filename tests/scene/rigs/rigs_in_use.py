"""Rigs of other add-ons, as people's files have them, and how far off limbs by IK may be from those by FK."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
import numpy as np

from .mixamo_rig import add_control_rig

if TYPE_CHECKING:
    from pathlib import Path

SAME_CM, SAME_DEGREES = 0.1, 0.1
BODY_CM, BODY_DEGREES, ROLL_DEGREES = 0.5, 0.5, 5.0


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


def deforming(obj: bpy.types.Object, frames: range) -> dict[str, np.ndarray]:
    """(F, 4, 4) evaluated matrices of the bones that deform the mesh."""
    deforming = [bone.name for bone in obj.data.bones if bone.use_deform]
    found: dict[str, list[np.ndarray]] = {name: [] for name in deforming}
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        shown = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones
        for name in deforming:
            found[name].append(np.array(shown[name].matrix))
    return {name: np.array(matrices) for name, matrices in found.items()}
