"""Path of the file chosen in a file selector or by a script."""

import os
from pathlib import Path

import bpy

from ..texts.faults import Fault
from ..texts.text import Text


def chosen_file(filepath: str, suffix: str = "") -> Path:
    """Return the absolute path; unless it ends in `suffix`, that is appended, since a name may contain dots.

    Raises:
        Fault: no file is named, or the path is relative to a blend file that was never saved.
    """
    if filepath.startswith("//") and not bpy.data.filepath:
        raise Fault(
            Text("“{filepath}” is relative to the blend file, which is not saved yet.", filepath=filepath),
            "Save the blend file, or enter an absolute path.",
        )
    path = Path(bpy.path.abspath(filepath))
    folder = os.path.isdir(path)  # noqa: PTH112 -- no error where a name is too long
    if not path.name or folder or filepath.endswith(("/", os.sep)):
        raise Fault("No file is selected.", "Choose a file, or enter its path.")
    return path if path.suffix.lower() == suffix or not suffix else path.with_name(f"{path.name}{suffix}")
