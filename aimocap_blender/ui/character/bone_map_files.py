"""A character's bone map on disk: as a file of one's own, or in the folder whose maps are tried on every character."""

import contextlib
from typing import TYPE_CHECKING, cast

import bpy

from ...scene.armatures import selected_armature
from ...scene.bone_maps import bone_map_folder, load_bone_map, save_bone_map
from ..chosen_files import chosen_file
from .bones import OnCharacter
from .recognition import look_again, recognised

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

_RELATIVE = {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else set[str]()
"""What marks a path as one that may begin with `//`; Blender before 4.5 takes all for such."""


class _BoneMapFile(OnCharacter):
    """A bone map on disk."""

    if TYPE_CHECKING:
        filepath: str
        filter_glob: str
    else:
        filepath: bpy.props.StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE", *_RELATIVE})
        filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Ask for the file, in the folder whose maps are tried on every character."""
        armature = selected_armature(context)
        if armature is None:
            return self.execute(context)
        if not self.filepath:
            with contextlib.suppress(OSError):  # where it can't be made, the selector opens elsewhere
                bone_map_folder().mkdir(parents=True, exist_ok=True)
            self.filepath = str(bone_map_folder() / f"{bpy.path.clean_name(armature.name)}.json")
        context.window_manager.fileselect_add(cast("bpy.types.Operator", self))
        return {"RUNNING_MODAL"}


class SaveBoneMap(_BoneMapFile, bpy.types.Operator):
    """Save the selected armature's bone map. A map in the folder that opens is tried on every character."""

    bl_idname = "aimocap.save_bone_map"
    bl_label = "Save Bone Map"
    bl_options = {"REGISTER"}
    changes_it = False

    if TYPE_CHECKING:
        check_existing: bool
    else:
        check_existing: bpy.props.BoolProperty(default=True, options={"HIDDEN"})

    def act(self, armature: bpy.types.Object) -> str:
        """Save it."""
        path = chosen_file(self.filepath, ".json")
        save_bone_map(armature, path)
        look_again()
        return f"The bone map of {armature.name} is in {path}."


class LoadBoneMap(_BoneMapFile, bpy.types.Operator):
    """Take the selected armature's bone map from a file, and keep it on the armature."""

    bl_idname = "aimocap.load_bone_map"
    bl_label = "Load Bone Map"

    def act(self, armature: bpy.types.Object) -> str:
        """Load it."""
        left_out = load_bone_map(armature, chosen_file(self.filepath))
        told = f"{recognised(armature).bones} bones of {armature.name} are recognised."
        return told if not left_out else f"{told} It has no {', '.join(left_out[:4])}{' …' if left_out[4:] else ''}."


CLASSES = (SaveBoneMap, LoadBoneMap)
