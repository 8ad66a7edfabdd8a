"""Motion files of robots: read onto a rig, by menu, drag and drop, or script, and written from one."""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, LiteralString, cast

import bpy

from ...motion.files.pickle_archive import Several
from ...motion.g1.adjusting_time import at_fps
from ...motion.g1.choices import NAMED, Choice, ChoiceName, ReadingChoices
from ...motion.g1.files import SUFFIX_OF, SUFFIXES, left_out_of, write_g1_file, written_file
from ...motion.g1.lab_files import SONIC_FPS
from ...motion.g1.motion import on_variant
from ...motion.g1.options import G1ExportOptions
from ...motion.g1.reading import G1Reading
from ...motion.g1.variants import WITH_HANDS
from ...motion.time_mapping import TimeMapping
from ...options import choices_in, made_of, options_of
from ...scene.armatures import object_with
from ...scene.g1.keys import evaluated_g1_motion, hands_in_use
from ...scene.g1.rig import is_g1_rig, variant_of
from ...scene.scene_values import is_unused, play_all_of, scene_fps
from ...scene.windows import frame_selected, in_a_window, in_scene, select_only
from ...takes.applying import UNCHANGED, put_take_on
from ...takes.messages import Note
from ...takes.reading import MotionKind, MotionReading, ReadMotion
from ...takes.take import take_of_file
from ...texts.counts import frames_in_words
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ...while_enabled import lasting
from ..chosen_files import RELATIVE, TakesDrops, WritesFormat, chosen_file, file_to_write, offered_file
from ..motion.outcome_words import ShowsOutcome
from ..text.modal_work import READING, Steps, computed, show_wait, wait_for
from ..text.option_properties import draw_options, properties, set_options, split_column
from ..text.reporting import Returned, invoke_from_timer, notify, refusing
from ..text.wrapped_text import say
from .rig_operators import WorksOnG1Rig, selected_g1_rig

_TICK_SEC = 0.05
_DIALOG_WIDTH = 460
_MOST_OFFERED = 100  # motions in a menu; those of larger files are named by scripts
_TITLE = "Unitree G1 Motion"
_IN_WORDS: dict[ChoiceName, LiteralString] = {
    "joints": "Set of joints",
    "joint_order": "Order of the joints",
    "quaternion_order": "Order of the quaternion",
    "angle_unit": "Unit of the angles",
    "length_unit": "Unit of the lengths",
    "fps": "Frame rate",
}
_TRAINED_FPS = 50.0


class G1FileChoices(properties(ReadingChoices, forgotten=options_of(ReadingChoices))):
    """Properties that set how a G1 file is read, instead of detecting it from the contents."""

    def take_unsure(self, reading: G1Reading) -> None:
        """Set uncertain choices to their most likely value, for the user to confirm."""
        for choice in reading.unsure:
            if choice.value != NAMED:
                setattr(self, choice.name, choice.value)


@dataclass
class _LastRead:
    """The file that was read last, kept so that other choices don't read it again.

    Attributes:
        file: path, modification time in ns and size in bytes; None for no file.
        chosen: choices that it was read with.
        reading: its contents.
    """

    file: tuple[Path, int, int] | None = None
    chosen: ReadingChoices = field(default_factory=ReadingChoices)
    reading: G1Reading | None = None


@dataclass
class _InBackground:
    """The file that is being read while the window stays responsive.

    Attributes:
        reading: the process that reads; None for none.
        path: the file.
        chosen: choices that it is read with.
        options: options to call the operator with again.
    """

    reading: MotionReading | None = None
    path: Path = field(default_factory=Path)
    chosen: ReadingChoices = field(default_factory=ReadingChoices)
    options: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass
class _AskedBefore:
    """The answers to what was asked about files, by their folder and suffix."""

    answers: dict[tuple[Path, str], dict[str, Any]] = field(default_factory=dict[tuple[Path, str], dict[str, Any]])


_last_read = lasting(_LastRead)
_in_background = lasting(_InBackground)
_asked_before = lasting(_AskedBefore)


class ImportG1Motion(ShowsOutcome, G1FileChoices, bpy.types.Operator):
    """Import robot motion (JSON, CSV, npz, pkl) onto the selected robot or a new one"""

    bl_idname = "aimocap.import_g1_motion"
    bl_label = "Unitree G1 Motion (.json, .csv, .npz, .pkl)"
    bl_options = {"REGISTER", "UNDO"}

    if TYPE_CHECKING:
        filepath: str
        rig_uid: int
        frame: int
        scene_uid: int
        playback_range: Literal["AUTO", "MOTION", "KEEP"]
        filter_glob: str
    else:
        filepath: bpy.props.StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE", *RELATIVE})
        # Selected rig, current frame and scene when the file was chosen: reading a long file takes a while.
        rig_uid: bpy.props.IntProperty(options={"HIDDEN", "SKIP_SAVE"})
        frame: bpy.props.IntProperty(options={"HIDDEN", "SKIP_SAVE"})
        scene_uid: bpy.props.IntProperty(options={"HIDDEN", "SKIP_SAVE"})
        playback_range: bpy.props.EnumProperty(
            name="Playback Range",
            description="What happens to the scene's playback range",
            items=(
                ("AUTO", "Automatic", "Set it to the motion if it is a new file's and nothing else is animated"),
                ("MOTION", "Motion", "Set it to the motion"),
                ("KEEP", "Keep", "Leave it as it is"),
            ),
            options={"SKIP_SAVE"},
        )
        filter_glob: bpy.props.StringProperty(default=";".join(f"*{suffix}" for suffix in SUFFIXES), options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Ask for the file unless it was dropped, read it in the background, and ask about uncertain choices."""
        self.by_hand = True
        if not self.filepath:
            context.window_manager.fileselect_add(self)
            return {"RUNNING_MODAL"}
        reading = _in_memory(self.path, made_of(ReadingChoices, self))
        # a file that was not read yet is read first: only then is known what to ask
        if reading is None or not reading.unsure:
            return self.execute(context)
        if self._answer_as_before(reading):
            return self.execute(context)
        self.asked = reading.unsure
        self.take_unsure(reading)
        return context.window_manager.invoke_props_dialog(self, width=_DIALOG_WIDTH)

    def draw(self, context: bpy.types.Context) -> None:
        """Draw all choices in file selector and redo panel; in the dialog the uncertain ones, with reasons."""
        layout = cast("bpy.types.UILayout", self.layout)
        for choice in getattr(self, "asked", ()):
            say(layout, _reason(choice), "QUESTION", width=_DIALOG_WIDTH)
            draw_options(layout, self, ReadingChoices, only=(choice.name,))
        if not hasattr(self, "asked"):
            draw_options(layout, self, ReadingChoices)
            split_column(layout).prop(self, "playback_range")
            self.draw_outcome(layout)

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Import the file; in a window, first read it in the background, which then calls this again."""
        path, chosen = chosen_file(self.filepath), made_of(ReadingChoices, self)
        # a script goes on with what is imported, so it waits
        if getattr(self, "by_hand", False) and not bpy.app.background and _in_memory(path, chosen) is None:
            _read_in_the_background(path, chosen, self._options(context))
            return {"CANCELLED"}
        note = self._apply(context, path)
        if hasattr(self, "asked"):
            # what was confirmed holds for the next files like this one
            _asked_before.answers[_alike(path)] = {choice.name: getattr(self, choice.name) for choice in self.asked}
            del self.asked
        self.show_outcome(note)
        return {"FINISHED"}

    def _answer_as_before(self, reading: G1Reading) -> bool:
        """Set uncertain choices as they were answered for a file like this one; return whether all were."""
        before = _asked_before.answers.get(_alike(self.path), {})
        # with one question more than before, all of them are asked: the answers belong together
        if not {choice.name for choice in reading.unsure} <= before.keys():
            return False
        for choice in reading.unsure:
            setattr(self, choice.name, before[choice.name])
        return True

    @property
    def path(self) -> Path:
        """Path of the file."""
        return Path(bpy.path.abspath(self.filepath))

    def _options(self, context: bpy.types.Context) -> dict[str, Any]:
        """Return the options for calling the operator again."""
        rig = self._rig(context)
        # by ids and numbers, as nothing else of Blender's outlasts an undo
        return {
            "filepath": self.filepath,
            "playback_range": self.playback_range,
            **choices_in(self, ReadingChoices),
            "rig_uid": rig.session_uid if rig is not None else 0,
            "frame": self._frame(context),
            "scene_uid": self._scene(context).session_uid,
        }

    def _scene(self, context: bpy.types.Context) -> bpy.types.Scene:
        """Return the scene that was active when the file was chosen, or the current one."""
        shown = context.scene
        return next((scene for scene in bpy.data.scenes if scene.session_uid == self.scene_uid), shown)

    def _frame(self, context: bpy.types.Context) -> int:
        """Return the frame that was current when the file was chosen."""
        return self.frame if self.properties.is_property_set("frame") else self._scene(context).frame_current

    def _rig(self, context: bpy.types.Context) -> bpy.types.Object | None:
        """Return the rig that was selected when the file was chosen; None for a new one."""
        if not self.properties.is_property_set("rig_uid"):
            return selected_g1_rig(context)
        rig = object_with(self.rig_uid)
        # not onto a new one: who had selected it expects the motion there
        if self.rig_uid and rig is None:
            raise Fault("The G1 rig for this motion no longer exists.", "Select another rig and import the file again.")
        return rig

    def _apply(self, context: bpy.types.Context, path: Path) -> Note:
        chosen = made_of(ReadingChoices, self)
        reading = _in_memory(path, chosen) or _read_now(path, chosen)
        # a wrong guess may only show on the robot
        if reading.unsure:
            ambiguous = Text("“{file}” can be read in several ways.", file=path.name)
            state = ", ".join(f"{choice.name}={choice.value!r}" for choice in reading.unsure)
            raise Fault(
                Text.joined((ambiguous, *map(_reason, reading.unsure))),
                Text("Set it explicitly, such as {state}.", state=state),
            )
        scene, rig = self._scene(context), self._rig(context)
        mapping = TimeMapping(float(self._frame(context)), scene_fps(scene))
        # a rig that is made for it is only known as what was not there before
        before = set(bpy.data.objects)
        with in_scene(scene):
            take, motions = take_of_file(path), [ReadMotion(reading.motion, reading.notes)]
            note = put_take_on(context, take, motions, rig, None, [mapping], UNCHANGED)
            if rig is None:
                rig = next(filter(is_g1_rig, set(bpy.data.objects) - before))
                select_only(context, rig)
        if self.playback_range == "MOTION" or (self.playback_range == "AUTO" and is_unused(scene, rig)):
            first, last = play_all_of(scene, rig)
            note = note.with_details(Text("The scene plays frames {first} to {last}.", first=first, last=last))
        if rig not in before and not bpy.app.background:
            # a new robot stands at the origin, which may be out of view
            frame_selected(scene)
        return note.with_details(*_note_on_waist(reading, rig))


class G1MotionFileHandler(TakesDrops, bpy.types.FileHandler):
    """Handler for G1 motion files dropped onto the 3D Viewport."""

    bl_idname = "AIMOCAP_FH_g1_motion"
    bl_label = "Unitree G1 Motion"
    bl_import_operator = ImportG1Motion.bl_idname
    bl_file_extensions = ".json;.csv;.npz;.npy;.pkl;.joblib;.pt;.pth;.motion"


def _note_on_waist(reading: G1Reading, rig: bpy.types.Object) -> tuple[Text, ...]:
    """Return a sentence if the rig has another waist than the robot that the motion was made on."""
    if reading.motion.variant != "29dof_before_rev_1_0" or variant_of(rig) == reading.motion.variant:
        return ()
    return (Text("“{rig}” has another waist; without a selected rig, one with this waist is added.", rig=rig.name),)


def _alike(path: Path) -> tuple[Path, str]:
    """Return what files have in common that are asked about once."""
    return path.parent, path.suffix.lower()


def _state_of(path: Path) -> tuple[Path, int, int] | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return path, state.st_mtime_ns, state.st_size


def _in_memory(path: Path, chosen: ReadingChoices) -> G1Reading | None:
    """Return the contents if the file was the last one read, is unchanged, and is read with the same choices."""
    reading = _last_read.reading if _is_last(path) else None
    return reading if reading is not None and (reading.source is None or chosen == _last_read.chosen) else None


def _is_last(path: Path) -> bool:
    state = _state_of(path)
    return state is not None and state == _last_read.file


def _start_reading(path: Path, chosen: ReadingChoices) -> MotionReading:
    """Start reading the file; if its numbers are in memory, only interpret them again."""
    last, before = _last_read.reading if _is_last(path) else None, _last_read.chosen
    same = last is not None and (chosen.file_layout, chosen.motion) == (before.file_layout, before.motion)
    return MotionReading(MotionKind.ROBOT, path, chosen, last.source if last is not None and same else None)


def _read_now(path: Path, chosen: ReadingChoices) -> G1Reading:
    reading = _start_reading(path, chosen)
    try:
        reading.wait()
        return _result_of(reading, path, chosen)
    finally:
        reading.close()


def _result_of(reading: MotionReading, path: Path, chosen: ReadingChoices) -> G1Reading:
    if reading.g1_reading is None:
        raise reading.fault or Fault("The file contains no motion.", "Choose another file.")
    _last_read.file, _last_read.chosen, _last_read.reading = _state_of(path), chosen, reading.g1_reading
    return reading.g1_reading


def _read_in_the_background(path: Path, chosen: ReadingChoices, options: dict[str, Any]) -> None:
    # the file that was chosen last is the one that is wanted
    _stop_reading()
    _in_background.reading, _in_background.path = _start_reading(path, chosen), path
    _in_background.chosen, _in_background.options = chosen, options
    # the operator ends with the file selector or the drop, so a timer goes on
    bpy.app.timers.register(_look, first_interval=_TICK_SEC)


def _reason(choice: Choice) -> Text:
    return Text("{choice}: {evidence}", choice=Text(_IN_WORDS[choice.name]), evidence=Text.of(choice.evidence))


def _look() -> float | None:
    """Import the file in the window once it has been read, or report there why not."""
    reading = _in_background.reading
    if reading is None:
        return None
    wait = wait_for(ImportG1Motion.bl_idname)
    if wait is not None and wait.stops:
        _stop_reading()
        return None
    if not reading.poll():
        show_wait(ImportG1Motion.bl_idname, *READING)
        return _TICK_SEC
    show_wait(ImportG1Motion.bl_idname)
    _in_background.reading = None
    try:
        with in_a_window():
            try:
                _result_of(reading, _in_background.path, _in_background.chosen)
                invoke_from_timer("import_g1_motion", _TITLE, _in_background.options)
            except Several as several:
                _offer(several, dict(_in_background.options))
            except Fault as fault:
                notify(_TITLE, fault.text, "ERROR")
    finally:
        reading.close()
    return None


def _offer(several: Several, options: dict[str, Any]) -> None:
    """Show the motions in a file, each of which is imported by a click."""

    def draw(menu: bpy.types.UIPopupMenu, _context: bpy.types.Context) -> None:
        layout = cast("bpy.types.UILayout", menu.layout)
        layout.operator_context = "INVOKE_DEFAULT"
        # a longer menu doesn't fit a window
        for motion in several.motions[:_MOST_OFFERED]:
            chosen = layout.operator(ImportG1Motion.bl_idname, text=motion, translate=False)
            set_options(chosen, **(options | {"motion": motion}))

    bpy.context.window_manager.popup_menu(draw, title="Motion to Import", icon="QUESTION")


def _stop_reading() -> None:
    show_wait(ImportG1Motion.bl_idname)
    if bpy.app.timers.is_registered(_look):
        bpy.app.timers.unregister(_look)
    if _in_background.reading is not None:
        _in_background.reading.close()
        _in_background.reading = None
    _in_background.options = {}


def unregister() -> None:
    """Stop reading."""
    _stop_reading()


class ExportG1Motion(WorksOnG1Rig, WritesFormat, properties(G1ExportOptions), bpy.types.Operator):
    """Export the motion of the selected robot as shown, for training or for the robot"""

    bl_idname = "aimocap.export_g1_motion"
    bl_label = "Unitree G1 Motion (.json, .csv, .npz, .pkl)"
    bl_options = {"REGISTER"}

    suffix_of = SUFFIX_OF

    if TYPE_CHECKING:
        filter_glob: str
    else:
        filter_glob: bpy.props.StringProperty(default="*.json;*.csv;*.npz;*.pkl", options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Ask for the file."""
        rig = selected_g1_rig(context)
        if rig is None or self.begins_again:
            return super().invoke(context, event)
        self.ask_for_file(context, offered_file(rig, SUFFIX_OF[self.format]))
        return self.asking()

    def acting(self, rig: bpy.types.Object) -> Steps[Sentence]:
        """Write the file in a thread."""
        # a folder that can't be written to is told before the work
        path = file_to_write(self.filepath, SUFFIX_OF[self.format])
        motion = evaluated_g1_motion(rig)
        if motion.variant == WITH_HANDS and not hands_in_use(rig):
            # hands that never move are left out: most trainers take the robot of 29 joints
            motion = on_variant(motion, "29dof")
        # SONIC reads files of one rate only
        if fps := SONIC_FPS if self.format == "SONIC_CSV" else self.fps:
            motion, _ = at_fps(motion, fps)
        message = Text(
            "Exported {frames} at {fps:g} fps to {path}.",
            frames=frames_in_words(len(motion.root_pos)),
            fps=motion.fps,
            path=written_file(path, self.format),
        )
        if self.format.endswith("NPZ") and motion.fps != _TRAINED_FPS:
            message = Text.joined((message, Text("Training usually needs {fps:g} fps.", fps=_TRAINED_FPS)))
        message = Text.joined((message, *left_out_of(self.format, motion)))
        says = 0.0, Text("Exporting to {file}", file=path.name)
        yield from computed(partial(write_g1_file, path, motion, self.format), lambda: says)
        return message


CLASSES = (ImportG1Motion, G1MotionFileHandler, ExportG1Motion)
