"""A scene's settings for the next capture: `scene.aimocap`."""

from typing import TYPE_CHECKING, Literal

import bpy

from ..service.contract import ROBOT_TARGET
from ..session.capture_settings import CaptureSettings, capture_settings, target_id_of
from ..session.choices import choices_of
from .motion_choices import CaptureChoices


class Settings(CaptureChoices, bpy.types.PropertyGroup):
    """What the next capture is to be."""

    if TYPE_CHECKING:
        target: Literal["DEFAULT", "UNITREE_G1", "AVATAR"]
        avatar_id: str
        also_unitree_g1: bool
        title: str
        export_fps: Literal["24", "30", "60", "120"]
        capture_type: Literal["FULL_BODY", "UPPER_BODY"]
        upload: Literal["AUTO", "WHOLE_FILE", "TRIMMED_CLIP"]
        mirror_bones: bool
    else:
        target: bpy.props.EnumProperty(
            name="Target",
            description="Whose motion the service makes",
            items=(
                ("DEFAULT", "Character", "Human motion, put onto the selected armature", "ARMATURE_DATA", 0),
                ("UNITREE_G1", "Unitree G1", "Robot motion, put onto a Unitree G1 rig", "CONSTRAINT_BONE", 1),
                ("AVATAR", "My Avatar", "Motion on a skeleton of your own that the service knows", "USER", 2),
            ),
        )
        avatar_id: bpy.props.StringProperty(name="Avatar ID", description="The service's id of your avatar")
        also_unitree_g1: bpy.props.BoolProperty(
            name="Unitree G1 too",
            description="The same job makes a robot's motion as well, put onto a Unitree G1 rig beside the character",
        )
        title: bpy.props.StringProperty(name="Title", description="Name of the capture; empty: the strip's name")
        export_fps: bpy.props.EnumProperty(
            name="Frame Rate",
            description="Frames a second that the service is asked for",
            items=(("24", "24", ""), ("30", "30", ""), ("60", "60", ""), ("120", "120", "")),
            default="30",
        )
        capture_type: bpy.props.EnumProperty(
            name="Body",
            description="How much of the body is captured",
            items=(
                ("FULL_BODY", "Full Body", "The whole body"),
                ("UPPER_BODY", "Upper Body", "From the hips up"),
            ),
        )
        upload: bpy.props.EnumProperty(
            name="Upload",
            description="Which bytes leave this machine",
            items=(
                ("AUTO", "Automatic", "The file, or a clip of the strip's range where the file can't say it"),
                ("WHOLE_FILE", "Whole File", "The movie file as it is; the service trims it"),
                ("TRIMMED_CLIP", "Only the Range", "A clip of just the strip's range, rendered here first"),
            ),
        )
        mirror_bones: bpy.props.BoolProperty(
            name="Mirror",
            description="A bone that is chosen for one side is chosen for the other side too, if it has a counterpart",
            default=True,
        )

    @property
    def both(self) -> bool:
        """Whether the next capture is for a character and for a robot."""
        return self.also_unitree_g1 and self.target != "UNITREE_G1"

    def wishes(self) -> CaptureSettings:
        """Return what the next capture is to be.

        Raises:
            SceneFault: the target is an avatar without an id.
        """
        first = target_id_of(self.target, self.avatar_id)
        targets = (first, ROBOT_TARGET) if self.both else (first,)
        body = self.capture_type.lower()
        return capture_settings(targets, self.title, int(self.export_fps), body, self.upload, choices_of(self))


def settings_of(scene: bpy.types.Scene) -> Settings:
    """The scene's settings."""
    settings: Settings = getattr(scene, "aimocap")  # noqa: B009 -- registered below, unknown to the stubs
    return settings


CLASSES = (Settings,)


def register() -> None:
    """Give every scene its settings."""
    bpy.types.Scene.aimocap = bpy.props.PointerProperty(type=Settings)  # pyright: ignore[reportAttributeAccessIssue] -- Blender's way to add one


def unregister() -> None:
    """Take them away again."""
    del bpy.types.Scene.aimocap  # pyright: ignore[reportAttributeAccessIssue] -- as above
