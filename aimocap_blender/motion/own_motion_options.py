"""The options of changing a character's own motion: limbs, ends, speed, loops, blended takes; and of exporting it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..options import Flag, Item, Limits, option

Limb = Literal["left_arm", "right_arm", "left_leg", "right_leg", "spine", "head", "hips"]

_LIMBS: Mapping[Limb, Item] = {
    "left_arm": ("Left Arm", "From the shoulder to the fingers"),
    "right_arm": ("Right Arm", "From the shoulder to the fingers"),
    "left_leg": ("Left Leg", "From the thigh to the toes; standing feet stay where they are"),
    "right_leg": ("Right Leg", "From the thigh to the toes; standing feet stay where they are"),
    "spine": ("Spine", "Between hips and neck"),
    "head": ("Head", "Neck and head"),
    "hips": ("Hips", "Rotation and travel of the hips; legs adapt, so that standing feet stay where they are"),
}
LIMB_NAMES = {limb: item[0] for limb, item in _LIMBS.items()}
Format = Literal["FBX", "BVH", "GLB"]


@dataclass(frozen=True)
class SmoothingOptions:
    """The limbs that are smoothed, and how strongly."""

    limbs: tuple[Limb, ...] = option(tuple(_LIMBS), "Limbs", "Limbs to smooth", _LIMBS)
    strength: float = option(
        0.05,
        "Strength",
        "Seconds over which rotations are smoothed; raise it until the jitter is gone",
        limits=Limits(min=0.0, soft_max=0.3, max=2.0, step=1, precision=3, subtype="TIME_ABSOLUTE"),
    )


@dataclass(frozen=True)
class TrimOptions:
    """The frames of the timeline that are kept."""

    frame_start: int = option(0, "Keep From", "First frame to keep")
    frame_end: int = option(0, "Keep To", "Last frame to keep")
    keep_start: bool = option(
        False, "Keep Start Frame", "Move the keys so that the motion starts at the frame where it started"
    )


@dataclass(frozen=True)
class RetimeOptions:
    """The frames of the timeline that play at another speed."""

    speed: float = option(
        0.5,
        "Speed",
        "Factor on the speed between both frames: 0.5 is slow motion, 2 is twice as fast",
        limits=Limits(min=0.05, soft_min=0.25, soft_max=4.0, max=20.0, step=5),
    )
    frame_start: int = option(0, "Retime From", "First frame of the part that is retimed")
    frame_end: int = option(0, "Retime To", "Last frame of it; what comes after is moved")


@dataclass(frozen=True)
class LoopOptions:
    """The loop that is searched, between two frames of the timeline."""

    shortest_sec: float = option(
        0.5,
        "Shortest Length",
        "Minimum loop length in seconds",
        name="shortest",
        docs="seconds that the loop has at least. Raise it to get several steps",
        limits=Limits(min=0.1, soft_max=10.0),
    )
    blend_frames: int = option(
        10,
        "Blend Frames",
        "Frames at the loop's end over which the difference to its start is spread",
        name="blend",
        docs="frames at the loop's end over which the difference to its start is spread. Set fewer if a foot slides "
        "there",
        limits=Limits(min=1, soft_max=60),
    )
    root_motion: Literal["FULL", "IN_PLACE"] = option(
        "FULL",
        "Root Motion",
        "Whether the character travels",
        {
            "FULL": ("Full", "Continue each cycle from where the last one ended"),
            "IN_PLACE": ("In Place", "Take the travel out evenly"),
        },
        docs="**Full** continues each cycle where the last one ended. **In Place** is for games, and for NLA strips "
        "that repeat",
    )
    first_frame: int = option(0, "Search From", "First frame to search", name="frame_start")
    last_frame: int = option(0, "Search To", "Frame up to which a loop is searched", name="frame_end")


@dataclass(frozen=True)
class BlendOptions:
    """Two takes, and the transition between them."""

    first: str = option("", "First Take", "Action that plays first, on its own frames")
    second: str = option(
        "",
        "Second Take",
        "Action that plays then; a copy of it is moved and turned so that it goes on from the first",
    )
    length: int = option(
        12,
        "Transition",
        "Frames over which the takes are blended, if feet can step and bones turn in them",
        docs="frames over which the takes are blended. Where feet can't step or bones would turn too fast in them, "
        "there are more or fewer; the message says how many",
        limits=Limits(min=2, soft_max=30),
    )
    window: float = option(
        1.0,
        "Search Window",
        "Seconds at the first take's end and at the second one's start in which the transition may be",
        docs="seconds at the first take's end and the second one's start in which the transition may be. Raise it if "
        "the poses differ",
        limits=Limits(min=0.0, soft_max=5.0, max=30.0, subtype="TIME_ABSOLUTE"),
    )


@dataclass(frozen=True)
class ExportOptions:
    """The user's choices."""

    format: Format = option(
        "FBX",
        "Format",
        "File format",
        {
            "FBX": ("FBX", "For engines and most other programs"),
            "BVH": ("BVH", "Skeleton and motion only, in metres, Y up"),
            "GLB": ("glTF (.glb)", "For engines and the web"),
        },
        flag=Flag("--format", "default: {default}"),
    )
    deforming_only: bool = option(
        False,
        "Deforming Bones Only",
        "Leave out controls and other bones that deform no mesh",
        flag=Flag("--deforming-only", "leave out bones that deform no mesh"),
    )
    meshes: bool = option(
        True,
        "Meshes",
        "Export the visible meshes that the armature deforms, too",
        flag=Flag("--no-meshes", "write the skeleton only"),
        active=lambda chosen: chosen.format != "BVH",
    )
