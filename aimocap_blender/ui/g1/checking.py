"""Operators on the motion of the selected G1: check it, show, mark and save its faults, and repair it step by step."""

import time
from functools import partial
from typing import TYPE_CHECKING, cast

import bpy

from ...jobs.timing import clock
from ...motion.files.file_writing import write_whole
from ...motion.g1.adjusting import G1Change, follow_ground, mirrored, put_on_ground, within_limits
from ...motion.g1.adjusting_curves import within_speeds, without_spikes
from ...motion.g1.adjusting_time import at_fps, looped
from ...motion.g1.checks import check_g1_motion
from ...motion.g1.checks_findings import Kind
from ...motion.g1.feasibility import feasibility_of
from ...motion.g1.motion import G1Motion
from ...motion.g1.options import AdjustingOptions
from ...motion.g1_retargeting.adjusting_fit import adjusted_throughout, with_feet_planted, with_links_apart
from ...motion.g1_retargeting.easing import eased
from ...motion.g1_retargeting.leading import led_in, led_out, trimmed
from ...motion.time_mapping import TimeMapping
from ...options import made_of
from ...scene.armatures import object_with
from ...scene.g1.keys import (
    MAPPING_PROPERTY,
    apply_g1_motion,
    evaluated_g1_motion,
    g1_motion_of,
    motion_action,
    sample_frames,
)
from ...scene.g1.rig import model_of
from ...scene.scene_values import play_all_of, plays_all_of
from ...takes.applying import stamping
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ..chosen_files import WritesFile, file_to_write, offered_file
from ..text.modal_work import Steps, computed
from ..text.option_properties import draw_options, properties
from ..text.reporting import Returned
from .heat import FAULT_NAMES, Checked, checked, keep, keys_of, show_heat
from .rig_operators import OnG1Rig, WorksOnG1Rig, selected_g1_rig

if TYPE_CHECKING:
    from collections.abc import Callable

_CHANGED = Fault("The motion changed while it was adjusted.", "Choose the step again.")


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
    # as it is shown: modifiers, strips and limits change what keys say
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
        context.scene.frame_set(int(frame // 1), subframe=frame % 1)
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
        markers = context.scene.timeline_markers
        # those of an earlier check go, else faults that are gone stay marked
        for marker in [marker for marker in markers if marker.name in _marker_names(rig).values()]:
            markers.remove(marker)
        if found is None:
            return "Removed the markers of faults."
        for finding in found.worst:
            markers.new(_marker_names(rig)[finding.kind], frame=round(float(found.frames[finding.worst])))
        one, several = (
            Text("Added 1 marker to the timeline."),
            Text("Added {count} markers to the timeline.", count=len(found.worst)),
        )
        return one if len(found.worst) == 1 else several


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


class FixG1Motion(WorksOnG1Rig, properties(AdjustingOptions), bpy.types.Operator):
    """Adjust the motion of the selected robot in a new Action, and keep the previous one on a muted NLA track"""

    bl_idname = "aimocap.fix_g1_motion"
    bl_label = "Adjust Motion"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the step and its properties."""
        draw_options(cast("bpy.types.UILayout", self.layout), self, AdjustingOptions)

    def acting(self, rig: bpy.types.Object) -> Steps[Text]:
        """Apply the step, unless nothing has to change."""
        # Blender lets nobody exchange the Action of a strip that is tweaked
        if rig.animation_data is not None and rig.animation_data.use_tweak_mode:
            raise Fault(
                Text("An NLA strip of “{rig}” is being tweaked.", rig=rig.name),
                "Leave Tweak Mode (Tab), then try again.",
            )
        # what it had is compared with what it has when the thread is done
        motion, before, uid, began = g1_motion_of(rig), keys_of(rig), rig.session_uid, time.monotonic()
        adjusted, change = yield from computed(
            partial(_adjusted, motion, made_of(AdjustingOptions, self)),
            lambda: (0.0, Text("Adjusting for {elapsed}", elapsed=clock(time.monotonic() - began))),
        )
        # the window went on meanwhile, and keys may have been edited
        found = object_with(uid)
        if found is None or keys_of(found) != before:
            raise _CHANGED
        rig = found
        # a new Action without any change would only be one more take
        if change.nothing and adjusted.fps == motion.fps:
            return Text("{sentence}.", sentence=Text.of(change.sentence))
        action = motion_action(rig)
        stored = TimeMapping.from_json(dict(cast("dict[str, float]", action[MAPPING_PROPERTY])))
        # its keys may have been moved in the timeline since it was put there
        mapping = TimeMapping(float(sample_frames(rig)[0]), stored.frames_per_second)
        scene = bpy.context.scene
        played_all = plays_all_of(scene, rig)
        with stamping(rig, None):
            apply_g1_motion(rig, adjusted, mapping, action.name)
        # a longer one would be cut at its end
        if played_all:
            play_all_of(scene, rig)
        said = Text("{sentence}.", sentence=Text.of(change.sentence))
        # the panel's report was of the motion before
        return Text.joined((said, _faults_left(rig))) if checked(rig) is not None else said


def _adjusted(motion: G1Motion, chosen: AdjustingOptions) -> tuple[G1Motion, G1Change]:
    """Return the motion after the chosen step, and what that changed."""
    steps: dict[str, Callable[[], tuple[G1Motion, G1Change]]] = {
        "ALL": lambda: adjusted_throughout(motion, chosen.ground),
        "GROUND": lambda: put_on_ground(motion, chosen.ground),
        "FOLLOW_GROUND": lambda: follow_ground(motion, chosen.ground, chosen.smoothing),
        "LIMITS": lambda: within_limits(motion, strict=chosen.strict, soft=chosen.soft),
        "SPIKES": lambda: without_spikes(motion),
        "SPEEDS": lambda: within_speeds(motion, chosen.fraction),
        "FEET": lambda: with_feet_planted(motion, chosen.ground),
        "COLLISION": lambda: with_links_apart(motion),
        "EASE": lambda: eased(motion, chosen.ground),
        "LEAD_IN": lambda: led_in(motion, chosen.lead, chosen.ground),
        "LEAD_OUT": lambda: led_out(motion, chosen.lead, chosen.ground),
        "TRIM": lambda: trimmed(motion, chosen.trim_start, chosen.trim_end),
        "LOOP": lambda: looped(motion, chosen.seconds),
        "FPS": lambda: at_fps(motion, chosen.fps, chosen.curve),
        "MIRROR": lambda: mirrored(motion),
    }
    return steps[chosen.step]()


def _faults_left(rig: bpy.types.Object) -> Text:
    """Check a rig's motion again, and say what is left of the faults that the last check found."""
    report = check(rig).report
    if report.clean:
        return Text("No faults are left.")
    names = (Text.of(FAULT_NAMES[finding.kind]) for finding in report.worst)
    return Text("Faults that are left: {faults}.", faults=Text.joined(names, ", "))


CLASSES = (
    CheckG1Motion,
    GoToG1Fault,
    MarkG1Faults,
    SaveG1Report,
    FixG1Motion,
)
