"""How long motion takes onto the rig that Rigify generates, by FK and by IK, with the report.

python -m tests.bench.bench_rigify: 600 frames of a performance onto 706 bones.
"""

import tempfile
import time
from pathlib import Path

import bpy
import numpy as np

from aimocap_blender.motion.retargeting.retarget_options import Limbs, RetargetOptions
from aimocap_blender.motion.skeleton import Clip
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.fbx.fbx_sampling import FbxSampling
from aimocap_blender.scene.isolated_evaluation import isolated
from aimocap_blender.scene.keys.pose_keys import KeyOptions
from aimocap_blender.scene.retargeting import put_clip_on
from tests.media.metahuman_fbx import make_metahuman_fbx
from tests.scene.rigs.rigify_rig import generate, open_rig

FPS = 30.0
FRAMES = 600
RUNS = 3
KINDS: tuple[Limbs, ...] = ("FK", "IK_LEGS", "IK")


def seconds(rig_file: Path, clip: Clip, limbs: Limbs, options: RetargetOptions) -> float:
    """The least of some runs, each on a fresh rig."""
    took: list[float] = []
    for _ in range(RUNS):
        rig = open_rig(rig_file)
        start = time.perf_counter()
        put_clip_on(rig, clip, TimeMapping(1.0, FPS), options, "Bench", KeyOptions(limbs=limbs))
        took.append(time.perf_counter() - start)
    return min(took)


def evaluated(rig_file: Path, clip: Clip) -> float:
    """Seconds in which Blender evaluates every frame once, the least of some runs."""
    rig = open_rig(rig_file)
    put_clip_on(rig, clip, TimeMapping(1.0, FPS), RetargetOptions(), "Bench")
    took: list[float] = []
    with isolated(rig) as alone:
        for _ in range(RUNS):
            start = time.perf_counter()
            for frame in range(1, FRAMES + 1):
                alone.at(float(frame))
            took.append(time.perf_counter() - start)
    return min(took)


def main() -> None:
    print(f"Blender {bpy.app.version_string}")
    with tempfile.TemporaryDirectory() as folder:
        fbx, rig_file = Path(folder) / "performance.fbx", Path(folder) / "rig.blend"
        make_metahuman_fbx(fbx, 0.0, FRAMES / FPS, FPS)
        sampling = FbxSampling(fbx, Path(folder) / "sampling").begin()
        sampling.wait()
        played = sampling.clip()
        generate(rig_file)
        rows = np.arange(FRAMES) % len(played.times)
        clip = Clip(played.skeleton, np.arange(FRAMES) / FPS, FPS, played.positions[rows], played.rotations[rows])
        print(f"{FRAMES} frames onto Rigify's human")
        for limbs in KINDS:
            free, held = (
                seconds(rig_file, clip, limbs, RetargetOptions(contacts="BODY" if hold else "FEET"))
                for hold in (False, True)
            )
            print(f"  {limbs}: {free:.2f} s, with hands held {held:.2f} s")
        print(f"  Blender's evaluation of every frame alone: {evaluated(rig_file, clip):.2f} s")


if __name__ == "__main__":
    main()
