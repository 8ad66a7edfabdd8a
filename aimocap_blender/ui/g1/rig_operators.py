"""Operators that add a G1 rig and switch its joint limits."""

from typing import TYPE_CHECKING, cast

import bpy

from ...motion.g1.variants import G1_VARIANTS, VARIANTS, Variant, g1_variant
from ...scene.armatures import selected_armature
from ...scene.g1.limits import show_limits
from ...scene.g1.rig import add_g1_rig, is_g1_rig
from ...scene.selection import select_only
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ..text.reporting import inform, refuse

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

_OTHERS = {name: g1_variant(name).robot.name for name in VARIANTS if name not in G1_VARIANTS}
VARIANT_NAMES: dict[Variant, str] = {
    "29dof": "29 Joints",
    "29dof_before_rev_1_0": "29 Joints, before Rev. 1.0",
    "23dof": "23 Joints",
    "23dof_without_wrists": "23 Joints, without Wrists",
    "43dof_with_hands": "43 Joints, with Hands",
    **_OTHERS,
}
VARIANT_ITEMS = (
    ("29dof", VARIANT_NAMES["29dof"], "Three joints in the waist, three in each wrist"),
    (
        "29dof_before_rev_1_0",
        VARIANT_NAMES["29dof_before_rev_1_0"],
        "Three joints in the waist of the earlier design, three in each wrist",
    ),
    ("23dof", VARIANT_NAMES["23dof"], "One joint in the waist, one in each wrist"),
    ("23dof_without_wrists", VARIANT_NAMES["23dof_without_wrists"], "Three joints in the waist, fixed wrists"),
    ("43dof_with_hands", VARIANT_NAMES["43dof_with_hands"], "29 joints and two hands with seven joints each"),
    *((variant, name, "Another robot, shown as capsules") for variant, name in _OTHERS.items()),
)

_NO_RIG = Fault("No Unitree G1 rig is selected.", "Select one, or add one with Add > Armature > Unitree G1.")


def selected_g1_rig(context: bpy.types.Context) -> bpy.types.Object | None:
    """Return the G1 rig that is active or that the active object is a part of; None if there is none."""
    active = context.view_layer.objects.active if context.view_layer else None
    for candidate in (selected_armature(context), active.parent if active is not None else None):
        if is_g1_rig(candidate):
            return candidate
    return None


class OnG1Rig:
    """Operator on the selected G1 rig, in one undo step."""

    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Act or report why not; a fault leaves everything unchanged."""
        operator = cast("bpy.types.Operator", self)
        try:
            rig = selected_g1_rig(context)
            if rig is None:
                raise _NO_RIG
            inform(operator, self.act(context, rig))
        except Fault as fault:
            return refuse(operator, fault)
        return {"FINISHED"}

    def act(self, context: bpy.types.Context, rig: bpy.types.Object) -> Sentence:
        """Act on the rig and return one or two sentences on the result."""
        raise NotImplementedError


class AddG1Rig(bpy.types.Operator):
    """Add a Unitree G1 rig, with one channel in radians for each joint"""

    bl_idname = "aimocap.add_g1_rig"
    bl_label = "Unitree G1"
    bl_options = {"REGISTER", "UNDO"}

    if TYPE_CHECKING:
        variant: Variant
    else:
        variant: bpy.props.EnumProperty(name="Variant", description="Version of the robot", items=VARIANT_ITEMS)

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Add the rig and make it selected and active."""
        try:
            rig = add_g1_rig(context, self.variant)
        except Fault as fault:
            return refuse(self, fault)
        select_only(context, rig)
        return {"FINISHED"}


class ShowG1Limits(OnG1Rig, bpy.types.Operator):
    """Keep the joints of the selected G1 within their limits and show these as arcs, without changing keyframes"""

    bl_idname = "aimocap.show_g1_limits"
    bl_label = "Joint Limits"

    if TYPE_CHECKING:
        show: bool
    else:
        show: bpy.props.BoolProperty(
            name="Show", description="Enforce and show the limits", default=True, options={"SKIP_SAVE"}
        )

    def act(self, context: bpy.types.Context, rig: bpy.types.Object) -> Sentence:
        """Turn the limits on or off."""
        show_limits(rig, self.show)
        if self.show:
            return Text("The joint limits of {rig} are on.", rig=rig.name)
        return Text("The joint limits of {rig} are off.", rig=rig.name)


CLASSES = (AddG1Rig, ShowG1Limits)
