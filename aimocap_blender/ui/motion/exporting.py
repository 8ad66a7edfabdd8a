"""Export of the motion on a character to files of other programs."""

from typing import TYPE_CHECKING, cast

import bpy

from ...scene.chosen_character import character_of
from ...scene.motion_files.exporting import SUFFIX_OF, ExportOptions, Format, export_motion
from ...texts.faults import Fault
from ...texts.text import Text
from ..character.onto import OntoCharacter
from ..chosen_files import file_to_write, offered_file, with_suffix
from ..text.reporting import inform, refuse
from ..text.tooltips import SaysWhyNot

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

_NO_CHARACTER = Fault("No character is selected.", "Select the armature whose motion should be exported.")
_DEFAULT = ExportOptions()


class ExportMotion(SaysWhyNot, OntoCharacter, bpy.types.Operator):
    """Export the character with the motion of its Action, as shown, at the scene's frame rate"""

    bl_idname = "aimocap.export_motion"
    bl_label = "Character Motion (.fbx/.bvh/.glb)"
    bl_options = {"REGISTER", "PRESET"}

    if TYPE_CHECKING:
        filepath: str
        filter_glob: str
        check_existing: bool
        format: Format
        deforming_only: bool
        meshes: bool
    else:
        filepath: bpy.props.StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
        filter_glob: bpy.props.StringProperty(default="*.fbx;*.bvh;*.glb", options={"HIDDEN"})
        check_existing: bpy.props.BoolProperty(default=True, options={"HIDDEN"})
        format: bpy.props.EnumProperty(
            name="Format",
            description="File format",
            items=(
                ("FBX", "FBX", "For engines and most other programs"),
                ("BVH", "BVH", "Skeleton and motion only, in metres, Y up"),
                ("GLB", "glTF (.glb)", "For engines and the web"),
            ),
            default=_DEFAULT.format,
        )
        deforming_only: bpy.props.BoolProperty(
            name="Deforming Bones Only",
            description="Leave out controls and other bones that deform no mesh",
            default=_DEFAULT.deforming_only,
        )
        meshes: bpy.props.BoolProperty(
            name="Meshes",
            description="Export the visible meshes that the armature deforms, too",
            default=_DEFAULT.meshes,
        )

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
        layout = cast("bpy.types.UILayout", self.layout)
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(self, "format")
        layout.prop(self, "deforming_only")
        meshes = layout.column()
        meshes.active = self.format != "BVH"
        meshes.prop(self, "meshes")

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Write the file or report why not; the scene stays as it was."""
        try:
            obj = self.character(context)
            if obj is None:
                raise _NO_CHARACTER
            path = file_to_write(self.filepath, SUFFIX_OF[self.format])
            options = ExportOptions(self.format, self.deforming_only, self.meshes)
            done = export_motion(context, obj, path, options)
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
