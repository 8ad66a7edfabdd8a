"""The AIMoCap tab in the sidebars of the 3D Viewport and of the Video Sequencer."""

import bpy

from ..scene.faults import SceneFault
from ..scene.g1.rig import is_g1_rig
from ..scene.strips import StripSource, must_render, peek
from . import preferences
from .bones_panel import BonesPanel
from .captures_list import draw_captures
from .character import recognised, selected_armature
from .motion_presets import AIMOCAP_PT_motion_presets
from .preparing import NO_KEY, OFFLINE, SEVERAL_MAY_COST_MORE
from .retarget_operator import selected_source
from .settings import Settings, settings_of
from .wrapped_text import say

_CATEGORY = "AIMoCap"


class _CapturePanel:
    """What the next capture is made of, and the button that starts it."""

    bl_label = "Capture"
    bl_category = _CATEGORY
    bl_region_type = "UI"

    layout: bpy.types.UILayout

    def draw(self, context: bpy.types.Context) -> None:
        """One column, in the order in which one thinks of it: video, target, character, cost, go."""
        settings = settings_of(context.scene)
        column = self.layout.column()
        source = _draw_source(column, context, settings)
        column.separator()
        column.prop(settings, "target", text="")
        if settings.target == "AVATAR":
            column.prop(settings, "avatar_id")
        if settings.target != "UNITREE_G1":
            column.prop(settings, "also_unitree_g1")
            if settings.also_unitree_g1:
                say(column, SEVERAL_MAY_COST_MORE)
        _draw_character(column, context, settings)
        column.separator()
        ready = _draw_cost(column, source)
        row = column.row()
        row.scale_y = 1.5
        row.enabled = ready
        row.operator("aimocap.capture_motion", icon="RADIOBUT_ON")
        if settings.target != "UNITREE_G1":
            _draw_retarget(column, context)


class _OptionsPanel:
    """What one rarely changes."""

    bl_label = "Options"
    bl_category = _CATEGORY
    bl_region_type = "UI"
    bl_options = {"DEFAULT_CLOSED"}

    layout: bpy.types.UILayout

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        """The presets of how motion goes on."""
        AIMOCAP_PT_motion_presets.draw_panel_header(self.layout)  # pyright: ignore[reportUnknownMemberType] -- of Blender, untyped

    def draw(self, context: bpy.types.Context) -> None:
        """The settings of the capture, then those of its motion."""
        settings = settings_of(context.scene)
        layout = self.layout.column()
        layout.use_property_split = True
        layout.use_property_decorate = False
        for name in ("title", "upload", "export_fps", "capture_type"):
            layout.prop(settings, name)
        layout.separator()
        settings.draw_choices(layout)


class _CapturesPanel:
    """A row for each capture."""

    bl_label = "Captures"
    bl_category = _CATEGORY
    bl_region_type = "UI"

    layout: bpy.types.UILayout

    def draw(self, context: bpy.types.Context) -> None:
        """The newest first."""
        draw_captures(self.layout)


def _draw_source(layout: bpy.types.UILayout, context: bpy.types.Context, settings: Settings) -> StripSource | None:
    box = layout.box().column(align=True)
    try:
        source = peek(context)
        reason = must_render(source, settings.upload) if source else None
    except SceneFault as fault:
        say(box, fault.what, "SEQUENCE")
        say(box, fault.next_step, "BLANK1")
        return None
    if source is None:
        box.label(text="The movie is being opened", icon="FILE_MOVIE")
        return None
    start, end = source.trim_start_sec, source.trim_end_sec
    box.label(text=source.name, icon="FILE_MOVIE")
    box.label(text=f"{_timecode(start, source.fps)} – {_timecode(end, source.fps)}", icon="BLANK1")
    box.label(text=f"{start:.2f} – {end:.2f} s of {source.duration_sec:.2f} s", icon="BLANK1")
    if reason is not None:
        say(box, f"A clip is rendered first: {reason}.", "RENDER_ANIMATION")
    for warning in source.warnings:
        say(box, warning, "ERROR")
    return source


def _timecode(seconds: float, fps: float) -> str:
    return bpy.utils.smpte_from_seconds(seconds, fps=round(fps), fps_base=round(fps) / fps)


def _draw_character(layout: bpy.types.UILayout, context: bpy.types.Context, settings: Settings) -> None:
    armature = selected_armature(context)
    if settings.target == "UNITREE_G1":
        named = armature.name if armature is not None and is_g1_rig(armature) else "A new Unitree G1 rig"
        layout.label(text=named, icon="CONSTRAINT_BONE")
    elif is_g1_rig(armature):
        say(layout, "A Unitree G1 takes robot motion.", "CONSTRAINT_BONE")
        switch = layout.operator("wm.context_set_enum", text="Target Unitree G1")
        setattr(switch, "data_path", "scene.aimocap.target")  # noqa: B010 -- unknown to the stubs
        setattr(switch, "value", "UNITREE_G1")  # noqa: B010 -- as above
    elif armature is None:
        say(layout, "Select the character that the motion is for.", "ARMATURE_DATA")
    else:
        found = recognised(armature)
        layout.label(text=armature.name, icon="ARMATURE_DATA")
        row = layout.row()
        say(row, found.fault or f"{found.bones} of {found.slots} bones recognised")
        row.operator("aimocap.detect_bones", text="", icon="FILE_REFRESH")


def _draw_retarget(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """The other way to a motion: from an armature that has one."""
    target, source = selected_armature(context), selected_source(context)
    row = layout.row()
    row.enabled = target is not None
    text = f"From “{source.name}”" if source is not None else "From Armature…"
    row.operator("aimocap.retarget_from", text=text, icon="ARMATURE_DATA")


def _draw_cost(layout: bpy.types.UILayout, source: StripSource | None) -> bool:
    """What it costs and where the video goes, or what is missing for the button."""
    if not bpy.app.online_access:
        say(layout, str(OFFLINE), "INTERNET_OFFLINE")
        return False
    if not preferences.api_key():
        say(layout, NO_KEY.what, "KEYINGSET")
        opener = layout.operator("preferences.addon_show", text="Preferences", icon="PREFERENCES")
        setattr(opener, "module", preferences.ADDON)  # noqa: B010 -- unknown to the stubs
        return False
    if source is None:
        return False
    layout.label(text=f"Costs about {source.trimmed_sec:.1f} v-credits", icon="TIME")
    layout.label(text=f"The video goes to {preferences.service_host()}", icon="URL")
    return True


def _panel(base: type, name: str, space: str, parent: str = "") -> type:
    """The same panel for one of the two editors; Blender asks for a class of its own in each."""
    id_name = f"AIMOCAP_PT_{name}_{space.lower()}"
    body = {"__doc__": base.__doc__, "bl_idname": id_name, "bl_space_type": space}
    if parent:
        body["bl_parent_id"] = f"AIMOCAP_PT_{parent}_{space.lower()}"
    return type(id_name, (base, bpy.types.Panel), body)


_CLASSES = tuple(
    _panel(base, name, space, parent)
    for space in ("VIEW_3D", "SEQUENCE_EDITOR")
    for base, name, parent in (
        (_CapturePanel, "capture", ""),
        (BonesPanel, "bones", "capture"),
        (_OptionsPanel, "options", "capture"),
        (_CapturesPanel, "captures", ""),
    )
)


def register() -> None:
    """Put the tab into both sidebars."""
    for panel in _CLASSES:
        bpy.utils.register_class(panel)


def unregister() -> None:
    """Take it away again."""
    for panel in reversed(_CLASSES):
        bpy.utils.unregister_class(panel)
