"""Atomic file writing where users choose the folder: what can't be written is a fault in words."""

import contextlib
import errno
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import IO

from ... import whole_files
from ...texts.faults import Fault
from ...texts.text import Text
from ..stopping import stop_if_asked

_FULL = {errno.ENOSPC, errno.EDQUOT}


def write_whole(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file as a whole, replacing what is there; if that fails, it stays as it is.

    Raises:
        Fault: it can't be written.
    """
    with whole_file(path) as file:
        for piece in pieces:
            stop_if_asked()
            file.write(piece)


@contextlib.contextmanager
def whole_file(path: Path) -> Generator[IO[bytes], None, None]:
    """Provide a new file to write in, which replaces the one at `path` if the block succeeds.

    Raises:
        Fault: it can't be written.
    """
    try:
        with whole_files.whole_file(path) as file:
            yield file
            stop_if_asked()
    except OSError as error:
        raise unwritable(path, error) from error


def require_writable(path: Path) -> None:
    """Raise unless a file can be written; to call before the work.

    Raises:
        Fault: it can't be.
    """
    try:
        whole_files.check_writable(path)
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path: Path, error: OSError) -> Fault:
    """Return the fault for a file that can't be written."""
    return Fault(
        Text("“{file}” can't be written: {reason}.", file=path.name, reason=Text.of(error.strerror or str(error))),
        "Free up disk space." if error.errno in _FULL else "Choose a folder that you can write to.",
    )
