"""Presets of the motion options, stored with Blender's other user presets."""

import bpy
from bl_operators.presets import AddPresetBase
from bl_ui.utils import PresetPanel

from ...motion.retargeting.retarget_options import MOTION_OPTIONS
from ...options import options_of

_SUBDIR = "aimocap/motion"
_VALUES = [f"settings.{name}" for name in options_of(*MOTION_OPTIONS)]


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
