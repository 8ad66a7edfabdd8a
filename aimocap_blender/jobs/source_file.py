"""The video file: what it looked like when the button was pressed, and whether it still does."""

import contextlib
import hashlib
from dataclasses import replace
from pathlib import Path

from .capture import Source

_EDGE = 2**20


def fingerprint(path: Path, name: str, *, temporary: bool) -> Source:
    """What the file looks like now.

    Raises:
        OSError: it can't be read.
    """
    with path.open("rb") as file:
        digest = hashlib.sha256(file.read(_EDGE))
        status = path.stat()
        file.seek(max(status.st_size - _EDGE, 0))
        digest.update(file.read(_EDGE))
    return Source(str(path), name, status.st_size, status.st_mtime_ns, digest.hexdigest(), temporary)


def is_unchanged(source: Source) -> bool:
    """Whether the file still is what it was."""
    try:
        return fingerprint(Path(source.path), source.name, temporary=source.temporary) == source
    except OSError:
        return False


def holds_the_same(source: Source) -> bool:
    """Whether what is in the file is what it was; it may have been touched, or be a copy."""
    try:
        now = fingerprint(Path(source.path), source.name, temporary=source.temporary)
    except OSError:
        return False
    return replace(now, mtime_ns=source.mtime_ns) == source


def discard_temporary(source: Source) -> None:
    """Delete a file that was made for this capture; any other stays."""
    if source.temporary:
        with contextlib.suppress(OSError):
            Path(source.path).unlink(missing_ok=True)
