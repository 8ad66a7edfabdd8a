"""The motion of a G1 rig, edits included, as the files that trainers read."""

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import bpy

from ...motion.faults import MotionFault
from ...motion.g1.files import write_g1_csv, write_g1_json, write_g1_npz
from ...motion.g1.motion import G1Motion, on_variant
from ...motion.g1.variants import WITH_HANDS
from ...scene.context_override import threads
from ...scene.g1.evaluated_motion import evaluated_g1_motion
from ...scene.g1.keys import hands_in_use
from ...scene.windows import in_a_window
from ..chosen_files import chosen_file
from ..text.notices import notify
from .rig_operators import OnG1Rig, selected_g1_rig

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

_SUFFIXES = {"JSON": ".json", "CSV": ".csv", "BEYONDMIMIC_NPZ": ".npz", "MJLAB_NPZ": ".npz"}
_WRITERS: dict[str, Callable[[Path, G1Motion], None]] = {
    "JSON": write_g1_json,
    "CSV": write_g1_csv,
    "BEYONDMIMIC_NPZ": write_g1_npz,
    "MJLAB_NPZ": partial(write_g1_npz, order="mujoco"),
}
_TRAINED_FPS = 50.0
_AT_ONCE = 1000  # frames that are written before anybody could notice
_TICK_SEC = 0.05


class _Writing(threading.Thread):
    """A long motion on its way to disk, while the window keeps drawing; Blender waits for it when it ends."""

    def __init__(self, write: Callable[[], None], told: str) -> None:
        super().__init__(name="aimocap export")
        self.told, self.well = "The motion was not written. Export it again.", False
        self._write, self._to_tell = write, told

    def run(self) -> None:
        """Write it."""
        try:
            with threads.computing():
                self._write()
        except MotionFault as fault:
            self.told = f"{fault.what} {fault.next_step}"
        else:
            self.told, self.well = self._to_tell, True


_under_way: list[_Writing] = []


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
                ("CSV", "CSV (LAFAN)", "Place, quaternion xyzw, 29 joints (43 with hands) in MuJoCo's order"),
                ("BEYONDMIMIC_NPZ", "BeyondMimic npz", "Joints and body poses in Isaac's order"),
                ("MJLAB_NPZ", "mjlab npz", "Joints and body poses in MuJoCo's order"),
            ),
        )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Ask for the file."""
        self.by_hand = True
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
        motion = evaluated_g1_motion(rig)
        if motion.variant == WITH_HANDS and not hands_in_use(rig):
            motion = on_variant(motion, "29dof")
        told = f"{len(motion.root_pos)} frames at {motion.fps:g} fps are in {path}."
        if self.format.endswith("NPZ") and motion.fps != _TRAINED_FPS:
            told += f" Trainers expect {_TRAINED_FPS:g} fps."
        write = partial(_WRITERS[self.format], path, motion)
        if getattr(self, "by_hand", False) and not bpy.app.background and len(motion.root_pos) > _AT_ONCE:
            _write_beside_the_window(write, told)
            return f"{len(motion.root_pos)} frames are being written to {path}."
        write()
        return told


def _write_beside_the_window(write: Callable[[], None], told: str) -> None:
    writing = _Writing(write, told)
    writing.start()
    _under_way.append(writing)
    if not bpy.app.timers.is_registered(_look):
        bpy.app.timers.register(_look, first_interval=_TICK_SEC, persistent=True)


def _look() -> float | None:
    """Has anything been written? Then say so, in the window."""
    for writing in [writing for writing in _under_way if not writing.is_alive()]:
        _under_way.remove(writing)
        with in_a_window():
            notify("Unitree G1 Motion", writing.told, "INFO" if writing.well else "ERROR")
    return _TICK_SEC if _under_way else None


def _draw_export(self: Any, _context: bpy.types.Context) -> None:  # noqa: ANN401 -- the stubs know no appended draw functions
    self.layout.operator(ExportG1Motion.bl_idname)


CLASSES = (ExportG1Motion,)


def register() -> None:
    """Make the operator known to Blender, in File > Export."""
    cast("Any", bpy.types).TOPBAR_MT_file_export.append(_draw_export)


def unregister() -> None:
    """Take it away again, once what is being written is whole."""
    if bpy.app.timers.is_registered(_look):
        bpy.app.timers.unregister(_look)
    while _under_way:
        _under_way.pop().join()
    cast("Any", bpy.types).TOPBAR_MT_file_export.remove(_draw_export)
