"""Special files under a plain file's name. Devices are nodes of the tests' own, never the system's."""

import os
import socket
import stat
from pathlib import Path

import pytest

KINDS = ("pipe", "device", "socket", "folder")
_ZERO = os.makedev(1, 5) if hasattr(os, "makedev") else 0


def special_file(kind: str, path: Path) -> Path:
    """Make one; the device is endless to readers, and takes all that is written. Skips the test where that can't be."""
    if os.name != "posix":
        pytest.skip("the system has no such files")
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        listening = socket.socket(socket.AF_UNIX)
        here = Path.cwd()
        os.chdir(path.parent)  # the names of sockets are short
        try:
            listening.bind(path.name)
        finally:
            os.chdir(here)
            listening.close()
    elif kind == "folder":
        path.mkdir()
    else:
        try:
            os.mknod(path, stat.S_IFCHR | 0o666, _ZERO)
            path.open("rb").close()
        except OSError:
            pytest.skip("devices can't be made or opened here")
    return path


def kind_of(path: Path) -> int:
    """Return what a path itself is, and which one."""
    status = path.lstat()
    return hash((stat.S_IFMT(status.st_mode), status.st_ino))
