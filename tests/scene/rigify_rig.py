"""Rigify's generated human, made by Blender itself."""

from pathlib import Path

import addon_utils
import bpy

DEFORMING = {
    "hips": "DEF-spine",
    "neck": "DEF-spine.004",
    "head": "DEF-spine.006",
    **{
        f"{side}_{slot}": f"DEF-{bone}.{letter}"
        for side, letter in (("left", "L"), ("right", "R"))
        for slot, bone in (
            ("upper_arm", "upper_arm"),
            ("lower_arm", "forearm"),
            ("hand", "hand"),
            ("upper_leg", "thigh"),
            ("lower_leg", "shin"),
            ("foot", "foot"),
            ("index_proximal", "f_index.01"),
            ("little_proximal", "f_pinky.01"),
        )
    },
}
"""Slot to the bone that moves the mesh there."""


def generate(file: Path) -> None:
    """Save a file with a newly generated rig in it."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    addon_utils.enable("rigify", default_set=True)
    bpy.ops.object.armature_human_metarig_add()
    bpy.ops.pose.rigify_generate()
    addon_utils.disable("rigify", default_set=True)  # its handlers would outlive its properties
    bpy.ops.wm.save_as_mainfile(filepath=str(file))


def open_rig(file: Path) -> bpy.types.Object:
    bpy.ops.wm.open_mainfile(filepath=str(file))
    return bpy.data.objects["rig"]
