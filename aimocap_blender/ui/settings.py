"""Scene settings for the next capture: `scene.aimocap`."""

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import bpy

from ..scene.video.strips import shown_strip
from ..scene.video.trimming import Trimming, trim, trimming_of
from ..scene.windows import redraw_timelines
from ..service.contract import ROBOT_TARGET
from ..session.capture_settings import CaptureSettings, TargetChoice, capture_settings, target_id_of
from ..session.choices import choices_of
from ..texts.faults import Fault
from .motion_choices import CaptureChoices


def _is_character(settings: bpy.types.PropertyGroup, candidate: bpy.types.Object) -> bool:
    """Return whether an object can be chosen as the character: an armature in the scene of the settings."""
    return candidate.type == "ARMATURE" and settings.id_data in candidate.users_scene


def _get_start(_settings: bpy.types.PropertyGroup) -> int:
    trimming = trimming_of(bpy.context)
    return trimming.first if trimming is not None else 0


def _get_end(_settings: bpy.types.PropertyGroup) -> int:
    trimming = trimming_of(bpy.context)
    return trimming.last if trimming is not None else 0


def _set_start(_settings: bpy.types.PropertyGroup, first: int) -> None:
    _trim(lambda trimming: trimming.from_first(first))


def _set_end(_settings: bpy.types.PropertyGroup, last: int) -> None:
    _trim(lambda trimming: trimming.from_last(last))


def _trim(to: Callable[[Trimming], tuple[int, int]]) -> None:
    trimming = trimming_of(bpy.context)
    if trimming is not None:
        with contextlib.suppress(Fault):  # a single frame can't be trimmed
            trim(*shown_strip(bpy.context), to(trimming))


class Settings(CaptureChoices, bpy.types.PropertyGroup):
    """Settings of the next capture."""

    if TYPE_CHECKING:
        target: Literal["DEFAULT", "UNITREE_G1", "AVATAR"]
        avatar_id: str
        also_unitree_g1: bool
        title: str
        export_fps: Literal["24", "30", "60", "120"]
        capture_type: Literal["FULL_BODY", "UPPER_BODY"]
        upload: Literal["AUTO", "WHOLE_FILE", "TRIMMED_CLIP"]
        mirror_bones: bool
        character: bpy.types.Object | None
        show_contacts: bool
        range_start: int
        range_end: int
    else:
        target: bpy.props.EnumProperty(
            name="Target",
            description="Who the motion is for",
            items=(
                (
                    TargetChoice.DEFAULT.value,
                    "Character",
                    "Human motion, applied to the character",
                    "ARMATURE_DATA",
                    0,
                ),
                (
                    TargetChoice.UNITREE_G1.value,
                    "Unitree G1",
                    "Robot motion, applied to a Unitree G1 rig",
                    "CONSTRAINT_BONE",
                    1,
                ),
                (
                    TargetChoice.AVATAR.value,
                    "My Avatar",
                    "Motion for the skeleton of your avatar at the service",
                    "USER",
                    2,
                ),
            ),
        )
        avatar_id: bpy.props.StringProperty(name="Avatar ID", description="ID of your avatar at the service")
        also_unitree_g1: bpy.props.BoolProperty(
            name="Also Unitree G1",
            description="Also create robot motion in the same job, applied to a Unitree G1 rig next to the character",
        )
        title: bpy.props.StringProperty(
            name="Title", description="Name of the capture; leave empty to use the strip's name"
        )
        export_fps: bpy.props.EnumProperty(
            name="Frame Rate",
            description="Frames per second of the motion from the service",
            items=(("24", "24", ""), ("30", "30", ""), ("60", "60", ""), ("120", "120", "")),
            default="30",
        )
        capture_type: bpy.props.EnumProperty(
            name="Body",
            description="Part of the body to capture",
            items=(
                ("FULL_BODY", "Full Body", "Capture the whole body"),
                ("UPPER_BODY", "Upper Body", "Capture from the hips up"),
            ),
        )
        upload: bpy.props.EnumProperty(
            name="Upload",
            description="What is uploaded",
            items=(
                ("AUTO", "Automatic", "Upload the file, or a rendered clip if the strip looks different from its file"),
                ("WHOLE_FILE", "Whole File", "Upload the movie file unchanged; the service trims it"),
                ("TRIMMED_CLIP", "Only the Range", "Render the strip's range and upload only that clip"),
            ),
        )
        mirror_bones: bpy.props.BoolProperty(
            name="Mirror",
            description="When you choose a bone for one side, also choose the matching bone for the other side",
            default=True,
        )
        character: bpy.props.PointerProperty(
            type=bpy.types.Object,
            name="Character",
            description="Armature that receives the motion, whatever is selected; empty to follow the selection",
            poll=_is_character,
        )
        show_contacts: bpy.props.BoolProperty(
            name="Foot Contacts",
            description="Show foot contacts in the Timeline and Dope Sheet: drag a bar or its end to move it, drag beside it to add one, Ctrl-drag to cut",  # noqa: E501 -- a tooltip
            update=lambda _settings, _context: redraw_timelines(),
        )
        range_start: bpy.props.IntProperty(
            name="Start",
            description="First frame of the video that is captured; the strip's start follows",
            get=_get_start,
            set=_set_start,
            min=0,
            options={"SKIP_SAVE"},
        )
        range_end: bpy.props.IntProperty(
            name="End",
            description="Last frame of the video that is captured; the strip's end follows",
            get=_get_end,
            set=_set_end,
            min=0,
            options={"SKIP_SAVE"},
        )

    @property
    def both(self) -> bool:
        """Whether the next capture is for both a character and a robot."""
        return self.also_unitree_g1 and self.target != TargetChoice.UNITREE_G1

    def wishes(self) -> CaptureSettings:
        """Return the settings as values for planning a capture.

        Raises:
            Fault: the target is an avatar without an ID.
        """
        first = target_id_of(self.target, self.avatar_id)
        targets = (first, ROBOT_TARGET) if self.both else (first,)
        body = self.capture_type.lower()
        return capture_settings(targets, self.title, int(self.export_fps), body, self.upload, choices_of(self))


def settings_of(scene: bpy.types.Scene) -> Settings:
    """Return the scene's settings."""
    settings: Settings = getattr(scene, "aimocap")  # noqa: B009 -- registered below, unknown to the stubs
    return settings


CLASSES = (Settings,)


def register() -> None:
    """Add the settings to every scene."""
    bpy.types.Scene.aimocap = bpy.props.PointerProperty(type=Settings)  # pyright: ignore[reportAttributeAccessIssue] -- Blender's way to add one


def unregister() -> None:
    """Remove the settings from every scene."""
    del bpy.types.Scene.aimocap  # pyright: ignore[reportAttributeAccessIssue] -- as above
