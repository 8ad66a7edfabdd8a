"""The motion of a G1 rig, edits included, as the files that trainers read."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import bpy

from ..motion.g1_files import write_g1_csv, write_g1_json, write_g1_npz
from ..scene.g1_shown import g1_motion_shown
from .chosen_files import chosen_file
from .g1_rig_operators import OnG1Rig, selected_g1_rig

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

_SUFFIXES = {"JSON": ".json", "CSV": ".csv", "BEYONDMIMIC_NPZ": ".npz", "MJLAB_NPZ": ".npz"}
_TRAINED_FPS = 50.0


class ExportG1Motion(OnG1Rig, bpy.types.Operator):
    """Write the motion of the selected Unitree G1 as it is seen, for a trainer or a robot."""

    bl_idname = "aimocap.export_g1_motion"
    bl_label = "Unitree G1 Motion (.json, .csv, .npz)"
    bl_options = {"REGISTER"}

    if TYPE_CHECKING:
        filepath: str
        filter_glob: str
        check_existing: bool
        format: Literal["JSON", "CSV", "BEYONDMIMIC_NPZ", "MJLAB_NPZ"]
    else:
        filepath: bpy.props.StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
        filter_glob: bpy.props.StringProperty(default="*.json;*.csv;*.npz", options={"HIDDEN"})
        check_existing: bpy.props.BoolProperty(default=True, options={"HIDDEN"})
        format: bpy.props.EnumProperty(
            name="Format",
            description="What kind of file",
            items=(
                ("JSON", "JSON", "The service's own, without loss"),
                ("CSV", "CSV (LAFAN)", "36 columns: place, quaternion xyzw, joints in MuJoCo's order"),
                ("BEYONDMIMIC_NPZ", "BeyondMimic npz", "Joints and body poses in Isaac's order"),
                ("MJLAB_NPZ", "mjlab npz", "Joints and body poses in MuJoCo's order"),
            ),
        )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Ask for the file."""
        rig = selected_g1_rig(context)
        if rig is None:
            return self.execute(context)
        if not self.filepath:
            action = rig.animation_data.action if rig.animation_data else None
            name = bpy.path.clean_name(action.name if action is not None else rig.name)
            self.filepath = str(Path(bpy.data.filepath).parent / f"{name}{_SUFFIXES[self.format]}")
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def check(self, context: bpy.types.Context) -> bool:
        """Keep the file's ending that of the format."""
        path, suffix = Path(self.filepath), _SUFFIXES[self.format]
        if not path.name or path.suffix == suffix:
            return False
        stem = path.stem if path.suffix in _SUFFIXES.values() else path.name  # a dot within the name begins no ending
        self.filepath = str(path.with_name(f"{stem}{suffix}"))
        return True

    def act(self, context: bpy.types.Context, rig: bpy.types.Object) -> str:
        """Write it."""
        path = chosen_file(self.filepath)
        motion = g1_motion_shown(rig)
        told = f"{len(motion.root_pos)} frames at {motion.fps:g} fps are in {path}."
        if self.format == "JSON":
            write_g1_json(path, motion)
        elif self.format == "CSV":
            write_g1_csv(path, motion)
        else:
            write_g1_npz(path, motion, "isaac" if self.format == "BEYONDMIMIC_NPZ" else "mujoco")
            if motion.fps != _TRAINED_FPS:
                told += f" Trainers expect {_TRAINED_FPS:g} fps."
        return told


def _draw_export(self: Any, _context: bpy.types.Context) -> None:  # noqa: ANN401 -- the stubs know no appended draw functions
    self.layout.operator(ExportG1Motion.bl_idname)


def register() -> None:
    """Make the operator known to Blender, in File > Export."""
    bpy.utils.register_class(ExportG1Motion)
    cast("Any", bpy.types).TOPBAR_MT_file_export.append(_draw_export)


def unregister() -> None:
    """Take it away again."""
    cast("Any", bpy.types).TOPBAR_MT_file_export.remove(_draw_export)
    bpy.utils.unregister_class(ExportG1Motion)
