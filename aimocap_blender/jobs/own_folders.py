"""Folders that their owner locks while they are used; others delete them once the owner is gone.

One of them has the clips that are rendered for captures: whatever a record says, only they are deleted.
"""

import contextlib
import errno
import os
import shutil
import stat
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from ..whole_files import is_link, make_folders
from .capture import Source
from .leased_lock import LeasedLock, LeaseWatch

LOCK = "lock"
"""The locked file in a folder."""

_REPARSE_POINT = 0x400
"""Windows' attribute of links and junctions."""

_claiming = threading.Lock()
"""Held while a folder is claimed or deleted: a file is created before it is locked."""

CLIPS = ".clips"
_PREFIX = "clip-"
_LEFT_SEC = 600.0
"""Age from which a clip that no record names, or a folder without a lock, is a leftover; both come right after it."""


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
        if (folder / LOCK).exists():
            lock = LeasedLock.take(folder / LOCK, LeaseWatch.at_once())
            if lock is None:
                return
            # Windows deletes no open file
            lock.release()
        elif not _is_old(folder):
            return
        # what is old and has no lock was deleted while a process of its killed owner still wrote into it
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


class Clips:
    """The clips of a captures folder.

    Each has a folder while it is rendered, which its process locks, and is a file of the same name then.

    Args:
        captures_folder: which contains theirs.
    """

    def __init__(self, captures_folder: Path) -> None:
        self.folder = captures_folder / CLIPS

    def folder_of(self, name: str) -> Path:
        """Return the folder in which a clip of that name is rendered."""
        return self.folder / f"{_PREFIX}{name}"

    def new(self, name: str) -> tuple[Path, LeasedLock | None]:
        """Create the folder in which a clip is rendered; return it, and its lock.

        Raises:
            OSError: it can't be created, or the folder of all clips is a link.
        """
        # a link would have clips written, and later deleted, wherever it leads
        if is_link(self.folder):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(self.folder))
        make_folders(self.folder.parent)
        folder = self.folder_of(name)
        folder.mkdir(parents=True)
        return folder, claimed(folder)

    def discard(self, source: Source) -> None:
        """Delete the clip that a capture was made from; any other file stays."""
        # others may write to a shared folder: a record must not choose which file is deleted
        is_clip = source.temporary and Path(source.path).parent.resolve() == self.folder.resolve()
        if is_clip and not is_link(self.folder):
            with contextlib.suppress(OSError):
                Path(source.path).unlink(missing_ok=True)

    def sweep(self, used: Callable[[], Iterable[Source] | None]) -> None:
        """Delete what is left of processes that are gone.

        Args:
            used: returns the sources of all captures, None if some are unknown.
        """
        if is_link(self.folder):
            return
        try:
            entries = [entry for entry in self.folder.iterdir() if entry.name.startswith(_PREFIX)]
        except OSError:
            return
        # a process that was killed leaves the folder in which it rendered, and nobody holds its lock
        for folder in filter(is_own_folder, entries):
            delete_if_left(folder)
        files = [entry for entry in entries if entry.suffix == ".mp4" and _is_old(entry)]
        # a record that can't be read may name any of them
        sources = used() if files else None
        if sources is not None:
            names = {Path(source.path).name for source in sources}
            for file in files:
                if file.name not in names:
                    with contextlib.suppress(OSError):
                        file.unlink()


def _is_old(file: Path) -> bool:
    try:
        return time.time() - file.lstat().st_mtime > _LEFT_SEC
    except OSError:
        return False
