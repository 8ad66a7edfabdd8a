"""Renders chosen frames of a movie through Blender's sequencer, to read them back. Needs bpy in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def rendered_frames(
    movie: Path, frames: Iterable[int], size: tuple[int, int], folder: Path, *, keep_addons: bool = False
) -> list[npt.NDArray[np.float32]]:
    """The movie's frames (0 is the first) as pictures (height, width, 4), bottom row first.

    The scene is replaced by an empty one; add-ons are disabled unless they are kept.
    """
    import bpy

    if keep_addons:
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    else:
        bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = size
    scene.render.resolution_percentage = 100
    scene.view_settings.view_transform = "Standard"
    scene.render.image_settings.file_format = "BMP"  # neither compressed nor lossy
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strip = strips.new_movie("movie", str(movie), channel=1, frame_start=1, fit_method="STRETCH")
    strip.colorspace_settings.name = "sRGB"
    pictures = []
    for frame in frames:
        scene.frame_set(frame + 1)
        scene.render.filepath = str(folder / f"{frame}.bmp")
        bpy.ops.render.render(write_still=True)
        image = bpy.data.images.load(scene.render.filepath)
        pixels = np.empty(len(image.pixels), dtype=np.float32)
        image.pixels.foreach_get(pixels)
        pictures.append(pixels.reshape(size[1], size[0], 4))
        bpy.data.images.remove(image)
    return pictures
