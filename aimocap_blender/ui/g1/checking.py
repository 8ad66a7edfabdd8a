"""Operators that check the motion of the selected G1, and show, mark and save the faults they find."""

from typing import TYPE_CHECKING, cast

import bpy

from ...motion.files.file_writing import write_whole
from ...motion.g1.checks import check_g1_motion
from ...motion.g1.checks_findings import Kind
from ...motion.g1.feasibility import feasibility_of
from ...scene.g1.keys import evaluated_g1_motion, sample_frames
from ...scene.g1.rig import model_of
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ..chosen_files import WritesFile, file_to_write, offered_file
from ..text.modal_work import Steps
from ..text.reporting import Returned
from .heat import show_heat
from .reports import FAULT_NAMES, Checked, checked, keep
from .rig_operators import OnG1Rig, WorksOnG1Rig, selected_g1_rig


class CheckG1Motion(WorksOnG1Rig, bpy.types.Operator):
    """Check the motion of the selected robot for faults"""

    bl_idname = "aimocap.check_g1_motion"
    bl_label = "Check Motion"
    bl_options = {"REGISTER"}

    def acting(self, rig: bpy.types.Object) -> Steps[Sentence]:
        """Check the motion and keep the report."""
        yield 1.0, "Checking the motion"
        found = check(rig)
        report, frames = found.report, found.frames
        worst = [finding.sentence(f"{frames[finding.worst]:.0f}") for finding in report.worst]
        said = [Text("{sentence}.", sentence=sentence) for sentence in (*worst, found.feasibility.difficulty.sentence)]
        if report.clean:
            said.insert(0, Text("No faults found. Frames checked: {count}.", count=len(frames)))
        return Text.joined(said)


def check(rig: bpy.types.Object) -> Checked:
    """Check a rig's motion, and keep and return the report."""
    frames, motion = sample_frames(rig), evaluated_g1_motion(rig)
    report = check_g1_motion(motion)
    show_heat()
    return keep(rig, report, feasibility_of(motion, report.ground), frames)


class GoToG1Fault(OnG1Rig, bpy.types.Operator):
    """Go to the frame where this fault is worst"""

    bl_idname = "aimocap.go_to_g1_fault"
    bl_label = "Go to Fault"

    if TYPE_CHECKING:
        kind: str
    else:
        kind: bpy.props.EnumProperty(
            name="Fault",
            description="Kind of fault",
            items=tuple((fault.value, name, "") for fault, name in FAULT_NAMES.items()),
        )

    def act(self, context: bpy.types.Context, rig: bpy.types.Object) -> Sentence:
        """Set the current frame."""
        found = _last(rig)
        worst = next((finding for finding in found.worst if finding.kind.value == self.kind), None)
        if worst is None:
            raise Fault("The last check found no such fault.", "Check the motion again.")
        frame = float(found.frames[worst.worst])
        # a motion at another rate has frames between those of the timeline
        cast("bpy.types.Scene", context.scene).frame_set(int(frame // 1), subframe=frame % 1)
        return Text("{sentence}.", sentence=worst.sentence(f"{frame:.0f}"))


class MarkG1Faults(OnG1Rig, bpy.types.Operator):
    """Add a marker where each kind of fault is worst, or remove these markers"""

    bl_idname = "aimocap.mark_g1_faults"
    bl_label = "Mark Faults"

    if TYPE_CHECKING:
        remove: bool
    else:
        remove: bpy.props.BoolProperty(name="Remove", description="Remove the markers", options={"SKIP_SAVE"})

    def act(self, context: bpy.types.Context, rig: bpy.types.Object) -> Sentence:
        """Replace the markers of faults, or remove them."""
        found = None if self.remove else _last(rig)
        markers = cast("bpy.types.Scene", context.scene).timeline_markers
        # those of an earlier check go, else faults that are gone stay marked
        for marker in [marker for marker in markers if marker.name in _marker_names(rig).values()]:
            markers.remove(marker)
        if found is None:
            return "Removed the markers of faults."
        for finding in found.worst:
            markers.new(_marker_names(rig)[finding.kind], frame=round(float(found.frames[finding.worst])))
        return Text("Added {count} markers to the timeline.", count=len(found.worst))


class SaveG1Report(OnG1Rig, WritesFile, bpy.types.Operator):
    """Save the report of the last check as JSON"""

    bl_idname = "aimocap.save_g1_report"
    bl_label = "Save Report"
    bl_options = {"REGISTER"}

    if TYPE_CHECKING:
        filter_glob: str
    else:
        filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Ask for the file."""
        rig = selected_g1_rig(context)
        if rig is None or checked(rig) is None:
            return self.execute(context)
        return self.ask_for_file(context, offered_file(rig, "_report.json"))

    def act(self, context: bpy.types.Context, rig: bpy.types.Object) -> Sentence:
        """Save the report."""
        found = _last(rig)
        path = file_to_write(self.filepath, ".json")
        write_whole(path, [found.report.to_json(found.feasibility).encode()])
        return Text("Saved the report to {path}.", path=path)


def _last(rig: bpy.types.Object) -> Checked:
    found = checked(rig)
    if found is None:
        raise Fault(Text("The motion of “{rig}” has not been checked.", rig=rig.name), "Press Check Motion first.")
    return found


def _marker_names(rig: bpy.types.Object) -> dict[Kind, str]:
    robot = model_of(rig).robot.short_name
    return {kind: f"{robot} {name}" for kind, name in FAULT_NAMES.items()}


CLASSES = (CheckG1Motion, GoToG1Fault, MarkG1Faults, SaveG1Report)
