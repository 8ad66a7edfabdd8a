"""The robot's panel in the AIMoCap tab: limits, files, adjustments, and the check of the motion."""

import time
from collections.abc import Mapping
from typing import cast

import bpy

from ...motion.g1.checks_findings import G1Check, G1Fault, Kind
from ...motion.g1.options import VARIANT_NAMES
from ...scene.g1.rig import limits_shown, model_of, variant_of
from ...texts.counts import frames_in_words
from ...texts.text import Text
from ..text.modal_work import draw_button, row_or_bar
from ..text.option_properties import set_options
from ..text.wrapped_text import row_if_wide, say
from .heat import FAULT_NAMES, HEAT_SWITCH, Checked, checked, is_stale
from .rig_operators import selected_g1_rig

_FIXES: Mapping[Kind, Mapping[str, object]] = {
    G1Fault.JOINT_LIMIT: {"step": "LIMITS"},
    G1Fault.STRICT_LIMIT: {"step": "LIMITS", "strict": True},
    G1Fault.VELOCITY: {"step": "SPEEDS"},
    G1Fault.SPIKE: {"step": "SPIKES"},
    G1Fault.SLIDE: {"step": "FEET"},
    G1Fault.FLOATING: {"step": "FOLLOW_GROUND"},
    G1Fault.SINKING: {"step": "FOLLOW_GROUND"},
    G1Fault.COLLISION: {"step": "COLLISION"},
    G1Fault.ROOT_JUMP: {"step": "ALL"},
    G1Fault.ROOT_ACCELERATION: {"step": "ALL"},
}
"""The step that repairs a kind of fault, with its settings."""


class G1Panel(bpy.types.Panel):
    """Panel of the selected robot, which is its title."""

    bl_idname = "AIMOCAP_PT_g1"
    bl_label = ""
    bl_category = "AIMoCap"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"

    @classmethod
    def poll(cls, context: bpy.types.Context | None) -> bool:
        """Show the panel only while a G1 is selected."""
        return context is not None and selected_g1_rig(context) is not None

    def draw_header(self, context: bpy.types.Context) -> None:
        """Draw the robot's name."""
        rig = selected_g1_rig(context)
        if rig is not None:
            cast("bpy.types.UILayout", self.layout).label(text=model_of(rig).robot.name)

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the rig, its files, then the check."""
        rig = selected_g1_rig(context)
        variant = variant_of(rig) if rig is not None else None
        if rig is None or variant is None:
            return
        column = cast("bpy.types.UILayout", self.layout).column()
        if variant in VARIANT_NAMES:
            column.label(text=VARIANT_NAMES[variant], icon="CONSTRAINT_BONE")
        shown = limits_shown(rig)
        set_options(column.operator("aimocap.show_g1_limits", depress=shown, icon="CON_ROTLIMIT"), show=not shown)
        row = row_or_bar(column, "aimocap.import_g1_motion", "aimocap.import_g1_folder", "aimocap.export_g1_motion")
        if row is not None:
            row.operator("aimocap.import_g1_motion", text="Import", icon="IMPORT")
            row.operator("aimocap.import_g1_folder", text="Folder…", icon="FILE_FOLDER")
            row.operator("aimocap.export_g1_motion", text="Export", icon="EXPORT")
        draw_button(column, "aimocap.retarget_to_g1", "ARMATURE_DATA", text="Retarget Motion")
        column.separator()
        row = row_or_bar(column, "aimocap.fix_g1_motion")
        if row is not None:
            row.operator_menu_enum("aimocap.fix_g1_motion", "step", icon="TOOL_SETTINGS")
        draw_button(column, "aimocap.check_g1_motion", "VIEWZOOM")
        found = checked(rig)
        if found is not None:
            below = column.column()
            # a fix would begin a second adjustment of what is being adjusted
            below.enabled = row is not None
            _draw_found(below, rig, found)


def _draw_found(layout: bpy.types.UILayout, rig: bpy.types.Object, found: Checked) -> None:
    if is_stale(rig, found):
        seconds = time.monotonic() - found.when
        ago = f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"  # noqa: PLR2004 -- for legibility
        say(layout, Text("The motion changed since it was checked {ago} ago.", ago=ago), "ERROR")
        # the old report is still of use while its faults are repaired one by one
        layout = layout.column()
        layout.active = False
    if found.report.clean:
        say(layout, "No faults found", "CHECKMARK")
    if found.found:
        layout.prop(bpy.context.window_manager, HEAT_SWITCH, icon="COLOR")
    for check in found.report.checks:
        if check.findings:
            _draw_kind(layout.box().column(align=True), check, found)
    for note in found.report.notes:
        say(layout, note, "INFO")
    box = layout.box().column(align=True)
    say(box, "Estimated forces", "FORCE_FORCE")
    for sentence in found.feasibility.sentences(found.frames):
        say(box, sentence)
    for check in found.feasibility.checks:
        _draw_kind(box, check, found)
    row = row_if_wide(layout)
    row.operator("aimocap.save_g1_report", icon="FILE_TICK")
    if found.found:
        row.operator("aimocap.mark_g1_faults", text="Mark", icon="MARKER")
    # also after a check without faults, since an earlier one may have left markers
    set_options(row.operator("aimocap.mark_g1_faults", text="", icon="X"), remove=True)


def _draw_kind(layout: bpy.types.UILayout, check: G1Check, found: Checked) -> None:
    worst = check.worst
    if worst is None:
        return
    row = layout.row()
    frames = frames_in_words(check.frame_count)
    said = Text("{fault}: {frames}", fault=Text(FAULT_NAMES[check.kind]), frames=frames)
    # what is only estimated has no step that repairs it
    fix = _FIXES.get(check.kind)
    say(row, said, buttons_beside=2 if fix else 1)
    if fix:
        set_options(row.operator("aimocap.fix_g1_motion", text="", icon="TOOL_SETTINGS"), **fix)
    set_options(row.operator("aimocap.go_to_g1_fault", text="", icon="RIGHTARROW"), kind=check.kind.value)
    say(layout, worst.sentence(f"{found.frames[worst.worst]:.0f}"))


CLASSES = (G1Panel,)
