"""`python -m tests.fuzz.importing`: real FBX files with some bytes changed are imported, if they pass the check.

Prints how many were read, refused, or crashed the process that imported them; those that it neither read nor refused
in words are kept, and named.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections import Counter
from pathlib import Path

import bpy

from aimocap_blender.scene.fbx.fbx_check import problem_of_fbx
from tests.conftest import SHARED
from tests.media.hostile_fbx import whole
from tests.scene.one_by_one import sampled_one_by_one

from .spoiling import NUMBERS

_REAL = ("motions/cmu_91_48.fbx", "motions/assimp_skeleton.fbx", "characters/kenney.fbx")
_HEAD = 27


def spoiled(data: bytes, chance: random.Random) -> bytes:
    """Up to six places changed: a bit, a number, or a few bytes from elsewhere in the file."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at, other = chance.randrange(_HEAD, len(data) - 16), chance.randrange(_HEAD, len(data) - 16)
        number, length = chance.choice(NUMBERS), chance.choice((1, 4, 8, 16))
        bit = bytes([changed[at] ^ 1 << chance.randrange(8)])
        patch = chance.choice((bit, number, changed[other : other + length]))
        changed[at : at + len(patch)] = patch
    return bytes(changed)


def main() -> None:
    """Import as many as are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=250)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    chance = random.Random(options.seed)  # noqa: S311 -- to be the same again
    real = [SHARED / "data" / name for name in _REAL]
    sound = [whole()[0], *(file.read_bytes() for file in real if file.is_file())]
    folder, files, made = Path(tempfile.mkdtemp(prefix="fuzz_fbx_")), dict[str, bytes](), 0
    while len(files) < options.files:
        made += 1
        data = spoiled(chance.choice(sound), chance)
        (folder / "any.fbx").write_bytes(data)
        if problem_of_fbx(folder / "any.fbx") is None:
            files[str(made)] = data
    counts, peak, slowest = Counter[str](), 0, 0.0
    for name, outcome in sampled_one_by_one(files, folder):
        what = str(outcome[0] if outcome[0] == "crashed" else outcome[2])
        counts[what] += 1
        if what not in {"read", "refused"}:
            (folder / f"kept-{name}.fbx").write_bytes(files[name])
            print(what, folder / f"kept-{name}.fbx", *outcome, flush=True)
        else:
            slowest, peak = max(slowest, float(str(outcome[0]))), max(peak, int(str(outcome[1])))
    print(f"Blender {bpy.app.version_string}: {made} made, {dict(counts)}, {slowest:.1f} s at most, {peak} MiB at most")


if __name__ == "__main__":
    main()
