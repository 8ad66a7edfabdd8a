"""Mending the motion of the selected G1: each step leaves the motion before it on a muted track."""

from typing import TYPE_CHECKING, Literal, cast

import bpy

from ...motion.g1.mending import G1Change, follow_ground, mirrored, put_on_ground, within_limits
from ...motion.g1.mending_curves import within_speeds, without_spikes
from ...motion.g1.mending_time import at_fps, looped
from ...motion.g1.motion import G1Motion
from ...motion.time_mapping import TimeMapping
from ...scene.faults import SceneFault
from ...scene.g1.keys import MAPPING_PROPERTY, apply_g1_motion, g1_motion_of, motion_action, sample_frames
from ...session.provenance import stamping
from .rig_operators import OnG1Rig

if TYPE_CHECKING:
    from collections.abc import Callable

_SETTINGS = {
    "GROUND": ("ground",),
    "FOLLOW_GROUND": ("ground", "smoothing"),
    "LIMITS": ("strict", "soft"),
    "SPIKES": (),
    "SPEEDS": ("share",),
    "LOOP": ("seconds",),
    "FPS": ("fps", "curve"),
    "MIRROR": (),
}
"""What can be set of each step."""


class MendG1Motion(OnG1Rig, bpy.types.Operator):
    """Mend the motion of the selected Unitree G1, as a new action; the one before is kept on a muted NLA track."""

    bl_idname = "aimocap.mend_g1_motion"
    bl_label = "Mend Motion"

    if TYPE_CHECKING:
        step: Literal["GROUND", "FOLLOW_GROUND", "LIMITS", "SPIKES", "SPEEDS", "LOOP", "FPS", "MIRROR"]
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
            description="What is mended",
            items=(
                ("GROUND", "Put on the Ground", "Raise or lower the whole motion"),
                ("FOLLOW_GROUND", "Follow the Ground", "Raise or lower it frame by frame, unless the robot flies"),
                ("LIMITS", "Within Joint Limits", "Hold joints that go past their limits"),
                ("SPIKES", "Repair Spikes", "Replace what stands out by curves through the frames beside it"),
                ("SPEEDS", "Within Speeds", "Slow joints down to what their motors can do"),
                ("LOOP", "Loop", "Bend the end into the start"),
                ("FPS", "Other Frame Rate", "Sample the motion at another frame rate"),
                ("MIRROR", "Mirror", "Left for right"),
            ),
        )
        ground: bpy.props.FloatProperty(name="Ground", description="Its height", subtype="DISTANCE", unit="LENGTH")
        smoothing: bpy.props.FloatProperty(
            name="Smoothing", description="Seconds over which the shifts are smoothed", default=0.1, min=0.0, max=10.0
        )
        strict: bpy.props.BoolProperty(name="Stricter Limits", description="Those of retargeting, too")
        soft: bpy.props.FloatProperty(
            name="Soft",
            description="Before a limit, from where on a joint is slowed down instead of stopped at it",
            subtype="ANGLE",
            min=0.0,
            soft_max=0.5,
        )
        share: bpy.props.FloatProperty(
            name="Share", description="Of the motors' greatest speeds", default=1.0, min=0.01, max=10.0
        )
        seconds: bpy.props.FloatProperty(
            name="Seconds", description="Before the end that are bent", default=0.5, min=0.0, soft_max=5.0
        )
        fps: bpy.props.FloatProperty(
            name="Frame Rate", description="Frames a second", default=50.0, min=1.0, max=1000.0
        )
        curve: bpy.props.EnumProperty(
            name="Between",
            description="How the motion goes from one sample to the next",
            items=(("cubic", "Curves", ""), ("linear", "Straight", "")),
        )

    def draw(self, context: bpy.types.Context) -> None:
        """The step, and what belongs to it."""
        column = cast("bpy.types.UILayout", self.layout).column()
        column.use_property_split = True
        column.use_property_decorate = False
        for name in ("step", *_SETTINGS[self.step]):
            column.prop(self, name)

    def act(self, context: bpy.types.Context, rig: bpy.types.Object) -> str:
        """Mend, unless nothing has to change."""
        if rig.animation_data is not None and rig.animation_data.use_tweak_mode:
            raise SceneFault(f"An NLA strip of “{rig.name}” is being tweaked.", "Leave the tweak mode (Tab) first.")
        motion, action = g1_motion_of(rig), motion_action(rig)
        mended, change = self._mended(motion)
        if change.nothing and mended.fps == motion.fps:
            return f"{change.sentence}."
        said = TimeMapping.from_json(dict(cast("dict[str, float]", action[MAPPING_PROPERTY])))
        mapping = TimeMapping(float(sample_frames(rig)[0]), said.frames_per_second)
        with stamping(rig, None):
            apply_g1_motion(rig, mended, mapping, action.name)
        return f"{change.sentence}."

    def _mended(self, motion: G1Motion) -> tuple[G1Motion, G1Change]:
        steps: dict[str, Callable[[], tuple[G1Motion, G1Change]]] = {
            "GROUND": lambda: put_on_ground(motion, self.ground),
            "FOLLOW_GROUND": lambda: follow_ground(motion, self.ground, self.smoothing),
            "LIMITS": lambda: within_limits(motion, strict=self.strict, soft=self.soft),
            "SPIKES": lambda: without_spikes(motion),
            "SPEEDS": lambda: within_speeds(motion, self.share),
            "LOOP": lambda: looped(motion, self.seconds),
            "FPS": lambda: at_fps(motion, self.fps, self.curve),
            "MIRROR": lambda: mirrored(motion),
        }
        return steps[self.step]()


CLASSES = (MendG1Motion,)
