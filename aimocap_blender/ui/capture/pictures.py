"""A picture for each capture: the first thumbnail of its range, kept in its folder."""

import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ...session.video_ranges import video_range_of
from ...while_enabled import lasting
from ..preview.thumbnail_strip import first_thumbnail, icon_of

if TYPE_CHECKING:
    from ...jobs.view import CaptureView
    from ...session.session import Session

FILE = "picture.jpg"
"""In a capture's folder; its thumbnail's size, a few kilobytes."""


@dataclass
class _Known:
    """Captures by id: the picture, None for one that had none when it was first shown."""

    files: dict[str, Path | None] = field(default_factory=dict[str, Path | None])


_known = lasting(_Known)


def picture_of(view: "CaptureView") -> int:
    """Return the icon of a capture's picture; 0 if there is none. Asks the disk once for each capture."""
    if view.id not in _known.files:
        file = view.folder / FILE
        _known.files[view.id] = file if file.is_file() else None
    file = _known.files[view.id]
    return icon_of(file) if file is not None else 0


def keep_pictures(session: "Session") -> None:
    """Keep the thumbnails of captures that are under way, which go when Blender ends."""
    for view in session.runner.views.followed():
        if _known.files.get(view.id) is None and (shown := video_range_of(view)) is not None:
            made = first_thumbnail(shown)
            if made is not None:
                with suppress(OSError):
                    _known.files[view.id] = Path(shutil.copyfile(made, view.folder / FILE))
