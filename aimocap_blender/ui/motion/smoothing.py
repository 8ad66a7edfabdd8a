"""Smoothing limbs of the motion that a character has."""

from typing import cast

import bpy

from ...motion.own_motion_options import LIMB_NAMES, SmoothingOptions
from ...scene.cleanup.smoothing import SmoothedLimbs, smooth_limbs
from ...texts.text import Text
from ..text.option_properties import properties
from .own_motion import OnOwnMotion


class SmoothMotion(OnOwnMotion, properties(SmoothingOptions), bpy.types.Operator):
    """Take jitter out of chosen limbs in the character's Action; the first and last pose stay"""

    bl_idname = "aimocap.smooth_motion"
    bl_label = "Smooth Motion"
    bl_options = {"REGISTER", "UNDO"}
    family = SmoothingOptions
    for_robots = "Choose Adjust Motion instead."

    def changed(self, context: bpy.types.Context, character: bpy.types.Object) -> Text:
        """Smooth the limbs; see `OnOwnMotion`."""
        done = smooth_limbs(character, cast("bpy.types.Scene", context.scene), self.limbs, self.strength)
        return _told(done)


def _told(done: SmoothedLimbs) -> Text:
    sentence = Text(
        "Smoothed {limbs}: jitter {before:.1f} → {after:.1f} m/s².",
        limbs=Text.listed(Text.of(LIMB_NAMES[limb]) for limb in done.limbs),
        before=done.before,
        after=done.after,
    )
    return Text.joined((sentence, *done.warnings))


CLASSES = (SmoothMotion,)
