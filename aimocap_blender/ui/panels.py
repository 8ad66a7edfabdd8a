"""The AIMoCap tab in the sidebars of the 3D Viewport and of the Video Sequencer, with its Capture panel.

That one shows the video and its range, target, character, costs, and the button that starts the capture.

Blender redraws a sidebar only when its own editor changes. The tab shows the active strip and the active armature in
both editors, so each redraw of one checks whether these changed since the last redraw.
"""

import contextlib
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

import bpy

from ..jobs.capture import Order
from ..motion.retargeting.retarget_options import MOTION_OPTIONS
from ..scene.g1.rig import is_g1_rig, takes_captures
from ..scene.operator_calls import overridden
from ..scene.scene_values import character_of, kept_character, robot_of
from ..scene.video.strips import (
    Strip,
    StripSource,
    handles_of,
    must_render,
    peek,
    selected_strips,
    selected_videos,
    sequencer_scene,
    shown_strip,
)
from ..scene.video.video_strips import trimming_of
from ..scene.video.viewport_video import plane_in
from ..scene.windows import redraw_sidebars, window_region
from ..takes.captures.capture_settings import CaptureOptions, CaptureSettings, TargetChoice
from ..takes.captures.capture_takes import clip_of, contains, missing_of_strip
from ..takes.session import current_session
from ..takes.take import Standing, range_of_source
from ..texts.faults import Fault
from ..texts.text import Sentence, Text
from ..while_enabled import lasting
from .capture.before_capture import (
    brief_upload,
    draw_missing_character,
    draw_missing_video,
    upload_of_strip,
    warnings_before_paying,
)
from .capture.details import without_video
from .capture.list import draw_captures, has_captures
from .capture.operators import is_looking
from .capture.videos import draw_video_in_viewport
from .character.bones import BonesPanel, recognised
from .character.choosing import draw_character_picker
from .g1.rig_operators import AddRobotMenu
from .motion.comparing import CompareFeet, CompareTakes, current_comparison, draw_comparison
from .motion.contacts import draw_contacts_switch
from .motion.retargeting import selected_source
from .preview.drawing import capture_bar, draw_free_of_charge
from .preview.thumbnail_strip import draw_thumbnails
from .settings import AIMOCAP_PT_motion_presets, Settings, settings_of
from .text.modal_work import draw_bar, draw_button, row_or_bar
from .text.option_properties import draw_options, set_options
from .text.overlays import Overlay
from .text.reporting import Returned, refusing
from .text.translation import OWN_WORDS, translated
from .text.wrapped_text import is_narrow, row_if_wide, say, ui_scale

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bpy.stub_internal.rna_enums import IconItems


_MOST_STRIPS = 50
"""Selected strips that are compared one by one; of the others only the number is."""

_EDIT_SHARE = 0.35
"""Of the width, for the button Edit Range; the rest is for the video in the viewport."""

_SHARE = 0.35
"""Of the height of the area that is split, for the sequencer."""
_LEAST_PIXELS = 400
"""Unscaled height of an area that is split; otherwise another window opens."""


class EditRange(bpy.types.Operator):
    """Show the active strip in a Video Sequencer, which is opened below this editor if there is none"""

    bl_idname = "aimocap.edit_range"
    bl_label = "Edit Range"
    bl_options = set()

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Find or open a sequencer, and frame the strip in it."""
        if bpy.app.background:
            raise Fault("The strip can't be shown without a window.", "Set its ends in the script.")
        scene, strip = shown_strip(context)
        window, area = _sequencer_in(context) or _opened(context)
        # from 5.0 on
        if getattr(window.workspace, "sequencer_scene", scene) != scene:
            window.workspace.sequencer_scene = scene
        _frame(window, area, scene, strip)
        return {"FINISHED"}


def _sequencer_in(context: bpy.types.Context) -> tuple[Any, Any] | None:
    """Return a window, this one first, and its area that shows strips."""
    # the user looks at this one, and others may be behind it
    for window in sorted(context.window_manager.windows, key=lambda window: window != context.window):
        areas = [area for area in window.screen.areas if area.type == "SEQUENCE_EDITOR"]
        # a preview shows the video alone, without its strips
        shown = [area for area in areas if cast("Any", area.spaces.active).view_type != "PREVIEW"]
        if shown:
            return window, context.area if context.area in shown else shown[0]
    return None


def _opened(context: bpy.types.Context) -> tuple[Any, Any]:
    """Open a sequencer below the editor; in another window if there is no room."""
    window = context.window or context.window_manager.windows[0]
    area = context.area or max(window.screen.areas, key=lambda area: area.width * area.height)
    if area.height < _LEAST_PIXELS * ui_scale():
        bpy.ops.wm.window_new()
        window = context.window_manager.windows[-1]
        area = window.screen.areas[0]
    else:
        before = set(window.screen.areas)
        with overridden(window=window, area=area):
            bpy.ops.screen.area_split(direction="HORIZONTAL", factor=_SHARE)
        # whichever of both Blender calls the new one, the lower is for the strips
        area = min((area, *(set(window.screen.areas) - before)), key=lambda area: area.y)
    area.ui_type = "SEQUENCE_EDITOR"
    return window, area


def _frame(window: bpy.types.Window, area: bpy.types.Area, scene: bpy.types.Scene, strip: Strip) -> None:
    """Fill the area with the strip; the selection stays."""
    selected = selected_strips(scene)
    # Blender's operator frames all selected strips, so that for a moment only this one is
    for other in selected:
        other.select = False
    strip.select = True
    with overridden(window=window, area=area, region=window_region(area)):
        bpy.ops.sequencer.view_selected()
    strip.select = False
    for other in selected:
        other.select = True


def draw_length(layout: bpy.types.UILayout, source: StripSource) -> None:
    """Draw how long the range is, and the frame rate, to the right."""
    row = layout.row()
    row.alignment = "RIGHT"
    row.label(text=f"{source.trimmed_sec:.1f} s · {source.fps:g} fps", translate=False)


def draw_range(layout: bpy.types.UILayout, context: bpy.types.Context, settings: Settings) -> None:
    """Draw the ends of the range as fields, unless they can't be set."""
    if trimming_of(context) is None:
        return
    row = row_if_wide(layout)
    row.prop(settings, "range_start")
    row.prop(settings, "range_end")


class CapturePanel:
    """Settings of the next capture and the button that starts it."""

    bl_label = "Capture"
    bl_translation_context = OWN_WORDS

    layout: bpy.types.UILayout

    def draw(self, context: bpy.types.Context) -> None:
        """Draw one column in working order: video, target, character, cost, start."""
        settings = settings_of(context.scene)
        column = self.layout.column()
        source, strips = _draw_source(column, context, settings), selected_videos(context)
        if source is None and len(strips) <= 1:
            return
        column.separator()
        _draw_target(column, settings)
        target = TargetChoice(settings.target)
        ready = _draw_character(column, context, target)
        column.separator()
        if target != TargetChoice.UNITREE_G1:
            draw_free_of_charge(column, context, source, ready=ready)
        _draw_capture(column, context, settings, source if ready else None, strips)


def _draw_target(layout: bpy.types.UILayout, settings: Settings) -> None:
    layout.prop(settings, "target", text="")
    if settings.target == TargetChoice.AVATAR:
        layout.prop(settings, "avatar_id")


def _draw_capture(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    settings: Settings,
    source: StripSource | None,
    strips: list[Strip],
) -> None:
    """Draw what a capture uploads, and its button with the price; it can't be pressed without a source.

    What earlier captures spare comes below, so that the button stays where it is.
    """
    if source is not None:
        _draw_upload(layout, settings, source)
    row = layout.row()
    row.scale_y = 1.5
    row.enabled = source is not None
    text: Sentence = "Capture Motion"
    if is_looking():
        text = "Reading earlier captures"
    elif source is not None:
        text = Text("Capture Motion · {credits:.1f} credits", credits=source.trimmed_sec)
        if is_narrow():
            text = Text("Capture · {credits:.1f} credits", credits=source.trimmed_sec)
    row.operator("aimocap.capture_motion", text=translated(text), translate=False, icon="RADIOBUT_ON")
    if source is not None:
        _draw_earlier(layout, settings, source)
        if len(strips) > 1:
            _draw_all_selected(layout, context, strips)


def _draw_source(layout: bpy.types.UILayout, context: bpy.types.Context, settings: Settings) -> StripSource | None:
    box = layout.box().column(align=True)
    try:
        source = peek(context)
    except Fault as fault:
        draw_missing_video(box, fault)
        if plane_in(context.scene) is not None:
            draw_video_in_viewport(box.row(align=True), context)
        return None
    if source is None:
        box.label(text="Opening the movie", icon="FILE_MOVIE")
        return None
    row = box.column(align=True) if is_narrow() else box.row()
    row.label(text=source.name, icon="FILE_MOVIE", translate=False)
    draw_length(row, source)
    draw_thumbnails(box, source)
    draw_range(box, context, settings)
    row = box.column(align=True) if is_narrow() else box.split(factor=_EDIT_SHARE, align=True)
    row.operator("aimocap.edit_range")
    draw_video_in_viewport(row.row(align=True), context, source.name)
    try:
        reason = must_render(source, settings.upload)
    except Fault as fault:
        say(box, fault.text, "ERROR")
        return None
    if reason is not None:
        why = Text("Only the range will be rendered and sent: {reason}.", reason=Text.of(reason))
        say(box, why if source.needs_clip else "Only the range will be rendered and sent.", "RENDER_ANIMATION")
    for warning in source.warnings:
        say(box, warning, "ERROR")
    return source


def _draw_character(layout: bpy.types.UILayout, context: bpy.types.Context, target: TargetChoice) -> bool:
    """Draw the receiver of the motion; return whether there is one that can receive it."""
    armature, kept = character_of(context), kept_character(context.scene)
    if target == TargetChoice.UNITREE_G1:
        robot = robot_of(context, kept)
        if robot is not None and robot == kept:
            draw_character_picker(layout, context)
            return True
        named = robot.name if robot is not None else translated("New Unitree G1 rig")
        layout.label(text=named, icon="CONSTRAINT_BONE", translate=False)
        return True
    draw_character_picker(layout, context)
    if is_g1_rig(armature):
        needed = (
            "A Unitree G1 needs robot motion."
            if takes_captures(armature)
            else "Captured robot motion is for a Unitree G1."
        )
        say(layout, needed, "CONSTRAINT_BONE")
        switch = layout.operator("wm.context_set_enum", text="Target Unitree G1")
        set_options(switch, data_path="scene.aimocap.target", value=TargetChoice.UNITREE_G1.value)
        return False
    if armature is None or not armature.is_editable:
        draw_missing_character(layout, context)
        return False
    found = recognised(armature)
    # the header of the bones says how many
    if not found.fault:
        return True
    row = layout.row()
    say(row, found.fault, "ERROR", buttons_beside=1)
    row.operator("aimocap.detect_bones", text="", icon="FILE_REFRESH")
    # an avatar's motion may be made for these very bones
    return target == TargetChoice.AVATAR


def _draw_upload(layout: bpy.types.UILayout, settings: Settings, source: StripSource) -> None:
    """Draw the upload, and warnings about it and its cost; in its place the progress of a capture of this strip."""
    upload, bar = upload_of_strip(source, settings), capture_bar(current_session(), source)
    if bar is not None:
        draw_bar(layout, bar)
    else:
        say(layout, brief_upload(upload), "URL")
    for warning in warnings_before_paying(upload, settings):
        say(layout, warning, "INFO")


def _draw_all_selected(layout: bpy.types.UILayout, context: bpy.types.Context, strips: list[Strip]) -> None:
    """Draw the button that captures all selected strips, with the total price."""
    text = Text("Capture All {count}", count=len(strips))
    # the button reports it
    with contextlib.suppress(Fault):
        sources = [peek(context, strip) for strip in strips]
        known = [source.trimmed_sec for source in sources if source is not None]
        # a price without the videos that are still being opened would be too low
        if len(known) == len(strips):
            text = Text("Capture All {count} · {credits:.1f} credits", count=len(strips), credits=sum(known))
    every = layout.operator("aimocap.capture_motion", text=translated(text), translate=False, icon="SEQUENCE")
    set_options(every, all_selected=True)


def _draw_earlier(layout: bpy.types.UILayout, settings: Settings, source: StripSource) -> None:
    """Draw a button that applies the motion of the range if it was captured before, or captures what is missing."""
    parts: list[tuple[str, tuple[float, float]]] = []
    # an avatar has no ID yet; capturing reports it
    with contextlib.suppress(Fault):
        parts = _captured_parts(source, settings.wishes())
    if not parts:
        return
    wanted = (source.trim_start_sec, source.trim_end_sec)
    whole = [capture_id for capture_id, part in parts if contains(part, wanted)]
    if whole:
        apply = layout.operator("aimocap.apply_capture", text="Apply Earlier", icon="ARMATURE_DATA")
        set_options(apply, capture_id=whole[0], strip=source.name)
        return
    missing = missing_of_strip(source, [part for _, part in parts])
    if missing:
        credits_left = sum(end - start for start, end in missing)
        text = Text("Capture the Rest · {credits:.1f} credits", credits=credits_left)
        if is_narrow():
            text = Text("Rest · {credits:.1f} credits", credits=credits_left)
        rest = layout.operator("aimocap.capture_motion", text=translated(text), translate=False, icon="RADIOBUT_ON")
        set_options(rest, only_missing=True)


def _wanted(order: Order | CaptureSettings) -> tuple[object, ...]:
    return order.target_ids, order.export_fps, order.mocap_type


def _captured_parts(source: StripSource, wishes: CaptureSettings) -> list[tuple[str, tuple[float, float]]]:
    """Return captures, the newest first, whose motion is here and shows a part of the range; from memory alone."""
    session, shown = current_session(), range_of_source(source)
    if session is None or shown is None:
        return []
    found: list[tuple[str, tuple[float, float]]] = []
    is_rendered = must_render(source, wishes.upload) is not None
    for one in session.captures.listed():
        # what is not paid, or still running, may bring no motion
        part = one.shown if one.is_paid and one.standing is not Standing.RUNNING else None
        if part is None or part.file != shown.file:
            continue
        view = session.captures.view(one.id)
        # with other settings it is another motion, which would have to be paid
        if view is None or (clip_of(view.binding) is not None) != is_rendered or _wanted(view.order) != _wanted(wishes):
            continue
        if min(part.end_sec, shown.end_sec) > max(part.start_sec, shown.start_sec):
            found.append((one.id, (part.start_sec, part.end_sec)))
    return found


class EditMotionPanel:
    """Contacts, clean-up and takes of the character's motion."""

    bl_label = "Edit Motion"
    bl_options = {"DEFAULT_CLOSED"}

    layout: bpy.types.UILayout

    def draw(self, context: bpy.types.Context) -> None:
        """Draw a button for each."""
        target = character_of(context)
        # an edit meanwhile would change only one of the two
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
        AIMOCAP_PT_motion_presets.draw_panel_header(self.layout)

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


def _panels_in(space: str) -> tuple[type, ...]:
    """Return the panels of an editor's tab, from the top down."""
    return (
        _panel(CapturePanel, "capture", space),
        _panel(BonesPanel, "bones", space, "capture"),
        _panel(_OptionsPanel, "options", space, "capture"),
        _panel(ExistingMotionPanel, "existing_motion", space),
        _panel(EditMotionPanel, "edit_motion", space),
        _panel(_CapturesPanel, "captures", space),
    )


CLASSES = (EditRange, *_panels_in("VIEW_3D"), *_panels_in("SEQUENCE_EDITOR"))


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
