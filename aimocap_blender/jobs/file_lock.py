"""A lock that the kernel holds for one process and releases when that process ends, however it ends."""

import errno
import os
import sys
from pathlib import Path
from typing import BinaryIO

if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: BinaryIO) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try_lock(file: BinaryIO) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


_HELD = {errno.EACCES, errno.EAGAIN, errno.EDEADLK, 36}
"""The system's errors for a lock that is held elsewhere; 36 is Windows' EDEADLOCK."""


class FileLock:
    """A held lock.

    Attributes:
        path: of the locked file, which is empty.
    """

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path = path
        self._file = file

    @classmethod
    def take(cls, path: Path) -> "FileLock | None":
        """Take the lock; return None if another process, or another part of this one, holds it.

        Raises:
            OSError: the file can't be created, or its file system can't lock it.
        """
        file = path.open("ab")
        try:
            _try_lock(file)
        except OSError as error:
            file.close()
            if error.errno not in _HELD:
                raise
            return None
        os.set_inheritable(file.fileno(), False)
        return cls(path, file)

    def release(self) -> None:
        """Release the lock."""
        self._file.close()
