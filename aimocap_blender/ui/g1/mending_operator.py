"""Operator that repairs and adjusts the motion of the selected G1, one step at a time."""

from typing import TYPE_CHECKING, Literal, cast

import bpy

from ...motion.g1.mending import G1Change, follow_ground, mirrored, put_on_ground, within_limits
from ...motion.g1.mending_curves import within_speeds, without_spikes
from ...motion.g1.mending_time import at_fps, looped
from ...motion.g1.motion import G1Motion
from ...motion.g1_retargeting.mending_fit import mended_throughout, with_feet_planted, with_links_apart
from ...motion.time_mapping import TimeMapping
from ...scene.g1.keys import MAPPING_PROPERTY, apply_g1_motion, g1_motion_of, motion_action, sample_frames
from ...session.provenance import stamping
from ...texts.faults import Fault
from ...texts.text import Text
from .rig_operators import OnG1Rig

if TYPE_CHECKING:
    from collections.abc import Callable

_SETTINGS = {
    "ALL": ("ground",),
    "GROUND": ("ground",),
    "FOLLOW_GROUND": ("ground", "smoothing"),
    "LIMITS": ("strict", "soft"),
    "SPIKES": (),
    "SPEEDS": ("share",),
    "FEET": ("ground",),
    "COLLISION": (),
    "LOOP": ("seconds",),
    "FPS": ("fps", "curve"),
    "MIRROR": (),
}
"""Properties of each step."""


class MendG1Motion(OnG1Rig, bpy.types.Operator):
    """Adjust the motion of the selected robot in a new Action, and keep the previous one on a muted NLA track"""

    bl_idname = "aimocap.mend_g1_motion"
    bl_label = "Adjust Motion"

    if TYPE_CHECKING:
        step: Literal[
            "ALL", "GROUND", "FOLLOW_GROUND", "LIMITS", "SPIKES", "SPEEDS", "FEET", "COLLISION", "LOOP", "FPS", "MIRROR"
        ]
        ground: float
        smoothing: float
        strict: bool
        soft: float
        share: float
        seconds: float
        fps: float
        curve: Literal["cubic", "linear"]
    else:
        step: bpy.props.EnumProperty(
            name="Step",
            description="Adjustment to make",
            items=(
                ("ALL", "Mend All", "Take every step that repairs faults, in the right order, and say what is left"),
                ("GROUND", "Place on Ground", "Raise or lower the whole motion to the ground"),
                (
                    "FOLLOW_GROUND",
                    "Follow Ground",
                    "Raise or lower each frame to the ground, except while the robot is in the air",
                ),
                ("LIMITS", "Limit Joints", "Keep the joints within their limits"),
                ("SPIKES", "Remove Spikes", "Replace outliers with curves through the neighboring frames"),
                ("SPEEDS", "Limit Speeds", "Slow the joints down to what their motors can reach"),
                ("FEET", "Hold Feet", "Keep feet that slide, hover or sink still on the ground"),
                ("COLLISION", "Part Links", "Move links out of one another"),
                ("LOOP", "Loop", "Blend the end into the start"),
                ("FPS", "Change Frame Rate", "Resample the motion at another frame rate"),
                ("MIRROR", "Mirror", "Swap left and right"),
            ),
            default="GROUND",
        )
        ground: bpy.props.FloatProperty(
            name="Ground Height", description="Height of the ground", subtype="DISTANCE", unit="LENGTH"
        )
        smoothing: bpy.props.FloatProperty(
            name="Smoothing",
            description="Seconds over which the change in height is smoothed",
            default=0.1,
            min=0.0,
            max=10.0,
        )
        strict: bpy.props.BoolProperty(name="Stricter Limits", description="Also apply the stricter retargeting limits")
        soft: bpy.props.FloatProperty(
            name="Soft Zone",
            description="Angle before a limit at which motion eases in",
            subtype="ANGLE",
            min=0.0,
            soft_max=0.5,
        )
        share: bpy.props.FloatProperty(
            name="Speed Limit", description="Fraction of each motor's maximum speed", default=1.0, min=0.01, max=10.0
        )
        seconds: bpy.props.FloatProperty(
            name="Blend Duration",
            description="Seconds at the end that are blended into the start",
            default=0.5,
            min=0.0,
            soft_max=5.0,
        )
        fps: bpy.props.FloatProperty(
            name="Frame Rate", description="Frames per second", default=50.0, min=1.0, max=1000.0
        )
        curve: bpy.props.EnumProperty(
            name="Interpolation",
            description="Interpolation between the samples",
            items=(("cubic", "Cubic", ""), ("linear", "Linear", "")),
        )

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the step and its properties."""
        column = cast("bpy.types.UILayout", self.layout).column()
        column.use_property_split = True
        column.use_property_decorate = False
        for name in ("step", *_SETTINGS[self.step]):
            column.prop(self, name)

    def act(self, context: bpy.types.Context, rig: bpy.types.Object) -> Text:
        """Apply the step, unless nothing has to change."""
        if rig.animation_data is not None and rig.animation_data.use_tweak_mode:
            raise Fault(
                Text("An NLA strip of “{rig}” is being tweaked.", rig=rig.name),
                "Leave Tweak Mode (Tab), then try again.",
            )
        motion, action = g1_motion_of(rig), motion_action(rig)
        adjusted, change = self._adjusted(motion)
        if change.nothing and adjusted.fps == motion.fps:
            return Text("{sentence}.", sentence=Text.of(change.sentence))
        stored = TimeMapping.from_json(dict(cast("dict[str, float]", action[MAPPING_PROPERTY])))
        mapping = TimeMapping(float(sample_frames(rig)[0]), stored.frames_per_second)
        with stamping(rig, None):
            apply_g1_motion(rig, adjusted, mapping, action.name)
        return Text("{sentence}.", sentence=Text.of(change.sentence))

    def _adjusted(self, motion: G1Motion) -> tuple[G1Motion, G1Change]:
        steps: dict[str, Callable[[], tuple[G1Motion, G1Change]]] = {
            "ALL": lambda: mended_throughout(motion, self.ground),
            "GROUND": lambda: put_on_ground(motion, self.ground),
            "FOLLOW_GROUND": lambda: follow_ground(motion, self.ground, self.smoothing),
            "LIMITS": lambda: within_limits(motion, strict=self.strict, soft=self.soft),
            "SPIKES": lambda: without_spikes(motion),
            "SPEEDS": lambda: within_speeds(motion, self.share),
            "FEET": lambda: with_feet_planted(motion, self.ground),
            "COLLISION": lambda: with_links_apart(motion),
            "LOOP": lambda: looped(motion, self.seconds),
            "FPS": lambda: at_fps(motion, self.fps, self.curve),
            "MIRROR": lambda: mirrored(motion),
        }
        return steps[self.step]()


CLASSES = (MendG1Motion,)
