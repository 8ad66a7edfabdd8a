"""Export of a G1 rig's motion, including edits, to files for training."""

from functools import partial
from typing import TYPE_CHECKING

import bpy

from ...motion.g1.adjusting_time import at_fps
from ...motion.g1.files import SUFFIX_OF, left_out_of, write_g1_file, written_file
from ...motion.g1.motion import on_variant
from ...motion.g1.options import G1ExportOptions
from ...motion.g1.variants import WITH_HANDS
from ...scene.g1.keys import evaluated_g1_motion, hands_in_use
from ...texts.text import Sentence, Text
from ..chosen_files import WritesFormat, file_to_write, offered_file
from ..text.modal_work import Steps, computed
from ..text.option_properties import properties
from ..text.reporting import Returned
from .rig_operators import WorksOnG1Rig, selected_g1_rig

_TRAINED_FPS = 50.0


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
        path = file_to_write(self.filepath)
        motion = evaluated_g1_motion(rig)
        if motion.variant == WITH_HANDS and not hands_in_use(rig):
            # hands that never move are left out: most trainers take the robot of 29 joints
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
        says = 0.0, Text("Exporting to {file}", file=path.name)
        yield from computed(partial(write_g1_file, path, motion, self.format), lambda: says)
        return message


CLASSES = (ExportG1Motion,)
