"""Blender's own importers of FBX."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def import_with(importer: str, file: Path):  # noqa: ANN201 - bpy's object
    """The armature that an importer makes of a file, in an empty scene."""
    import addon_utils
    import bpy

    bpy.ops.wm.read_factory_settings(use_empty=True)
    if importer == "python":
        addon_utils.enable("io_scene_fbx")
        bpy.ops.import_scene.fbx(filepath=str(file))
    else:
        bpy.ops.wm.fbx_import(filepath=str(file))
    (armature,) = (obj for obj in bpy.data.objects if obj.type == "ARMATURE")
    return armature
