"""The settings of a capture and of applying its motion: from `scene.aimocap`, or from the command line."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from ...options import Choice, Flag, option
from ...service.contract import AVATAR_PREFIX, DEFAULT_TARGET, ROBOT_TARGET
from ...texts.faults import Fault

if TYPE_CHECKING:
    from ...scene.video.strips import Upload


class TargetChoice(StrEnum):
    """The targets that `scene.aimocap` offers."""

    DEFAULT = "DEFAULT"
    UNITREE_G1 = "UNITREE_G1"
    AVATAR = "AVATAR"


@dataclass(frozen=True)
class TargetOptions:
    """Who the motion is for."""

    target: str = option(
        TargetChoice.DEFAULT.value,
        "Target",
        "Who the motion is for",
        {
            TargetChoice.DEFAULT.value: ("Character", "Human motion, applied to the character", "ARMATURE_DATA"),
            TargetChoice.UNITREE_G1.value: (
                "Unitree G1",
                "Robot motion, applied to a Unitree G1 rig",
                "CONSTRAINT_BONE",
            ),
            TargetChoice.AVATAR.value: ("My Avatar", "Motion for the skeleton of your avatar at the service", "USER"),
        },
    )
    avatar_id: str = option("", "Avatar ID", "ID of your avatar at the service")


@dataclass(frozen=True)
class CaptureOptions:
    """How a video is captured."""

    title: str = option(
        "",
        "Title",
        "Name of the capture; leave empty to use the strip's name",
        flag=Flag("--title", "name of the capture (default: the video's name)", "TEXT"),
    )
    upload: "Upload" = option(
        "AUTO",
        "Upload",
        "What is uploaded",
        {
            "AUTO": ("Automatic", "Upload the file, or a rendered clip of the range if a file can't express it"),
            "WHOLE_FILE": ("Whole File", "Upload the movie file unchanged; the service trims it"),
            "TRIMMED_CLIP": ("Only the Range", "Render the strip's range and upload only that clip"),
        },
    )
    export_fps: Literal["24", "30", "60", "120"] = option(
        "30",
        "Frame Rate",
        "Frames per second of the motion from the service",
        {"24": ("24", ""), "30": ("30", ""), "60": ("60", ""), "120": ("120", "")},
        flag=Flag("--fps", "frame rate of the motion: 24, 30, 60, 120", "N"),
    )
    capture_type: Literal["FULL_BODY", "UPPER_BODY"] = option(
        "FULL_BODY",
        "Body",
        "Part of the body to capture",
        {
            "FULL_BODY": ("Full Body", "Capture the whole body"),
            "UPPER_BODY": ("Upper Body", "Capture from the hips up"),
        },
        flag=Flag("--body", "part of the body to capture"),
    )
    also_unitree_g1: bool = option(
        False,
        "Also Unitree G1",
        "Also create robot motion in the same job, applied to a Unitree G1 rig next to the character",
        flag=Flag("--also-unitree-g1", "also create the robot's motion, in the same job"),
        shown=lambda chosen: chosen.target != TargetChoice.UNITREE_G1,
    )


_DEFAULT = CaptureOptions()


@dataclass(frozen=True)
class CaptureSettings:
    """The settings of a capture.

    Attributes:
        target_ids: by the contract's names; the character's first if a robot's motion is wanted too.
        title: '' for the name of the strip or the video.
        export_fps: frames per second; None for the service's default.
        mocap_type: None for the service's default.
        upload: the whole file, or a clip of the range.
        choices: of how the motion is applied.
    """

    target_ids: tuple[str, ...]
    title: str
    export_fps: int | None
    mocap_type: str | None
    upload: "Upload"
    choices: Mapping[str, Choice]

    @property
    def both(self) -> bool:
        """Whether both a character's and a robot's motion are wanted."""
        return len(self.target_ids) > 1


def capture_settings(
    target_ids: tuple[str, ...], options: CaptureOptions, choices: Mapping[str, Choice]
) -> CaptureSettings:
    """Return the settings in the contract's terms.

    The service's defaults are not sent, since only one of the contract's generations knows these fields.

    Args:
        target_ids: by the contract's names.
        options: as people chose them.
        choices: of how the motion is applied.
    """
    fps, body = options.export_fps, options.capture_type
    return CaptureSettings(
        target_ids=target_ids,
        title=options.title.strip(),
        export_fps=None if fps == _DEFAULT.export_fps else int(fps),
        mocap_type=None if body == _DEFAULT.capture_type else body.lower(),
        upload=options.upload,
        choices=choices,
    )


def target_id_of(target: str, avatar_id: str) -> str:
    """Return the contract's name for a target of `scene.aimocap`.

    Raises:
        Fault: an avatar without an id.
    """
    if target == TargetChoice.UNITREE_G1:
        return ROBOT_TARGET
    if target == TargetChoice.DEFAULT:
        return DEFAULT_TARGET
    # told before anything is rendered or sent
    if not avatar_id.strip():
        raise Fault("The avatar's ID is empty.", "Enter the ID that the service shows for your avatar.")
    return f"{AVATAR_PREFIX}{avatar_id.strip()}"
