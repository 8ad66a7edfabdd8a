"""Import of motion from FBX, BVH and glTF files, without the service."""

from pathlib import Path
from typing import TYPE_CHECKING, cast

import bpy

from ...scene.chosen_character import character_of
from ...scene.video.strips import from_current_frame
from ...takes.applying import put_take_on
from ...takes.choices import choices_of
from ...takes.reading import MotionKind, MotionReading
from ...takes.take import take_of_file
from ..character.onto import OntoCharacter
from ..motion_choices import MotionChoices
from ..settings import settings_of
from ..text.modal_work import READING, RETARGETING, ModalWork, Work
from ..text.reporting import Returned
from .outcome_words import ShowsOutcome


class ImportMotionFbx(ModalWork, ShowsOutcome, MotionChoices, OntoCharacter, bpy.types.Operator):
    """Import the motion of an FBX, BVH or glTF file onto the character"""

    bl_idname = "aimocap.import_motion_fbx"
    bl_label = "Motion onto Armature (.fbx/.bvh/.gltf)"
    bl_options = {"REGISTER", "UNDO", "PRESET"}

    if TYPE_CHECKING:
        filepath: str
        filter_glob: str
    else:
        filepath: bpy.props.StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
        filter_glob: bpy.props.StringProperty(default="*.fbx;*.bvh;*.glb;*.gltf", options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Ask for the file unless it was dropped, with the scene's options to start with."""
        self.take_choices(choices_of(settings_of(context.scene)))
        self.take_character(context)
        if self.filepath:
            return super().invoke(context, event)
        context.window_manager.fileselect_add(self)
        return self.asking()

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the options in the file selector and in the redo panel."""
        layout = cast("bpy.types.UILayout", self.layout)
        self.draw_choices(layout)
        self.draw_outcome(layout)

    def work(self, context: bpy.types.Context) -> Work:
        """Read the file and keyframe its motion from the frame on that is current now, in real time."""
        file = Path(bpy.path.abspath(self.filepath))
        mapping, armature = from_current_frame(context.scene), self.character(context)
        uid = armature.session_uid if armature is not None else 0
        reading = MotionReading(MotionKind.HUMAN, file)
        try:
            while not reading.poll():
                yield READING
            motion = reading.result
        finally:
            reading.close()
        yield RETARGETING
        armature = next((found for found in bpy.data.objects if found.session_uid == uid), None)
        note = put_take_on(context, take_of_file(file), [motion], armature, None, [mapping], choices_of(self))
        self.show_outcome(note)
        return {"FINISHED"}


class MotionFbxFileHandler(bpy.types.FileHandler):
    """Handler for files dropped onto the 3D Viewport while there is a character."""

    bl_idname = "AIMOCAP_FH_motion_fbx"
    bl_label = "Motion onto Armature"
    bl_import_operator = ImportMotionFbx.bl_idname
    bl_file_extensions = ".fbx;.bvh;.glb;.gltf"

    @classmethod
    def poll_drop(cls, context: bpy.types.Context | None) -> bool:
        """Accept drops while a character is kept or selected; otherwise Blender's own importer handles them."""
        if context is None or context.area is None or context.area.type != "VIEW_3D":
            return False
        return character_of(context) is not None


CLASSES = (ImportMotionFbx, MotionFbxFileHandler)
