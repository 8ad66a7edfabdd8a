"""Export of the motion on a character to files of other programs."""

from typing import TYPE_CHECKING, cast

import bpy

from ...motion.files.export_options import ExportOptions
from ...options import made_of
from ...scene.chosen_character import character_of
from ...scene.motion_files.exporting import SUFFIX_OF, export_motion
from ...texts.faults import Fault
from ...texts.text import Text
from ..character.onto import OntoCharacter
from ..chosen_files import file_to_write, offered_file, with_suffix
from ..text.option_properties import draw_options, properties
from ..text.reporting import inform, refuse
from ..text.tooltips import SaysWhyNot

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

_NO_CHARACTER = Fault("No character is selected.", "Select the armature whose motion should be exported.")


class ExportMotion(SaysWhyNot, OntoCharacter, properties(ExportOptions), bpy.types.Operator):
    """Export the character with the motion of its Action, as shown, at the scene's frame rate"""

    bl_idname = "aimocap.export_motion"
    bl_label = "Character Motion (.fbx/.bvh/.glb)"
    bl_options = {"REGISTER", "PRESET"}

    if TYPE_CHECKING:
        filepath: str
        filter_glob: str
        check_existing: bool
    else:
        filepath: bpy.props.StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
        filter_glob: bpy.props.StringProperty(default="*.fbx;*.bvh;*.glb", options={"HIDDEN"})
        check_existing: bpy.props.BoolProperty(default=True, options={"HIDDEN"})

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> Fault | None:
        """Return why it can't be pressed."""
        return _NO_CHARACTER if character_of(context) is None else None

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Ask for the file."""
        self.take_character(context)
        obj = self.character(context)
        if obj is None:
            return self.execute(context)
        if not self.filepath:
            self.filepath = offered_file(obj, SUFFIX_OF[self.format])
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def check(self, context: bpy.types.Context) -> bool:
        """Match the file's suffix to the format."""
        before = self.filepath
        self.filepath = with_suffix(before, SUFFIX_OF[self.format], SUFFIX_OF.values())
        return self.filepath != before

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the options in the file selector."""
        draw_options(cast("bpy.types.UILayout", self.layout), self, ExportOptions)

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Write the file or report why not; the scene stays as it was."""
        try:
            obj = self.character(context)
            if obj is None:
                raise _NO_CHARACTER
            path = file_to_write(self.filepath, SUFFIX_OF[self.format])
            done = export_motion(context, obj, path, made_of(ExportOptions, self))
        except Fault as fault:
            return refuse(self, fault)
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


CLASSES = (ExportMotion,)
