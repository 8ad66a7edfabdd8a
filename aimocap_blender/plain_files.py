"""Reading files from anywhere: plain ones only, since a pipe may never answer, and a device never end."""

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

NOT_PLAIN = "it is a pipe or a device"


def require_plain(mode: int, path: Path) -> None:
    """Raise OSError unless what has this mode (`os.stat_result.st_mode`) is a plain file."""
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, NOT_PLAIN, str(path))


def open_plain(path: Path) -> BufferedReader:
    """Open a plain file to read its bytes; never waits for another process.

    Raises:
        OSError: it can't be read, or is something else.
    """
    return open(path, "rb", opener=_opened)


def read_plain(path: Path) -> bytes:
    """Return the bytes of a plain file.

    Raises:
        OSError: it can't be read, or is something else.
    """
    with open_plain(path) as file:
        return file.read()


def _opened(name: str, flags: int) -> int:
    handle = os.open(name, flags | getattr(os, "O_NONBLOCK", 0))  # which plain files ignore
    try:
        require_plain(os.fstat(handle).st_mode, Path(name))
    except OSError:
        os.close(handle)
        raise
    return handle
