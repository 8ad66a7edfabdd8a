"""What seeing a person in a video costs: milliseconds a frame of each network, beside LiteRT's, and a whole clip.

Each figure is the processor time of the process on one thread. The clip is the real one beside the checkout, if it is.

python -m tests.bench.bench_preview
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from aimocap_blender.vision.network import ONE_THREAD

ROOT = Path(__file__).parents[2]
CLIP = ROOT.parent / "shared" / "data" / "videos" / "dancer_and_robot.mp4"
SIZE, FPS, FRAMES = (960, 720), 24.0, 155
RUNS = 30


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
    from aimocap_blender.vision.network_files import DETECTOR, LANDMARKS
    from aimocap_blender.vision.network_graph import read_network
    from tests.tools.pose_networks import original_network

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
    from aimocap_blender.vision.network_files import read_networks
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


def main() -> None:
    from tests.tools.pose_networks import made_pose_networks, make_pose_networks_or_say

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


if __name__ == "__main__":
    if ONE_THREAD.items() <= os.environ.items():
        main()
    else:  # they count only where they were set before numpy was imported
        again = [sys.executable, "-m", "tests.bench.bench_preview"]
        sys.exit(subprocess.run(again, env={**os.environ, **ONE_THREAD}, cwd=ROOT, check=False).returncode)
