"""Export of a G1 rig's motion, including edits, to files for training."""

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import bpy

from ...motion.g1.adjusting_time import at_fps
from ...motion.g1.files import SUFFIX_OF, left_out_of, write_g1_file, written_file
from ...motion.g1.motion import on_variant
from ...motion.g1.options import G1ExportOptions
from ...motion.g1.variants import WITH_HANDS
from ...scene.context_override import threads
from ...scene.g1.keys import evaluated_g1_motion, hands_in_use
from ...scene.windows import in_a_window
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ..chosen_files import WritesFormat, file_to_write, offered_file
from ..text.option_properties import properties
from ..text.reporting import Returned, notify
from .rig_operators import OnG1Rig, selected_g1_rig

_TRAINED_FPS = 50.0
_AT_ONCE = 1000  # frames that are written without a noticeable delay
_TICK_SEC = 0.05


class _Writing(threading.Thread):
    """Thread that writes a long motion while the window stays responsive; Blender waits for it on exit."""

    def __init__(self, write: Callable[[], None], message: Text) -> None:
        super().__init__(name="aimocap export")
        self.message, self.succeeded = Text("The motion could not be written. Export it again."), False
        self._write, self._success_message = write, message

    def run(self) -> None:
        """Write the motion."""
        try:
            with threads.computing():
                self._write()
        except Fault as fault:
            self.message = fault.text
        else:
            self.message, self.succeeded = self._success_message, True


_exports: list[_Writing] = []


class ExportG1Motion(OnG1Rig, WritesFormat, properties(G1ExportOptions), bpy.types.Operator):
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
        self.by_hand = True
        rig = selected_g1_rig(context)
        if rig is None:
            return self.execute(context)
        return self.ask_for_file(context, offered_file(rig, SUFFIX_OF[self.format]))

    def act(self, context: bpy.types.Context, rig: bpy.types.Object) -> Sentence:
        """Write the file, in the background if the motion is long."""
        path = file_to_write(self.filepath)
        motion = evaluated_g1_motion(rig)
        if motion.variant == WITH_HANDS and not hands_in_use(rig):
            motion = on_variant(motion, "29dof")
        if self.fps:
            motion, _ = at_fps(motion, self.fps)
        message = Text(
            "Exported {count} frames at {fps:g} fps to {path}.",
            count=len(motion.root_pos),
            fps=motion.fps,
            path=written_file(path, self.format),
        )
        if self.format.endswith("NPZ") and motion.fps != _TRAINED_FPS:
            message = Text.joined((message, Text("Training usually needs {fps:g} fps.", fps=_TRAINED_FPS)))
        message = Text.joined((message, *left_out_of(self.format, motion)))
        write = partial(write_g1_file, path, motion, self.format)
        if getattr(self, "by_hand", False) and not bpy.app.background and len(motion.root_pos) > _AT_ONCE:
            _write_in_the_background(write, message)
            return Text("Exporting {count} frames to {path}.", count=len(motion.root_pos), path=path)
        write()
        return message


def _write_in_the_background(write: Callable[[], None], message: Text) -> None:
    writing = _Writing(write, message)
    writing.start()
    _exports.append(writing)
    if not bpy.app.timers.is_registered(_look):
        bpy.app.timers.register(_look, first_interval=_TICK_SEC, persistent=True)


def _look() -> float | None:
    """Report finished exports in the window."""
    for writing in [writing for writing in _exports if not writing.is_alive()]:
        _exports.remove(writing)
        with in_a_window():
            notify("Unitree G1 Motion", writing.message, "INFO" if writing.succeeded else "ERROR")
    return _TICK_SEC if _exports else None


CLASSES = (ExportG1Motion,)


def unregister() -> None:
    """Wait until running exports are complete."""
    if bpy.app.timers.is_registered(_look):
        bpy.app.timers.unregister(_look)
    while _exports:
        _exports.pop().join()
