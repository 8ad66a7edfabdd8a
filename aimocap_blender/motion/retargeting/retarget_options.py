"""The options of how motion is applied to a character: where it goes in time, retargeting, keyframes."""

from dataclasses import dataclass
from typing import Any, Literal

from ...options import Flag, Limits, option
from ..bones.humanoid import PART_LABELS, Part

Timing = Literal["STRIP", "REAL_TIME"]
RootMotion = Literal["FULL", "IN_PLACE"]
RootCarrier = Literal["HIPS", "ROOT_BONE", "OBJECT"]
Start = Literal["CHARACTER", "CAPTURE", "WORLD"]
SourceReference = Literal["AUTO", "REST", "FRAME"]
TargetReference = Literal["REST", "FRAME"]
Ground = Literal["MOTION", "SCENE", "HEIGHT"]
Contacts = Literal["OFF", "FEET", "BODY"]
Limbs = Literal["FK", "IK_LEGS", "IK"]
Sampling = Literal["SAMPLES", "FRAMES"]
PreviousAction = Literal["PUSH_DOWN", "IN_TURN", "LEAVE"]


def _travels(chosen: Any) -> bool:  # noqa: ANN401 -- any owner of these options
    return chosen.root_motion == "FULL"


@dataclass(frozen=True)
class TimingOptions:
    """Where motion goes on the timeline that belongs to a video."""

    timing: Timing = option(
        "STRIP",
        "Timing",
        "How the motion is placed on the timeline",
        {
            "STRIP": ("With the Video", "Follow the strip's start, speed, reversal and retiming"),
            "REAL_TIME": ("Real Time", "Play in real time from the start of the strip"),
        },
        prominent=True,
    )


@dataclass(frozen=True)
class RetargetOptions:
    """How a motion is put on a character.

    Attributes:
        root_motion: FULL lets the character travel, IN_PLACE keeps it at its own position.
        scale: factor on the travel over the ground, which is as much longer as the legs are; not on heights.
        root_carrier: the bone or object that carries the travel over the ground: the hips, the uppermost bone above
            them, or the object.
        start: the position of the first sample over the ground: the character's own, or the capture's in the world, at
            the character's scale or in metres. The motion faces as the character does either way.
        contacts: what is held where it rests in the source: nothing (OFF), planted FEET, or all points of the BODY,
            touching hands too; feet have none in place, where the ground slides.
        lock_strength: 0 to 1, how strongly it is held.
        ground: what the body stands on: the levels of the MOTION, those over a HEIGHT in it, or the surfaces of the
            SCENE below the feet.
        ground_height: of the motion's ground, metres, for HEIGHT; else it is found.
        hand_strength: 0 to 1, how far hands are brought to the other one or the body.
        source_reference: the pose of the motion that corresponds to the character's: AUTO takes its rest pose if that
            is a standing body, else its most upright frame; FRAME takes that of `source_frame`.
        source_frame: frame of the timeline.
        target_reference: the character's pose that corresponds to it: its rest pose, or that of `target_frame`.
        target_frame: frame of the timeline.
        smoothing_sec: 0 for none, else the standard deviation in seconds of a Gaussian over the source's motion.
        mirror: left and right are exchanged.
        parts: the parts of the body that get the motion; the others keep the character's own Action.
    """

    root_motion: RootMotion = option(
        "FULL",
        "Root Motion",
        "Whether the character travels",
        {
            "FULL": ("Full", "Travel like the person in the video"),
            "IN_PLACE": ("In Place", "Stay where the character stands"),
        },
        prominent=True,
    )
    scale: float = option(
        1.0,
        "Travel Scale",
        "Multiply the automatically fitted travel distance; heights stay the same, and with Contacts "
        "the strides change as far as the legs reach",
        active=lambda chosen: _travels(chosen) or chosen.start == "CAPTURE",
        limits=Limits(min=0.0, soft_min=0.1, soft_max=3.0, max=100.0, step=5),
    )
    root_carrier: RootCarrier = option(
        "HIPS",
        "Root Motion On",
        "Part of the character that travels",
        {
            "HIPS": ("Hips", "The hips travel"),
            "ROOT_BONE": ("Root Bone", "The topmost bone above the hips travels; the hips keep their height and sway"),
            "OBJECT": ("Object", "The armature object travels"),
        },
    )
    start: Start = option(
        "CHARACTER",
        "Start Position",
        "Where the motion starts",
        {
            "CHARACTER": ("Character", "Start where the character stands, in the direction it faces"),
            "CAPTURE": ("Capture", "Start at the position and direction in the capture"),
            "WORLD": ("World", "The same in metres, whatever the character's size, as several people need it"),
        },
    )
    contacts: Contacts = option(
        "FEET",
        "Contacts",
        "What is kept in place while it rests on something",
        {
            "OFF": ("Off", "Keep nothing in place"),
            "FEET": ("Feet", "Keep planted feet in place"),
            "BODY": ("Whole Body", "Keep all that rests in place, and let hands touch what they touch in the motion"),
        },
        offered="BODY",
        prominent=True,
        docs="what is kept in place where it rests in the motion: planted **Feet**, or the **Whole Body**: feet, "
        "knees, hands, seat, elbows, back and head, and hands that touch each other or the body, see "
        "[Contacts](#contacts). The slider sets how strongly",
    )
    lock_strength: float = option(
        1.0,
        "Strength",
        "How strongly what rests is kept in place",
        switch="contacts",
        limits=Limits(min=0.0, max=1.0, subtype="FACTOR"),
    )
    ground: Ground = option(
        "MOTION",
        "Ground",
        "What locked feet stand on",
        {
            "MOTION": ("From Motion", "Lock feet at the heights that they have in the motion, whose ground is found"),
            "SCENE": ("Scene", "Put locked feet onto the visible meshes below them, at their slope"),
            "HEIGHT": ("At Height", "As from the motion, but its ground is at a height that you choose"),
        },
        active=lambda chosen: _travels(chosen) and chosen.contacts != "OFF",
        docs="what locked feet stand on. **From Motion**: the heights of the motion, whose ground is found. **At "
        "Height**: the same over a ground that you choose. **Scene**: the visible meshes below, see "
        "[Uneven ground](#uneven-ground)",
    )
    ground_height: float = option(
        0.0,
        "Ground Height",
        "Height of the ground in the motion",
        shown=lambda chosen: chosen.ground == "HEIGHT",
        limits=Limits(subtype="DISTANCE", unit="LENGTH"),
    )
    hand_strength: float = option(
        1.0,
        "Hand Strength",
        "How far hands are brought to each other and to the body",
        docs="in scripts only: how far hands are brought to each other and to the body",
        shown=lambda _: False,  # people have one strength
        limits=Limits(min=0.0, max=1.0, subtype="FACTOR"),
    )
    source_reference: SourceReference = option(
        "AUTO",
        "Motion Reference",
        "Pose of the motion that corresponds to the character's reference",
        {
            "AUTO": ("Automatic", "Use the motion's rest pose if it stands upright, else its most upright frame"),
            "REST": ("Rest Pose", "Use the motion's rest pose"),
            "FRAME": ("Frame", "Use the motion's pose in a frame of the timeline"),
        },
    )
    source_frame: int = option(
        1,
        "Reference Frame",
        "Frame of the timeline in which the motion's pose is the reference",
        shown=lambda chosen: chosen.source_reference == "FRAME",
    )
    target_reference: TargetReference = option(
        "REST",
        "Character Reference",
        "Pose of the character that corresponds to the motion's reference",
        {
            "REST": ("Rest Pose", "Use the character's rest pose"),
            "FRAME": ("Frame", "Use the character's current pose in a frame of the timeline"),
        },
        docs="the character's pose that corresponds to it: **Rest Pose**, or its pose in a **Frame**, for a character "
        "that is hunched or bent at rest",
    )
    target_frame: int = option(
        1,
        "Reference Frame",
        "Frame of the timeline in which the character's pose is the reference",
        shown=lambda chosen: chosen.target_reference == "FRAME",
    )
    smoothing_sec: float = option(
        0.0,
        "Smoothing",
        "Smooth the motion over this time, the standard deviation of a Gaussian; 0 turns smoothing off",
        name="smoothing",
        limits=Limits(
            min=0.0, soft_max=0.5, max=5.0, step=1, precision=3, subtype="TIME_ABSOLUTE", unit="TIME_ABSOLUTE"
        ),
    )
    mirror: bool = option(False, "Mirror", "Swap left and right, as a mirror shows the motion")
    parts: tuple[Part, ...] = option(
        tuple(PART_LABELS),
        "Body Parts",
        "Parts of the body that get the motion; the others keep the Action that the character has",
        PART_LABELS,
        flag=Flag("--parts", "parts of the body that get the motion, with commas (default: all)", "P"),
        docs="parts of the body that get the motion; the others keep the Action that the character has, see "
        "[Part of the body](#part-of-the-body)",
    )


@dataclass(frozen=True)
class KeyOptions:
    """The user's choices for keyframes.

    Attributes:
        limbs: what poses the limbs of a control rig: FK controls only, or IK controls and FK controls alike, for the
            IK_LEGS or for arms and legs (IK), which then show the IK.
        sampling: keys at the motion's own SAMPLES, or at the timeline's whole FRAMES within it.
        tolerance_degrees: 0 for all keys; else as few as keep each bone's own rotation within this angle of all its
            samples, and every location within 1 mm per degree for a figure 1.7 m tall. Errors add up along a chain of
            bones.
        previous_action: what happens to the character's previous Action, see `write_action`.
    """

    limbs: Limbs = option(
        "FK",
        "Limbs",
        "Controls that pose the limbs of a control rig such as Rigify's",
        {
            "FK": ("FK", "Key the FK controls of a control rig"),
            "IK_LEGS": ("IK Legs", "Show the legs by IK; their IK and FK controls have the same keyed poses"),
            "IK": ("IK Arms and Legs", "Show arms and legs by IK; their IK and FK controls have the same keyed poses"),
        },
        prominent=True,
        docs="controls that pose the limbs of a control rig: **FK**, **IK Legs**, or **IK Arms and Legs**, see "
        "[Control rigs](#control-rigs)",
    )
    sampling: Sampling = option(
        "SAMPLES",
        "Keyframes",
        "Where keyframes are inserted",
        {
            "SAMPLES": ("Each Sample", "Insert a keyframe for each sample, at the motion's own frame rate"),
            "FRAMES": ("Whole Frames", "Insert a keyframe on each whole frame, for editing by hand"),
        },
        offered="FRAMES",
        prominent=True,
    )
    tolerance_degrees: float = option(
        0.0,
        "Tolerance °",
        "Remove keyframes while each bone stays within this angle, in degrees; deviations add up along "
        "the bone chain. 0 keeps every keyframe",
        name="key_tolerance",
        limits=Limits(min=0.0, soft_max=5.0, max=45.0, step=10),
    )
    previous_action: PreviousAction = option(
        "PUSH_DOWN",
        "Previous Action",
        "What happens to the character's current Action",
        {
            "PUSH_DOWN": ("Push Down", "Keep the current Action on a muted NLA track"),
            "IN_TURN": ("Sequence", "Keep playing the current Action in the NLA outside this motion"),
            "LEAVE": ("Unassign", "Unassign the current Action, and keep it in the file"),
        },
        docs="**Push Down**: keeps it on a muted NLA track. **Sequence**: keeps playing it in the NLA outside this "
        "motion. **Unassign**: unassigns it and keeps it in the file. The Action of the same capture or file is "
        "replaced, unless you changed it, gave it a fake user, or it plays elsewhere too",
    )


MOTION_OPTIONS = (TimingOptions, RetargetOptions, KeyOptions)
"""All of them, in the order in which they are drawn; only motion of a video has a timing."""
