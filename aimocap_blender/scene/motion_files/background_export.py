"""Export of a character's motion by a background Blender, since an exporter holds its Blender till its end."""

from dataclasses import asdict
from pathlib import Path

import bpy

from ...motion.files.export_options import ExportOptions
from ..background_blender import BackgroundBlender
from ..copied_scene import write_copy
from .exporting import meshes_of

_CHILD = Path(__file__).with_name("export_child.py")
_TIME_LIMIT_SEC = 6 * 3600.0


class BackgroundExport(BackgroundBlender):
    """A file that is planned, being written or complete.

    Args:
        context: of the scene and view layer with the character.
        obj: its armature object.
        new: the file to write, which is there; the caller removes it where this fails.
        options: the user's choices.
        ends: first and last frame, from `require_export`.
        folder: for the copy of the scene; the caller removes it.

    Raises:
        Fault: the folder can't be written.
    """

    def __init__(
        self,
        context: bpy.types.Context,
        obj: bpy.types.Object,
        new: Path,
        options: ExportOptions,
        ends: tuple[int, int],
        folder: Path,
    ) -> None:
        meshes = meshes_of(context, obj) if options.meshes else []
        copied = write_copy(obj, meshes, folder, (ends[0], sum(ends) // 2, ends[1]))
        request: dict[str, object] = {"copied": copied, "file": str(new), "options": asdict(options), "ends": ends}
        task = "the export"
        super().__init__(_CHILD, request, folder, task=task, time_limit_sec=_TIME_LIMIT_SEC, private_folder=folder)

    @property
    def share(self) -> float:
        """Fraction of the frames that are written."""
        return self.progress if isinstance(self.progress, float) else 0.0

    @property
    def is_written(self) -> bool:
        """Whether it was: it isn't where the character moves otherwise without the user's scripts.

        Raises:
            Fault: writing failed.
            RuntimeError: it is still running.
        """
        return self.answer["written"] is True
