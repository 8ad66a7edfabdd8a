"""The G1 rig itself: add one, and switch its limits."""

from typing import TYPE_CHECKING, Any, cast

import bpy

from ...motion.faults import MotionFault
from ...motion.g1.variants import Variant
from ...scene.armatures import selected_armature
from ...scene.faults import SceneFault
from ...scene.g1.limits import show_limits
from ...scene.g1.rig import add_g1_rig, is_g1_rig
from ..text.reporting import inform, refuse

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

VARIANT_NAMES: dict[Variant, str] = {
    "29dof": "29 Joints",
    "29dof_before_rev_1_0": "29 Joints, before Rev. 1.0",
    "23dof": "23 Joints",
    "23dof_without_wrists": "23 Joints, without Wrists",
    "43dof_with_hands": "43 Joints, with Hands",
}
_VARIANTS = (
    ("29dof", VARIANT_NAMES["29dof"], "Three joints in the waist, three in each wrist"),
    ("29dof_before_rev_1_0", VARIANT_NAMES["29dof_before_rev_1_0"], "The same with the waist that was built before"),
    ("23dof", VARIANT_NAMES["23dof"], "Unitree's: one joint in the waist, one in each wrist"),
    ("23dof_without_wrists", VARIANT_NAMES["23dof_without_wrists"], "The full waist, and wrists that are fixed"),
    ("43dof_with_hands", VARIANT_NAMES["43dof_with_hands"], "Two hands of seven joints each"),
)

_NO_RIG = SceneFault("No Unitree G1 rig is selected.", "Select one, or add it: Add > Armature > Unitree G1.")


def selected_g1_rig(context: bpy.types.Context) -> bpy.types.Object | None:
    """The active object if it is a G1 rig, or the rig that it is a part of."""
    active = context.view_layer.objects.active if context.view_layer else None
    for candidate in (selected_armature(context), active.parent if active is not None else None):
        if is_g1_rig(candidate):
            return candidate
    return None


class OnG1Rig:
    """What acts on the selected G1 rig, in one undo step."""

    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Act, or say why not; a fault leaves all as it was."""
        operator = cast("bpy.types.Operator", self)
        try:
            rig = selected_g1_rig(context)
            if rig is None:
                raise _NO_RIG
            inform(operator, self.act(context, rig))
        except (SceneFault, MotionFault) as fault:
            return refuse(operator, fault)
        return {"FINISHED"}

    def act(self, context: bpy.types.Context, rig: bpy.types.Object) -> str:
        """Do it; a sentence or two on what was done."""
        raise NotImplementedError


class AddG1Rig(bpy.types.Operator):
    """Add a Unitree G1: each joint's angle in radians in one channel."""

    bl_idname = "aimocap.add_g1_rig"
    bl_label = "Unitree G1"
    bl_options = {"REGISTER", "UNDO"}

    if TYPE_CHECKING:
        variant: Variant
    else:
        variant: bpy.props.EnumProperty(name="Variant", description="Which G1", items=_VARIANTS)

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Add the rig, selected and active as Blender's own additions are."""
        try:
            rig = add_g1_rig(context, self.variant)
        except SceneFault as fault:
            return refuse(self, fault)
        for other in context.selected_objects:
            other.select_set(state=False)
        rig.select_set(state=True)
        context.view_layer.objects.active = rig
        return {"FINISHED"}


class ShowG1Limits(OnG1Rig, bpy.types.Operator):
    """Hold the joints of the selected G1 within their limits, and show these as arcs. Keys stay as they are."""

    bl_idname = "aimocap.show_g1_limits"
    bl_label = "Joint Limits"

    if TYPE_CHECKING:
        show: bool
    else:
        show: bpy.props.BoolProperty(
            name="Show", description="Whether they hold, and are shown", default=True, options={"SKIP_SAVE"}
        )

    def act(self, context: bpy.types.Context, rig: bpy.types.Object) -> str:
        """Switch them."""
        show_limits(rig, self.show)
        return f"The joint limits of {rig.name} are {'on' if self.show else 'off'}."


CLASSES = (AddG1Rig, ShowG1Limits)


def _draw_add(self: Any, _context: bpy.types.Context) -> None:  # noqa: ANN401 -- the stubs know no appended draw functions
    self.layout.operator_menu_enum(AddG1Rig.bl_idname, "variant", icon="CONSTRAINT_BONE")


def register() -> None:
    """Make the operators known to Blender; the rig has its place in the Add menu."""
    cast("Any", bpy.types).VIEW3D_MT_armature_add.append(_draw_add)


def unregister() -> None:
    """Take them away again."""
    cast("Any", bpy.types).VIEW3D_MT_armature_add.remove(_draw_add)
