"""The key by which what is known of a strip's range is kept."""

from collections.abc import Hashable
from contextlib import suppress

from ...scene.video.strips import StripSource


def key_of_range(source: StripSource) -> Hashable:
    """Return what tells one range from another, also when its file changes."""
    looks: tuple[object, ...] = ()
    with suppress(OSError):
        if source.path is not None:
            stat = source.path.stat()
            looks = (source.path, stat.st_size, stat.st_mtime_ns)
    strip = () if source.by_formula else (source.scene, source.name, source.timeline_start, source.timeline_end)
    return (*looks, source.first_frame, source.last_frame, *strip)
