"""CPU and memory for seeing a long film, as it goes on: a short one, played forwards and backwards.

`MINUTES=0.5` makes it shorter; ten minutes take half an hour of CPU.
"""

import os
import resource
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MINUTES = float(os.environ.get("MINUTES", "10"))
MEGABYTE = 1024.0
"""Of what the kernel reports in kilobytes."""


def resident() -> float:
    """Megabytes in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MEGABYTE**2


def main() -> None:
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy is imported, as in a preview
    from aimocap_blender.vision.scanning import ClipFrames
    from aimocap_blender.vision.seeing import arrays_seen
    from tests.media.clip_frames import clip_frames
    from tests.media.figure.film import FILMS, Film, filmed_person
    from tools.pose_networks import made_pose_networks

    film = Film()
    fps = float(film.fps)
    with tempfile.TemporaryDirectory() as name:
        frames = clip_frames(filmed_person(FILMS, film), 0, film.frames, film.size, Path(name))
        turns = 2 * (len(frames) - 1)
        count = round(MINUTES * 60.0 * fps)
        began, told = time.process_time(), [""]

        def picture(index: int) -> object:
            place = index % turns
            return frames[min(place, turns - place)]

        def tell(stage: str, done: int, of: int) -> None:
            minute = f"{stage} {10 * done // max(of, 1)}"
            if minute != told[0]:
                told[0] = minute
                print(f"{stage} {done} of {of}: {time.process_time() - began:.0f} s, {resident():.0f} MB", flush=True)

        before = resident()
        networks = made_pose_networks(ROOT)["vision/pose-detector.npz"].parent
        arrays_seen(ClipFrames(count, fps, picture), networks, tell, checkpoints=Path(name) / "seen")  # pyright: ignore[reportArgumentType] -- as an array
        kept = sum(file.stat().st_size for file in (Path(name) / "seen").iterdir())
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE
    print(
        f"{MINUTES:g} minutes, {count} frames: {time.process_time() - began:.0f} s of CPU, {most - before:.0f} MB at "
        f"most above {before:.0f} with all frames of the short film; checkpoints {kept / MEGABYTE**2:.1f} MB"
    )
    sys.stdout.flush()
    os._exit(0)  # some versions hang while the interpreter ends


if __name__ == "__main__":
    main()
