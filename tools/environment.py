"""Virtual environments under .venvs/, made when first needed: for each Blender, for the linters, to train networks.

`python -m tools.environment BLENDER` (a version, `newest`, `tools` or `training`) makes one and prints its
interpreter.
Everything else that is said goes to standard error.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from .blender_stubs import correct_stubs
from .blenders import PYTHONS, Blender, blender_named, newest_for
from .debian import install_or_name
from .faults import ToolFault, run_tool
from .pythons import can_make_venv, find_python, found_python, python_name
from .quiet_commands import run_quietly
from .waiting import say

if TYPE_CHECKING:
    from collections.abc import Generator

ROOT = Path(__file__).resolve().parents[1]
VENVS = ROOT / ".venvs"
STAMP = "made-of.json"
CONSTRAINTS = Path(__file__).with_name("constraints.txt")
"""The versions of what is installed beside what pyproject.toml names."""
_NEXT_STEP = "See that the package index can be reached and that the disk has room, and run make again."

_COST = "a download of about 350 MB, 1.2 GB of disk, a few minutes"

LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libICE.so.6": "libice6",
    "libSM.so.6": "libsm6",
    "libX11.so.6": "libx11-6",
    "libXext.so.6": "libxext6",
    "libXfixes.so.3": "libxfixes3",
    "libXi.so.6": "libxi6",
    "libXrender.so.1": "libxrender1",
    "libgomp.so.1": "libgomp1",
    "libxkbcommon.so.0": "libxkbcommon0",
}
"""Libraries that Blender's module links to (libEGL it opens when it renders), and the Debian package of each."""

_MISSING_LIBRARIES = """
import ctypes, sys
for name in sys.argv[1:]:
    try:
        ctypes.CDLL(name)
    except OSError:
        print(name)
"""


def blender_python(blender: Blender) -> Path:
    """The interpreter of an environment with that bpy module and what the tests need; made if it isn't there."""
    base = _base_python(blender.python)
    requirements = [f"bpy=={blender.wheel}", *_requirements("test")]
    with _held(f"bpy-{blender.wheel}") as folder:
        if not _made_of(folder, base, requirements):
            _prepare(base, blender)
            _make(folder, base, requirements, f"Blender {blender.version} ({python_name(blender.python)}, {_COST})")
            _check_that_it_starts(folder, blender)
            _stamp(folder, base, requirements)
        return folder / "bin" / "python"


def tools_python() -> Path:
    """The interpreter of the environment with the linters and type stubs; made if it isn't there."""
    return _python_with("tools", ("check", "test"), "the linters", _newest_base())


def gmr_python() -> Path:
    """The interpreter of the environment with the solver of General Motion Retargeting; made if it isn't there."""
    return _python_with("gmr", ("gmr",), "the solver of General Motion Retargeting", _newest_base())


def training_python() -> Path:
    """The interpreter of the environment in which networks are trained; made if it isn't there."""
    return _python_with("training", ("training",), "training networks", _base_python(min(PYTHONS)))


OTHERS = {"tools": tools_python, "training": training_python}


def _newest_base() -> Path:
    return _base_python(next(filter(find_python, reversed(PYTHONS)), sys.version_info[:2]))


def _python_with(name: str, groups: tuple[str, ...], what: str, base: Path) -> Path:
    requirements = [package for group in groups for package in _requirements(group)]
    with _held(name) as folder:
        if not _made_of(folder, base, requirements):
            _prepare(base, None)
            _make(folder, base, requirements, what)
            for packages in folder.glob("lib/python*/site-packages"):
                correct_stubs(packages)
            _stamp(folder, base, requirements)
        return folder / "bin" / "python"


def _requirements(group: str) -> list[str]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)["dependency-groups"][group]


def _constraints() -> list[str]:
    return [line for line in CONSTRAINTS.read_text(encoding="ascii").splitlines() if not line.startswith("#")]


def _base_python(python: tuple[int, int]) -> Path:
    base = find_python(python)
    if base is None:
        raise ToolFault(
            f"{python_name(python)} is not on this machine.",
            "Install it, for example with pyenv, so that it is on PATH or under ~/.pyenv/versions.",
        )
    return base


@contextlib.contextmanager
def _held(name: str) -> Generator[Path]:
    """The environment's folder while no other make works on it."""
    VENVS.mkdir(exist_ok=True)
    with (VENVS / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield VENVS / name


def _made_of(folder: Path, base: Path, requirements: list[str]) -> bool:
    try:
        return json.loads((folder / STAMP).read_text()) == _recipe(folder, base, requirements)
    except (OSError, ValueError):
        return False


def _stamp(folder: Path, base: Path, requirements: list[str]) -> None:
    (folder / STAMP).write_text(json.dumps(_recipe(folder, base, requirements), indent=1))


def _recipe(folder: Path, base: Path, requirements: list[str]) -> dict[str, object]:
    """Besides what is in it, where it really stands: a moved environment's scripts point at the old place."""
    return {"python": str(base), "folder": str(folder.resolve()), "requirements": [*requirements, *_constraints()]}


def _make(folder: Path, base: Path, requirements: list[str], what: str) -> None:
    say(f"Making the environment for {what} in {folder.relative_to(ROOT)}")
    shutil.rmtree(folder, ignore_errors=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    pip.append("--no-compile")  # most of it is never imported
    try:
        run_quietly(
            [str(base), "-m", "venv", str(folder)],
            f"The environment for {what} could not be made",
            _NEXT_STEP,
            waited_for="making a virtual environment",
        )
        run_quietly(
            [*pip, *requirements, "--constraint", str(CONSTRAINTS)],
            f"What {what} needs could not be installed",
            _NEXT_STEP,
            waited_for="pip is downloading and installing",
        )
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _prepare(base: Path, blender: Blender | None) -> None:
    """See that the system has what an environment stands on, all of it at once, so that one command installs it."""
    packages: list[str] = []
    reasons: list[str] = []
    if not can_make_venv(base):
        packages.append(f"{base.name}-venv")
        reasons.append(f"{base} cannot make virtual environments")
    missing = _missing_libraries(base) if blender is not None else []
    if missing:
        packages += sorted({LIBRARIES[name] for name in missing})
        reasons.append(f"Blender's module needs libraries that this machine lacks ({', '.join(missing)})")
    if packages:
        install_or_name(packages, " and ".join(reasons))


def _missing_libraries(base: Path) -> list[str]:
    if sys.platform != "linux":
        return []
    run = subprocess.run([base, "-c", _MISSING_LIBRARIES, *LIBRARIES], capture_output=True, text=True, check=True)
    return run.stdout.split()


def _check_that_it_starts(folder: Path, blender: Blender) -> None:
    """Import bpy once; the child ends at once, since some versions hang when the interpreter goes."""
    run_quietly(
        [str(folder / "bin" / "python"), "-c", "import bpy, os; os._exit(0)"],
        f"Blender {blender.wheel}'s module does not start",
        "If that is a library of the system, install its package, and run make again.",
        waited_for="starting Blender once",
        variables={"BLENDER_USER_RESOURCES": str(folder)},
        lines=1,
    )


def main() -> int:
    """Make the environment that the command line names and print its interpreter."""
    if len(sys.argv) != 2:
        raise ToolFault("Which environment?", "Name a Blender version, `newest`, `tools` or `training`.")
    wanted = sys.argv[1]
    with contextlib.redirect_stdout(sys.stderr):
        if wanted in OTHERS:
            python = OTHERS[wanted]()
        else:
            python = blender_python(newest_for(found_python()) if wanted == "newest" else blender_named(wanted))
    print(python)
    return 0


if __name__ == "__main__":
    run_tool(main)
