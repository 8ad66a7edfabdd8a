"""What can be chosen of how a motion goes onto a character: one definition for the scene, all operators, the ledger."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, cast

import bpy

from ..motion.retargeting.retarget_options import RetargetOptions, RootCarrier, RootMotion, Start
from ..scene.keys.pose_keys import KeyOptions
from ..session.choices import CHOICES, Choice, Timing
from .text.narrow_sidebars import draw_property

_DEFAULT = RetargetOptions()
_DEFAULT_KEYS = KeyOptions()

_ITEMS = {
    "timing": (
        ("STRIP", "With the Video", "Motion runs together with the strip: its start, rate, reversal and retiming"),
        ("REAL_TIME", "Real Time", "Motion runs in real seconds from where the strip starts"),
    ),
    "root_motion": (
        ("FULL", "Full", "The character travels as the person in the video does"),
        ("IN_PLACE", "In Place", "The character stays over the spot where it stands"),
    ),
    "root_carrier": (
        ("HIPS", "Hips", "The hips carry the character over the ground"),
        ("ROOT_BONE", "Root Bone", "The uppermost bone above the hips carries it, the hips keep their height and sway"),
        ("OBJECT", "Object", "The armature object itself travels"),
    ),
    "start": (
        ("CHARACTER", "Character", "The motion starts where the character stands, the way that it faces"),
        ("CAPTURE", "Capture", "The motion starts where the capture has it in the world"),
    ),
    "sampling": (
        ("SAMPLES", "Each Sample", "A key at each of the motion's own samples, as many a second as it was made with"),
        ("FRAMES", "Whole Frames", "A key at each whole frame of the timeline, to be edited by hand"),
    ),
    "previous_action": (
        ("PUSH_DOWN", "Push Down", "The action that the character has is kept on a muted NLA track"),
        (
            "IN_TURN",
            "In Turn",
            "The action that the character has plays on, in the NLA, where this motion has no keys",
        ),
        ("LEAVE", "Leave", "The action that the character has is left among the file's actions"),
    ),
}


class MotionChoices:
    """Properties of anything that puts a motion onto a character. Left alone, all is as it has always been."""

    if TYPE_CHECKING:
        root_motion: RootMotion
        root_carrier: RootCarrier
        scale: float
        start: Start
        lock_feet: bool
        lock_strength: float
        smoothing: float
        sampling: Literal["SAMPLES", "FRAMES"]
        key_tolerance: float
        previous_action: Literal["PUSH_DOWN", "IN_TURN", "LEAVE"]
    else:
        root_motion: bpy.props.EnumProperty(
            name="Root Motion",
            description="Whether the character travels",
            items=_ITEMS["root_motion"],
            default=_DEFAULT.root_motion,
        )
        root_carrier: bpy.props.EnumProperty(
            name="Carried by",
            description="What carries the character over the ground",
            items=_ITEMS["root_carrier"],
            default=_DEFAULT.root_carrier,
        )
        scale: bpy.props.FloatProperty(
            name="Scale",
            description="Travel over the ground, as a factor on the scale that is found by itself (planted feet slide "
            "least). Heights stay; with Lock Feet the strides get as long as that needs and legs reach",
            default=_DEFAULT.scale,
            min=0.0,
            soft_min=0.1,
            soft_max=3.0,
            max=100.0,
            step=5,
        )
        start: bpy.props.EnumProperty(
            name="Start at",
            description="Where the motion's first frame stands",
            items=_ITEMS["start"],
            default=_DEFAULT.start,
        )
        lock_feet: bpy.props.BoolProperty(
            name="Lock Feet",
            description="Keep planted feet where they stand",
            default=_DEFAULT.lock_feet,
        )
        lock_strength: bpy.props.FloatProperty(
            name="Strength",
            description="How much of the way a planted foot is brought to where it stands",
            default=_DEFAULT.lock_strength,
            min=0.0,
            max=1.0,
            subtype="FACTOR",
        )
        smoothing: bpy.props.FloatProperty(
            name="Smoothing",
            description="Time over which the motion is smoothed: the standard deviation of a Gaussian. 0 for none",
            default=_DEFAULT.smoothing_sec,
            min=0.0,
            soft_max=0.5,
            max=5.0,
            step=1,
            precision=3,
            subtype="TIME_ABSOLUTE",
            unit="TIME_ABSOLUTE",
        )
        sampling: bpy.props.EnumProperty(
            name="Keys",
            description="When the motion is keyed",
            items=_ITEMS["sampling"],
            default=_DEFAULT_KEYS.sampling,
        )
        key_tolerance: bpy.props.FloatProperty(
            name="Tolerance °",
            description="As few keys as keep each bone's own rotation within this angle, in degrees; what bones are "
            "off adds up along their chain. 0: all keys",
            default=_DEFAULT_KEYS.tolerance_degrees,
            min=0.0,
            soft_max=5.0,
            max=45.0,
            step=10,
        )
        previous_action: bpy.props.EnumProperty(
            name="Old Action",
            description="What becomes of the action that the character has",
            items=_ITEMS["previous_action"],
            default=_DEFAULT_KEYS.previous_action,
        )

    def draw_choices(self, layout: bpy.types.UILayout) -> None:
        """All choices, one below the other, those that belong together next to each other."""
        data = cast("Any", self)
        layout.use_property_split = True
        layout.use_property_decorate = False
        column = layout.column()
        draw_property(column, data, "root_motion")
        travel = column.column()
        travel.active = self.root_motion == "FULL" or self.start == "CAPTURE"
        draw_property(travel, data, "scale")
        for name in ("root_carrier", "start"):
            draw_property(column, data, name)
        feet = column.row(heading="Lock Feet", align=True)
        feet.active = self.root_motion == "FULL"
        feet.prop(data, "lock_feet", text="")
        strength = feet.row(align=True)
        strength.active = self.lock_feet
        strength.prop(data, "lock_strength", text="")
        for name in ("smoothing", "sampling", "key_tolerance", "previous_action"):
            draw_property(column, data, name)

    def take_choices(self, choices: Mapping[str, Choice]) -> None:
        """Take over what is not set here yet: what the redo panel, or a script, has chosen stays.

        What the choices lack gets its default: Blender has put in what the operator ran with the last time.
        """
        properties = cast("Any", self).properties
        for name in CHOICES:
            if hasattr(self, name) and not properties.is_property_set(name):
                setattr(self, name, choices.get(name, properties.bl_rna.properties[name].default))


class TimingChoice:
    """The property of what has a video to run with."""

    if TYPE_CHECKING:
        timing: Timing
    else:
        timing: bpy.props.EnumProperty(
            name="Timing",
            description="How the motion lies on the timeline",
            items=_ITEMS["timing"],
        )


class CaptureChoices(TimingChoice, MotionChoices):
    """The same of a capture's motion, which has a video to run with."""

    def draw_choices(self, layout: bpy.types.UILayout) -> None:
        """The timing first, then what every motion has."""
        layout.use_property_split = True
        layout.use_property_decorate = False
        draw_property(layout, self, "timing")
        super().draw_choices(layout)
