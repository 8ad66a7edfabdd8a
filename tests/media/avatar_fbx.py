"""Makes the FBX that the service would deliver for an avatar: the performance on the very skeleton of an armature.

`python -m tests.media.avatar_fbx result.fbx --blend hero.blend --start 1.2 --end 3.6`, with a Python that has bpy.
Which bone is the hips, and so on, is read from `hero.bones.json` beside the .blend: humanoid slot to bone name.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .own_settings import run_with_own_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CHILD = Path(__file__).with_name("avatar_fbx_child.py")


def make_avatar_fbx(
    file: Path,
    blend: Path,
    start: float,
    end: float,
    fps: int = 30,
    *,
    bones: Mapping[str, str] | None = None,
    armature: str | None = None,
    step_sec: float = 0.5,
    interpreter: Sequence[str] = (sys.executable,),
) -> None:
    """Writes the motion of a range of source seconds on an armature's skeleton, in a process of its own.

    Args:
        file: the FBX.
        blend: the file with the armature; it is not changed.
        start: source seconds.
        end: source seconds.
        fps: frames per second.
        bones: humanoid slot to bone name; `….bones.json` beside the .blend if not told. Without any, every bone
            swings a little about its own X axis.
        armature: the object's name; the first armature if not told.
        step_sec: of the performance.
        interpreter: the program that has bpy.
    """
    beside = blend.with_suffix(".bones.json")
    if bones is None:
        bones = json.loads(beside.read_text(encoding="utf-8")) if beside.exists() else {}
    request = {
        "file": str(file.resolve()),
        "blend": str(blend.resolve()),
        "armature": armature,
        "bones": dict(bones),
        "start": start,
        "end": end,
        "fps": fps,
        "step_sec": step_sec,
    }
    command = [*interpreter, str(CHILD), "--", json.dumps(request)]
    done = run_with_own_settings(command)
    if done.returncode or not file.exists():
        raise RuntimeError(f"the avatar's FBX was not made: {done.stderr.strip() or done.stdout.strip()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--blend", type=Path, required=True)
    parser.add_argument("--armature")
    parser.add_argument("--start", type=float, default=0.0, help="source seconds")
    parser.add_argument("--end", type=float, default=4.0, help="source seconds")
    parser.add_argument("--fps", type=int, default=30)
    parser.add_argument("--step-sec", type=float, default=0.5)
    options = parser.parse_args()
    make_avatar_fbx(
        options.file,
        options.blend,
        options.start,
        options.end,
        options.fps,
        armature=options.armature,
        step_sec=options.step_sec,
    )


if __name__ == "__main__":
    main()
