"""The Bones panel: bones found for each body part, with confidence, and missing ones."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import bpy

from ...motion.bones.humanoid import (
    ARM_SLOTS,
    CORE_SLOTS,
    FINGER_SLOTS,
    LEG_SLOTS,
    TORSO_SLOTS,
    BoneMap,
    in_words,
    listed,
    part_of,
    slots_of,
)
from ...scene.chosen_character import character_of
from ...scene.g1.rig import is_g1_rig, model_of
from ...texts.text import Text
from ..settings import settings_of
from ..text.option_properties import set_options
from ..text.reporting import Returned
from ..text.translation import translated
from ..text.wrapped_text import is_narrow, say
from .recognition import Recognised, recognised

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import IconItems

_SURE = 0.7
_POPUP_WIDTH = 360
_NAMES_SHARE = 0.42
"""Share of a row's width for the name of the slot."""

_GROUPS = (
    ("Body", TORSO_SLOTS),
    ("Left Arm", slots_of("left", ARM_SLOTS)),
    ("Right Arm", slots_of("right", ARM_SLOTS)),
    ("Left Leg", slots_of("left", LEG_SLOTS)),
    ("Right Leg", slots_of("right", LEG_SLOTS)),
    ("Left Fingers", slots_of("left", FINGER_SLOTS)),
    ("Right Fingers", slots_of("right", FINGER_SLOTS)),
)


class BonesPanel:
    """Bone map of the character; a click on a bone chooses another one."""

    bl_label = "Bones"
    bl_options = {"DEFAULT_CLOSED"}

    layout: bpy.types.UILayout

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        """Draw how many bones were recognized, with a tick if these are enough."""
        armature = character_of(context)
        if armature is not None and not is_g1_rig(armature):
            found = recognised(armature)
            is_fine = not found.fault and not found.doubts
            count = "" if is_narrow() else f"{found.bones}/{found.slots}"
            self.layout.label(text=count, icon="CHECKMARK" if is_fine else "ERROR", translate=False)

    def draw(self, context: bpy.types.Context) -> None:
        """Draw a summary, then each slot."""
        _draw_bones(self.layout, context)


class ReviewBones(bpy.types.Operator):
    """Show the bone map of the character; a click on a bone chooses another one"""

    bl_idname = "aimocap.review_bones"
    bl_label = "Review Bones"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Open a popup."""
        return context.window_manager.invoke_popup(self, width=_POPUP_WIDTH)

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the popup."""
        _draw_bones(cast("bpy.types.UILayout", self.layout), context)

    def execute(self, context: bpy.types.Context) -> Returned:
        """Change nothing."""
        return {"FINISHED"}


def _draw_bones(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Draw a summary, then each slot."""
    armature = character_of(context)
    if armature is None:
        say(layout, "Select a character to see its bones.", "ARMATURE_DATA")
        return
    if is_g1_rig(armature):
        robot = model_of(armature).robot.name
        say(
            layout,
            Text("A {robot} has joints instead of bones. See the {robot} panel.", robot=robot),
            "CONSTRAINT_BONE",
        )
        return
    found = recognised(armature)
    if found.fault:
        say(layout, found.fault, "ERROR")
        return
    _draw_summary(layout, found.bone_map)
    mirror = settings_of(context.scene).mirror_bones
    row = layout.row(align=True)
    row.prop(settings_of(context.scene), "mirror_bones", toggle=True, icon="MOD_MIRROR")
    row.operator("aimocap.detect_bones", text="", icon="FILE_REFRESH")
    row.operator("aimocap.load_bone_map", text="", icon="FILE_FOLDER")
    row.operator("aimocap.save_bone_map", text="", icon="FILE_TICK")
    prefix = shared_prefix([match.bone for match in found.bone_map.matches.values()])
    for name, slots in _GROUPS:
        filled = sum(slot in found.bone_map.matches for slot in slots)
        # fingers are many and seldom looked at, so they begin closed
        header, body = layout.panel(f"AIMOCAP_bones_{name}", default_closed=part_of(slots[-1]) in FINGER_SLOTS)
        header.label(text=f"{translated(Text.of(name))}  {filled}/{len(slots)}")
        if body is not None:
            column = body.column(align=True)
            for slot in slots:
                chooser = _draw_slot(column, found, slot, prefix)
                set_options(chooser, slot=slot, mirror=mirror)


def _draw_summary(layout: bpy.types.UILayout, bone_map: BoneMap) -> None:
    if bone_map.profile:
        say(layout, Text("Control rig: {profile}", profile=bone_map.profile), "CONSTRAINT_BONE")
    in_slots = {match.bone for match in bone_map.matches.values()}
    for chain, name in ((bone_map.spine_chain, Text("spine")), (bone_map.neck_chain, Text("neck"))):
        # the slots show only some of them
        if not in_slots.issuperset(chain):
            say(
                layout,
                Text(
                    "{count} bones in the {name}: {first} to {last}",
                    count=len(chain),
                    name=name,
                    first=chain[0],
                    last=chain[-1],
                ),
                "BLANK1",
            )
    missing = bone_map.missing()
    if missing:
        core = any(slot in CORE_SLOTS for slot in missing)
        say(layout, Text("Not found: {missing}", missing=listed(missing)), "ERROR" if core else "INFO")


def _draw_slot(layout: bpy.types.UILayout, found: Recognised, slot: str, prefix: str) -> object:
    match = found.bone_map.matches.get(slot)
    name = in_words(part_of(slot)).capitalize()
    if is_narrow():
        row: bpy.types.UILayout = layout
        layout.label(text=name)
    else:
        row = layout.split(factor=_NAMES_SHARE, align=True)
        label = row.row()
        label.alignment = "RIGHT"
        label.label(text=name)
    bone = match.bone.removeprefix(prefix) if match else "–"
    return row.operator("aimocap.choose_bone", text=bone, icon=_icon(found, slot), translate=False)


def shared_prefix(bones: Sequence[str]) -> str:
    """Return the common start of all names up to a separator, such as `mixamorig:`, which is left out to save room."""
    shared = os.path.commonprefix(bones) if len(bones) > 1 else ""  # noqa: RUF071 -- compared letter by letter on purpose
    return shared[: max(shared.rfind(separator) for separator in ":_.-| ") + 1]


def _icon(found: Recognised, slot: str) -> "IconItems":
    match = found.bone_map.matches.get(slot)
    if slot in found.doubts:
        return "ERROR"
    if match is None:
        return "ERROR" if slot in CORE_SLOTS else "BLANK1"
    return "CHECKMARK" if match.confidence >= _SURE else "QUESTION"


CLASSES = (ReviewBones,)
