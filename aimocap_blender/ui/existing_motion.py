"""The Use Existing Motion panel: what needs neither the service nor a video."""

import bpy

from ..scene.chosen_character import character_of
from ..takes.captures.capture_settings import TargetChoice
from ..texts.text import Text
from .capture.reasons import without_video
from .character.choosing import draw_character_picker
from .g1.robot_choice import AddRobotMenu
from .motion.retargeting import selected_source
from .settings import settings_of
from .text.narrow_sidebars import is_narrow
from .text.translation import translated


class ExistingMotionPanel:
    """Motion from an armature or a file, and the robot."""

    bl_label = "Use Existing Motion"
    bl_category = "AIMoCap"
    bl_region_type = "UI"

    layout: bpy.types.UILayout

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the character, a button for each source, those that add a robot, and export the motion."""
        target = character_of(context)
        source = selected_source(context, target)
        if without_video(context) is not None or settings_of(context.scene).target == TargetChoice.UNITREE_G1:
            draw_character_picker(self.layout, context)  # otherwise the Capture panel has it
        grid = self.layout.grid_flow(row_major=True, columns=1 if is_narrow(context) else 2, align=True)
        cell = grid.column()
        cell.enabled = target is not None
        text = Text("“{source}”", source=source.name) if source is not None else "Armature…"
        cell.operator("aimocap.retarget_from", text=translated(text), icon="ARMATURE_DATA")
        grid.operator("aimocap.import_motion_fbx", text="File…", icon="IMPORT")
        grid.operator("aimocap.import_g1_motion", text="G1 Motion…", icon="IMPORT")
        grid.menu(AddRobotMenu.bl_idname, icon="CONSTRAINT_BONE")
        export = grid.column()
        export.enabled = target is not None
        export.operator("aimocap.export_motion", text="Export…", icon="EXPORT")
