"""The thumbnails of the range in the Capture panel, and the first of them as the picture of a take, in its folder."""

import logging
import shutil
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import bpy.utils.previews

from ...scene.video.strips import StripSource
from ...scene.windows import redraw_sidebars
from ...takes.previews.thumbnails import COUNT, Thumbnails
from ...takes.take import VideoRange
from ...while_enabled import lasting
from ..text.wrapped_text import is_narrow

if TYPE_CHECKING:
    from ...takes.session import Session
    from ...takes.take import Take

_log = logging.getLogger(__name__)

_TICK_SEC = 0.2
_SCALE, _NARROW_SCALE = 2.5, 1.8
"""Side of a thumbnail, in the height of a button: all fit beside each other."""
FILE = "picture.jpg"
"""In a take's folder; its thumbnail's size, a few kilobytes."""


@dataclass
class _Shown:
    """The thumbnails, and the icons of those that were drawn, by their files."""

    thumbnails: Thumbnails = field(default_factory=Thumbnails)
    icons: Any = None
    files: set[Path] = field(default_factory=set[Path])


_shown = lasting(_Shown)


def draw_thumbnails(layout: bpy.types.UILayout, source: StripSource) -> None:
    """Draw the thumbnails of a strip's range; the room for them while there are none yet."""
    if _shown.icons is None or not source.by_formula:
        return
    files = _shown.thumbnails.of(source)
    if _shown.thumbnails.busy and not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=_TICK_SEC)
    row = layout.row(align=True)
    row.alignment = "CENTER"
    # empty ones hold the place, so that nothing below moves when they come
    for icon in [icon_of(file) for file in files] or [0] * COUNT:
        row.template_icon(icon, scale=_NARROW_SCALE if is_narrow() else _SCALE)


def _first_thumbnail(shown: VideoRange) -> Path | None:
    """Return the first thumbnail of a range; None as long as none was made."""
    return _shown.thumbnails.first_of(shown)


def icon_of(file: Path) -> int:
    """Return the icon of a picture, which Blender reads when it is first drawn; 0 without windows."""
    if _shown.icons is None:
        return 0
    if file not in _shown.files:
        _shown.icons.load(str(file), str(file), "IMAGE")  # Blender reads it later, in a thread of its own
        _shown.files.add(file)
    return _shown.icons[str(file)].icon_id


def _tick() -> float | None:
    try:
        if _shown.thumbnails.pump():
            redraw_sidebars()
    except Exception:  # noqa: BLE001 -- a timer that raises is told as a failure of Blender
        _log.exception("Making thumbnails failed")
        return None
    return _TICK_SEC if _shown.thumbnails.busy else None


def register() -> None:
    """Make the collection of icons, if there are windows."""
    if not bpy.app.background:
        _shown.icons = bpy.utils.previews.new()


def unregister() -> None:
    """Free the icons, and delete the thumbnails."""
    _shown.thumbnails.close()
    if _shown.icons is not None:
        bpy.utils.previews.remove(_shown.icons)
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)


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
            made = _first_thumbnail(take.shown)
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
