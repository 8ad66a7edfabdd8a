"""The thumbnails of the range in the Capture panel."""

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy
import bpy.utils.previews

from ...scene.video.strips import StripSource
from ...scene.windows import redraw_sidebars
from ...takes.previews.thumbnails import COUNT, Thumbnails
from ...takes.video_ranges import VideoRange
from ...while_enabled import lasting
from ..text.wrapped_text import is_narrow

_log = logging.getLogger(__name__)

_TICK_SEC = 0.2
_SCALE, _NARROW_SCALE = 2.5, 1.8
"""Side of a thumbnail, in the height of a button: all fit beside each other."""


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


def first_thumbnail(shown: VideoRange) -> Path | None:
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
