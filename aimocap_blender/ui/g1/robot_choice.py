"""The choice of a robot, and of the variant where it has several."""

from typing import Any, cast

import bpy

from ...motion.g1.options import ROBOT_NAMES, RobotOptions
from ...motion.g1.variants import ROBOTS


def draw_robot(layout: bpy.types.UILayout, operator: RobotOptions, name: str = "Robot") -> None:
    """Draw an operator's choice of the robot under a name, and of its variant if it has several."""
    data = cast("Any", operator)
    layout.prop(data, "robot", text=name)
    if len(ROBOTS[operator.robot]) > 1:
        layout.prop(data, "variant")


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
