"""The newest bpy that the package index has, whether the suite's table has it yet or not; `make newest` tries it."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

from .blenders import BLENDERS, PYTHONS, Blender
from .faults import ToolFault
from .pythons import find_python, python_name

if TYPE_CHECKING:
    from pathlib import Path

_AHEAD = 3
"""Pythons newer than the table's newest that are asked for too: Blender takes another about once in two years."""


def newest_on_index(python: Path) -> Blender:
    """Ask for the newest bpy that a Python here can take, and say what it is, and whether another has a newer one.

    Args:
        python: whose pip asks.

    Returns:
        As a Blender with the whole suite, whatever the table says of it.

    Raises:
        ToolFault: there is none, or the index can't be reached.

    """
    offered: list[Blender] = []
    for minor in range(PYTHONS[0][1], PYTHONS[-1][1] + _AHEAD + 1):
        version = PYTHONS[0][0], minor
        wheel, said = _ask(python, version)
        print(f"{python_name(version)}: {said}", flush=True)
        if wheel:
            offered.append(Blender(".".join(wheel.split(".")[:2]), wheel, version, "most"))
    offered.sort(key=lambda blender: (tuple(map(int, blender.wheel.split("."))), blender.python))
    here = [blender for blender in offered if find_python(blender.python) is not None]
    if not here:
        raise ToolFault(
            "The package index has no bpy for a Python that is here.",
            "See that the index can be reached, install a Python that it has one for, and run make again.",
        )
    if offered[-1] is not here[-1]:
        missing = offered[-1]
        print(f"bpy {missing.wheel} needs {python_name(missing.python)}, which is not here: the next newest is taken.")
    newest = here[-1]
    if newest.wheel in {blender.wheel for blender in BLENDERS}:
        print(f"bpy {newest.wheel} is in tools/blenders.py already; its suite runs all the same.", flush=True)
    else:
        print(f"bpy {newest.wheel} is new to tools/blenders.py, which ends with {BLENDERS[-1].wheel}.", flush=True)
    return newest


def _ask(python: Path, version: tuple[int, int]) -> tuple[str, str]:
    """The newest wheel for that Python, or nothing, and what pip says in a line."""
    run = subprocess.run(
        [python, "-m", "pip", "index", "versions", "bpy", "--python-version", f"{version[0]}.{version[1]}"],
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if newest := re.match(r"bpy \((\d[\d.]*)\)$", run.stdout, re.MULTILINE):
        return newest[1], f"bpy {newest[1]}"
    return "", (run.stderr.strip().splitlines() or ["pip says nothing"])[-1]
