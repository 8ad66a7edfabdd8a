"""A range of a video file, by which takes of the same video are told."""

from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

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


def file_as_it_is(path: Path | None) -> tuple[str, int, int] | None:
    """Return a file's path, size in bytes and modification time in ns; None if there is no such file."""
    with suppress(OSError):
        if path is not None:
            status = path.stat()
            return str(path), status.st_size, status.st_mtime_ns
    return None


def range_of_source(source: StripSource) -> VideoRange | None:
    """Return the range that a strip shows of its file as it is now; None if it is none, or the file is gone."""
    file = file_as_it_is(source.path) if source.by_formula else None
    return VideoRange(*file, source.trim_start_sec, source.trim_end_sec) if file is not None else None


def key_of_range(source: StripSource) -> Hashable:
    """Return what tells one range from another, also when its file changes."""
    looks = file_as_it_is(source.path) or ()
    # what is rendered from the timeline depends on more than the file's frames
    strip = () if source.by_formula else (source.scene, source.name, source.timeline_start, source.timeline_end)
    return (*looks, source.first_frame, source.last_frame, *strip)
