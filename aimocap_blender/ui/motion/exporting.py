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
from ..chosen_files import WritesFormat, file_to_write, offered_file
from ..text.option_properties import draw_options, properties
from ..text.reporting import Returned, SaysWhyNot, inform, refuse

_NO_CHARACTER = Fault("No character is selected.", "Select the armature whose motion should be exported.")


class ExportMotion(SaysWhyNot, OntoCharacter, WritesFormat, properties(ExportOptions), bpy.types.Operator):
    """Export the character with the motion of its Action, as shown, at the scene's frame rate"""

    bl_idname = "aimocap.export_motion"
    bl_label = "Character Motion (.fbx/.bvh/.glb)"
    bl_options = {"REGISTER", "PRESET"}

    suffix_of = SUFFIX_OF

    if TYPE_CHECKING:
        filter_glob: str
    else:
        filter_glob: bpy.props.StringProperty(default="*.fbx;*.bvh;*.glb", options={"HIDDEN"})

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> Fault | None:
        """Return why it can't be pressed."""
        return _NO_CHARACTER if character_of(context) is None else None

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Ask for the file."""
        self.take_character(context)
        obj = self.character(context)
        if obj is None:
            return self.execute(context)
        return self.ask_for_file(context, offered_file(obj, SUFFIX_OF[self.format]))

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the options in the file selector."""
        draw_options(cast("bpy.types.UILayout", self.layout), self, ExportOptions)

    def execute(self, context: bpy.types.Context) -> Returned:
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
