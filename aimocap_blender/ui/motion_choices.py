"""Options for applying motion to a character, defined once for the scene, operators, presets and ledger."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, cast

import bpy

from ..motion.retargeting.retarget_options import (
    Ground,
    RetargetOptions,
    RootCarrier,
    RootMotion,
    SourceReference,
    Start,
    TargetReference,
)
from ..scene.keys.pose_keys import KeyOptions, Limbs
from ..session.choices import CHOICES, Choice, Timing
from .text.narrow_sidebars import draw_property

_DEFAULT = RetargetOptions()
_DEFAULT_KEYS = KeyOptions()

_ITEMS = {
    "timing": (
        ("STRIP", "With the Video", "Follow the strip's start, speed, reversal and retiming"),
        ("REAL_TIME", "Real Time", "Play in real time from the start of the strip"),
    ),
    "root_motion": (
        ("FULL", "Full", "Travel like the person in the video"),
        ("IN_PLACE", "In Place", "Stay where the character stands"),
    ),
    "root_carrier": (
        ("HIPS", "Hips", "The hips travel"),
        ("ROOT_BONE", "Root Bone", "The topmost bone above the hips travels; the hips keep their height and sway"),
        ("OBJECT", "Object", "The armature object travels"),
    ),
    "start": (
        ("CHARACTER", "Character", "Start where the character stands, in the direction it faces"),
        ("CAPTURE", "Capture", "Start at the position and direction in the capture"),
    ),
    "source_reference": (
        ("AUTO", "Automatic", "Use the motion's rest pose if it stands upright, else its most upright frame"),
        ("REST", "Rest Pose", "Use the motion's rest pose"),
        ("FRAME", "Frame", "Use the motion's pose in a frame of the timeline"),
    ),
    "target_reference": (
        ("REST", "Rest Pose", "Use the character's rest pose"),
        ("FRAME", "Frame", "Use the character's current pose in a frame of the timeline"),
    ),
    "ground": (
        ("MOTION", "From Motion", "Lock feet at the heights that they have in the motion"),
        ("SCENE", "Scene", "Put locked feet onto the visible meshes below them, at their slope"),
    ),
    "limbs": (
        ("FK", "FK", "Key the FK controls of a control rig"),
        ("IK_LEGS", "IK Legs", "Show the legs by IK; their IK and FK controls have the same keyed poses"),
        ("IK", "IK Arms and Legs", "Show arms and legs by IK; their IK and FK controls have the same keyed poses"),
    ),
    "sampling": (
        ("SAMPLES", "Each Sample", "Insert a keyframe for each sample, at the motion's own frame rate"),
        ("FRAMES", "Whole Frames", "Insert a keyframe on each whole frame, for editing by hand"),
    ),
    "previous_action": (
        ("PUSH_DOWN", "Push Down", "Keep the current Action on a muted NLA track"),
        ("IN_TURN", "Sequence", "Keep playing the current Action in the NLA outside this motion"),
        ("LEAVE", "Unassign", "Unassign the current Action, and keep it in the file"),
    ),
}


class MotionChoices:
    """Properties of the scene and of operators that apply motion to a character."""

    if TYPE_CHECKING:
        root_motion: RootMotion
        root_carrier: RootCarrier
        scale: float
        start: Start
        source_reference: SourceReference
        source_frame: int
        target_reference: TargetReference
        target_frame: int
        lock_feet: bool
        lock_strength: float
        ground: Ground
        hold_hands: bool
        hand_strength: float
        smoothing: float
        limbs: Limbs
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
            name="Root Motion On",
            description="Part of the character that travels",
            items=_ITEMS["root_carrier"],
            default=_DEFAULT.root_carrier,
        )
        scale: bpy.props.FloatProperty(
            name="Travel Scale",
            description="Multiply the automatically fitted travel distance; heights stay the same, and with Lock Feet "
            "the strides change as far as the legs reach",
            default=_DEFAULT.scale,
            min=0.0,
            soft_min=0.1,
            soft_max=3.0,
            max=100.0,
            step=5,
        )
        start: bpy.props.EnumProperty(
            name="Start Position",
            description="Where the motion starts",
            items=_ITEMS["start"],
            default=_DEFAULT.start,
        )
        source_reference: bpy.props.EnumProperty(
            name="Motion Reference",
            description="Pose of the motion that corresponds to the character's reference",
            items=_ITEMS["source_reference"],
            default=_DEFAULT.source_reference,
        )
        source_frame: bpy.props.IntProperty(
            name="Reference Frame",
            description="Frame of the timeline in which the motion's pose is the reference",
            default=_DEFAULT.source_frame,
        )
        target_reference: bpy.props.EnumProperty(
            name="Character Reference",
            description="Pose of the character that corresponds to the motion's reference",
            items=_ITEMS["target_reference"],
            default=_DEFAULT.target_reference,
        )
        target_frame: bpy.props.IntProperty(
            name="Reference Frame",
            description="Frame of the timeline in which the character's pose is the reference",
            default=_DEFAULT.target_frame,
        )
        lock_feet: bpy.props.BoolProperty(
            name="Lock Feet",
            description="Keep planted feet in place",
            default=_DEFAULT.lock_feet,
        )
        lock_strength: bpy.props.FloatProperty(
            name="Strength",
            description="How strongly planted feet are locked",
            default=_DEFAULT.lock_strength,
            min=0.0,
            max=1.0,
            subtype="FACTOR",
        )
        ground: bpy.props.EnumProperty(
            name="Ground",
            description="What locked feet stand on",
            items=_ITEMS["ground"],
            default=_DEFAULT.ground,
        )
        hold_hands: bpy.props.BoolProperty(
            name="Hold Hands",
            description="Let hands touch what they touch in the motion: each other, the body or the floor",
            default=_DEFAULT.hold_hands,
        )
        hand_strength: bpy.props.FloatProperty(
            name="Strength",
            description="How far hands are brought to what they touch",
            default=_DEFAULT.hand_strength,
            min=0.0,
            max=1.0,
            subtype="FACTOR",
        )
        smoothing: bpy.props.FloatProperty(
            name="Smoothing",
            description="Smooth the motion over this time, the standard deviation of a Gaussian; 0 turns smoothing off",
            default=_DEFAULT.smoothing_sec,
            min=0.0,
            soft_max=0.5,
            max=5.0,
            step=1,
            precision=3,
            subtype="TIME_ABSOLUTE",
            unit="TIME_ABSOLUTE",
        )
        limbs: bpy.props.EnumProperty(
            name="Limbs",
            description="Controls that pose the limbs of a control rig such as Rigify's",
            items=_ITEMS["limbs"],
            default=_DEFAULT_KEYS.limbs,
        )
        sampling: bpy.props.EnumProperty(
            name="Keyframes",
            description="Where keyframes are inserted",
            items=_ITEMS["sampling"],
            default="FRAMES",
        )
        key_tolerance: bpy.props.FloatProperty(
            name="Tolerance °",
            description="Remove keyframes while each bone stays within this angle, in degrees; deviations add up along "
            "the bone chain. 0 keeps every keyframe",
            default=_DEFAULT_KEYS.tolerance_degrees,
            min=0.0,
            soft_max=5.0,
            max=45.0,
            step=10,
        )
        previous_action: bpy.props.EnumProperty(
            name="Previous Action",
            description="What happens to the character's current Action",
            items=_ITEMS["previous_action"],
            default=_DEFAULT_KEYS.previous_action,
        )

    def draw_choices(self, layout: bpy.types.UILayout) -> None:
        """Draw all options in one column."""
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
        ground = column.column()
        ground.active = self.root_motion == "FULL" and self.lock_feet
        draw_property(ground, data, "ground")
        hands = column.row(heading="Hold Hands", align=True)
        hands.prop(data, "hold_hands", text="")
        strength = hands.row(align=True)
        strength.active = self.hold_hands
        strength.prop(data, "hand_strength", text="")
        for whose in ("source", "target"):
            draw_property(column, data, f"{whose}_reference")
            if getattr(self, f"{whose}_reference") == "FRAME":
                draw_property(column, data, f"{whose}_frame")
        for name in ("smoothing", "limbs", "sampling", "key_tolerance", "previous_action"):
            draw_property(column, data, name)

    def take_choices(self, choices: Mapping[str, Choice]) -> None:
        """Set the options that neither the redo panel nor a script has set.

        Options that `choices` lacks get their default, since Blender fills in the values of the operator's last run.
        """
        properties = cast("Any", self).properties
        for name in CHOICES:
            if hasattr(self, name) and not properties.is_property_set(name):
                setattr(self, name, choices.get(name, properties.bl_rna.properties[name].default))


class TimingChoice:
    """Timing of motion that belongs to a video."""

    if TYPE_CHECKING:
        timing: Timing
    else:
        timing: bpy.props.EnumProperty(
            name="Timing",
            description="How the motion is placed on the timeline",
            items=_ITEMS["timing"],
        )


class CaptureChoices(TimingChoice, MotionChoices):
    """Properties for applying a capture's motion, which belongs to a video."""

    def draw_choices(self, layout: bpy.types.UILayout) -> None:
        """Draw the timing, then the options of every motion."""
        layout.use_property_split = True
        layout.use_property_decorate = False
        draw_property(layout, self, "timing")
        super().draw_choices(layout)
