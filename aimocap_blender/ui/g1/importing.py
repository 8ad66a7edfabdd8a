"""Motion files of a G1 onto a rig: by menu, by drag and drop, and by script."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import bpy

from ...motion.faults import MotionFault
from ...motion.g1.choices import NAMED, ChoiceName, ReadingChoices
from ...motion.g1.files import SUFFIXES
from ...motion.g1.joint_orders import JointSet
from ...motion.g1.reading import G1Reading
from ...motion.time_mapping import TimeMapping
from ...scene.action_source import ActionSource
from ...scene.faults import SceneFault
from ...scene.video.strips import scene_fps
from ...scene.windows import in_a_window, in_scene
from ...session.applying import put_motion_on
from ...session.reading import G1_JSON, MotionReading
from ..motion.outcome_words import TellsOutcome
from ..text.notices import notify
from ..text.reporting import inform, refuse
from ..text.wrapped_text import say
from .rig_operators import VARIANT_NAMES, selected_g1_rig

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

_TICK_SEC = 0.05
_DIALOG_WIDTH = 460
_TITLE = "Unitree G1 Motion"
_AUTO = ("AUTO", "As Found", "By the evidence in the file")
_SETS: tuple[JointSet, ...] = ("29dof", "23dof", "23dof_without_wrists", "43dof_with_hands")
_ENUMS: tuple[ChoiceName, ...] = ("joints", "joint_order", "quaternion_order", "angle_unit", "length_unit")
_IN_WORDS: dict[ChoiceName, str] = {
    "joints": "The set of joints",
    "joint_order": "The order of joints",
    "quaternion_order": "The order of the quaternion",
    "angle_unit": "The unit of angles",
    "length_unit": "The unit of lengths",
    "fps": "The frame rate",
}


class G1FileChoices:
    """Properties of what reads a G1's file: how it is meant, where the evidence in it isn't to decide."""

    if TYPE_CHECKING:
        joints: str
        joint_order: Literal["AUTO", "mujoco", "isaac"]
        quaternion_order: Literal["AUTO", "wxyz", "xyzw"]
        angle_unit: Literal["AUTO", "rad", "deg"]
        length_unit: Literal["AUTO", "m", "cm", "mm"]
        fps: float
    else:
        joints: bpy.props.EnumProperty(
            name="Joints",
            description="Which joints the file has",
            items=(_AUTO, *((name, VARIANT_NAMES[name], "") for name in _SETS)),
            options={"SKIP_SAVE"},
        )
        joint_order: bpy.props.EnumProperty(
            name="Joint Order",
            description="In which order the file has the joints",
            items=(
                _AUTO,
                ("mujoco", "MuJoCo", "Limb after limb, as MuJoCo, Unitree and LAFAN's files have it"),
                ("isaac", "Isaac", "Level after level, as Isaac Lab and BeyondMimic have it"),
            ),
            options={"SKIP_SAVE"},
        )
        quaternion_order: bpy.props.EnumProperty(
            name="Quaternion",
            description="In which order the file has the pelvis's quaternion",
            items=(_AUTO, ("wxyz", "WXYZ", "The scalar first"), ("xyzw", "XYZW", "The scalar last")),
            options={"SKIP_SAVE"},
        )
        angle_unit: bpy.props.EnumProperty(
            name="Angles",
            description="Unit of the joints' angles",
            items=(_AUTO, ("rad", "Radians", ""), ("deg", "Degrees", "")),
            options={"SKIP_SAVE"},
        )
        length_unit: bpy.props.EnumProperty(
            name="Lengths",
            description="Unit of the pelvis's place",
            items=(_AUTO, ("m", "Metres", ""), ("cm", "Centimetres", ""), ("mm", "Millimetres", "")),
            options={"SKIP_SAVE"},
        )
        fps: bpy.props.FloatProperty(
            name="Frame Rate",
            description="Frames a second; 0: as the file says",
            min=0.0,
            max=1000.0,
            options={"SKIP_SAVE"},
        )

    def reading_choices(self) -> ReadingChoices:
        """What was chosen."""
        chosen = {name: value for name in _ENUMS if (value := getattr(self, name)) != _AUTO[0]}
        return ReadingChoices(**chosen, fps=self.fps or None)

    def take_unsure(self, reading: G1Reading) -> None:
        """Propose what the evidence speaks for, to be confirmed."""
        for choice in reading.unsure:
            if choice.value != NAMED:
                setattr(self, choice.name, choice.value)

    def draw_file_choices(self, layout: bpy.types.UILayout, only: tuple[ChoiceName, ...] = ()) -> None:
        """A row for each, or for some."""
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        for name in only or (*_ENUMS, "fps"):
            column.prop(cast("bpy.types.Operator", self), name)


class _LastRead:
    """The file that was read last, and by which choices, so that choosing otherwise doesn't read it again."""

    file: tuple[Path, int, int] | None = None
    chosen = ReadingChoices()
    reading: G1Reading | None = None


class _UnderWay:
    """The file that is being read for the window, by which choices, and the operator's options."""

    reading: MotionReading | None = None
    path = Path()
    chosen = ReadingChoices()
    options: dict[str, Any] = {}


class ImportG1Motion(TellsOutcome, G1FileChoices, bpy.types.Operator):
    """Put a robot's motion (JSON, CSV, npz) onto the selected Unitree G1 rig, or onto a new one."""

    bl_idname = "aimocap.import_g1_motion"
    bl_label = "Unitree G1 Motion (.json, .csv, .npz)"
    bl_options = {"REGISTER", "UNDO"}

    if TYPE_CHECKING:
        filepath: str
        rig_uid: int
        frame: int
        scene_uid: int
        filter_glob: str
    else:
        filepath: bpy.props.StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
        # What was selected when the file was chosen, and current then: reading a long one takes a while.
        rig_uid: bpy.props.IntProperty(options={"HIDDEN", "SKIP_SAVE"})
        frame: bpy.props.IntProperty(options={"HIDDEN", "SKIP_SAVE"})
        scene_uid: bpy.props.IntProperty(options={"HIDDEN", "SKIP_SAVE"})
        filter_glob: bpy.props.StringProperty(default=";".join(f"*{suffix}" for suffix in SUFFIXES), options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Ask for the file unless it was dropped; read it while Blender goes on; ask what the evidence leaves open."""
        self.by_hand = True
        if not self.filepath:
            context.window_manager.fileselect_add(self)
            return {"RUNNING_MODAL"}
        reading = _at_hand(self.path, self.reading_choices())
        if reading is None or not reading.unsure:
            return self.execute(context)
        self.asked = reading.unsure
        self.take_unsure(reading)
        return context.window_manager.invoke_props_dialog(self, width=_DIALOG_WIDTH)

    def draw(self, context: bpy.types.Context) -> None:
        """Beside the files and in the redo panel all choices; in the dialog what is to be asked, and why."""
        layout = cast("bpy.types.UILayout", self.layout)
        for choice in getattr(self, "asked", ()):
            say(layout, f"{_IN_WORDS[choice.name]}: {choice.evidence}", "QUESTION", width=_DIALOG_WIDTH)
            self.draw_file_choices(layout, (choice.name,))
        if not hasattr(self, "asked"):
            self.draw_file_choices(layout)
            self.draw_outcome(layout)

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Import the file; the window's own call comes again when it has been read, as it is meant."""
        path, chosen = self.path, self.reading_choices()
        try:
            if getattr(self, "by_hand", False) and not bpy.app.background and _at_hand(path, chosen) is None:
                _read_in_the_background(path, chosen, self._options(context))
                return {"CANCELLED"}
            told = self._put(context, path)
        except (SceneFault, MotionFault) as fault:
            return refuse(self, fault)
        if hasattr(self, "asked"):
            del self.asked
        self.tell(told)
        inform(self, " ".join(told))
        return {"FINISHED"}

    @property
    def path(self) -> Path:
        """The file."""
        return Path(bpy.path.abspath(self.filepath))

    def _options(self, context: bpy.types.Context) -> dict[str, Any]:
        """What to call it with again."""
        rig = self._rig(context)
        given = {name: getattr(self, name) for name in ("filepath", *_ENUMS, "fps")}
        return {
            **given,
            "rig_uid": rig.session_uid if rig is not None else 0,
            "frame": self._frame(context),
            "scene_uid": self._scene(context).session_uid,
        }

    def _scene(self, context: bpy.types.Context) -> bpy.types.Scene:
        """The current one, or the one that was, if it is still there."""
        shown = cast("bpy.types.Scene", context.scene)
        return next((scene for scene in bpy.data.scenes if scene.session_uid == self.scene_uid), shown)

    def _frame(self, context: bpy.types.Context) -> int:
        """The current one, or the one that was."""
        return self.frame if self.properties.is_property_set("frame") else self._scene(context).frame_current

    def _rig(self, context: bpy.types.Context) -> bpy.types.Object | None:
        """The selected one, or the one that was selected; None: a new one."""
        if not self.properties.is_property_set("rig_uid"):
            return selected_g1_rig(context)
        rig = next((thing for thing in bpy.data.objects if thing.session_uid == self.rig_uid), None)
        if self.rig_uid and rig is None:
            raise SceneFault("The G1 rig that the motion was for is gone.", "Select another one and import it again.")
        return rig

    def _put(self, context: bpy.types.Context, path: Path) -> tuple[str, ...]:
        chosen = self.reading_choices()
        reading = _at_hand(path, chosen) or _read_now(path, chosen)
        if reading.unsure:
            reasons = " ".join(f"{_IN_WORDS[choice.name]}: {choice.evidence}" for choice in reading.unsure)
            state = ", ".join(f"{choice.name}={choice.value!r}" for choice in reading.unsure)
            raise MotionFault(f"How “{path.name}” is meant isn't certain. {reasons}", f"State it, such as {state}.")
        scene, rig = self._scene(context), self._rig(context)
        mapping = TimeMapping(float(self._frame(context)), scene_fps(scene))
        with in_scene(scene):
            told = put_motion_on(context, reading.motion, rig, mapping, path.stem, source=ActionSource(file=path.name))
        return (*told, *reading.notes)


class G1MotionFileHandler(bpy.types.FileHandler):
    """Motion files of a G1 that are dropped onto the 3D viewport."""

    bl_idname = "AIMOCAP_FH_g1_motion"
    bl_label = "Unitree G1 Motion"
    bl_import_operator = ImportG1Motion.bl_idname
    bl_file_extensions = ".json;.csv;.npz"

    @classmethod
    def poll_drop(cls, context: bpy.types.Context | None) -> bool:
        """In the 3D viewport alone: other editors' importers have theirs."""
        return context is not None and context.area is not None and context.area.type == "VIEW_3D"


def _state_of(path: Path) -> tuple[Path, int, int] | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return path, state.st_mtime_ns, state.st_size


def _at_hand(path: Path, chosen: ReadingChoices) -> G1Reading | None:
    """What the file was found to hold, if it was the last that was read, is still the same, and is meant the same."""
    reading = _LastRead.reading if _is_last(path) else None
    return reading if reading is not None and (reading.source is None or chosen == _LastRead.chosen) else None


def _is_last(path: Path) -> bool:
    state = _state_of(path)
    return state is not None and state == _LastRead.file


def _begun(path: Path, chosen: ReadingChoices) -> MotionReading:
    """The file being read, or only what is meant by it, where its numbers are at hand."""
    last = _LastRead.reading if _is_last(path) else None
    return MotionReading(G1_JSON, path, chosen, last.source if last is not None else None)


def _read_now(path: Path, chosen: ReadingChoices) -> G1Reading:
    reading = _begun(path, chosen)
    try:
        reading.wait()
        return _taken(reading, path, chosen)
    finally:
        reading.close()


def _taken(reading: MotionReading, path: Path, chosen: ReadingChoices) -> G1Reading:
    if reading.g1_reading is None:
        raise reading.fault or SceneFault("The file holds no motion.", "Choose another one.")
    _LastRead.file, _LastRead.chosen, _LastRead.reading = _state_of(path), chosen, reading.g1_reading
    return reading.g1_reading


def _read_in_the_background(path: Path, chosen: ReadingChoices, options: dict[str, Any]) -> None:
    _give_up()
    _UnderWay.reading, _UnderWay.path = _begun(path, chosen), path
    _UnderWay.chosen, _UnderWay.options = chosen, options
    bpy.app.timers.register(_look, first_interval=_TICK_SEC)


def _look() -> float | None:
    """Has the file been read? Then import it, in the window, or say there why not."""
    reading = _UnderWay.reading
    if reading is None:
        return None
    if not reading.poll():
        return _TICK_SEC
    _UnderWay.reading = None
    try:
        with in_a_window():
            try:
                _taken(reading, _UnderWay.path, _UnderWay.chosen)
                cast("Any", bpy.ops).aimocap.import_g1_motion("INVOKE_DEFAULT", True, **_UnderWay.options)
            except (SceneFault, MotionFault) as fault:
                notify(_TITLE, f"{fault.what} {fault.next_step}", "ERROR")
            except RuntimeError as error:  # what the operator has reported
                notify(_TITLE, str(error).partition(": ")[2], "ERROR")
    finally:
        reading.close()
    return None


def _give_up() -> None:
    if bpy.app.timers.is_registered(_look):
        bpy.app.timers.unregister(_look)
    if _UnderWay.reading is not None:
        _UnderWay.reading.close()
        _UnderWay.reading = None


def _draw_import(self: Any, _context: bpy.types.Context) -> None:  # noqa: ANN401 -- the stubs know no appended draw functions
    self.layout.operator(ImportG1Motion.bl_idname)


CLASSES = (ImportG1Motion, G1MotionFileHandler)


def register() -> None:
    """Make the operator known to Blender, in File > Import, and for files that are dropped."""
    cast("Any", bpy.types).TOPBAR_MT_file_import.append(_draw_import)


def unregister() -> None:
    """Take it away again."""
    _give_up()
    _LastRead.file = _LastRead.reading = None
    cast("Any", bpy.types).TOPBAR_MT_file_import.remove(_draw_import)
