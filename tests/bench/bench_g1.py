"""The cost of G1 motions: reading, keying, playing and writing, and how long reading and writing hold other threads.

Each figure is in seconds by the clock, and in brackets of this process's own processor time, which others don't change.

The robot's meshes are those that `make zip` made.

python -m tests.bench.bench_g1
"""

import json
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np

from aimocap_blender.motion.g1.choices import ReadingChoices
from aimocap_blender.motion.g1.files import read_g1_file, write_g1_csv, write_g1_json, write_g1_npz
from aimocap_blender.motion.g1.motion import G1Motion, checked_g1_motion
from aimocap_blender.motion.g1.reading import interpreted
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.g1.keys import apply_g1_motion, g1_motion_of
from aimocap_blender.scene.g1.rig import add_g1_rig, show_limits
from tools.g1_assets import made_g1_meshes

ROOT = Path(__file__).parents[2]
FRAMES = (1_000, 10_000, 100_000)
MEGABYTES = (24, 100)
WRITERS = {"JSON": write_g1_json, "CSV": write_g1_csv, "BeyondMimic npz": write_g1_npz}
TICK = 0.0005


def motion(frames: int) -> G1Motion:
    rng = np.random.default_rng(1)
    times = np.arange(frames)[:, None] / 30.0
    quat = np.stack([np.ones(frames), *np.sin(times.T * [[0.3], [0.5], [0.7]])], axis=1)
    return checked_g1_motion(
        30.0,
        np.round(rng.normal(size=3) + np.sin(times * rng.uniform(0.1, 2, 3)), 6),
        quat / np.linalg.norm(quat, axis=1, keepdims=True),
        np.round(np.sin(times * rng.uniform(0.1, 9, 29)), 6),
    )


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def both(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of this process's processor time."""
    start = time.process_time()
    return seconds(work), time.process_time() - start


def longest_hold(work: Callable[[], object]) -> tuple[float, str]:
    """Seconds that the work took in a thread, and in words the longest that this thread was kept waiting meanwhile.

    What the process computed in such a pause is what the other thread kept it for; the clock also counts what the
    machine did for others.
    """
    took: list[float] = []
    worker = threading.Thread(target=lambda: took.append(seconds(work)))
    worker.start()
    longest, own, before = 0.0, 0.0, (time.perf_counter(), time.process_time())
    while worker.is_alive():
        time.sleep(TICK)
        now = time.perf_counter(), time.process_time()
        longest, own, before = max(longest, now[0] - before[0] - TICK), max(own, now[1] - before[1]), now
    return took[0], f"{longest * 1e3:.1f} ms ({own * 1e3:.1f})"


def bench_holds(folder: Path) -> None:
    path = folder / "motion"
    _, alone = longest_hold(lambda: time.sleep(2.0))
    print(f"other threads wait for up to {alone} when nothing is read or written")
    for kind, write in WRITERS.items():
        write(path, motion(1000))
        of_a_frame = path.stat().st_size / 1000
        for size in MEGABYTES:
            moving = motion(round(size * 1e6 / of_a_frame))
            wrote, write_hold = longest_hold(lambda moving=moving, write=write: write(path, moving))
            read, read_hold = longest_hold(lambda: read_g1_file(path))
            print(
                f"{kind}, {path.stat().st_size / 1e6:.0f} MB, {len(moving.dof_pos)} frames:"
                f" written in {wrote:.2f} s, longest hold {write_hold};"
                f" read in {read:.2f} s, longest hold {read_hold}"
            )
            source = read_g1_file(path).source
            if source is not None:
                again, own = both(lambda source=source: interpreted(source, ReadingChoices(fps=60.0)))
                print(f"  meant otherwise: {again:.3f} s ({own:.3f})")
            elif kind == "JSON":
                print(f"  json.loads would hold for {longest_hold(lambda: json.loads(path.read_bytes()))[1]}")


def bench_keying() -> None:
    base = 0.0
    for frames in FRAMES:
        bpy.ops.wm.read_factory_settings(use_empty=True)
        rig, moving = add_g1_rig(bpy.context), motion(frames)

        def key(rig: bpy.types.Object = rig, moving: G1Motion = moving) -> None:
            checked_g1_motion(30.0, moving.root_pos, moving.root_quat, moving.dof_pos)
            apply_g1_motion(rig, moving, TimeMapping(1.0, 30.0), "Bench")

        keyed, own = both(key)
        base = base or own / frames
        back, own_back = both(lambda rig=rig: g1_motion_of(rig))
        print(
            f"{frames:7d} frames: checked and keyed {keyed:.3f} s ({own:.3f}),"
            f" per frame {own / frames / base:.2f} of the first; read back {back:.3f} s ({own_back:.3f})"
        )


def bench_files(folder: Path) -> None:
    for frames in FRAMES:
        moving, reported = motion(frames), []
        for kind, write in WRITERS.items():
            path = folder / "motion"
            wrote, own = both(lambda write=write, path=path, moving=moving: write(path, moving))
            read, own_read = both(lambda path=path: read_g1_file(path))
            reported.append(f"{kind} out {wrote:.3f} s ({own:.3f}), in {read:.3f} s ({own_read:.3f})")
        print(f"{frames:7d} frames: {'; '.join(reported)}")


def bodies() -> dict[str, Path]:
    """The bodies that the robot can have: name, and the folder of meshes that `add_g1_rig` takes."""
    meshes = made_g1_meshes(ROOT)
    return {"shapes": Path("none")} | ({"meshes": meshes} if meshes else {})


def bench_adding() -> None:
    for variant in ("29dof", "43dof_with_hands"):
        for look, meshes in bodies().items():
            took = []
            for _ in range(5):
                bpy.ops.wm.read_factory_settings(use_empty=True)
                took.append(seconds(lambda variant=variant, meshes=meshes: add_g1_rig(bpy.context, variant, meshes)))
            print(f"adding the rig, {variant}, with {look}: {min(took):.3f} s, slowest of five {max(took):.3f} s")


def bench_playing() -> None:
    for look, meshes in bodies().items():
        for has_limits in (False, True):
            bpy.ops.wm.read_factory_settings(use_empty=True)
            rig = add_g1_rig(bpy.context, meshes=meshes)
            apply_g1_motion(rig, motion(1000), TimeMapping(0.0, 30.0), "Bench")
            show_limits(rig, has_limits)
            scene = bpy.context.scene
            took, own = both(lambda scene=scene: [scene.frame_set(frame) for frame in range(1000)])
            limits = ", limits shown" if has_limits else ""
            print(f"playing with {look}{limits}: {1000 / took:.0f} evaluations a second ({1000 / own:.0f})")


def main() -> None:
    print(f"Blender {bpy.app.version_string}")
    bench_adding()
    bench_keying()
    with tempfile.TemporaryDirectory() as folder:
        bench_files(Path(folder))
        bench_holds(Path(folder))
    bench_playing()


if __name__ == "__main__":
    main()
