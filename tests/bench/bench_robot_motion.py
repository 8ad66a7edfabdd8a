"""Human motion on robots, as trainers would get it: recorded motions, the data folder's captures, the tests' floor.

`ROBOT_MOTION=walk,roll make bench ONLY=robot_motion`: only clips whose names contain one of the words. The G1 with 29
joints has all of them; the other variants and robots a few. With `GMR=1`, General Motion Retargeting's beside it.
"""

import contextlib
import io
import os
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.g1.variants import VARIANTS
from aimocap_blender.motion.g1_retargeting.onto_g1 import retargeted_to_g1
from aimocap_blender.motion.skeleton import Clip
from tests.media.floor.clips import NAMES, floor_clip
from tests.media.floor.script import Contact
from tests.media.g1_judge import upright
from tests.media.performance_clip import heads_of, performance_clip
from tests.media.robot_motion_judge import MotionJudged, judge_motion
from tests.scene.real_files import motion, shifted
from tools.archives import unpack

from .bench_g1_retarget import DATA, RATES, TABLE, gmr

USUAL = "29dof"
FEW = ("the tests' walk", "02_03", "05_11", "crawl", "get_up", "lie", "sit", "sits on the ground")
"""Of other robots."""
MOST = 600  # frames of a clip
RATE = 30.0
RECORDED = (
    *((file, file, 0, rate) for file, rate in RATES.items()),
    ("sits on the ground", "boxing_toes.bvh", 2380, RATES["boxing_toes.bvh"]),
)
CAPTURED = ("02_01", "02_03", "02_04", "02_06", "05_11", "06_15", "09_01", "10_03", "13_30", "14_31", "13_42")
"""CMU's: walk, run, jump, bending low, dance, ball, run, kick, washing low, sitting, jump."""
ASIDE = {"climb", "hang"}
"""Of the floor's clips: bars and ledges aren't the floor."""


def clips() -> Iterator[tuple[str, Clip, tuple[Contact, ...]]]:
    """Name, motion, and what is known to rest on the floor in it."""
    yield "the tests' walk", performance_clip(0.0, 8.0), ()
    for name in NAMES:
        if name not in ASIDE:
            found = floor_clip(name)
            yield name, found.clip, found.contacts
    if not DATA.is_dir():
        print("the recorded motions are not here")
        return
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        for name, file, first, rate in RECORDED:
            yield name, recorded(DATA / "motions" / file, scratch, first, rate), ()
        with tarfile.open(DATA / "mocap" / "cmu_30fps.tar.xz") as archive:
            unpack(archive, scratch, {f"bvh/{name}.bvh" for name in CAPTURED})
        for name in CAPTURED:
            yield name, recorded(scratch / "bvh" / f"{name}.bvh", scratch, 0, RATE), ()


def recorded(path: Path, scratch: Path, first: int, rate: float | None, most: int = MOST) -> Clip:
    """A file's motion, so many of its frames, at another rate."""
    with contextlib.redirect_stdout(io.StringIO()):  # Blender says what it reads
        clip = motion(path, scratch, most=most, first=first).clip
    return shifted(clip, rate or clip.fps)


def main() -> None:
    words = [word for word in os.environ.get("ROBOT_MOTION", "").split(",") if word]
    table: dict[str, list[list[float]]] = {}
    print(f"{'':34s}" + "".join(f"{title:>8s}" for title in TITLES))
    for name, clip, contacts in clips():
        if words and not any(word in name for word in words):
            continue
        bones = detect_bones(clip.skeleton)
        heads = heads_of(clip, bones.bones())
        heads = heads if contacts else upright(heads)
        for variant in VARIANTS if name in FEW else (USUAL,):
            start = time.process_time()
            found = retargeted_to_g1(clip, bones, variant).motion
            rate = len(clip.times) / (time.process_time() - start)
            robot = found.root_pos, found.root_quat, found.dof_pos
            row = _row(judge_motion(heads, clip.fps, robot, variant, contacts), rate)
            say(f"{name} on {variant}", row)
            table.setdefault(variant, []).append(row)
        if os.environ.get("GMR") and TABLE.is_file():
            qpos, seconds = gmr(clip, bones)
            robot = qpos[:, :3], qpos[:, 3:7], qpos[:, 7:]
            row = _row(judge_motion(heads, clip.fps, robot, USUAL, contacts), len(clip.times) / seconds)
            say(f"{name} by GMR", row)
            table.setdefault("GMR", []).append(row)
    for variant, rows in table.items():
        say(f"median of {variant}", np.median(rows, axis=0).tolist())
        say(f"worst of {variant}", np.max(rows, axis=0).tolist())


TITLES = (
    *("root", "source", "ratio", "centre", "jerk", "skate", "under", "deep %", "float", "collide"),
    *("meshes", "limit", "speed", "arms", "legs", "frames/s"),
)


def _row(found: MotionJudged, rate: float) -> list[float]:
    ours, theirs = found.root
    return [
        *(ours, theirs, ours / max(theirs, 0.1), *found.centre, found.skate, found.under, 100.0 * found.deep),
        *(found.floats, float(found.colliding), found.meshes, max(found.past_limit, 0.0), max(found.too_fast, 0.0)),
        *(found.arms, found.legs, rate),
    ]


def say(name: str, row: list[float]) -> None:
    print(f"{name:34s}" + "".join(f"{value:8.2f}" for value in row), flush=True)


if __name__ == "__main__":
    main()
