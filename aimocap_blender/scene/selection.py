"""Selection of what was added, as Blender's own importers do it, and a view of it."""

from typing import Any, cast

import bpy

from .context_override import overridden
from .windows import window_region


def select_only(context: bpy.types.Context, obj: bpy.types.Object) -> None:
    """Make an object the only selected one and the active one, in Object Mode."""
    layer = cast("bpy.types.ViewLayer", context.view_layer)
    if layer.objects.active is not None and layer.objects.active.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    for other in [other for other in layer.objects if other.select_get(view_layer=layer)]:
        other.select_set(False, view_layer=layer)
    obj.select_set(True, view_layer=layer)
    layer.objects.active = obj


def frame_selected(scene: bpy.types.Scene) -> None:
    """Frame the selected objects in each 3D Viewport that shows the scene, except through a camera or in local view."""
    for window in cast("Any", bpy.context).window_manager.windows:
        areas = window.screen.areas if window.scene == scene else ()
        for area in areas:
            if area.type != "VIEW_3D":
                continue
            space = area.spaces.active
            if space.local_view is not None or space.region_3d.view_perspective == "CAMERA":
                continue
            # or the pose of before the motion is framed
            window.view_layer.update()
            with overridden(window=window, area=area, region=window_region(area)):
                bpy.ops.view3d.view_selected()
