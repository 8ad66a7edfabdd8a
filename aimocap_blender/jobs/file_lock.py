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
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}
"""The system's errors for a file system without locks."""


class FileLock:
    """A held lock.

    Attributes:
        path: of the locked file, which is empty.
        holds: it locks others out. Some network shares and virtual disks let everybody have a lock.
    """

    def __init__(self, path: Path, file: BinaryIO, *, holds: bool) -> None:
        self.path = path
        self.holds = holds
        self._file = file

    @classmethod
    def take(cls, path: Path) -> "FileLock | None":
        """Take the lock, and try it with a second handle; return None if somebody else has it.

        Raises:
            OSError: the file can't be created.
        """
        file = path.open("ab")
        try:
            _try_lock(file)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                file.close()
                if error.errno in _HELD:
                    return None
                raise
        # a child Blender would hold the lock after this process has ended
        os.set_inheritable(file.fileno(), False)
        # some network shares and virtual disks grant every lock
        return cls(path, file, holds=_is_locked(path))

    def release(self) -> None:
        """Release the lock."""
        self._file.close()


def _is_locked(path: Path) -> bool:
    """Return whether another handle is refused the lock."""
    with path.open("ab") as second:
        try:
            _try_lock(second)
        except OSError as error:
            return error.errno in _HELD
    return False
