"""Files that the add-on of an earlier revision wrote, which every later one takes over as they are.

`python -m tests.media.kept_files`, with a Python that has the oldest bpy, writes them: it takes that revision out of
git and runs `kept_files_child.py` with its code and its tests' helpers. They are written once, and never edited.

captures/   two captures applied (one for two targets), three not yet (of a file, of a rendered clip, recovered from its
            job ID), one failed, one blocked, one at which the service works, one in the trash, a preview, the notes
film.blend  the strip, all settings as they are not by default, the kept character with its Actions, a G1 with its own
take.mp4    what was captured
config/     preferences, key, second witness; scripts/ has presets
kept.json   what that code read of it all
"""

from __future__ import annotations

import io
import json
import lzma
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from tools.archives import unpack

ROOT = Path(__file__).resolve().parents[2]
REVISION = "ce9e566"
FILE = Path(__file__).with_suffix(".tar.xz")
CHILD = Path(__file__).with_name("kept_files_child.py")
PLACE = Path("/tmp/kept")  # noqa: S108 -- the files' own paths, in which no machine shows
KEPT = ("captures", "film.blend", "take.mp4", "config", "scripts", "kept.json")
SERVICE, KEY = "http://127.0.0.1:47391", "sk-kept"
"""Of the stand-in that they were made with."""


def unpacked(folder: Path) -> dict[str, Any]:
    """Unpack the files into a folder as if they were of yesterday; return what is known of them."""
    with tarfile.open(FILE) as archive:
        unpack(archive, folder)
    for forgotten in folder.glob("captures/.trash/*/forgotten"):
        forgotten.touch()  # the trash is kept for a week
    return json.loads((folder / "kept.json").read_text(encoding="utf-8"))


def main() -> None:
    packed = subprocess.run(["git", "archive", REVISION], cwd=ROOT, capture_output=True, check=True)
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir()
    with tempfile.TemporaryDirectory() as sources:
        with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
            unpack(archive, Path(sources))
        shutil.copytree(ROOT / "build" / "pose", Path(sources) / "build" / "pose")
        environment = {**os.environ, "BLENDER_USER_RESOURCES": str(PLACE), "HOME": str(PLACE)}
        subprocess.run([sys.executable, str(CHILD), str(PLACE), SERVICE, KEY], cwd=sources, env=environment, check=True)
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for file in sorted(path for name in KEPT for path in (PLACE / name, *(PLACE / name).rglob("*"))):
            if file.is_file() and not file.name.startswith("preview_"):  # a background Blender's own log
                entry = archive.gettarinfo(file, file.relative_to(PLACE))
                entry.uid, entry.gid, entry.uname, entry.gname = 0, 0, "", ""
                archive.addfile(entry, io.BytesIO(file.read_bytes()))
    FILE.write_bytes(lzma.compress(written.getvalue(), preset=9 | lzma.PRESET_EXTREME))
    print(FILE, FILE.stat().st_size)


if __name__ == "__main__":
    main()
