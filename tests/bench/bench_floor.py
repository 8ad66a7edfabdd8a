"""Scripted motion that rests on more than feet, on real characters, judged on evaluated poses and meshes, as a table.

python -m tests.bench.bench_floor [--quick] [PART …]: only motions and characters whose name contains one of the parts;
all motions, or all characters, if no part names one. With --quick, or where FLOOR_QUICK is set, four characters that
differ in everything: `FLOOR_QUICK=1 make bench ONLY=floor`.
"""

import os
import sys
import tempfile
from pathlib import Path

from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.texts.faults import Fault
from tests.conftest import SHARED
from tests.media.floor.clips import NAMES, floor_clip
from tests.scene.body_contact_judge import Body, judge_on, summary, table
from tests.scene.real_files import at_rest, load

QUICK = "--quick"
FEW = ("gdquest_mannequiny.glb", "quaternius_knight.glb", "rocketbox_male17.fbx", "mh_mixamo.blend")


def main() -> None:
    if not SHARED.is_dir():
        print("no bench of the floor: the real characters are not here")
        return
    parts = [part for part in sys.argv[1:] if part != QUICK]
    files = sorted(path for path in (SHARED / "data" / "characters").iterdir() if path.is_file())
    if QUICK in sys.argv[1:] or os.environ.get("FLOOR_QUICK"):
        files = [path for path in files if path.name in FEW]
    files = [path for path in files if any(part in path.name for part in parts)] or files
    names = [name for name in NAMES if any(part in name for part in parts)] or NAMES
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for path in files:
            body = Body(at_rest(load(path, Path(folder))))
            for name in names:
                try:
                    rows.append((name, path.name, judge_on(floor_clip(name), body, RetargetOptions(contacts="BODY"))))
                except Fault as why:
                    print(f"{name} on {path.name}: {why}")
    for name in names:
        print(table([row for row in rows if row[0] == name]), flush=True)
    print("all", *summary([verdict for _, _, verdict in rows]), sep="\n")


if __name__ == "__main__":
    main()
