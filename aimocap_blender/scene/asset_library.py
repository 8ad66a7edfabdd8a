"""The add-on's asset library: a folder of Actions with catalogs, listed by the preferences once that is asked for."""

import uuid
from pathlib import Path

import bpy

from ..texts.faults import Fault
from ..texts.text import Text
from ..whole_files import make_folders, write_whole
from .action_source import LIBRARY, catalog_id, catalogs, source_of

_FILE = "blender_assets.cats.txt"
"""Where Blender looks for the catalogs of a library."""
_HEAD = "VERSION 1\n\n"


def add_to_library(action: bpy.types.Action, folder: Path) -> Path:
    """Write an Action into a file of the library's folder, and have Blender list that folder; return the file.

    The same take's file is replaced. The catalogs that people added stay.

    Raises:
        Fault: the folder can't be written.
    """
    source = source_of(action)
    made_by = source.capture or source.preview or source.checksum or uuid.uuid4().hex
    file = folder / f"{bpy.path.clean_name(action.name)}-{made_by[-8:]}.blend"
    try:
        make_folders(folder)
        _add_catalogs(folder / _FILE)
        bpy.data.libraries.write(str(file), {action}, fake_user=True, compress=True)
    except (OSError, RuntimeError) as error:
        reason = Text.of(getattr(error, "strerror", None) or str(error).strip())
        raise Fault(
            Text("The asset library {folder} can't be written: {reason}.", folder=folder, reason=reason),
            "Choose another captures folder, or free up space there.",
        ) from error
    preferences = bpy.context.preferences
    libraries = preferences.filepaths.asset_libraries
    if not any(Path(library.path) == folder for library in libraries):
        libraries.new(name=LIBRARY, directory=str(folder))
        # Blender saves preferences when it quits only if it knows that they changed
        preferences.is_dirty = True
    return file


def _add_catalogs(file: Path) -> None:
    before = file.read_text(encoding="utf-8") if file.exists() else _HEAD
    missing = [path for path in catalogs() if catalog_id(path) not in before]
    if missing:
        added = "".join(f"{catalog_id(path)}:{path}:{path.replace('/', '-')}\n" for path in missing)
        write_whole(file, [f"{before.rstrip()}\n{added}".encode()])
