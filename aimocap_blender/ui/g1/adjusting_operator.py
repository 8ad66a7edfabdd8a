"""Operator that repairs and adjusts the motion of the selected G1, one step at a time."""

import time
from functools import partial
from typing import TYPE_CHECKING, cast

import bpy

from ...jobs.durations import clock
from ...motion.g1.adjusting import G1Change, follow_ground, mirrored, put_on_ground, within_limits
from ...motion.g1.adjusting_curves import within_speeds, without_spikes
from ...motion.g1.adjusting_time import at_fps, looped
from ...motion.g1.motion import G1Motion
from ...motion.g1.options import AdjustingOptions
from ...motion.g1_retargeting.adjusting_fit import adjusted_throughout, with_feet_planted, with_links_apart
from ...motion.g1_retargeting.easing import eased
from ...motion.g1_retargeting.leading import led_in, led_out, trimmed
from ...motion.time_mapping import TimeMapping
from ...options import made_of
from ...scene.armatures import object_with
from ...scene.g1.keys import MAPPING_PROPERTY, apply_g1_motion, g1_motion_of, motion_action, sample_frames
from ...takes.applying import stamping
from ...texts.faults import Fault
from ...texts.text import Text
from ..text.modal_work import Steps, computed
from ..text.option_properties import draw_options, properties
from .checking import check
from .reports import FAULT_NAMES, checked, keys_of
from .rig_operators import WorksOnG1Rig

if TYPE_CHECKING:
    from collections.abc import Callable

_CHANGED = Fault("The motion changed while it was adjusted.", "Choose the step again.")


class FixG1Motion(WorksOnG1Rig, properties(AdjustingOptions), bpy.types.Operator):
    """Adjust the motion of the selected robot in a new Action, and keep the previous one on a muted NLA track"""

    bl_idname = "aimocap.fix_g1_motion"
    bl_label = "Adjust Motion"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the step and its properties."""
        draw_options(cast("bpy.types.UILayout", self.layout), self, AdjustingOptions)

    def acting(self, rig: bpy.types.Object) -> Steps[Text]:
        """Apply the step, unless nothing has to change."""
        if rig.animation_data is not None and rig.animation_data.use_tweak_mode:
            raise Fault(
                Text("An NLA strip of “{rig}” is being tweaked.", rig=rig.name),
                "Leave Tweak Mode (Tab), then try again.",
            )
        # what it had is compared with what it has when the thread is done
        motion, before, uid, began = g1_motion_of(rig), keys_of(rig), rig.session_uid, time.monotonic()
        adjusted, change = yield from computed(
            partial(_adjusted, motion, made_of(AdjustingOptions, self)),
            lambda: (0.0, Text("Adjusting since {since}", since=clock(time.monotonic() - began))),
        )
        # the window went on meanwhile, and keys may have been edited
        found = object_with(uid)
        if found is None or keys_of(found) != before:
            raise _CHANGED
        rig = found
        if change.nothing and adjusted.fps == motion.fps:
            return Text("{sentence}.", sentence=Text.of(change.sentence))
        action = motion_action(rig)
        stored = TimeMapping.from_json(dict(cast("dict[str, float]", action[MAPPING_PROPERTY])))
        # its keys may have been moved in the timeline since it was put there
        mapping = TimeMapping(float(sample_frames(rig)[0]), stored.frames_per_second)
        with stamping(rig, None):
            apply_g1_motion(rig, adjusted, mapping, action.name)
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


CLASSES = (FixG1Motion,)
