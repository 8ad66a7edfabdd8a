"""Paths of files: those that a file selector offers, and those that are chosen in it or by a script."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

import bpy

from ..motion.files.file_writing import require_writable
from ..scene.armatures import action_of
from ..texts.faults import Fault
from ..texts.text import Text
from ..whole_files import file_name_of
from .text.reporting import Returned

RELATIVE = {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else set[str]()
"""Option for paths that may begin with `//`; Blender before 4.5 allows that for all paths."""


def chosen_file(filepath: str, suffix: str = "") -> Path:
    """Return the absolute path; unless it ends in `suffix`, that is appended, since a name may contain dots.

    Raises:
        Fault: no file is named, or the path is relative to a blend file that was never saved.
    """
    # Blender would look for it in the folder that it was started from
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


def file_to_write(filepath: str, suffix: str = "") -> Path:
    """Return the absolute path as `chosen_file`; to call before the work.

    Raises:
        Fault: as `chosen_file`, or it can't be written.
    """
    path = chosen_file(filepath, suffix)
    require_writable(path)
    return path


def offered_file(obj: bpy.types.Object, suffix: str) -> str:
    """Return the path to offer for an object's motion in a file selector: by the blend file, named as its Action."""
    action = action_of(obj)
    name = file_name_of(action.name if action is not None else obj.name)
    return str(Path(bpy.data.filepath).parent / f"{name}{suffix}")


class TakesDrops:
    """Handler for files dropped onto the 3D Viewport; in other editors Blender's own take them."""

    @classmethod
    def poll_drop(cls, context: bpy.types.Context | None) -> bool:
        """Return whether a file can be dropped where the pointer is."""
        return context is not None and context.area is not None and context.area.type == "VIEW_3D"


class WritesFile:
    """Operator that writes a file, for which a file selector asks unless a script names it."""

    if TYPE_CHECKING:
        filepath: str
        check_existing: bool
    else:
        filepath: bpy.props.StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE", *RELATIVE})
        check_existing: bpy.props.BoolProperty(default=True, options={"HIDDEN"})

    def ask_for_file(self, context: bpy.types.Context, offered: str) -> Returned:
        """Open the file selector."""
        self.filepath = self.filepath or offered
        context.window_manager.fileselect_add(cast("bpy.types.Operator", self))
        return {"RUNNING_MODAL"}


class WritesFormat(WritesFile):
    """Operator that writes a file in one of several formats."""

    suffix_of: ClassVar[Mapping[Any, str]]
    """Of the files of each format, which is its option `format`."""

    def check(self, context: bpy.types.Context) -> bool:
        """Match the file's suffix to the format; names may contain dots."""
        path, suffix = Path(self.filepath), self.suffix_of[cast("Any", self).format]
        if not path.name or path.suffix == suffix:
            return False
        # only the suffix of another format is exchanged: what else follows a dot is part of the name
        stem = path.stem if path.suffix in self.suffix_of.values() else path.name
        self.filepath = str(path.with_name(f"{stem}{suffix}"))
        return True
