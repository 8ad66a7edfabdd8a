"""Every real motion on every real character, judged on evaluated poses, as a table.

python -m tests.bench.bench_matrix [--whole] [PART …]: only motions and characters whose file name contains one of the
parts; all motions, or all characters, if no part names one. With --whole all frames of a motion, else 300 at most.
"""

import sys
import tempfile
from pathlib import Path

from aimocap_blender.texts.faults import Fault
from tests.conftest import SHARED
from tests.scene.real_files import motion
from tests.scene.retarget_judge import judge_file, table

WHOLE = "--whole"
ALL_FRAMES, MOST_FRAMES = 100_000, 300
SPANS = {"boxing_toes.bvh": 1500, "fair1_zombie.bvh": 150}
"""First frames of motions whose first frames tell less."""


def chosen(folder: str) -> list[Path]:
    files = sorted(path for path in (SHARED / "data" / folder).iterdir() if path.is_file())
    return [path for path in files if any(part in path.name for part in sys.argv[1:])] or files


def main() -> None:
    scratch = Path(tempfile.mkdtemp())
    for path in chosen("motions"):
        rows = []
        try:
            whole = WHOLE in sys.argv[1:]
            played = motion(path, scratch, *((ALL_FRAMES,) if whole else (MOST_FRAMES, SPANS.get(path.name, 0))))
        except (KeyError, RuntimeError) as missing:  # Blender doesn't read it
            print(f"{path.name}: {missing}")
            continue
        for character in chosen("characters"):
            try:
                rows.append((path.name, character.name, judge_file(played, character, scratch)))
            except (Fault, KeyError) as why:
                print(f"{path.name} on {character.name}: {why}")
        print(table(rows), flush=True)


if __name__ == "__main__":
    main()
