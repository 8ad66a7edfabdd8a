"""Motion from files, and a new robot: what needs no service."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import bpy

from ..motion.faults import MotionFault
from ..motion.time_mapping import TimeMapping
from ..scene.faults import SceneFault
from ..scene.g1_rig import add_g1_rig
from .apply_operator import put_motion_on
from .character import selected_armature
from .motion_choices import MotionChoices, choices_of
from .outcome_words import TellsOutcome
from .reading import FBX, G1_JSON, MotionReading
from .settings import settings_of

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems


class _FromFile:
    """What both importers are: a file, a start frame, one undo step."""

    bl_options = {"REGISTER", "UNDO"}
    kind: str

    if TYPE_CHECKING:
        filepath: str
        filter_glob: str
    else:
        filepath: bpy.props.StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Ask for the file."""
        context.window_manager.fileselect_add(cast("bpy.types.Operator", self))
        return {"RUNNING_MODAL"}

    def put(self, context: bpy.types.Context, chosen: MotionChoices | None = None) -> "set[OperatorReturnItems]":
        """Read the file and key its motion from the current frame on, in real seconds."""
        operator = cast("bpy.types.Operator", self)
        reading = MotionReading(self.kind, Path(bpy.path.abspath(self.filepath)))
        try:
            reading.wait()
            if reading.motion is None:
                raise reading.fault or SceneFault("The file holds no motion.", "Choose another one.")
            render = context.scene.render
            mapping = TimeMapping(context.scene.frame_current, render.fps / render.fps_base)
            name = Path(self.filepath).stem
            told = put_motion_on(context, reading.motion, selected_armature(context), mapping, name, chosen)
        except (SceneFault, MotionFault) as fault:
            operator.report({"ERROR"}, f"{fault.what} {fault.next_step}")
            return {"CANCELLED"}
        finally:
            reading.close()
        if isinstance(self, TellsOutcome):
            self.tell(told)
        operator.report({"INFO"}, " ".join(told))
        return {"FINISHED"}


class ImportMotionFbx(TellsOutcome, MotionChoices, _FromFile, bpy.types.Operator):
    """Put the motion of an FBX file onto the selected armature."""

    bl_idname = "aimocap.import_motion_fbx"
    bl_label = "Motion onto Armature (.fbx)"
    kind = FBX

    if not TYPE_CHECKING:
        filter_glob: bpy.props.StringProperty(default="*.fbx", options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Ask for the file; the choices beside it are the scene's at first."""
        self.take_choices(choices_of(settings_of(context.scene)))
        return super().invoke(context, event)

    def draw(self, context: bpy.types.Context) -> None:
        """The choices, beside the files and in the redo panel."""
        layout = cast("bpy.types.UILayout", self.layout)
        self.draw_choices(layout)
        self.draw_outcome(layout)

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Import the file."""
        return self.put(context, self)


class ImportG1Motion(_FromFile, bpy.types.Operator):
    """Put a robot's motion onto the selected Unitree G1 rig, or onto a new one."""

    bl_idname = "aimocap.import_g1_motion"
    bl_label = "Unitree G1 Motion (.json)"
    kind = G1_JSON

    if not TYPE_CHECKING:
        filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Import the file."""
        return self.put(context)


class AddG1Rig(bpy.types.Operator):
    """Add a Unitree G1: 30 bones, each joint's angle in radians in one channel."""

    bl_idname = "aimocap.add_g1_rig"
    bl_label = "Unitree G1"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Add the rig, selected and active as Blender's own additions are."""
        rig = add_g1_rig(context)
        for other in context.selected_objects:
            other.select_set(state=False)
        rig.select_set(state=True)
        context.view_layer.objects.active = rig
        return {"FINISHED"}


_CLASSES = (ImportMotionFbx, ImportG1Motion, AddG1Rig)


def _draw_import(self: Any, _context: bpy.types.Context) -> None:  # noqa: ANN401 -- the stubs know no appended draw functions
    for operator in (ImportMotionFbx, ImportG1Motion):
        self.layout.operator(operator.bl_idname)


def _draw_add(self: Any, _context: bpy.types.Context) -> None:  # noqa: ANN401 -- as above
    self.layout.operator(AddG1Rig.bl_idname, icon="CONSTRAINT_BONE")


def _menu(name: str) -> Any:  # noqa: ANN401 -- as above
    return getattr(bpy.types, name)


def register() -> None:
    """Make the operators known to Blender, and give them their places in its menus."""
    for operator in _CLASSES:
        bpy.utils.register_class(operator)
    _menu("TOPBAR_MT_file_import").append(_draw_import)
    _menu("VIEW3D_MT_armature_add").append(_draw_add)


def unregister() -> None:
    """Take them away again."""
    _menu("VIEW3D_MT_armature_add").remove(_draw_add)
    _menu("TOPBAR_MT_file_import").remove(_draw_import)
    for operator in reversed(_CLASSES):
        bpy.utils.unregister_class(operator)
