"""Versions in use, for the log and the report."""

import platform
import tomllib
from functools import cache
from importlib import metadata
from pathlib import Path

import bpy

_MANIFEST = Path(__file__).parents[2] / "blender_manifest.toml"


@cache
def versions() -> str:
    """Return the versions of add-on, Blender, Python, `requests` and the system in one line."""
    return (
        f"AIMoCap {_addon()}, Blender {bpy.app.version_string}, Python {platform.python_version()}, "
        f"requests {_requests()}, {platform.platform()}"
    )


def _addon() -> str:
    try:
        return str(tomllib.loads(_MANIFEST.read_text(encoding="utf-8"))["version"])
    except (OSError, ValueError, KeyError):  # not installed from a zip
        return "?"


def _requests() -> str:
    try:
        return metadata.version("requests")  # without importing it, which is slow
    except metadata.PackageNotFoundError:
        return "none"
