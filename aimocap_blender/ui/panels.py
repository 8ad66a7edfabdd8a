"""The AIMoCap tab in the sidebars of the 3D Viewport and of the Video Sequencer.

Blender redraws a sidebar only when its own editor changes. The tab shows the active strip and the active armature in
both editors, so each redraw of one checks whether these changed since the last redraw.
"""

from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

import bpy

from ..motion.retargeting.retarget_options import MOTION_OPTIONS
from ..scene.scene_values import character_of
from ..scene.video.strips import handles_of, sequencer_scene
from ..scene.windows import redraw_sidebars
from ..takes.captures.capture_settings import CaptureOptions, TargetChoice
from ..texts.text import Text
from ..while_enabled import lasting
from .capture.details import without_video
from .capture.list import draw_captures, has_captures
from .capture.panel import CapturePanel
from .character.bones import BonesPanel
from .character.choosing import draw_character_picker
from .g1.rig_operators import AddRobotMenu
from .motion.comparing import CompareFeet, CompareTakes, current_comparison, draw_comparison
from .motion.contacts import draw_contacts_switch
from .motion.retargeting import selected_source
from .settings import AIMOCAP_PT_motion_presets, settings_of
from .text.modal_work import draw_button, row_or_bar
from .text.option_properties import draw_options
from .text.overlays import Overlay
from .text.translation import translated
from .text.wrapped_text import is_narrow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bpy.stub_internal.rna_enums import IconItems


_MOST_STRIPS = 50
"""Selected strips that are compared one by one; of the others only the number is."""


class EditMotionPanel:
    """Contacts, clean-up and takes of the character's motion."""

    bl_label = "Edit Motion"
    bl_options = {"DEFAULT_CLOSED"}

    layout: bpy.types.UILayout

    def draw(self, context: bpy.types.Context) -> None:
        """Draw a button for each."""
        target = character_of(context)
        if (comparison := current_comparison()) is not None:
            draw_comparison(self.layout, comparison)
            return
        grid = self.layout.grid_flow(row_major=True, columns=1 if is_narrow() else 2, align=True)
        draw_contacts_switch(grid, settings_of(context.scene), target)
        icons: Mapping[str, IconItems] = {
            "compare_takes": "GHOST_ENABLED",
            "compare_feet": "GHOST_DISABLED",
            "smooth_motion": "SMOOTHCURVE",
            "trim_motion": "DRIVER_DISTANCE",
            "retime_motion": "MOD_TIME",
            "mirror_motion": "MOD_MIRROR",
            "make_loop": "FILE_REFRESH",
            "blend_takes": "NLA",
        }
        grey = {
            "compare_takes": CompareTakes.why_not(context) is not None,
            "compare_feet": CompareFeet.why_not(context) is not None,
        }
        for name, icon in icons.items():
            cell = grid.column()
            cell.enabled = not grey.get(name, target is None)
            draw_button(cell, f"aimocap.{name}", icon)


class _PartOfCapture:
    """Part of the Capture panel that means nothing before there is a video or a character."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Return whether there is one of these."""
        return character_of(context) is not None or without_video(context) is None


class _OptionsPanel:
    """Options of the capture and of its motion."""

    bl_label = "Options"
    bl_options = {"DEFAULT_CLOSED"}

    layout: bpy.types.UILayout

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        """Draw the menu of motion presets."""
        AIMOCAP_PT_motion_presets.draw_panel_header(self.layout)  # pyright: ignore[reportUnknownMemberType] -- of Blender, untyped

    def draw(self, context: bpy.types.Context) -> None:
        """Draw those of how motion is applied, and below Advanced those of the capture too."""
        draw_options(self.layout, settings_of(context.scene), CaptureOptions, *MOTION_OPTIONS)


class _CapturesPanel:
    """List of captures."""

    bl_label = "Captures"

    layout: bpy.types.UILayout

    @classmethod
    def poll(cls, _: bpy.types.Context) -> bool:
        """Return whether there are any."""
        return has_captures()

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the list, newest first."""
        draw_captures(self.layout)


def _panel(base: type, name: str, space: str, parent: str = "") -> type:
    """Return the panel's class for one of the two editors; Blender needs a class for each."""
    id_name = f"AIMOCAP_PT_{name}_{space.lower()}"
    body: dict[str, object] = {"__doc__": base.__doc__, "bl_idname": id_name, "bl_space_type": space}
    body |= {"bl_region_type": "UI", "bl_category": "AIMoCap"}
    if not parent:
        # a selected robot's panel is above
        body["bl_order"] = 1
        return type(id_name, (base, bpy.types.Panel), body)
    body["bl_parent_id"] = f"AIMOCAP_PT_{parent}_{space.lower()}"
    return type(id_name, (base, _PartOfCapture, bpy.types.Panel), body)


class ExistingMotionPanel:
    """Motion from an armature or a file, and the robot."""

    bl_label = "Use Existing Motion"
    bl_options = {"DEFAULT_CLOSED"}

    layout: bpy.types.UILayout

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the character, a button for each source, those that add a robot, and export the motion."""
        target = character_of(context)
        source = selected_source(context, target)
        if without_video(context) is not None or settings_of(context.scene).target == TargetChoice.UNITREE_G1:
            # otherwise the Capture panel has it
            draw_character_picker(self.layout, context)
        layout = self.layout.column(align=True)
        row = row_or_bar(layout, "aimocap.retarget_from", "aimocap.import_motion_fbx")
        if row is not None:
            cell = row.column()
            cell.enabled = target is not None
            text = Text("“{source}”", source=source.name) if source is not None else "Armature…"
            cell.operator("aimocap.retarget_from", text=translated(text), icon="ARMATURE_DATA")
            row.operator("aimocap.import_motion_fbx", text="File…", icon="IMPORT")
        row = row_or_bar(layout, "aimocap.import_g1_motion")
        if row is not None:
            row.operator("aimocap.import_g1_motion", text="G1 Motion…", icon="IMPORT")
            row.menu(AddRobotMenu.bl_idname, icon="CONSTRAINT_BONE")
        export = layout.column()
        export.enabled = target is not None
        draw_button(export, "aimocap.export_motion", "EXPORT", text="Export…")


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


@dataclass
class _Drawn:
    """Facts that the sidebars were last drawn for, by window."""

    facts: dict[int, Hashable] = field(default_factory=dict[int, Hashable])


_drawn = lasting(_Drawn)


def _look(context: bpy.types.Context) -> None:
    """Redraw the sidebars if anything they show has changed."""
    # the window is being closed
    with suppress(AttributeError, ReferenceError):
        window, facts = cast("bpy.types.Window", context.window).as_pointer(), _facts(context)
        if _drawn.facts.get(window) != facts:
            _drawn.facts[window] = facts
            redraw_sidebars()


def _facts(context: bpy.types.Context) -> Hashable:
    """Return values that identify the selected strips and character; few, since each redraw asks for them."""
    armature, scene = character_of(context), sequencer_scene(context)
    active: Any = scene.sequence_editor.active_strip if scene.sequence_editor else None
    # 4.2 and 4.3 name them selected_sequences
    selected: Any = getattr(context, "selected_strips", None) or getattr(context, "selected_sequences", None) or ()
    return (
        armature.session_uid if armature is not None else 0,
        scene.session_uid,
        _facts_of(active) if active is not None else (),
        len(selected),
        tuple(_facts_of(strip) for strip in islice(cast("list[object]", selected), _MOST_STRIPS)),
    )


def _facts_of(strip: Any) -> Hashable:  # noqa: ANN401 -- its class was renamed in 4.4
    return strip.as_pointer(), strip.name, *handles_of(strip)


_OVERLAYS = (
    Overlay(_look, "VIEW_3D"),
    Overlay(_look, "SEQUENCE_EDITOR"),
    Overlay(_look, "SEQUENCE_EDITOR", region="PREVIEW"),
)


def register() -> None:
    """Check for changes at each redraw."""
    for overlay in _OVERLAYS:
        overlay.show()
