"""Making a loop of the motion that a character has."""

from dataclasses import replace
from typing import cast

import bpy

from ...motion.own_motion_options import LoopOptions
from ...options import made_of
from ...scene.action_source import source_of
from ...scene.armatures import action_of
from ...scene.looping import MadeLoop, frames_of, make_loop
from ...takes.provenance import stamping
from ...texts.text import Text
from ..text.option_properties import properties
from .own_motion import OnOwnMotion

_TURNS = 5.0
"""Degrees above which a turn that was taken out is told."""

_DIFFERENT = 10.0
"""Degrees by which the poses at both ends of a cycle differ at most."""


class MakeLoop(OnOwnMotion, properties(LoopOptions, forgotten=("frame_start", "frame_end")), bpy.types.Operator):
    """Find the best cycle in the character's Action, and put it onto a new Action that plays seamlessly"""

    bl_idname = "aimocap.make_loop"
    bl_label = "Make Loop"
    bl_options = {"REGISTER", "UNDO"}
    family = LoopOptions
    for_robots = "Choose Loop under Adjust Motion instead."

    def changed(self, context: bpy.types.Context, character: bpy.types.Object) -> Text:
        """Make the loop; see `OnOwnMotion`."""
        first, last = frames_of(character)
        self.fill_in(frame_start=first, frame_end=last)
        action = action_of(character)
        # a motion of its own: applying the capture again must not take this one's place
        source = replace(source_of(action), capture="", job="", preview="")
        with stamping(character, source):
            made = make_loop(character, cast("bpy.types.Scene", context.scene), made_of(LoopOptions, self))
        self.warns = made.degrees > _DIFFERENT
        return _told(made)


def _told(made: MadeLoop) -> Text:
    sentence = Text(
        "Loop of frames {first} to {last}: poses differ by {degrees:.1f}° before blending.",
        first=made.first_frame,
        last=made.last_frame,
        degrees=made.degrees,
    )
    told = [sentence]
    if made.turn_degrees >= _TURNS:
        told.append(Text("Its turn of {turn:.0f}° is taken out.", turn=made.turn_degrees))
    if made.degrees > _DIFFERENT:
        told.append(Text("The motion hardly repeats there: set Search From and Search To to a part that does."))
    return Text.joined(told)


CLASSES = (MakeLoop,)
