"""Folders that their owner locks while they are used; others delete them once the owner is gone."""

import contextlib
import os
import shutil
import stat
import threading
from pathlib import Path

from .leased_lock import LeasedLock, LeaseWatch

LOCK = "lock"
"""The locked file in a folder."""

_REPARSE_POINT = 0x400
"""Windows' attribute of links and junctions."""

_claiming = threading.Lock()
"""Held while a folder is claimed or deleted: a file is created before it is locked."""


def claimed(folder: Path) -> LeasedLock | None:
    """Lock a new folder, which nobody deletes from now on; return the lock, None if it can't be locked.

    Raises:
        OSError: the file system can't lock, or the folder is gone.
    """
    with _claiming:
        return LeasedLock.take(folder / LOCK)


def delete_if_left(folder: Path) -> None:
    """Delete a folder whose owner is gone; one that isn't claimed yet stays."""
    # another user's, or just being deleted
    with _claiming, contextlib.suppress(OSError):
        lock = LeasedLock.take(folder / LOCK, LeaseWatch.at_once()) if (folder / LOCK).exists() else None
        if lock is not None:
            lock.release()
            shutil.rmtree(folder, ignore_errors=True)


def is_own_folder(path: Path) -> bool:
    """Return whether a path is a folder itself, not a link to one, and this user's."""
    try:
        status = path.lstat()
    except OSError:
        return False
    is_link = getattr(status, "st_file_attributes", 0) & _REPARSE_POINT
    # the temporary folder is everybody's
    is_mine = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return stat.S_ISDIR(status.st_mode) and not is_link and is_mine
