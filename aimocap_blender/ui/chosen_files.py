"""The file that a file selector, or a script, names."""

import os
from pathlib import Path

import bpy

from ..scene.faults import SceneFault


def chosen_file(filepath: str, suffix: str = "") -> Path:
    """The file, with an ending where it has another or none: a dot within the name begins no ending.

    Raises:
        SceneFault: none is named, or by where a blend file lies that was never saved.
    """
    if filepath.startswith("//") and not bpy.data.filepath:
        raise SceneFault(
            f"“{filepath}” is beside the blend file, which is not saved yet.",
            "Save the blend file, or give a whole path.",
        )
    path = Path(bpy.path.abspath(filepath))
    folder = os.path.isdir(path)  # noqa: PTH112 -- no error where a name is too long
    if not path.name or folder or filepath.endswith(("/", os.sep)):
        raise SceneFault("No file is named.", "Give the file's path.")
    return path if path.suffix.lower() == suffix or not suffix else path.with_name(f"{path.name}{suffix}")
