"""The range of a video file that a capture shows, whether the file was sent or a clip of it was rendered."""

import contextlib
from dataclasses import dataclass

from ...jobs.view import CaptureView
from ...json_values import as_number
from ...scene.video.strips import StripSource
from .earlier import RENDERED_FROM, SAME_SEC, file_and_range


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


def video_range_of(view: CaptureView) -> VideoRange | None:
    """Return the range that a capture shows; None for a recovered one, and for a strip that is no file."""
    if RENDERED_FROM not in view.binding:
        source = view.source
        return VideoRange(source.path, source.size, source.mtime_ns, *view.range_sec) if source.path else None
    clip = file_and_range(view.binding)
    if clip is None:
        return None
    (path, size, mtime_ns), ends = clip
    return VideoRange(str(path), int(as_number(size) or 0), int(as_number(mtime_ns) or 0), *ends)
