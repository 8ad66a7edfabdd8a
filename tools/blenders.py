"""The Blender versions that the suite runs on, as wheels of the bpy module."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .faults import ToolFault


@dataclass(frozen=True)
class Blender:
    """One version of Blender as a Python module."""

    version: str
    """As people say it: `5.0`."""
    wheel: str
    """The version of its wheel."""
    python: tuple[int, int]
    """The only Python that the wheel is made for."""
    tests: Literal["most", "some", "smoke"]
    """Which tests `make test-all` runs on it: some are those of what versions differ in most, and the smoke test; most
    are those with the add-on that meet such differences, too.

    Where it is the newest that a Python is here for, all.
    """


BLENDERS = (
    Blender("4.2", "4.2.23", (3, 11), "most"),
    Blender("4.4", "4.4.0", (3, 11), "smoke"),
    Blender("4.5", "4.5.15", (3, 11), "some"),
    Blender("5.0", "5.0.1", (3, 11), "some"),
    Blender("5.1", "5.1.2", (3, 13), "smoke"),
    Blender("5.2", "5.2.3", (3, 13), "smoke"),
    Blender("5.3", "5.3.0", (3, 13), "most"),
)
"""Oldest first."""

PYTHONS = tuple(sorted({blender.python for blender in BLENDERS}))
"""The Pythons that a bpy wheel exists for."""


def blender_named(version: str) -> Blender:
    """The Blender of that version (`5.0`, or its wheel's `5.0.1`)."""
    for blender in BLENDERS:
        if version in {blender.version, blender.wheel}:
            return blender
    known = ", ".join(blender.version for blender in BLENDERS)
    raise ToolFault(f"Blender {version} is not one that the suite runs on.", f"Name one of {known}.")


def newest_for(python: tuple[int, int]) -> Blender:
    """The newest Blender, of those with more than the smoke test, whose wheel is made for that Python."""
    return [blender for blender in BLENDERS if blender.python == python and blender.tests != "smoke"][-1]
