"""A picture for each take: the first thumbnail of its range, kept in its folder."""

import shutil
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ...while_enabled import lasting
from ..preview.thumbnail_strip import first_thumbnail, icon_of

if TYPE_CHECKING:
    from ...takes.session import Session
    from ...takes.take import Take

FILE = "picture.jpg"
"""In a take's folder; its thumbnail's size, a few kilobytes."""


@dataclass
class _Known:
    """Takes by id: the picture, None for one that had none when it was first shown."""

    files: dict[str, Path | None] = field(default_factory=dict[str, Path | None])
    kept: set[str] = field(default_factory=set[str])


_known = lasting(_Known)


def picture_of(session: "Session", take: "Take") -> int:
    """Return the icon of a take's picture; 0 if there is none. Asks the disk once for each take, in a thread."""
    if take.id not in _known.files:
        _known.files[take.id] = None
        session.disk.later(partial(_look, take.id, take.folder / FILE))
    file = _known.files[take.id]
    return icon_of(file) if file is not None else 0


def keep_pictures(session: "Session") -> None:
    """Keep the thumbnails of takes that are under way, or were just made, which go when Blender ends."""
    for take in (take for source in session.sources for take in source.under_way()):
        # thumbnails are made while the panel is drawn, so a take may be there before its picture
        if _known.files.get(take.id) is None and take.shown is not None:
            made = first_thumbnail(take.shown)
            if made is not None and take.id not in _known.kept:
                _known.kept.add(take.id)
                session.disk.later(partial(_keep, take.id, made, take.folder / FILE))


def _look(take_id: str, file: Path) -> None:
    if file.is_file():
        _known.files[take_id] = file


def _keep(take_id: str, made: Path, file: Path) -> None:
    try:
        _known.files[take_id] = Path(shutil.copyfile(made, file))
    except OSError:
        # such as before its folder is there
        _known.kept.discard(take_id)
