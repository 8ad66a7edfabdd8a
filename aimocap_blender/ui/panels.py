"""The AIMoCap tab in the sidebars of the 3D Viewport and of the Video Sequencer."""

import bpy

from ..takes.captures.capture_settings import CaptureOptions
from .capture.list import draw_captures
from .capture.panel import CapturePanel
from .character.bones_panel import BonesPanel
from .existing_motion import ExistingMotionPanel
from .motion.panel import EditMotionPanel
from .motion.presets import AIMOCAP_PT_motion_presets
from .settings import settings_of
from .text.option_properties import draw_options

_CATEGORY = "AIMoCap"


class _OptionsPanel:
    """Options of the capture and of its motion."""

    bl_label = "Options"
    bl_category = _CATEGORY
    bl_region_type = "UI"
    bl_options = {"DEFAULT_CLOSED"}

    layout: bpy.types.UILayout

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        """Draw the menu of motion presets."""
        AIMOCAP_PT_motion_presets.draw_panel_header(self.layout)  # pyright: ignore[reportUnknownMemberType] -- of Blender, untyped

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the settings of the capture, then those of its motion."""
        settings = settings_of(context.scene)
        layout = self.layout.column()
        draw_options(layout, settings, CaptureOptions)
        layout.separator()
        settings.draw_choices(layout)


class _CapturesPanel:
    """List of captures."""

    bl_label = "Captures"
    bl_category = _CATEGORY
    bl_region_type = "UI"

    layout: bpy.types.UILayout

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the list, newest first."""
        draw_captures(self.layout)


def _panel(base: type, name: str, space: str, parent: str = "") -> type:
    """Return the panel's class for one of the two editors; Blender needs a class for each."""
    id_name = f"AIMOCAP_PT_{name}_{space.lower()}"
    body = {"__doc__": base.__doc__, "bl_idname": id_name, "bl_space_type": space}
    if parent:
        body["bl_parent_id"] = f"AIMOCAP_PT_{parent}_{space.lower()}"
    return type(id_name, (base, bpy.types.Panel), body)


CLASSES = tuple(
    _panel(base, name, space, parent)
    for space in ("VIEW_3D", "SEQUENCE_EDITOR")
    for base, name, parent in (
        (CapturePanel, "capture", ""),
        (BonesPanel, "bones", "capture"),
        (_OptionsPanel, "options", "capture"),
        (ExistingMotionPanel, "existing_motion", ""),
        (EditMotionPanel, "edit_motion", ""),
        (_CapturesPanel, "captures", ""),
    )
)
