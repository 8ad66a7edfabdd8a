"""Motion from FBX files: what needs no service."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import bpy

from ..motion.faults import MotionFault
from ..scene.action_source import ActionSource
from ..scene.faults import SceneFault
from ..scene.strips import from_current_frame
from .apply_operator import put_motion_on
from .character import selected_armature
from .motion_choices import MotionChoices, choices_of
from .outcome_words import TellsOutcome
from .reading import FBX, MotionReading
from .reporting import inform, refuse
from .settings import settings_of

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems


class ImportMotionFbx(TellsOutcome, MotionChoices, bpy.types.Operator):
    """Put the motion of an FBX file onto the selected armature."""

    bl_idname = "aimocap.import_motion_fbx"
    bl_label = "Motion onto Armature (.fbx)"
    bl_options = {"REGISTER", "UNDO", "PRESET"}

    if TYPE_CHECKING:
        filepath: str
        filter_glob: str
    else:
        filepath: bpy.props.StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
        filter_glob: bpy.props.StringProperty(default="*.fbx", options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Ask for the file, unless it was dropped; the choices beside it are the scene's at first."""
        self.take_choices(choices_of(settings_of(context.scene)))
        if self.filepath:
            return self.execute(context)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def draw(self, context: bpy.types.Context) -> None:
        """The choices, beside the files and in the redo panel."""
        layout = cast("bpy.types.UILayout", self.layout)
        self.draw_choices(layout)
        self.draw_outcome(layout)

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Read the file and key its motion from the current frame on, in real seconds."""
        file = Path(bpy.path.abspath(self.filepath))
        reading = MotionReading(FBX, file)
        try:
            reading.wait()
            if reading.motion is None:
                raise reading.fault or SceneFault("The file holds no motion.", "Choose another one.")
            mapping = from_current_frame(context.scene)
            armature, source = selected_armature(context), ActionSource(file=file.name)
            told = put_motion_on(context, reading.motion, armature, mapping, file.stem, self, source) + reading.notes
        except (SceneFault, MotionFault) as fault:
            return refuse(self, fault)
        finally:
            reading.close()
        self.tell(told)
        inform(self, " ".join(told))
        return {"FINISHED"}


class MotionFbxFileHandler(bpy.types.FileHandler):
    """FBX files that are dropped onto the 3D viewport while a character is selected."""

    bl_idname = "AIMOCAP_FH_motion_fbx"
    bl_label = "Motion onto Armature"
    bl_import_operator = ImportMotionFbx.bl_idname
    bl_file_extensions = ".fbx"

    @classmethod
    def poll_drop(cls, context: bpy.types.Context | None) -> bool:
        """Without a character Blender's own importer is what is meant."""
        if context is None or context.area is None or context.area.type != "VIEW_3D":
            return False
        return selected_armature(context) is not None


def _draw_import(self: Any, _context: bpy.types.Context) -> None:  # noqa: ANN401 -- the stubs know no appended draw functions
    self.layout.operator(ImportMotionFbx.bl_idname)


def register() -> None:
    """Make the operator known to Blender, in the File menu, and for files that are dropped."""
    bpy.utils.register_class(ImportMotionFbx)
    bpy.utils.register_class(MotionFbxFileHandler)
    cast("Any", bpy.types).TOPBAR_MT_file_import.append(_draw_import)


def unregister() -> None:
    """Take it away again."""
    cast("Any", bpy.types).TOPBAR_MT_file_import.remove(_draw_import)
    bpy.utils.unregister_class(MotionFbxFileHandler)
    bpy.utils.unregister_class(ImportMotionFbx)
