"""Making a loop of the motion that a character has."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, cast

import bpy

from ...scene.action_source import source_of
from ...scene.armatures import action_of
from ...scene.looping import LoopOptions, MadeLoop, frames_of, make_loop
from ...takes.provenance import stamping
from ...texts.text import Text
from .own_motion import OnOwnMotion

_TURNS = 5.0
"""Degrees above which a turn that was taken out is told."""


class MakeLoop(OnOwnMotion, bpy.types.Operator):
    """Find the best cycle in the character's Action, and put it onto a new Action that plays seamlessly"""

    bl_idname = "aimocap.make_loop"
    bl_label = "Make Loop"
    bl_options = {"REGISTER", "UNDO"}
    for_robots = "Choose Loop under Adjust Motion instead."

    if TYPE_CHECKING:
        shortest: float
        blend: int
        root_motion: Literal["FULL", "IN_PLACE"]
        frame_start: int
        frame_end: int
    else:
        shortest: bpy.props.FloatProperty(
            name="Shortest Length",
            description="Seconds that the loop has at least",
            default=0.5,
            min=0.1,
            soft_max=10.0,
        )
        blend: bpy.props.IntProperty(
            name="Blend Frames",
            description="Frames at the loop's end over which the difference to its start is spread",
            default=10,
            min=1,
            soft_max=60,
        )
        root_motion: bpy.props.EnumProperty(
            name="Root Motion",
            description="Whether the character travels",
            items=(
                ("FULL", "Full", "Continue each cycle from where the last one ended"),
                ("IN_PLACE", "In Place", "Take the travel out evenly"),
            ),
        )
        frame_start: bpy.props.IntProperty(
            name="Search From", description="Frame from which a loop is searched", options={"SKIP_SAVE"}
        )
        frame_end: bpy.props.IntProperty(
            name="Search To", description="Frame up to which a loop is searched", options={"SKIP_SAVE"}
        )

    redo_panel = ("shortest", "blend", "root_motion", "frame_start", "frame_end")

    def changed(self, context: bpy.types.Context, character: bpy.types.Object) -> Text:
        """Make the loop; see `OnOwnMotion`."""
        first, last = frames_of(character)
        given = cast("Any", self).properties.is_property_set
        if not given("frame_start"):
            self.frame_start = first
        if not given("frame_end"):
            self.frame_end = last
        options = LoopOptions(self.frame_start, self.frame_end, self.shortest, self.blend, self.root_motion)
        action = action_of(character)
        # a motion of its own: applying the capture again must not take this one's place
        source = replace(source_of(action), capture="", job="", preview="")
        with stamping(character, source):
            return _told(make_loop(character, cast("bpy.types.Scene", context.scene), options))


def _told(made: MadeLoop) -> Text:
    sentence = Text(
        "Loop of frames {first} to {last}: poses differ by {degrees:.1f}° before blending.",
        first=made.first_frame,
        last=made.last_frame,
        degrees=made.degrees,
    )
    if made.turn_degrees < _TURNS:
        return sentence
    return Text.joined((sentence, Text("Its turn of {turn:.0f}° is taken out.", turn=made.turn_degrees)))


CLASSES = (MakeLoop,)
