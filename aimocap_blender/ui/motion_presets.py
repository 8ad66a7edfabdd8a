"""Presets of how motion goes onto a character, kept where Blender keeps the user's presets."""

import bpy
from bl_operators.presets import AddPresetBase
from bl_ui.utils import PresetPanel

from .motion_choices import CHOICES

_SUBDIR = "aimocap/motion"
_VALUES = [f"settings.{name}" for name in CHOICES]


class AIMOCAP_PT_motion_presets(PresetPanel, bpy.types.Panel):  # noqa: N801 -- Blender finds it by the class's name
    """What is kept, to be chosen, and what the scene has now, to be added."""

    bl_label = "Motion Presets"
    preset_subdir = _SUBDIR
    preset_operator = "script.execute_preset"
    preset_add_operator = "aimocap.add_motion_preset"


class AddMotionPreset(AddPresetBase, bpy.types.Operator):  # pyright: ignore[reportIncompatibleMethodOverride] -- Blender's own mixture, loosely typed
    """Keep how motion goes onto a character, as it is chosen now, as a preset; or remove one."""

    bl_idname = "aimocap.add_motion_preset"
    bl_label = "Add Motion Preset"
    preset_menu = AIMOCAP_PT_motion_presets.__name__
    preset_subdir = _SUBDIR
    preset_defines = ["settings = bpy.context.scene.aimocap"]
    preset_values = _VALUES


CLASSES = (AIMOCAP_PT_motion_presets, AddMotionPreset)
