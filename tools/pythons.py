"""Which Pythons this machine has, wherever they come from: the one that runs this, PATH, Debian or pyenv."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from .blenders import PYTHONS
from .debian import install_or_name, offered_python
from .faults import ToolFault

if TYPE_CHECKING:
    from collections.abc import Iterator

_REAL = "import os, sys; print(sys.version_info[0], sys.version_info[1], os.path.realpath(sys.executable), sep='|')"


@cache
def find_python(python: tuple[int, int]) -> Path | None:
    """An interpreter of that version, or None; one that can make virtual environments by itself is preferred."""
    found = list(dict.fromkeys(real for real in map(_real_python, _candidates(python)) if real is not None))
    matching = [path for version, path in found if version == python]
    return next((path for path in matching if can_make_venv(path)), matching[0] if matching else None)


def found_python() -> tuple[int, int]:
    """The Python that one Blender is tested on: the one that runs this if a wheel exists for it, else the newest."""
    here = sys.version_info[:2]
    if here in PYTHONS:
        return here
    if (found := _newest_found()) is not None:
        return found
    wanted = " or ".join(python_name(python) for python in PYTHONS)
    lacking = f"Blender's module needs {wanted}, and this machine has only {python_name(here)}"
    if offered_python() in PYTHONS:
        install_or_name(["python3", "python3-venv"], lacking)
        find_python.cache_clear()
        if (found := _newest_found()) is not None:
            return found
    raise ToolFault(f"{lacking}: {_how_to_install(PYTHONS[-1])}.", "Then run make again.")


def _newest_found() -> tuple[int, int] | None:
    return next((python for python in reversed(PYTHONS) if find_python(python) is not None), None)


def _how_to_install(python: tuple[int, int]) -> str:
    version = f"{python[0]}.{python[1]}"
    try:
        ubuntu = platform.freedesktop_os_release()["ID"] == "ubuntu"
    except OSError:
        ubuntu = False
    if ubuntu:
        return f"as root, run `add-apt-repository ppa:deadsnakes/ppa && apt-get install python{version}-venv`"
    return f"install one of them, for example by `pyenv install {version}`"


def can_make_venv(python: Path) -> bool:
    """Whether that interpreter has what `python -m venv` needs (Debian ships it as a package of its own)."""
    return subprocess.run([python, "-c", "import ensurepip, venv"], capture_output=True, check=False).returncode == 0


def python_name(python: tuple[int, int]) -> str:
    """`Python 3.11`."""
    return f"Python {python[0]}.{python[1]}"


def _candidates(python: tuple[int, int]) -> Iterator[Path]:
    name = f"python{python[0]}.{python[1]}"
    if sys.version_info[:2] == python:
        yield Path(sys.base_prefix, "bin", name)
        yield Path(sys.executable)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for folder in sorted(pyenv.glob(f"versions/{python[0]}.{python[1]}.*"), reverse=True):
        yield folder / "bin" / name
    for folder in (*os.environ.get("PATH", "").split(os.pathsep), "/usr/local/bin", "/usr/bin"):
        if found := shutil.which(name, path=folder):
            yield Path(found)


def _real_python(candidate: Path) -> tuple[tuple[int, int], Path] | None:
    """Version and true path, asked of the interpreter itself: pyenv's shims exist for versions that don't run."""
    try:
        run = subprocess.run([candidate, "-c", _REAL], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if run.returncode != 0:
        return None
    major, minor, path = run.stdout.strip().split("|")
    return (int(major), int(minor)), Path(path)
