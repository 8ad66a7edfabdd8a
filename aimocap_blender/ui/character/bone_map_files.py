"""Operators that save and load bone maps; maps in the suggested folder are tried on every character."""

import contextlib
from typing import TYPE_CHECKING, cast

import bpy

from ...scene.armatures import skeleton_of
from ...scene.bone_maps import bone_map_folder, bone_map_of, doubts_in_words, load_bone_map, save_bone_map
from ...texts.text import Text
from ..chosen_files import RELATIVE, chosen_file
from ..text.reporting import Returned
from .bones import OnCharacter
from .onto import character_named
from .recognition import discard_recognition, recognised


class _BoneMapFile(OnCharacter):
    """Operator on a bone map file."""

    if TYPE_CHECKING:
        filepath: str
        filter_glob: str
    else:
        filepath: bpy.props.StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE", *RELATIVE})
        filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Ask for the file, starting in the folder whose maps are tried on every character."""
        self.take_character(context)
        armature = character_named(self.onto, context)
        if armature is None:
            return self.execute(context)
        if not self.filepath:
            # without the folder, the file selector opens elsewhere
            with contextlib.suppress(OSError):
                bone_map_folder().mkdir(parents=True, exist_ok=True)
            self.filepath = str(bone_map_folder() / f"{bpy.path.clean_name(armature.name)}.json")
        context.window_manager.fileselect_add(cast("bpy.types.Operator", self))
        return {"RUNNING_MODAL"}


class SaveBoneMap(_BoneMapFile, bpy.types.Operator):
    """Save the character's bone map as a profile: in the suggested folder, it is tried on every character"""

    bl_idname = "aimocap.save_bone_map"
    bl_label = "Save as Profile"
    bl_options = {"REGISTER"}
    changes_it = False

    if TYPE_CHECKING:
        check_existing: bool
    else:
        check_existing: bpy.props.BoolProperty(default=True, options={"HIDDEN"})

    def act(self, armature: bpy.types.Object) -> tuple[Text, ...]:
        """Save the bone map."""
        path = chosen_file(self.filepath, ".json")
        save_bone_map(armature, path)
        discard_recognition()
        return (Text("Saved the bone map of {armature} to {path}.", armature=armature.name, path=path),)


class LoadBoneMap(_BoneMapFile, bpy.types.Operator):
    """Load a profile from a file as the character's bone map"""

    bl_idname = "aimocap.load_bone_map"
    bl_label = "Load Profile"

    def act(self, armature: bpy.types.Object) -> tuple[Text, ...]:
        """Load the bone map."""
        left_out = load_bone_map(armature, chosen_file(self.filepath))
        loaded = Text(
            "Recognized {bones} bones of {armature}.", bones=recognised(armature).bones, armature=armature.name
        )
        doubts = doubts_in_words(skeleton_of(armature), bone_map_of(armature))
        if not left_out:
            return loaded, *doubts
        bones = ", ".join(left_out[:4])
        some, more = Text("Missing bones: {bones}.", bones=bones), Text("Missing bones: {bones} ….", bones=bones)
        return loaded, more if left_out[4:] else some, *doubts


CLASSES = (SaveBoneMap, LoadBoneMap)
