"""Trimming the motion that a character has."""

from typing import cast

import bpy

from ...motion.own_motion_options import TrimOptions
from ...options import options_of
from ...scene.cleanup.trimming import trim
from ...texts.text import Text
from ..text.option_properties import properties
from .own_motion import OnOwnMotion


class TrimMotion(OnOwnMotion, properties(TrimOptions, forgotten=options_of(TrimOptions)), bpy.types.Operator):
    """Remove the keys of the character's Action outside the preview range, or outside the playback range without one"""

    bl_idname = "aimocap.trim_motion"
    bl_label = "Trim Motion"
    bl_options = {"REGISTER", "UNDO"}
    family = TrimOptions

    def changed(self, context: bpy.types.Context, character: bpy.types.Object) -> Text:
        """Trim the motion; see `OnOwnMotion`."""
        scene = cast("bpy.types.Scene", context.scene)
        preview = scene.use_preview_range
        self.fill_in(
            frame_start=scene.frame_preview_start if preview else scene.frame_start,
            frame_end=scene.frame_preview_end if preview else scene.frame_end,
        )
        done = trim(character, self.frame_start, self.frame_end, keep_start=self.keep_start)
        kept = Text("Frames {first} to {last} are kept.", first=done.first, last=done.last)
        if not done.shift:
            return kept
        return Text.joined((kept, Text("They start at frame {frame}.", frame=done.first + done.shift)))


CLASSES = (TrimMotion,)
