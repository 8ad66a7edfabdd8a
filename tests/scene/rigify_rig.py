"""Rigify's generated human, made by Blender itself."""

import json
from pathlib import Path

import addon_utils
import bpy

from aimocap_blender.motion.humanoid import BoneMap, BoneMatch, Switch

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
    bpy.ops.wm.save_as_mainfile(filepath=str(file))


def open_rig(file: Path) -> bpy.types.Object:
    bpy.ops.wm.open_mainfile(filepath=str(file))
    return bpy.data.objects["rig"]


def controls(shared_data: Path) -> BoneMap:
    """The rig's controls as people read them off, and what makes them move it."""
    names = json.loads((shared_data / "bone-names.json").read_text(encoding="utf-8"))["rigify_ctrl"]["map"]
    return BoneMap(
        {slot: BoneMatch(bone) for slot, bone in names.items()},
        ("spine_fk.001", "spine_fk.002", "spine_fk.003"),
        ("neck",),
        "Rigify",
        tuple(Switch(f"{limb}_parent.{side}", "IK_FK", 1.0) for limb in ("upper_arm", "thigh") for side in ("L", "R")),
    )
