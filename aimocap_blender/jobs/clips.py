"""The clips that are rendered for captures, in a folder of their own: whatever a record says, only they are deleted."""

import contextlib
import errno
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from ..whole_files import is_link, make_folders
from .capture import Source
from .leased_lock import LeasedLock
from .own_folders import claimed, delete_if_left, is_own_folder

CLIPS = ".clips"
_PREFIX = "clip-"
_LEFT_SEC = 600.0
"""Age from which a clip that no record names is a leftover; the record is written right after it."""


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
