"""Motion from FBX files: what needs no service."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import bpy

from ..motion.faults import MotionFault
from ..motion.time_mapping import TimeMapping
from ..scene.faults import SceneFault
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
    bl_options = {"REGISTER", "UNDO"}

    if TYPE_CHECKING:
        filepath: str
        filter_glob: str
    else:
        filepath: bpy.props.StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
        filter_glob: bpy.props.StringProperty(default="*.fbx", options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Ask for the file; the choices beside it are the scene's at first."""
        self.take_choices(choices_of(settings_of(context.scene)))
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def draw(self, context: bpy.types.Context) -> None:
        """The choices, beside the files and in the redo panel."""
        layout = cast("bpy.types.UILayout", self.layout)
        self.draw_choices(layout)
        self.draw_outcome(layout)

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Read the file and key its motion from the current frame on, in real seconds."""
        reading = MotionReading(FBX, Path(bpy.path.abspath(self.filepath)))
        try:
            reading.wait()
            if reading.motion is None:
                raise reading.fault or SceneFault("The file holds no motion.", "Choose another one.")
            render = context.scene.render
            mapping = TimeMapping(context.scene.frame_current, render.fps / render.fps_base)
            name = Path(self.filepath).stem
            told = put_motion_on(context, reading.motion, selected_armature(context), mapping, name, self)
        except (SceneFault, MotionFault) as fault:
            return refuse(self, fault)
        finally:
            reading.close()
        self.tell(told)
        inform(self, " ".join(told))
        return {"FINISHED"}


def _draw_import(self: Any, _context: bpy.types.Context) -> None:  # noqa: ANN401 -- the stubs know no appended draw functions
    self.layout.operator(ImportMotionFbx.bl_idname)


def register() -> None:
    """Make the operator known to Blender, and give it its place in the File menu."""
    bpy.utils.register_class(ImportMotionFbx)
    cast("Any", bpy.types).TOPBAR_MT_file_import.append(_draw_import)


def unregister() -> None:
    """Take it away again."""
    cast("Any", bpy.types).TOPBAR_MT_file_import.remove(_draw_import)
    bpy.utils.unregister_class(ImportMotionFbx)
