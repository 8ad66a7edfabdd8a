"""The options of how motion is applied, as properties of the scene and of operators, and their presets."""

from collections.abc import Mapping

import bpy
from bl_operators.presets import AddPresetBase
from bl_ui.utils import PresetPanel

from ..motion.retargeting.retarget_options import MOTION_OPTIONS, KeyOptions, RetargetOptions, TimingOptions
from ..options import Choice, options_of
from .text.option_properties import draw_options, properties, take_choices

_SUBDIR = "aimocap/motion"
_VALUES = [f"settings.{name}" for name in options_of(*MOTION_OPTIONS)]


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


class AIMOCAP_PT_motion_presets(PresetPanel, bpy.types.Panel):  # noqa: N801 -- Blender finds it by the class's name
    """List of saved presets, and a button that adds the scene's current options."""

    bl_label = "Motion Presets"
    preset_subdir = _SUBDIR
    preset_operator = "script.execute_preset"
    preset_add_operator = "aimocap.add_motion_preset"


class AddMotionPreset(AddPresetBase, bpy.types.Operator):  # pyright: ignore[reportIncompatibleMethodOverride] -- Blender's own mixture, loosely typed
    """Save the current motion options as a preset, or remove a preset"""

    bl_idname = "aimocap.add_motion_preset"
    bl_label = "Add Motion Preset"
    preset_menu = AIMOCAP_PT_motion_presets.__name__
    preset_subdir = _SUBDIR
    preset_defines = ["settings = bpy.context.scene.aimocap"]
    preset_values = _VALUES


CLASSES = (AIMOCAP_PT_motion_presets, AddMotionPreset)
