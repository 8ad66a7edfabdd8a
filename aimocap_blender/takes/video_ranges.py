"""A range of a video file, by which takes of the same video are told."""

import contextlib
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass

from ..scene.video.strips import StripSource

SAME_SEC = 1e-3
"""Differences below this are rounding."""


@dataclass(frozen=True)
class VideoRange:
    """A range of a video file, as the file was.

    Attributes:
        path: of the file, absolute.
        size: of the file, bytes.
        mtime_ns: of the file.
        start_sec: where the range starts, in seconds of the file.
        end_sec: where it ends.
    """

    path: str
    size: int
    mtime_ns: int
    start_sec: float
    end_sec: float

    def is_like(self, other: "VideoRange") -> bool:
        """Return whether both are the same, but for rounding."""
        ends = zip((self.start_sec, self.end_sec), (other.start_sec, other.end_sec), strict=True)
        return self.file == other.file and all(abs(one - two) < SAME_SEC for one, two in ends)

    @property
    def file(self) -> tuple[str, int, int]:
        """The file alone."""
        return self.path, self.size, self.mtime_ns


def range_of_source(source: StripSource) -> VideoRange | None:
    """Return the range that a strip shows of its file as it is now; None if it is none, or the file is gone."""
    with contextlib.suppress(OSError):
        if source.path is not None and source.by_formula:
            stat = source.path.stat()
            start, end = source.trim_start_sec, source.trim_end_sec
            return VideoRange(str(source.path), stat.st_size, stat.st_mtime_ns, start, end)
    return None


def key_of_range(source: StripSource) -> Hashable:
    """Return what tells one range from another, also when its file changes."""
    looks: tuple[object, ...] = ()
    with suppress(OSError):
        if source.path is not None:
            stat = source.path.stat()
            looks = (source.path, stat.st_size, stat.st_mtime_ns)
    strip = () if source.by_formula else (source.scene, source.name, source.timeline_start, source.timeline_end)
    return (*looks, source.first_frame, source.last_frame, *strip)
