"""The options of robots: which one, how its motion is adjusted, and as what it is exported."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ...options import Flag, Item, Limits, option
from .motion import MAX_FPS, MIN_FPS
from .variants import ROBOTS, Variant, g1_variant

Format = Literal[
    "JSON",
    "CSV",
    "NAMED_CSV",
    "BEYONDMIMIC_NPZ",
    "MJLAB_NPZ",
    "HOLOSOMA_NPZ",
    "HDMI_NPZ",
    "ISAACLAB_AMP_NPZ",
    "GMR_PICKLE",
    "MIMICKIT_PICKLE",
    "PROTOMOTIONS_TENSORS",
    "SONIC_CSV",
]
"""Formats that can be written."""
Step = Literal[
    "ALL",
    "GROUND",
    "FOLLOW_GROUND",
    "LIMITS",
    "SPIKES",
    "SPEEDS",
    "FEET",
    "COLLISION",
    "EASE",
    "LEAD_IN",
    "LEAD_OUT",
    "TRIM",
    "LOOP",
    "FPS",
    "MIRROR",
]
"""Adjustments of a motion."""


@dataclass(frozen=True)
class Trainer:
    """A trainer, by what it loads.

    Attributes:
        format: of its files.
        fps: that it expects.
        lead_in: seconds from a standing pose that it begins with; 0 where it begins anywhere in a motion.
    """

    format: Format
    fps: float
    lead_in: float = 0.0


TRAINERS: Mapping[str, Trainer] = {
    "beyondmimic": Trainer("BEYONDMIMIC_NPZ", 50.0),
    "mjlab": Trainer("MJLAB_NPZ", 50.0),
    "holosoma": Trainer("HOLOSOMA_NPZ", 50.0),
    "hdmi": Trainer("HDMI_NPZ", 50.0),
    "isaaclab_amp": Trainer("ISAACLAB_AMP_NPZ", 60.0),
    "twist": Trainer("GMR_PICKLE", 30.0),
    "mimickit": Trainer("MIMICKIT_PICKLE", 30.0),
    "protomotions": Trainer("PROTOMOTIONS_TENSORS", 30.0),
    "sonic": Trainer("SONIC_CSV", 50.0, lead_in=1.0),
}
"""Name of a trainer → what it loads. SONIC's robot stands when it begins to follow a motion."""

_VARIANTS: dict[Variant, Item] = {
    "29dof": ("29 Joints", "Three joints in the waist, three in each wrist"),
    "29dof_before_rev_1_0": (
        "29 Joints, before Rev. 1.0",
        "Three joints in the waist of the earlier design, three in each wrist",
    ),
    "23dof": ("23 Joints", "One joint in the waist, one in each wrist"),
    "23dof_without_wrists": ("23 Joints, without Wrists", "Three joints in the waist, fixed wrists"),
    "27dof_locked_waist": ("27 Joints, Locked Waist", "One joint in the waist, three in each wrist"),
    "43dof_with_hands": ("43 Joints, with Hands", "29 joints and two hands with seven joints each"),
}
VARIANT_NAMES = {variant: item[0] for variant, item in _VARIANTS.items()}
ROBOT_NAMES = {robot: g1_variant(variants[0]).robot.name for robot, variants in ROBOTS.items()}


@dataclass(frozen=True)
class RobotOptions:
    """A robot that is added."""

    robot: str = option(
        next(iter(ROBOTS)),
        "Robot",
        "Robot that is added",
        {robot: (name, "") for robot, name in ROBOT_NAMES.items()},
        flag=Flag("--robot", "robot for human motion ({default})"),
        docs="**New Robot**: the robot that is added if none is selected",
    )
    variant: Variant = option(
        "29dof",
        "Variant",
        "Version of the robot",
        _VARIANTS,
        flag=Flag("--variant", "version of the robot (default: its usual one)"),
        docs="its version, if it has several",
    )


@dataclass(frozen=True)
class G1ExportOptions:
    """How a robot's motion is written."""

    format: Format = option(
        "JSON",
        "Format",
        "File format",
        {
            "JSON": ("JSON", "Format of the service, lossless"),
            "CSV": ("CSV (LAFAN)", "Position, quaternion (xyzw) and 29 joints (43 with hands) in MuJoCo order"),
            "NAMED_CSV": ("CSV with Names", "The same, with the columns' names in the first line"),
            "BEYONDMIMIC_NPZ": ("BeyondMimic npz", "Joints and body poses in Isaac order"),
            "MJLAB_NPZ": ("mjlab npz", "Joints and body poses in MuJoCo order"),
            "HOLOSOMA_NPZ": ("holosoma npz", "Pelvis, joints and body poses, with their names"),
            "HDMI_NPZ": ("HDMI npz", "A folder with motion.npz and the names in meta.json"),
            "ISAACLAB_AMP_NPZ": ("Isaac Lab AMP npz", "Joints and body poses, with their names"),
            "GMR_PICKLE": ("GMR pickle", "Pelvis, joints and bodies beside the pelvis, as TWIST reads them"),
            "MIMICKIT_PICKLE": ("MimicKit pickle", "Pelvis with its rotation vector, and joints"),
            "PROTOMOTIONS_TENSORS": ("ProtoMotions .motion", "Joints, bodies and contacts as PyTorch's tensors"),
            "SONIC_CSV": ("SONIC tables", "A folder with tables of joints and bodies in Isaac order"),
        },
        flag=Flag("--format", "default: {default}"),
    )
    fps: float | None = option(
        None,
        "Frame Rate",
        "Frames per second in the file; 0 for the motion's own",
        flag=Flag("--fps", "frame rate (default: the source's)", "N"),
        limits=Limits(min=MIN_FPS, max=MAX_FPS),
    )


def _in(*steps: Step) -> Callable[[Any], bool]:
    return lambda chosen: chosen.step in steps


@dataclass(frozen=True)
class FileStepOptions:
    """Steps on the way to a robot's file, besides its repair."""

    ease: bool = option(
        False, "Ease", "Balance the robot and slow it down where needed", flag=Flag("--ease", "ease the motion")
    )
    lead_in: float = option(
        0.0,
        "Lead In",
        "Seconds from a standing pose; 0 for none",
        flag=Flag("--lead-in", "seconds from a standing pose (default: none)", "S"),
        limits=Limits(min=0.0, max=60.0),
    )
    lead_out: float = option(
        0.0,
        "Lead Out",
        "Seconds to a standing pose; 0 for none",
        flag=Flag("--lead-out", "seconds to a standing pose (default: none)", "S"),
        limits=Limits(min=0.0, max=60.0),
    )


@dataclass(frozen=True)
class AdjustingOptions:
    """A step of adjusting a robot's motion, and its settings; each step uses some of them."""

    step: Step = option(
        "GROUND",
        "Step",
        "Adjustment to make",
        {
            "ALL": ("Fix All", "Take every step that repairs faults, in the right order, and say what is left"),
            "GROUND": ("Place on Ground", "Raise or lower the whole motion to the ground"),
            "FOLLOW_GROUND": (
                "Follow Ground",
                "Raise or lower each frame to the ground, except while the robot is in the air",
            ),
            "LIMITS": ("Limit Joints", "Keep the joints within their limits"),
            "SPIKES": ("Remove Spikes", "Replace outliers with curves through the neighboring frames"),
            "SPEEDS": ("Limit Speeds", "Slow the joints down to what their motors can reach"),
            "FEET": ("Lock Feet", "Keep feet that slide, hover or sink still on the ground"),
            "COLLISION": ("Resolve Self-Collisions", "Move links out of one another"),
            "EASE": ("Ease", "Balance the robot and slow it down where the motion asks for more than it has"),
            "LEAD_IN": ("Lead In", "Begin with a standing pose, and go from it to the first frame"),
            "LEAD_OUT": ("Lead Out", "Go from the last frame to a standing pose"),
            "TRIM": ("Trim", "Leave out frames at the start and at the end"),
            "LOOP": ("Loop", "Blend the end into the start"),
            "FPS": ("Change Frame Rate", "Resample the motion at another frame rate"),
            "MIRROR": ("Mirror", "Swap left and right"),
        },
    )
    ground: float = option(
        0.0,
        "Ground Height",
        "Height of the ground",
        shown=_in("ALL", "GROUND", "FOLLOW_GROUND", "FEET", "EASE", "LEAD_IN", "LEAD_OUT"),
        limits=Limits(subtype="DISTANCE", unit="LENGTH"),
    )
    smoothing: float = option(
        0.1,
        "Smoothing",
        "Seconds over which the change in height is smoothed",
        shown=_in("FOLLOW_GROUND"),
        limits=Limits(min=0.0, max=10.0),
    )
    strict: bool = option(False, "Stricter Limits", "Also apply the stricter retargeting limits", shown=_in("LIMITS"))
    soft: float = option(
        0.0,
        "Soft Zone",
        "Angle before a limit at which motion eases in",
        shown=_in("LIMITS"),
        limits=Limits(subtype="ANGLE", min=0.0, soft_max=0.5),
    )
    fraction: float = option(
        1.0,
        "Speed Limit",
        "Fraction of each motor's maximum speed",
        shown=_in("SPEEDS"),
        limits=Limits(min=0.01, max=10.0),
    )
    lead: float = option(
        1.0,
        "Lead",
        "Seconds between the standing pose and the motion",
        shown=_in("LEAD_IN", "LEAD_OUT"),
        limits=Limits(min=0.1, soft_max=5.0, max=60.0),
    )
    trim_start: float = option(
        0.0, "From Start", "Seconds at the start that are left out", shown=_in("TRIM"), limits=Limits(min=0.0)
    )
    trim_end: float = option(
        0.0, "From End", "Seconds at the end that are left out", shown=_in("TRIM"), limits=Limits(min=0.0)
    )
    seconds: float = option(
        0.5,
        "Blend Duration",
        "Seconds at the end that are blended into the start",
        shown=_in("LOOP"),
        limits=Limits(min=0.0, soft_max=5.0),
    )
    fps: float = option(50.0, "Frame Rate", "Frames per second", shown=_in("FPS"), limits=Limits(min=1.0, max=1000.0))
    curve: Literal["cubic", "linear"] = option(
        "cubic",
        "Interpolation",
        "Interpolation between the samples",
        {"cubic": ("Cubic", ""), "linear": ("Linear", "")},
        shown=_in("FPS"),
    )
