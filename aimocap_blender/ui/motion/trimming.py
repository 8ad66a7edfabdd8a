"""Trimming the motion that a character has."""

from typing import TYPE_CHECKING, Any, cast

import bpy

from ...scene.cleanup.trimming import trim
from ...texts.text import Text
from .own_motion import OnOwnMotion


class TrimMotion(OnOwnMotion, bpy.types.Operator):
    """Remove the keys of the character's Action outside the preview range, or outside the playback range without one"""

    bl_idname = "aimocap.trim_motion"
    bl_label = "Trim Motion"
    bl_options = {"REGISTER", "UNDO"}

    if TYPE_CHECKING:
        frame_start: int
        frame_end: int
        keep_start: bool
    else:
        frame_start: bpy.props.IntProperty(
            name="Keep From", description="First frame that is kept", options={"SKIP_SAVE"}
        )
        frame_end: bpy.props.IntProperty(name="Keep To", description="Last frame that is kept", options={"SKIP_SAVE"})
        keep_start: bpy.props.BoolProperty(
            name="Keep Start Frame",
            description="Move the keys so that the motion starts at the frame where it started",
            options={"SKIP_SAVE"},
        )

    redo_panel = ("frame_start", "frame_end", "keep_start")

    def changed(self, context: bpy.types.Context, character: bpy.types.Object) -> Text:
        """Trim the motion; see `OnOwnMotion`."""
        scene = cast("bpy.types.Scene", context.scene)
        given = cast("Any", self).properties.is_property_set
        preview = scene.use_preview_range
        if not given("frame_start"):
            self.frame_start = scene.frame_preview_start if preview else scene.frame_start
        if not given("frame_end"):
            self.frame_end = scene.frame_preview_end if preview else scene.frame_end
        done = trim(character, self.frame_start, self.frame_end, keep_start=self.keep_start)
        kept = Text("Frames {first} to {last} are kept.", first=done.first, last=done.last)
        if not done.shift:
            return kept
        return Text.joined((kept, Text("They start at frame {frame}.", frame=done.first + done.shift)))


CLASSES = (TrimMotion,)
