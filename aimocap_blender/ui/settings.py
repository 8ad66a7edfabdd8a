"""Scene settings for the next capture: `scene.aimocap`."""

import contextlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

import bpy
from bl_operators.presets import AddPresetBase
from bl_ui.utils import PresetPanel
from bpy.app.handlers import persistent

from ..motion.retargeting.retarget_options import MOTION_OPTIONS, KeyOptions, RetargetOptions, TimingOptions
from ..options import Choice, made_of, options_of
from ..renamed import OPTIONS, SWITCHES, switched, switches_of
from ..scene.video.strips import shown_strip, video_of
from ..scene.video.video_strips import Trimming, trim, trimming_of
from ..scene.windows import redraw_editors
from ..service.contract import ROBOT_TARGET
from ..takes.binding import choices_of
from ..takes.captures.capture_settings import (
    CaptureOptions,
    CaptureSettings,
    TargetChoice,
    TargetOptions,
    capture_settings,
    target_id_of,
)
from ..texts.faults import Fault
from .text.option_properties import draw_options, properties, take_choices

_SUBDIR = "aimocap/motion"
# whole paths: Blender before 4.5 loses a name that a preset defines, where it runs in Python 3.13 as Debian's does
_VALUES = [f"bpy.context.scene.aimocap.{name}" for name in options_of(*MOTION_OPTIONS)]


class MotionChoices(properties(RetargetOptions), properties(KeyOptions)):
    """Properties of the scene and of operators that apply motion to a character."""

    def draw_choices(self, layout: bpy.types.UILayout) -> None:
        """Draw all options in one column."""
        draw_options(layout, self, RetargetOptions, KeyOptions)

    def take_choices(self, choices: Mapping[str, Choice]) -> None:
        """Set the options that neither the redo panel nor a script has set, see `option_properties`."""
        take_choices(self, choices, *MOTION_OPTIONS)


class TimingChoice(properties(TimingOptions)):
    """Timing of motion that belongs to a video."""


class CaptureChoices(TimingChoice, MotionChoices):
    """Properties for applying a capture's motion, which belongs to a video."""

    def draw_choices(self, layout: bpy.types.UILayout) -> None:
        """Draw the timing, then the options of every motion."""
        draw_options(layout, self, *MOTION_OPTIONS)


def _is_character(settings: bpy.types.PropertyGroup, candidate: bpy.types.Object) -> bool:
    """Return whether an object can be chosen as the character: an armature in the scene of the settings."""
    # one of another scene could be animated, but not seen here
    return candidate.type == "ARMATURE" and settings.id_data in candidate.users_scene


def _trimming(*, opens: bool) -> Trimming | None:
    """Return the trimming of the active strip; None if its ends can't be moved, or its movie isn't open yet."""
    # while a panel is drawn nothing may be opened, and a script can't wait until it is
    if opens or bpy.app.background:
        with contextlib.suppress(Fault):
            video_of(bpy.context)
    return trimming_of(bpy.context)


def _get_start(_settings: bpy.types.PropertyGroup) -> int:
    trimming = _trimming(opens=False)
    return trimming.first if trimming is not None else 0


def _get_end(_settings: bpy.types.PropertyGroup) -> int:
    trimming = _trimming(opens=False)
    return trimming.last if trimming is not None else 0


def _set_start(_settings: bpy.types.PropertyGroup, first: int) -> None:
    _trim(lambda trimming: trimming.from_first(first))


def _set_end(_settings: bpy.types.PropertyGroup, last: int) -> None:
    _trim(lambda trimming: trimming.from_last(last))


def _trim(to: Callable[[Trimming], tuple[int, int]]) -> None:
    trimming = _trimming(opens=True)
    if trimming is not None:
        # a single frame can't be trimmed
        with contextlib.suppress(Fault):
            trim(*shown_strip(bpy.context), to(trimming))


class Settings(properties(TargetOptions), properties(CaptureOptions), CaptureChoices, bpy.types.PropertyGroup):
    """Settings of the next capture."""

    if TYPE_CHECKING:
        mirror_bones: bool
        character: bpy.types.Object | None
        show_contacts: bool
        range_start: int
        range_end: int
    else:
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
            # a switch redraws its own editor alone
            update=lambda _settings, _context: redraw_editors("DOPESHEET_EDITOR"),
        )
        # both are the strip's own ends: nothing of them is stored in the scene
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
        return capture_settings(targets, made_of(CaptureOptions, self), choices_of(self))


def settings_of(scene: bpy.types.Scene) -> Settings:
    """Return the scene's settings."""
    settings: Settings = getattr(scene, "aimocap")  # noqa: B009 -- registered below, unknown to the stubs
    return settings


@persistent
def _take_renamed(*_: object) -> None:
    """Take over the options that a .blend file has under their earlier names."""
    for scene in bpy.data.scenes:
        settings = cast("Any", settings_of(scene))
        # since 5.0, properties that add-ons declare are kept apart from custom ones
        kept = settings.bl_system_properties_get() if bpy.app.version >= (5, 0) else settings
        # a linked scene can't be changed
        if kept is None or scene.library is not None:
            continue
        for old in OPTIONS.keys() & kept.keys():
            kept[OPTIONS[old]] = kept[old]
            # else it would be taken over again, in place of what was chosen since, each time the file is opened
            del kept[old]
        for name in {choice for choice, _ in SWITCHES.values()}:
            stored = {old: bool(kept[old]) for old in switches_of(name) if old in kept.keys()}  # noqa: SIM118 -- Blender's
            value = switched(name, stored)
            if value is not None and name not in kept.keys():  # noqa: SIM118 -- as above
                setattr(settings, name, value)


class AIMOCAP_PT_motion_presets(PresetPanel, bpy.types.Panel):  # noqa: N801 -- Blender finds it by the class's name
    """List of saved presets, and a button that adds the scene's current options."""

    bl_label = "Motion Presets"
    preset_subdir = _SUBDIR
    preset_operator = "script.execute_preset"
    preset_add_operator = "aimocap.add_motion_preset"


class AddMotionPreset(AddPresetBase, bpy.types.Operator):  # pyrefly: ignore[inconsistent-inheritance] -- Blender's own mixture, loosely typed
    """Save the current motion options as a preset, or remove a preset"""

    bl_idname = "aimocap.add_motion_preset"
    bl_label = "Add Motion Preset"
    preset_menu = AIMOCAP_PT_motion_presets.__name__
    preset_subdir = _SUBDIR
    preset_values = _VALUES


CLASSES = (
    Settings,
    AIMOCAP_PT_motion_presets,
    AddMotionPreset,
)


def register() -> None:
    """Add the settings to every scene."""
    bpy.app.handlers.load_post.append(_take_renamed)
    bpy.types.Scene.aimocap = bpy.props.PointerProperty(type=Settings)


def unregister() -> None:
    """Remove the settings from every scene."""
    bpy.app.handlers.load_post.remove(_take_renamed)
    del bpy.types.Scene.aimocap
