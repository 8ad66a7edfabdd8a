"""Smoothing limbs of the motion that a character has."""

from typing import TYPE_CHECKING, cast

import bpy

from ...scene.cleanup.smoothing import LIMBS, Limb, SmoothedLimbs, smooth_limbs
from ...texts.text import Text
from .own_motion import OnOwnMotion

_LABELS: dict[Limb, str] = {
    "left_arm": "Left Arm",
    "right_arm": "Right Arm",
    "left_leg": "Left Leg",
    "right_leg": "Right Leg",
    "spine": "Spine",
    "head": "Head",
    "hips": "Hips",
}
_DESCRIPTIONS: dict[Limb, str] = {
    "left_arm": "From the shoulder to the fingers",
    "right_arm": "From the shoulder to the fingers",
    "left_leg": "From the thigh to the toes; standing feet stay where they are",
    "right_leg": "From the thigh to the toes; standing feet stay where they are",
    "spine": "Between hips and neck",
    "head": "Neck and head",
    "hips": "Rotation and travel of the hips; legs adapt, so that standing feet stay where they are",
}


class SmoothMotion(OnOwnMotion, bpy.types.Operator):
    """Take jitter out of chosen limbs in the character's Action; the first and last pose stay"""

    bl_idname = "aimocap.smooth_motion"
    bl_label = "Smooth Motion"
    bl_options = {"REGISTER", "UNDO"}
    for_robots = "Choose Adjust Motion instead."

    if TYPE_CHECKING:
        limbs: set[Limb]
        strength: float
    else:
        limbs: bpy.props.EnumProperty(
            name="Limbs",
            description="What is smoothed",
            items=tuple((limb, _LABELS[limb], _DESCRIPTIONS[limb]) for limb in LIMBS),
            options={"ENUM_FLAG"},
            default=set(LIMBS),
        )
        strength: bpy.props.FloatProperty(
            name="Strength",
            description="Seconds over which rotations are smoothed; raise it until the jitter is gone",
            default=0.05,
            min=0.0,
            soft_max=0.3,
            max=2.0,
            step=1,
            precision=3,
            subtype="TIME_ABSOLUTE",
        )

    redo_panel = ("limbs", "strength")

    def changed(self, context: bpy.types.Context, character: bpy.types.Object) -> Text:
        """Smooth the limbs; see `OnOwnMotion`."""
        done = smooth_limbs(character, cast("bpy.types.Scene", context.scene), self.limbs, self.strength)
        return _told(done)


def _told(done: SmoothedLimbs) -> Text:
    sentence = Text(
        "Smoothed {limbs}: jitter {before:.1f} → {after:.1f} m/s².",
        limbs=Text.listed(Text.of(_LABELS[limb]) for limb in done.limbs),
        before=done.before,
        after=done.after,
    )
    return Text.joined((sentence, *done.warnings))


CLASSES = (SmoothMotion,)
