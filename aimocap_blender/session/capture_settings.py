"""The settings of a capture and of applying its motion: from `scene.aimocap`, or from the command line."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ..options import Choice
from ..scene.video.strips import Upload
from ..service.contract import AVATAR_PREFIX, DEFAULT_TARGET, ROBOT_TARGET
from ..texts.faults import Fault

DEFAULT_FPS, DEFAULT_BODY = 30, "full_body"
"""The service's defaults: not sent, since only one of the contract's generations knows these fields."""


class TargetChoice(StrEnum):
    """The targets that `scene.aimocap` offers."""

    DEFAULT = "DEFAULT"
    UNITREE_G1 = "UNITREE_G1"
    AVATAR = "AVATAR"


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
    upload: Upload
    choices: Mapping[str, Choice]

    @property
    def both(self) -> bool:
        """Whether both a character's and a robot's motion are wanted."""
        return len(self.target_ids) > 1


def capture_settings(
    target_ids: tuple[str, ...], title: str, fps: int, body: str, upload: Upload, choices: Mapping[str, Choice]
) -> CaptureSettings:
    """Return the settings in the contract's terms.

    Args:
        target_ids: by the contract's names.
        title: as typed.
        fps: frames per second.
        body: `full_body` or `upper_body`.
        upload: the whole file, or a clip of the range.
        choices: of how the motion is applied.
    """
    return CaptureSettings(
        target_ids=target_ids,
        title=title.strip(),
        export_fps=None if fps == DEFAULT_FPS else fps,
        mocap_type=None if body == DEFAULT_BODY else body,
        upload=upload,
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
    if not avatar_id.strip():
        raise Fault("The avatar's ID is empty.", "Enter the ID that the service shows for your avatar.")
    return f"{AVATAR_PREFIX}{avatar_id.strip()}"
