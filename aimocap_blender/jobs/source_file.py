"""The video file: its fingerprint when the capture began, whether it is unchanged, and digests of files."""

import hashlib
from dataclasses import replace
from pathlib import Path

from ..plain_files import open_plain
from .capture import Capture, ResultFile, Source

_EDGE = 2**20


def fingerprint(path: Path, name: str, *, temporary: bool) -> Source:
    """Return the file's current fingerprint.

    Raises:
        OSError: it can't be read.
    """
    with open_plain(path) as file:
        # a gigabyte takes seconds to read, and containers have their index at one of the ends
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


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal; the file is read in pieces.

    Raises:
        OSError: it can't be read.
    """
    with open_plain(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def has_size(folder: Path, file: ResultFile) -> bool:
    """Return whether a delivered file is in the folder, and as large as it was."""
    path = folder / file.name
    try:
        return path.is_file() and path.stat().st_size == file.size
    except OSError:
        return False


def is_as_delivered(folder: Path, file: ResultFile) -> bool:
    """Return whether a delivered file is in the folder, bit for bit."""
    try:
        # the size first, for which nothing has to be read
        return has_size(folder, file) and sha256_of(folder / file.name) == file.sha256
    except OSError:
        return False
