"""Export of the motion on a character to files of other programs."""

from pathlib import Path
from typing import TYPE_CHECKING, cast

import bpy

from ...motion.files.export_options import ExportOptions
from ...options import made_of
from ...scene.armatures import action_of
from ...scene.motion_files.exporting import (
    SUFFIX_OF,
    BackgroundExport,
    Exported,
    export_motion,
    exported,
    new_file,
    require_export,
    write_motion,
)
from ...takes.private_folder import PrivateFolder
from ...texts.faults import Fault
from ...texts.text import Text
from ..character.onto import NeedsCharacter
from ..chosen_files import WritesFormat, file_to_write, offered_file
from ..text.modal_work import ModalWork, Steps, Work
from ..text.option_properties import draw_options, properties
from ..text.reporting import Returned, inform

_NEXT_STEP = "Keep one armature with motion in the collection."


class ExportMotion(ModalWork, NeedsCharacter, WritesFormat, properties(ExportOptions), bpy.types.Operator):
    """Export the character with the motion of its Action, as shown, at the scene's frame rate"""

    bl_idname = "aimocap.export_motion"
    bl_label = "Character Motion (.fbx/.bvh/.glb)"
    bl_options = {"REGISTER", "PRESET"}

    nobody = Fault("No character is selected.", "Select the armature whose motion should be exported.")
    suffix_of = SUFFIX_OF

    if TYPE_CHECKING:
        collection: str
        filter_glob: str
    else:
        collection: bpy.props.StringProperty(
            name="Collection",
            description="Name of the collection whose character is exported; empty for the selected one",
            options={"HIDDEN", "SKIP_SAVE"},
        )
        filter_glob: bpy.props.StringProperty(default="*.fbx;*.bvh;*.glb", options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Ask for the file."""
        self.take_character(context)
        obj = self.character(context)
        # without a character there is nothing to name a file after, and the work says why
        if obj is None or self.begins_again:
            return super().invoke(context, event)
        self.ask_for_file(context, offered_file(obj, SUFFIX_OF[self.format]))
        return self.asking()

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the options in the file selector."""
        draw_options(cast("bpy.types.UILayout", self.layout), self, ExportOptions)

    def work(self, context: bpy.types.Context) -> Work:
        """Write the file; the scene stays as it was."""
        path = file_to_write(self.filepath, SUFFIX_OF[self.format])
        obj = self._of_collection() if self.collection else self.required_character(context)
        options, says = made_of(ExportOptions, self), Text("Exporting to {file}", file=path.name)
        if self.is_modal:
            # an exporter holds its Blender to its end, so another process writes the file
            done = yield from _in_background(context, obj, path, options, says)
        else:
            done = export_motion(context, obj, path, options)
        inform(
            self,
            Text(
                "Exported frames {first} to {last} at {fps:g} fps to {path}.",
                first=done.first,
                last=done.last,
                fps=done.fps,
                path=path,
            ),
        )
        return {"FINISHED"}

    def _of_collection(self) -> bpy.types.Object:
        collection = bpy.data.collections.get(self.collection)
        objects = collection.all_objects if collection is not None else ()
        found = [obj for obj in objects if obj.type == "ARMATURE" and action_of(obj) is not None]
        if len(found) != 1:
            count = Text("“{name}” has {count} armatures with motion, not one.", name=self.collection, count=len(found))
            raise Fault(count, _NEXT_STEP)
        return found[0]


def _in_background(
    context: bpy.types.Context, obj: bpy.types.Object, path: Path, options: ExportOptions, says: Text
) -> Steps[Exported]:
    """Export as `export_motion` does, in a process that a stop ends."""
    # what is refused is refused before there is a file
    ends = require_export(context, obj, options)
    yield 0.0, says
    done, folder = exported(context.scene, ends), PrivateFolder()
    try:
        with new_file(path, options.format) as new:
            export = BackgroundExport(context, obj, new, options, ends, folder.path).begin()
            try:
                while not export.poll():
                    yield export.share, says
            finally:
                export.kill()
            # scripts of the user's move it
            if not export.is_written:
                yield 1.0, says
                write_motion(context, obj, new, options, ends)
    finally:
        folder.remove()
    return done


class CharacterMotionHandler(bpy.types.FileHandler):
    """Exporter of a collection: Blender writes the file again whenever the collection is exported."""

    bl_idname = "AIMOCAP_FH_character_motion"
    bl_label = "Character Motion"
    bl_export_operator = ExportMotion.bl_idname
    bl_file_extensions = ".fbx;.bvh;.glb"


CLASSES = (ExportMotion, CharacterMotionHandler)
