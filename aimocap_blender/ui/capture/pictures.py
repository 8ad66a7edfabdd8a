"""A picture for each capture: the first thumbnail of its range, kept in its folder."""

import shutil
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ...takes.captures.video_ranges import video_range_of
from ...while_enabled import lasting
from ..preview.thumbnail_strip import first_thumbnail, icon_of

if TYPE_CHECKING:
    from ...jobs.view import CaptureView
    from ...takes.session import Session

FILE = "picture.jpg"
"""In a capture's folder; its thumbnail's size, a few kilobytes."""


@dataclass
class _Known:
    """Captures by id: the picture, None for one that had none when it was first shown."""

    files: dict[str, Path | None] = field(default_factory=dict[str, Path | None])
    kept: set[str] = field(default_factory=set[str])


_known = lasting(_Known)


def picture_of(session: "Session", view: "CaptureView") -> int:
    """Return the icon of a capture's picture; 0 if there is none. Asks the disk once for each capture, in a thread."""
    if view.id not in _known.files:
        _known.files[view.id] = None
        session.disk.later(partial(_look, view.id, view.folder / FILE))
    file = _known.files[view.id]
    return icon_of(file) if file is not None else 0


def keep_pictures(session: "Session") -> None:
    """Keep the thumbnails of captures that are under way, which go when Blender ends."""
    for view in session.runner.views.followed():
        if _known.files.get(view.id) is None and (shown := video_range_of(view)) is not None:
            made = first_thumbnail(shown)
            if made is not None and view.id not in _known.kept:
                _known.kept.add(view.id)
                session.disk.later(partial(_keep, view.id, made, view.folder / FILE))


def _look(capture_id: str, file: Path) -> None:
    if file.is_file():
        _known.files[capture_id] = file


def _keep(capture_id: str, made: Path, file: Path) -> None:
    try:
        _known.files[capture_id] = Path(shutil.copyfile(made, file))
    except OSError:
        _known.kept.discard(capture_id)  # such as before its folder is there
