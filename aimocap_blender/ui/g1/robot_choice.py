"""The choice of a robot, and of the variant where it has several."""

from typing import TYPE_CHECKING, cast

import bpy

from ...motion.g1.variants import ROBOTS, Variant, g1_variant, variant_of_robot

VARIANT_NAMES: dict[Variant, str] = {
    "29dof": "29 Joints",
    "29dof_before_rev_1_0": "29 Joints, before Rev. 1.0",
    "23dof": "23 Joints",
    "23dof_without_wrists": "23 Joints, without Wrists",
    "43dof_with_hands": "43 Joints, with Hands",
}
ROBOT_NAMES = {robot: g1_variant(variants[0]).robot.name for robot, variants in ROBOTS.items()}

_VARIANT_ITEMS = (
    ("29dof", VARIANT_NAMES["29dof"], "Three joints in the waist, three in each wrist"),
    (
        "29dof_before_rev_1_0",
        VARIANT_NAMES["29dof_before_rev_1_0"],
        "Three joints in the waist of the earlier design, three in each wrist",
    ),
    ("23dof", VARIANT_NAMES["23dof"], "One joint in the waist, one in each wrist"),
    ("23dof_without_wrists", VARIANT_NAMES["23dof_without_wrists"], "Three joints in the waist, fixed wrists"),
    ("43dof_with_hands", VARIANT_NAMES["43dof_with_hands"], "29 joints and two hands with seven joints each"),
)


_ROBOT = {
    "name": "Robot",
    "description": "Robot that is added",
    "items": tuple((robot, name, "") for robot, name in ROBOT_NAMES.items()),
}


class RobotChoice:
    """Properties of an operator that adds a robot."""

    if TYPE_CHECKING:
        robot: str
        variant: Variant
    else:
        robot: bpy.props.EnumProperty(**_ROBOT)
        variant: bpy.props.EnumProperty(name="Variant", description="Version of the robot", items=_VARIANT_ITEMS)

    @property
    def chosen_robot(self) -> Variant:
        """The variant to add."""
        return variant_of_robot(self.robot, self.variant)

    def draw_robot(self, layout: bpy.types.UILayout, name: str = "Robot") -> None:
        """Draw the choice of the robot under a name, and of its variant if it has several."""
        operator = cast("bpy.types.Operator", self)
        layout.prop(operator, "robot", text=name)
        if len(ROBOTS[self.robot]) > 1:
            layout.prop(operator, "variant")


class RobotChoiceInMenu(RobotChoice):
    """Those of one whose robot is not remembered: a menu of the variants gives the variant alone."""

    if not TYPE_CHECKING:
        robot: bpy.props.EnumProperty(**_ROBOT, options={"SKIP_SAVE"})


def draw_robots_to_add(layout: bpy.types.UILayout) -> None:
    """Draw an entry for each robot that can be added, with a submenu where it has several variants."""
    for robot, variants in ROBOTS.items():
        if len(variants) > 1:
            layout.operator_menu_enum("aimocap.add_g1_rig", "variant", text=ROBOT_NAMES[robot], icon="CONSTRAINT_BONE")
        else:
            entry = layout.operator("aimocap.add_g1_rig", text=ROBOT_NAMES[robot], icon="CONSTRAINT_BONE")
            setattr(entry, "robot", robot)  # noqa: B010 -- unknown to the stubs


class AddRobotMenu(bpy.types.Menu):
    """Add a robot"""

    bl_idname = "AIMOCAP_MT_add_robot"
    bl_label = "Add Robot"

    def draw(self, context: bpy.types.Context | None) -> None:
        """Draw the robots."""
        draw_robots_to_add(cast("bpy.types.UILayout", self.layout))


CLASSES = (AddRobotMenu,)
