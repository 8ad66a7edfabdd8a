"""The thumbnails of the range in the Capture panel, and the first of them as the picture of a take, in its folder.

They are made in the background, and kept by file and range in a private folder.
"""

import logging
import shutil
import time
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import bpy.utils.previews
import numpy as np

from ...scene.preview.seeing import FramePictures
from ...scene.video.strips import StripSource
from ...scene.windows import redraw_sidebars
from ...takes.private_folder import PrivateFolder, remove_leftovers
from ...takes.take import VideoRange, key_of_range, range_of_source
from ...texts.faults import Fault
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

COUNT = 4
"""Of a range."""
LONGEST_SIDE = 160
"""Pixels of a thumbnail."""

_STEADY_SEC = 0.5  # a range that is still being trimmed gets none
_MOST_KEPT = 50  # ranges


@dataclass
class _Wanted:
    key: Hashable
    source: StripSource
    since: float


class Thumbnails:
    """The thumbnails of this Blender; where they can't be made there are none."""

    def __init__(self) -> None:
        self._folder: PrivateFolder | None = None
        self._made: OrderedDict[Hashable, tuple[Path, ...]] = OrderedDict()
        self._ranges: dict[Hashable, VideoRange] = {}
        self._wanted: _Wanted | None = None
        self._running: tuple[Hashable, FramePictures] | None = None
        self._begun = 0

    @property
    def busy(self) -> bool:
        """Whether any are wanted that aren't there."""
        return self._wanted is not None or self._running is not None

    def of(self, source: StripSource) -> tuple[Path, ...]:
        """Return the pictures of a strip's range, in order; none as long as there are none, which are then wanted.

        A strip that is rendered from the timeline has none: a copy of the open file would be saved for them.
        """
        if not source.by_formula:
            return ()
        key = key_of_range(source)
        if (made := self._made.get(key)) is not None:
            return made
        is_running = self._running is not None and self._running[0] == key
        if not is_running and (self._wanted is None or self._wanted.key != key):
            self._wanted = _Wanted(key, source, time.monotonic())
        return ()

    def first_of(self, shown: VideoRange) -> Path | None:
        """Return the first picture of a range of a file; None if there is none yet."""
        for key, files in self._made.items():
            made = self._ranges.get(key)
            if files and made is not None and made.is_like(shown):
                return files[0]
        return None

    def pump(self) -> bool:
        """Begin what has been wanted long enough, take what is there; return whether there is anything new."""
        changed = self._running is not None and self._running[1].poll()
        if self._running is not None and changed:
            self._take(*self._running)
            self._running = None
        wanted = self._wanted
        # while an end is dragged each moment is another range: none but the last is worth a Blender
        if wanted is not None and self._running is None and time.monotonic() - wanted.since >= _STEADY_SEC:
            self._wanted = None
            self._begin(wanted)
        return changed

    def close(self) -> None:
        """Stop, and delete them."""
        if self._running is not None:
            self._running[1].kill()
        self._running = self._wanted = None
        self._made.clear()
        self._ranges.clear()
        if self._folder is not None:
            self._folder.remove()
            self._folder = None

    def _begin(self, wanted: _Wanted) -> None:
        try:
            if self._folder is None:
                remove_leftovers()
                self._folder = PrivateFolder()
            self._begun += 1
            private = self._folder.path
            folder = private / str(self._begun)
            pictures = FramePictures(
                wanted.source, folder, private, private / "log.txt", chosen=_evenly, longest_side=LONGEST_SIDE
            ).begin()
        # none is an answer too, or each redraw would try again
        except Fault:
            self._made[wanted.key] = ()
        else:
            self._running = wanted.key, pictures
            if (shown := range_of_source(wanted.source)) is not None:
                self._ranges[wanted.key] = shown

    def _take(self, key: Hashable, pictures: FramePictures) -> None:
        self._made[key] = ()
        # of a rendering that broke off no picture is shown, and it isn't begun again at each redraw
        if pictures.frames_done >= len(pictures.order):
            numbers = (pictures.first + index * pictures.step for index in pictures.order)
            self._made[key] = tuple(pictures.folder / f"frame_{number:04d}.jpg" for number in numbers)
        # each is a few files, and a range is soon made again
        while len(self._made) > _MOST_KEPT:
            key, oldest = self._made.popitem(last=False)
            self._ranges.pop(key, None)
            for file in oldest:
                file.unlink(missing_ok=True)


def _evenly(count: int, _fps: float) -> Sequence[int]:
    return np.unique(np.linspace(0, count - 1, COUNT).round().astype(np.int64)).tolist()


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
    # Blender refuses to load a picture by the same name again
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
        # noted at once, so that a redraw before the answer doesn't ask again
        _known.files[take.id] = None
        session.disk.later(partial(_look, take.id, take.folder / FILE))
    file = _known.files[take.id]
    return icon_of(file) if file is not None else 0


def keep_pictures(session: "Session") -> None:
    """Keep the thumbnails of takes that are under way, or were just made, which go when Blender ends."""
    for source in session.sources:
        for take in source.under_way():
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
