"""A view that costs less to draw without a GPU, where a picture of it isn't looked at."""

import os

import bpy


def draw_plainly() -> None:
    """Leave out smooth edges, for which a view is drawn eight times, floor and outlines, each a quarter of the rest."""
    if "AIMOCAP_SCREENSHOTS" not in os.environ:
        system = bpy.context.preferences.system
        system.viewport_aa = "OFF"
        system.use_overlay_smooth_wire = system.use_edit_mode_smooth_wire = False
        for screen in bpy.data.screens:
            for area in screen.areas:
                if area.type == "VIEW_3D":
                    overlay = area.spaces.active.overlay
                    overlay.show_outline_selected = area.spaces.active.shading.show_object_outline = False
                    overlay.show_floor = overlay.show_axis_x = overlay.show_axis_y = False
