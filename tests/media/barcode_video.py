"""Makes H.264 videos whose every frame tells its number: as a barcode, as digits, and by what the figure does.

`python -m tests.media.barcode_video walk.mp4 --fps 30000/1001 --frames 120`, with a Python that has bpy.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from .barcode import draw_barcode
from .own_settings import run_with_own_settings
from .performance import Performance
from .raw_avi import write_raw_avi
from .stick_figure import FrameMaker

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .stick_figure import Picture

ENCODER = Path(__file__).with_name("encode_child.py")
MOVIES = ENCODER.parents[2] / "build" / "movies"
SOURCES = ("barcode", "body", "encode_child", "matrices", "performance", "posing", "raw_avi", "stick_figure")


def barcode_video(
    folder: Path,
    fps: Fraction | int | str = 25,
    frames: int = 100,
    size: tuple[int, int] = (320, 240),
    *,
    performance: Performance | None = None,
    first_number: int = 0,
    interpreter: Sequence[str] = (sys.executable,),
) -> Path:
    """The video in `folder`, made if it isn't there yet; `MOVIES` is kept from one run to the next.

    Args:
        folder: where videos are kept from one run to the next.
        fps: a rational, such as `Fraction(30000, 1001)` or '30000/1001'.
        frames: how many.
        size: width (a multiple of 4) and height (even), pixels.
        performance: what the figure does; frame i shows the moment i / fps.
        first_number: what the barcode of frame 0 says.
        interpreter: the program that has bpy: a Python, or `('blender', '--background', …, '--python')`.
    """
    rate = Fraction(fps)
    performance = performance or Performance()
    version = hashlib.sha256(b"".join(Path(__file__).with_name(f"{name}.py").read_bytes() for name in SOURCES))
    version.update(repr((performance, first_number)).encode())
    name = f"walk-{rate.numerator}-{rate.denominator}fps-{frames}f-{size[0]}x{size[1]}-{version.hexdigest()[:10]}.mp4"
    file = folder / name
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{os.getpid()}.part.mp4")
        make_barcode_video(part, rate, frames, size, performance, first_number, interpreter)
        part.replace(file)
    return file


def copied_video(folder: Path) -> Path:
    """Of a usual one that is kept from one run to the next, as making it costs seconds: 100 frames at 25 fps."""
    return Path(shutil.copy(barcode_video(MOVIES), folder))


def make_barcode_video(
    file: Path,
    fps: Fraction,
    frames: int,
    size: tuple[int, int] = (320, 240),
    performance: Performance | None = None,
    first_number: int = 0,
    interpreter: Sequence[str] = (sys.executable,),
) -> None:
    """Makes the video anew; see `barcode_video`."""
    raw = file.with_suffix(".raw.avi")
    maker = FrameMaker(*size, fps, frames, performance or Performance())

    def pictures() -> Iterator[Picture]:
        for frame in range(frames):
            picture = maker.picture(frame)
            draw_barcode(picture, first_number + frame)
            yield picture

    try:
        write_raw_avi(raw, pictures(), frames, *size, fps)
        encode(raw, file, fps, frames, size, interpreter)
    finally:
        raw.unlink(missing_ok=True)


def encode(
    source: Path, file: Path, fps: Fraction, frames: int, size: tuple[int, int], interpreter: Sequence[str]
) -> None:
    """Compresses a raw AVI in a process of its own."""
    request = {
        "source": str(source.resolve()),
        "output": str(file.resolve()),
        "width": size[0],
        "height": size[1],
        "frames": frames,
        "fps": fps.numerator if fps.denominator == 1 else round(fps),
        "fps_base": 1.0 if fps.denominator == 1 else float(round(fps) / fps),
        "gop": 12,
    }
    command = [*interpreter, str(ENCODER), "--", json.dumps(request)]
    done = run_with_own_settings(command)
    if done.returncode or not file.exists():
        raise RuntimeError(f"the video was not made: {done.stderr.strip() or done.stdout.strip()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--fps", type=Fraction, default=Fraction(25))
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--size", type=int, nargs=2, default=(320, 240))
    parser.add_argument("--step-sec", type=float, default=0.5)
    options = parser.parse_args()
    performance = Performance(step_sec=options.step_sec)
    make_barcode_video(options.file, options.fps, options.frames, tuple(options.size), performance)


if __name__ == "__main__":
    main()
