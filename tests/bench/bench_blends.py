"""Takes of all kinds blended over 20 and 40 frames, judged on evaluated poses.

python -m tests.bench.bench_blends: for each pair the frames that were asked for and that the transition has, how far a
foot drags and how deep a sole gets beyond the takes, in cm, the fastest bone of its own fastest turn in both takes, and
the seconds of the processor that blending took.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import bpy

from tests.conftest import SHARED
from tests.scene.cleanup.blend_judge import Soles, blended, judge
from tests.scene.cleanup.recorded_takes import on_character, recordings

LENGTHS = (20, 40)
PAIRS = {
    "mh_mixamo.blend": (
        ("walk", "dance"),
        ("dance", "walk"),
        ("turns", "jump"),
        ("jump", "kick"),
        ("slow walk", "tai chi"),
    ),
    "rocketbox_male17.fbx": (
        ("walk", "jog"),
        ("jog", "slow walk"),
        ("sit", "walk"),
        ("kick", "dribble"),
        ("tai chi", "jump"),
    ),
    "vrm_addon_example.vrm": (
        ("jumping jacks", "walk"),
        ("dribble", "dance"),
        ("stoop", "turns"),
        ("jump", "sit"),
        ("turns", "turns"),
    ),
    "maya_character.fbx": (
        ("kick", "jog"),
        ("dance", "stoop"),
        ("walk", "slow walk"),
        ("tai chi", "sit"),
        ("dribble", "jumping jacks"),
    ),
}


def judged(
    obj: bpy.types.Object, bones: dict[str, str], soles: Soles, takes: dict[str, bpy.types.Action], file: str
) -> Iterator[bool]:
    """Print a line for each blend, and yield whether it is within the limits."""
    for pair in PAIRS[file]:
        for length in LENGTHS:
            both = takes[pair[0]], takes[pair[1]]
            began = time.process_time()
            done = blended(obj, both, length)
            took = time.process_time() - began
            verdict = judge(obj, bones, soles, both, done)
            beyond = verdict.beyond()
            print(
                f"{' to '.join(pair):28}{length:4} {done.length:4}   drag {verdict.drag:6.1f}  sink {verdict.sink:5.1f}"
                f"  turn {verdict.turn:5.2f} {verdict.bone:18}{took:6.1f} s  {'' if done.smooth else 'told '}"
                f"{', '.join(beyond)}",
                flush=True,
            )
            data = obj.animation_data
            data.nla_tracks.remove(data.nla_tracks[-1])
            yield not beyond


def main() -> None:
    if not (SHARED / "data" / "mocap").is_dir():
        print("The recorded motions are not here.")
        return
    with tempfile.TemporaryDirectory() as folder:
        good: list[bool] = []
        for file, pairs in PAIRS.items():
            print(file)
            clips = recordings(Path(folder), {name for pair in pairs for name in pair})
            good += judged(*on_character(file, clips, Path(folder)), file)
        print(f"{sum(good)} of {len(good)} blends are within the limits")


if __name__ == "__main__":
    main()
