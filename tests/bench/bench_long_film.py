"""CPU and memory for seeing a long film, as it goes on: a short one, played forwards and backwards.

It is seen by a process of its own that has `bpy` and no frame but the one at hand, as that of a preview. `MINUTES=0.5`
makes it shorter; ten minutes take half an hour of CPU.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from aimocap_blender.vision.network import FREED, ONE_THREAD
from tests.media.figure.film import FILMS, Film, filmed_person
from tools.pose_networks import made_pose_networks

ROOT = Path(__file__).resolve().parents[2]
MINUTES = float(os.environ.get("MINUTES", "10"))
KILO = 1024.0
FRAMES = "frames.npy"


def used() -> float:
    """Megabytes of memory that this process has of its own: Blender's program is in it once for all its processes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("RssAnon")).split()[1]) / KILO


class Most(threading.Thread):
    """Watches the memory of this process: `megabytes` at most."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.megabytes = 0.0

    def run(self) -> None:
        while True:
            self.megabytes = max(self.megabytes, used())
            time.sleep(0.02)


def main() -> None:
    """Write the frames, then see them."""
    from tests.media.clip_frames import clip_frames

    film = Film()
    with tempfile.TemporaryDirectory() as name:
        frames = clip_frames(filmed_person(FILMS, film), 0, film.frames, film.size, Path(name))
        np.save(Path(name) / FRAMES, np.stack(frames))
        command = [sys.executable, "-m", "tests.bench.bench_long_film", name]
        status = subprocess.run(command, env=os.environ | ONE_THREAD | FREED, cwd=ROOT, check=False).returncode
    sys.stdout.flush()
    os._exit(status)  # some versions hang while the interpreter ends


def told(began: float) -> Callable[[str, int, int], None]:
    """Return what tells each tenth of a stage."""
    latest = [""]

    def tell(stage: str, done: int, of: int) -> None:
        tenth = f"{stage} {10 * done // max(of, 1)}"
        if tenth != latest[0]:
            latest[0] = tenth
            print(f"{stage} {done} of {of}: {time.process_time() - began:.0f} s, {used():.0f} MB", flush=True)

    return tell


def see(folder: Path) -> None:
    """See the frames of a folder, and print what that took."""
    import bpy  # noqa: F401 -- it takes its part of the memory

    from aimocap_blender.vision.scanning import ClipFrames
    from aimocap_blender.vision.seeing import arrays_seen

    frames = np.load(folder / FRAMES, mmap_mode="r")
    turns, size, start = 2 * (len(frames) - 1), frames[0].size, (folder / FRAMES).stat().st_size - frames.nbytes
    shape, last, fps = frames.shape[1:], len(frames) - 1, float(Film().fps)
    del frames  # what is mapped counts as memory

    def picture(index: int) -> np.ndarray:
        place = last - abs(last - index % turns)
        with (folder / FRAMES).open("rb") as file:
            file.seek(start + place * size)
            return np.fromfile(file, np.uint8, size).reshape(shape)

    count, began, before = round(MINUTES * 60.0 * fps), time.process_time(), used()
    most = Most()
    most.start()
    networks = made_pose_networks(ROOT)["vision/pose-detector.npz"].parent
    arrays_seen(ClipFrames(count, fps, picture), networks, told(began), checkpoints=folder / "seen")
    kept = sum(file.stat().st_size for file in (folder / "seen").iterdir())
    took = time.process_time() - began
    print(
        f"{MINUTES:g} minutes, {count} frames: {took:.0f} s of CPU, {most.megabytes:.0f} MB at most, {before:.0f} "
        f"before; checkpoints {kept / KILO**2:.1f} MB"
    )
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    if sys.argv[1:]:
        see(Path(sys.argv[1]))
    else:
        main()
