"""The Edit Motion panel: what is done to a character's motion after it was applied."""

from typing import TYPE_CHECKING

import bpy

from ...scene.chosen_character import character_of
from ..settings import settings_of
from ..text.waits import draw_button
from ..text.wrapped_text import is_narrow
from .comparing import CompareFeet, CompareTakes, current_comparison, draw_comparison
from .contacts import draw_contacts_switch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bpy.stub_internal.rna_enums import IconItems


class EditMotionPanel:
    """Contacts, clean-up and takes of the character's motion."""

    bl_label = "Edit Motion"
    bl_options = {"DEFAULT_CLOSED"}

    layout: bpy.types.UILayout

    def draw(self, context: bpy.types.Context) -> None:
        """Draw a button for each."""
        target = character_of(context)
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
