"""Operators that add a G1 rig and switch its joint limits."""

from typing import TYPE_CHECKING, Any, cast

import bpy

from ...motion.g1.options import ROBOT_NAMES, RobotOptions
from ...motion.g1.variants import ROBOTS, variant_of_robot
from ...scene.armatures import selected_armature
from ...scene.g1.rig import add_g1_rig, is_g1_rig, show_limits
from ...scene.windows import select_only
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ..text.modal_work import ModalWork, Steps, Work
from ..text.option_properties import properties, set_options, split_column
from ..text.reporting import Flags, Returned, inform, refusing

_NO_RIG = Fault("No robot is selected.", "Select one, or add one with Add > Armature > Unitree G1.")


def draw_robot(layout: bpy.types.UILayout, operator: RobotOptions, name: str = "Robot") -> None:
    """Draw an operator's choice of the robot under a name, and of its variant if it has several."""
    data = cast("Any", operator)
    layout.prop(data, "robot", text=name)
    # a choice of one is none
    if len(ROBOTS[operator.robot]) > 1:
        layout.prop(data, "variant")


def draw_robots_to_add(layout: bpy.types.UILayout) -> None:
    """Draw an entry for each robot that can be added, with a submenu where it has several variants."""
    for robot, variants in ROBOTS.items():
        # a submenu of one entry would be a click more
        if len(variants) > 1:
            layout.operator_menu_enum("aimocap.add_g1_rig", "variant", text=ROBOT_NAMES[robot], icon="CONSTRAINT_BONE")
        else:
            entry = layout.operator("aimocap.add_g1_rig", text=ROBOT_NAMES[robot], icon="CONSTRAINT_BONE")
            set_options(entry, robot=robot)


class AddRobotMenu(bpy.types.Menu):
    """Add a robot"""

    bl_idname = "AIMOCAP_MT_add_robot"
    bl_label = "Add Robot"

    def draw(self, context: bpy.types.Context | None) -> None:
        """Draw the robots."""
        draw_robots_to_add(cast("bpy.types.UILayout", self.layout))


def selected_g1_rig(context: bpy.types.Context) -> bpy.types.Object | None:
    """Return the G1 rig that is active or that the active object is a part of; None if there is none."""
    # a click in the viewport selects a body's mesh, not the rig
    active = context.view_layer.objects.active if context.view_layer else None
    for candidate in (selected_armature(context), active.parent if active is not None else None):
        if is_g1_rig(candidate):
            return candidate
    return None


class OnG1Rig:
    """Operator on the selected G1 rig, in one undo step."""

    bl_options: Flags = {"REGISTER", "UNDO"}

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Act or report why not; a fault leaves everything unchanged."""
        rig = selected_g1_rig(context)
        if rig is None:
            raise _NO_RIG
        inform(cast("bpy.types.Operator", self), self.act(context, rig))
        return {"FINISHED"}

    def act(self, context: bpy.types.Context, rig: bpy.types.Object) -> Sentence:
        """Act on the rig and return one or two sentences on the result."""
        raise NotImplementedError


class WorksOnG1Rig(ModalWork):
    """Operator on the selected G1 rig that takes long, in one undo step."""

    bl_options: Flags = {"REGISTER", "UNDO"}

    def work(self, context: bpy.types.Context) -> Work:
        """Act; a fault leaves everything unchanged."""
        rig = selected_g1_rig(context)
        if rig is None:
            raise _NO_RIG
        inform(cast("bpy.types.Operator", self), (yield from self.acting(rig)))
        return {"FINISHED"}

    def acting(self, rig: bpy.types.Object) -> Steps[Sentence]:
        """Act on the rig in steps, and return one or two sentences on the result."""
        raise NotImplementedError


class AddG1Rig(properties(RobotOptions, forgotten=("robot",)), bpy.types.Operator):
    """Add the rig of a robot, with one channel in radians for each joint"""

    bl_idname = "aimocap.add_g1_rig"
    bl_label = "Unitree G1"
    bl_options = {"REGISTER", "UNDO"}

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the redo panel."""
        draw_robot(split_column(cast("bpy.types.UILayout", self.layout)), self)

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Add the rig and make it selected and active."""
        rig = add_g1_rig(context, variant_of_robot(self.robot, self.variant))
        select_only(context, rig)
        return {"FINISHED"}


class ShowG1Limits(OnG1Rig, bpy.types.Operator):
    """Keep the joints of the selected robot within their limits and show these as arcs, without changing keyframes"""

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


CLASSES = (AddRobotMenu, AddG1Rig, ShowG1Limits)
