"""A movie's frames, read in another Blender: `python -m tests.media.clip_frames MOVIE FIRST END WIDTH HEIGHT NPY`."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]


def clip_frames(movie: Path, first: int, end: int, size: tuple[int, int], folder: Path) -> np.ndarray:
    """The frames from `first` to before `end` (end - first, height, width, 3), uint8, top row first."""
    file = folder / f"{movie.stem}-{first}-{end}.npy"
    numbers = [str(number) for number in (first, end, *size)]
    subprocess.run(
        [sys.executable, "-m", "tests.media.clip_frames", str(movie), *numbers, str(file)],
        cwd=ROOT,
        env={**os.environ, "BLENDER_USER_RESOURCES": str(folder)},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return np.load(file)


def main() -> None:
    from tests.media.rendered_frames import rendered_frames

    movie, *numbers, file = sys.argv[1:]
    first, end, width, height = map(int, numbers)
    with tempfile.TemporaryDirectory() as folder:
        pictures = rendered_frames(Path(movie), range(first, end), (width, height), Path(folder))
    frames = np.rint(np.array(pictures)[:, ::-1, :, :3] * 255).astype(np.uint8)
    np.save(file, frames)
    sys.stdout.flush()
    os._exit(0)  # Blender 4.5 may hang in a normal exit


if __name__ == "__main__":
    main()


def unheard(_step: str, _done: int, _all: int) -> None:
    """Progress that nobody is told of."""
