"""The user's scene while an exporter works in it: exporters set selection, mode and frame, which are restored."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any, cast

import bpy

from ..rigs.rig_state import channels_preserved
from ..selection import select_only

_RANGE = ("frame_start", "frame_end", "use_preview_range", "frame_preview_start", "frame_preview_end")


@contextmanager
def scene_kept(context: bpy.types.Context, obj: bpy.types.Object) -> Generator[None]:
    """Restore the scene's frame, ranges, frame rate, selection and mode, and the object's pose, after the block.

    In the block the object is the only selected one and the active one, in Object Mode.
    """
    scene, layer = context.scene, cast("bpy.types.ViewLayer", context.view_layer)
    frame, subframe = scene.frame_current, scene.frame_subframe
    fps_base = scene.render.fps_base
    ranges = {name: getattr(scene, name) for name in _RANGE}
    active = layer.objects.active
    mode = active.mode if active is not None else "OBJECT"
    selected = [other for other in layer.objects if other.select_get(view_layer=layer)]
    with channels_preserved(obj):
        try:
            with _shown(layer, [obj]):
                select_only(context, obj)
                yield
        finally:
            scene.frame_set(frame, subframe=subframe)
            scene.render.fps_base = fps_base
            for name, value in ranges.items():
                setattr(scene, name, value)
            for other in layer.objects:
                other.select_set(other in selected, view_layer=layer)
            layer.objects.active = active
            if active is not None and active.mode != mode:
                bpy.ops.object.mode_set(mode=cast("Any", mode))


@contextmanager
def _shown(layer: bpy.types.ViewLayer, objects: Iterable[bpy.types.Object]) -> Generator[None]:
    """Show objects in the view layer for the block: hidden ones can't be selected."""
    before = [(obj, obj.hide_viewport, obj.hide_select, obj.hide_get(view_layer=layer)) for obj in objects]
    try:
        for obj, *_ in before:
            obj.hide_viewport = obj.hide_select = False
            obj.hide_set(False, view_layer=layer)
        yield
    finally:
        for obj, viewport, select, hidden in before:
            obj.hide_viewport, obj.hide_select = viewport, select
            obj.hide_set(hidden, view_layer=layer)
