"""The cost of seeing a person in a video: milliseconds a frame of each network, next to LiteRT's, and a whole clip.

Each figure is the processor time of the process on one thread. The clip is the real one beside the checkout, if it is.

python -m tests.bench.bench_preview
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from aimocap_blender.vision.network import ONE_THREAD
from tests.media.performance import Performance

ROOT = Path(__file__).parents[2]
CLIP = ROOT.parent / "shared" / "data" / "videos" / "dancer_and_robot.mp4"
SIZE, FPS, FRAMES = (960, 720), 24.0, 155
RUNS = 30
FILM_FPS, FILM_FRAMES, FILM_SIZE = 30, 300, (640, 480)
SLOWLY = Performance(step_sec=0.6, step_length=0.12, radius=1.0)
"""Who stays in view for all of it."""
CHILD = Path(__file__).with_name("preview_child.py")
WITHOUT_ONE_THREAD = {name: value for name, value in os.environ.items() if name not in ONE_THREAD}


def milliseconds(work: Callable[[], object]) -> float:
    """The median of some runs, processor time."""
    work()
    took = []
    for _ in range(RUNS):
        start = time.process_time()
        work()
        took.append(time.process_time() - start)
    return sorted(took)[RUNS // 2] * 1000


def bench_networks(folder: Path) -> None:
    import numpy as np

    from aimocap_blender.vision.network import Network
    from aimocap_blender.vision.network_graph import DETECTOR, LANDMARKS, read_network
    from tools.pose_networks import original_network

    for name in (DETECTOR, LANDMARKS):
        network = Network(read_network(folder / name))
        picture = np.random.default_rng(1).random(network.shape, dtype=np.float32)
        line = f"{name}: {milliseconds(lambda: network(picture)):.1f} ms"  # noqa: B023 -- called before the next
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError:
            print(f"{line}; LiteRT is not here")
            continue
        reference = Interpreter(str(original_network(name)), num_threads=1)
        reference.allocate_tensors()
        reference.set_tensor(reference.get_input_details()[0]["index"], picture[None])
        print(f"{line}; LiteRT {milliseconds(reference.invoke):.1f} ms")


def bench_clip(folder: Path) -> None:
    from aimocap_blender.vision.landmarks import LandmarkFinder
    from aimocap_blender.vision.network_graph import read_networks
    from aimocap_blender.vision.person_detector import PersonDetector
    from aimocap_blender.vision.scanning import ClipFrames, scan
    from aimocap_blender.vision.watching import Watching, WatchingStopped
    from tests.media.clip_frames import clip_frames

    with tempfile.TemporaryDirectory() as name:
        frames = clip_frames(CLIP, 0, FRAMES, SIZE, Path(name))
    networks = read_networks(folder)
    clip = ClipFrames(FRAMES, FPS, lambda index: frames[index])
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in scan(clip, PersonDetector(networks.detector), LandmarkFinder(networks.landmarks)):
        pass
    first = time.process_time() - cpu
    Watching(clip, networks).watch()
    cpu, wall = time.process_time() - cpu - first, time.perf_counter() - wall
    each = (cpu - first) / FRAMES * 1000
    print(
        f"{FRAMES} frames of {SIZE[0]}x{SIZE[1]}, two people: {cpu:.1f} s of processor time, of it the first look "
        f"{first:.1f} s, then {each:.1f} ms a frame; {wall - first:.1f} s by the clock"
    )
    asked: list[float] = []

    def stopped() -> bool:
        asked.append(time.perf_counter())
        return len(asked) > FRAMES

    try:
        Watching(clip, networks, stopped=stopped).watch()
    except WatchingStopped:
        print(f"stopped within {time.perf_counter() - asked[-1]:.2f} s")
    waits = [after - before for before, after in pairwise(asked)]
    print(f"asked whether to stop every {max(waits):.2f} s at the latest")


def bench_networks_share(folder: Path, video: Path, fps: float, frames: int, size: tuple[int, int]) -> None:
    """Print what seeing takes in this process, on the same frames, and what its networks and its solution do of it."""
    from aimocap_blender.vision.network import Network
    from aimocap_blender.vision.scanning import ClipFrames
    from aimocap_blender.vision.seeing import arrays_seen
    from tests.media.clip_frames import clip_frames

    with tempfile.TemporaryDirectory() as name:
        pictures = clip_frames(video, 0, frames, size, Path(name))
    spent: list[float] = []
    call = Network.__call__

    def timed(network: Network, picture: object) -> object:
        start = time.thread_time()
        outputs = call(network, picture)
        spent.append(time.thread_time() - start)
        return outputs

    stages: dict[str, float] = {}
    Network.__call__ = timed
    start = time.process_time()
    try:
        arrays_seen(
            ClipFrames(frames, fps, lambda index: pictures[index]),
            folder,
            lambda stage, _done, _all: stages.setdefault(stage, time.process_time() - start),
        )
    finally:
        Network.__call__ = call
    whole = time.process_time() - start
    print(
        f"  seeing alone: {whole:.1f} s of processor time; networks {sum(spent):.1f} s in {len(spent)} calls, "
        f"the clip's solution {whole - stages['motion']:.1f} s"
    )


def bench_whole(folder: Path, scratch: Path, video: Path, fps: float, frames: int, size: tuple[int, int]) -> None:
    """Print what all of Free Preview takes, in each Blender that is here."""
    from tools.build_zip import build_zip

    print(f"Free Preview: {video.name}, {frames} frames at {fps:g} fps, {size[0]}x{size[1]}")
    blenders = {f"bpy with Python {sys.version_info.major}.{sys.version_info.minor}": [sys.executable, str(CHILD)]}
    if program := shutil.which("blender"):
        options = ["--background", "--factory-startup", "--python-exit-code", "1"]
        blenders[program] = [program, *options, "--python", str(CHILD), "--"]
    zip_file = build_zip(ROOT, scratch)
    for number, (name, command) in enumerate(blenders.items()):
        answer, config = scratch / "answer.json", scratch / f"{video.stem}-{number}"
        answer.unlink(missing_ok=True)
        request = {
            "zip": str(zip_file),
            "video": str(video),
            "fps": round(fps),
            "frames": frames,
            "answer": str(answer),
        }
        done = subprocess.run(
            [*command, json.dumps(request)],
            env={**WITHOUT_ONE_THREAD, "BLENDER_USER_RESOURCES": str(config)},
            capture_output=True,
            text=True,
            check=False,
        )
        if not answer.exists():
            print(f"  {name}: failed\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
            continue
        cost = json.loads(answer.read_text())
        parts = ", ".join(
            f"{kind} {cost['cpu'][kind]:.1f} s and at most {cost['megabytes'][kind]} MB" for kind in sorted(cost["cpu"])
        )
        print(
            f"  {name}: {cost['own'] + cost['others']:.1f} s of processor time, {cost['wall']:.1f} s by the clock; "
            f"{parts}; stopped within {cost['stopped']:.2f} s"
        )
    bench_networks_share(folder, video, fps, frames, size)


def bench_previews(folder: Path) -> None:
    from tests.media.figure.film import Film, filmed_person

    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    film = filmed_person(ROOT / "build" / "bench", Film(SLOWLY, Fraction(FILM_FPS), FILM_FRAMES, FILM_SIZE))
    with tempfile.TemporaryDirectory() as name:
        bench_whole(folder, Path(name), film, FILM_FPS, FILM_FRAMES, FILM_SIZE)
        if CLIP.is_file():
            bench_whole(folder, Path(name), CLIP, FPS, FRAMES, SIZE)


def main() -> None:
    from tools.pose_networks import made_pose_networks, make_pose_networks_or_say

    make_pose_networks_or_say(Path(sys.executable))
    made = made_pose_networks(ROOT)
    if not made:
        return
    folder = made["vision/pose-detector.npz"].parent
    bench_networks(folder)
    if CLIP.is_file():
        bench_clip(folder)
    peak = next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line)
    print(f"largest memory, the clip's frames included: {int(peak) // 1024} MB")
    bench_previews(folder)


if __name__ == "__main__":
    if ONE_THREAD.items() <= os.environ.items():
        main()
    else:  # they count only where they were set before numpy was imported
        again = [sys.executable, "-m", "tests.bench.bench_preview"]
        sys.exit(subprocess.run(again, env={**os.environ, **ONE_THREAD}, cwd=ROOT, check=False).returncode)
