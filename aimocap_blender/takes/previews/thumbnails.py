"""Thumbnails of the ranges that are shown, made in the background and kept by file and range in a private folder."""

import time
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...scene.preview.frame_pictures import FramePictures
from ...scene.video.strips import StripSource
from ...texts.faults import Fault
from ..private_folder import PrivateFolder, remove_leftovers
from ..take import VideoRange, key_of_range, range_of_source

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
        while len(self._made) > _MOST_KEPT:
            key, oldest = self._made.popitem(last=False)
            self._ranges.pop(key, None)
            for file in oldest:
                file.unlink(missing_ok=True)


def _evenly(count: int, _fps: float) -> Sequence[int]:
    return np.unique(np.linspace(0, count - 1, COUNT).round().astype(np.int64)).tolist()
