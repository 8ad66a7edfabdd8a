"""docs/preview.gif: the MP4 that `make demo` makes of its own film, smaller.

`make demo`, then `python -m tests.bench.moving_picture`, with a Python that has bpy. ImageMagick joins the frames.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

import bpy

from tests.demo.contact_sheet import save_png
from tests.media.rendered_frames import rendered_frames

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "docs" / "preview.gif"
DEMO = ROOT / "build" / "demo" / "stroll_side_by_side.mp4"
WIDTH = 880
STEP = 2
"""From a frame that is shown to the next."""
COLOURS = 200


def picture_moving(movie: Path, file: Path, step: int = STEP) -> None:
    """Write every so many frames of a movie as a GIF."""
    clip = bpy.data.movieclips.load(str(movie))
    fps, frames = clip.fps, range(0, clip.frame_duration, step)
    size = WIDTH, round(WIDTH * clip.size[1] / clip.size[0])
    with tempfile.TemporaryDirectory() as folder:
        for number, picture in enumerate(rendered_frames(movie, frames, size, Path(folder))):
            save_png(picture[..., :3], Path(folder) / f"gif{number:03}.png")
        # Equal pixels of neighbours are left out, and what a decoder makes of a still wall is nearly equal.
        shape = ["-fuzz", "1.5%", "-layers", "OptimizeTransparency", "+dither", "-colors", str(COLOURS)]
        pictures = sorted(map(str, Path(folder).glob("gif*.png")))
        command = ["convert", "-delay", str(round(100 * step / fps)), "-loop", "0", *pictures, *shape, str(file)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demo", type=Path, default=DEMO)
    parser.add_argument("--file", type=Path, default=PICTURE)
    options = parser.parse_args()
    picture_moving(options.demo, options.file)
    print(f"{options.file}: {options.file.stat().st_size / 1e6:.2f} MB")
