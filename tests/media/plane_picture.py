"""The picture that a 3D Viewport draws of a plane with a barcode video, in any program that has bpy and a GPU."""

import bpy
import gpu
import numpy as np
from mathutils import Matrix

from .barcode import read_barcode


def number_on(plane: bpy.types.Object, size: tuple[int, int]) -> int:
    """The number in the barcode that a view shows which looks at nothing but the plane; the video's size in pixels."""
    context = bpy.context
    window = context.window or context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    region = next(region for region in area.regions if region.type == "WINDOW")
    wide, high = plane.empty_display_size, plane.empty_display_size * size[1] / size[0]
    lens = Matrix.Diagonal((2.0 / wide, 2.0 / high, -0.01, 1.0))
    camera = plane.matrix_world @ Matrix.Translation((0.0, 0.0, 1.0))
    view = gpu.types.GPUOffScreen(*size)
    view.draw_view3d(
        window.scene,
        window.view_layer,
        area.spaces.active,
        region,
        camera.inverted(),
        lens,
        do_color_management=True,
    )
    with view.bind():
        pixels = gpu.state.active_framebuffer_get().read_color(0, 0, *size, 4, 0, "UBYTE")
    view.free()
    return read_barcode(np.array(pixels.to_list(), dtype=np.uint8).reshape(size[1], size[0], 4))
