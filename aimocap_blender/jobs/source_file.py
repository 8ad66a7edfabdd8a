"""The video file: its fingerprint when the capture began, and whether it is unchanged."""

import hashlib
from dataclasses import replace
from pathlib import Path

from ..plain_files import open_plain
from .capture import Capture, Source

_EDGE = 2**20


def fingerprint(path: Path, name: str, *, temporary: bool) -> Source:
    """Return the file's current fingerprint.

    Raises:
        OSError: it can't be read.
    """
    with open_plain(path) as file:
        digest = hashlib.sha256(file.read(_EDGE))
        status = path.stat()
        file.seek(max(status.st_size - _EDGE, 0))
        digest.update(file.read(_EDGE))
    return Source(str(path), name, status.st_size, status.st_mtime_ns, digest.hexdigest(), temporary)


def is_unchanged(source: Source) -> bool:
    """Return whether the file is unchanged."""
    try:
        return fingerprint(Path(source.path), source.name, temporary=source.temporary) == source
    except OSError:
        return False


def shows_the_same(one: Capture, other: Capture) -> bool:
    """Return whether two captures have the same video, range and settings, whatever their files' names."""
    return replace(one.order, title="") == replace(other.order, title="") and looks_the_same(one.source, other.source)


def looks_the_same(one: Source, other: Source) -> bool:
    """Return whether two files have the same size and edges."""
    return (one.size, one.edge_sha256) == (other.size, other.edge_sha256)


def holds_the_same(source: Source) -> bool:
    """Return whether the file's content is unchanged; it may have been touched, or be a copy."""
    try:
        now = fingerprint(Path(source.path), source.name, temporary=source.temporary)
    except OSError:
        return False
    return replace(now, mtime_ns=source.mtime_ns) == source
