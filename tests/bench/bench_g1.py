"""What G1 motions cost: reading, keying and playing, as ratios of one run, and how long reading holds other threads.

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

from aimocap_blender.motion.g1_motion import G1Motion, checked_g1_motion, read_g1_motion, to_json
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.g1_keys import apply_g1_motion, g1_motion_of
from aimocap_blender.scene.g1_limits import show_limits
from aimocap_blender.scene.g1_rig import add_g1_rig
from tests.tools.g1_assets import made_g1_assets

from .g1_picture import picture_robot

ROOT = Path(__file__).parents[2]
FRAMES = (1_000, 10_000, 100_000)
MEGABYTES = (3, 24)
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


def longest_hold(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds that the work took in a thread, and the longest that this thread was kept from running meanwhile."""
    took: list[float] = []
    worker = threading.Thread(target=lambda: took.append(seconds(work)))
    worker.start()
    longest, before = 0.0, time.perf_counter()
    while worker.is_alive():
        time.sleep(TICK)
        now = time.perf_counter()
        longest, before = max(longest, now - before - TICK), now
    return took[0], longest


def bench_reading(folder: Path) -> None:
    rows = {size: round(size * 1e6 / len(to_json(motion(1000))) * 1000) for size in MEGABYTES}
    for size, frames in rows.items():
        path = folder / f"{size}.json"
        path.write_text(to_json(motion(frames)))
        ours, ours_hold = longest_hold(lambda path=path: read_g1_motion(path))
        plain, plain_hold = longest_hold(lambda path=path: json.loads(path.read_text()))
        print(
            f"reading {path.stat().st_size / 1e6:4.1f} MB ({frames} frames): {ours:.3f} s,"
            f" {ours / plain:.2f} of json.loads; longest hold {ours_hold * 1e3:.1f} ms,"
            f" json.loads {plain_hold * 1e3:.1f} ms"
        )


def bench_keying() -> None:
    base = 0.0
    for frames in FRAMES:
        bpy.ops.wm.read_factory_settings(use_empty=True)
        rig, moving = add_g1_rig(bpy.context), motion(frames)
        checked = seconds(
            lambda moving=moving: checked_g1_motion(30.0, moving.root_pos, moving.root_quat, moving.dof_pos)
        )
        keyed = seconds(lambda rig=rig, moving=moving: apply_g1_motion(rig, moving, TimeMapping(1.0, 30.0), "Bench"))
        back = seconds(lambda rig=rig: g1_motion_of(rig))
        base = base or (checked + keyed) / frames
        print(
            f"{frames:7d} frames: checked and keyed {checked + keyed:.3f} s, per frame"
            f" {(checked + keyed) / frames / base:.2f} of the first; read back {back:.3f} s"
        )


def bodies() -> dict[str, Path]:
    """What the robot can look like: its name, and the file of meshes that `add_g1_rig` takes."""
    made = made_g1_assets(ROOT)
    return {"shapes": Path("none")} | ({"meshes": made["scene/g1-meshes.npz"]} if made else {})


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
            took = seconds(lambda scene=scene: [scene.frame_set(frame) for frame in range(1000)])
            limits = ", limits shown" if has_limits else ""
            print(f"playing with {look}{limits}: {1000 / took:.0f} evaluations a second")


def main() -> None:
    print(f"Blender {bpy.app.version_string}")
    bench_adding()
    with tempfile.TemporaryDirectory() as folder:
        bench_reading(Path(folder))
    bench_keying()
    bench_playing()
    picture_robot()


if __name__ == "__main__":
    main()
