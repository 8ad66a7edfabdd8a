"""Scene settings for the next capture: `scene.aimocap`."""

from typing import TYPE_CHECKING, Literal

import bpy

from ..service.contract import ROBOT_TARGET
from ..session.capture_settings import CaptureSettings, TargetChoice, capture_settings, target_id_of
from ..session.choices import choices_of
from .motion_choices import CaptureChoices


def _is_character(settings: bpy.types.PropertyGroup, candidate: bpy.types.Object) -> bool:
    """Return whether an object can be chosen as the character: an armature in the scene of the settings."""
    return candidate.type == "ARMATURE" and settings.id_data in candidate.users_scene


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
