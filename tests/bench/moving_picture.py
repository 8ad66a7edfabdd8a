"""docs/preview.gif: the demo's film beside the character with the free preview of it.

`make demo`, then `python -m tests.bench.moving_picture`, with a Python that has bpy. ImageMagick joins the frames.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

import bpy
import numpy as np

from tests.demo.contact_sheet import Pixels, camera_around, joints, light, light_from, rendered, row_of, save_png
from tests.media.figure.film import Film

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "docs" / "preview.gif"
DEMO = ROOT / "build" / "demo" / "demo_default.blend"
WIDTH, HEIGHT = 320, 240
STEP = 2
"""From a frame that is shown to the next."""
COLOURS = 200


def picture_moving(demo: Path, file: Path, step: int = STEP) -> bpy.types.Action:
    """Write the picture of what a demo with its own film left, and return the Action that it shows."""
    bpy.ops.wm.open_mainfile(filepath=str(demo))
    scene, armature = bpy.context.scene, bpy.data.objects["Mannequin"]
    (preview,) = (action for action in bpy.data.actions if "aimocap_preview" in action)
    data = armature.animation_data
    data.use_nla = False
    data.action = preview
    if hasattr(data, "action_slot"):
        data.action_slot = preview.slots[0]
    frames = range(scene.frame_start, scene.frame_end + 1, step)
    render = scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = WIDTH, HEIGHT, 100
    render.image_settings.file_format = "PNG"
    strip = scene.sequence_editor.active_strip
    movie = strip.elements[0]
    strip.transform.scale_x = strip.transform.scale_y = min(WIDTH / movie.orig_width, HEIGHT / movie.orig_height)
    light(scene)
    # The character starts in the direction that it faces, -Y, and the camera stands as it stood to the walker then.
    film, first = Film(), scene.frame_start - 1
    filmed_from = film.camera_angle - float(film.performance.heading(film.times[first : first + 1])[0])
    light_from(scene, filmed_from + np.radians(45))
    scene.camera = camera_around(scene, joints(scene, armature, frames), filmed_from, WIDTH / HEIGHT)
    with tempfile.TemporaryDirectory() as folder:
        for number, frame in enumerate(frames):
            pair: list[Pixels] = []
            for use_sequencer in (True, False):
                render.use_sequencer = use_sequencer
                pair.append(rendered(scene, frame))
            save_png(row_of(pair), Path(folder) / f"{number:03}.png")
        # Equal pixels of neighbours are left out, and what a decoder makes of a still wall is nearly equal.
        ticks = round(100 * step / (render.fps / render.fps_base))
        shape = ["-fuzz", "1.5%", "-layers", "OptimizeTransparency", "+dither", "-colors", str(COLOURS)]
        pictures = sorted(map(str, Path(folder).iterdir()))
        subprocess.run(["convert", "-delay", str(ticks), "-loop", "0", *pictures, *shape, str(file)], check=True)
    return preview


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demo", type=Path, default=DEMO)
    parser.add_argument("--file", type=Path, default=PICTURE)
    options = parser.parse_args()
    shown = picture_moving(options.demo, options.file)
    print(f"{options.file}: “{shown.name}”, {options.file.stat().st_size / 1e6:.2f} MB")
