"""Forgotten captures: whole folders that were moved aside and can be restored for some days."""

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..texts.faults import Fault
from ..whole_files import delete_take, renamed
from .capture import Capture, Source
from .leased_lock import LeasedLock, LeaseWatch
from .ledger import LOCK, RECORD, Ledger
from .own_folders import is_own_folder
from .timing import Timing

TRASH = ".trash"
FORGOTTEN = "forgotten"
"""A file in a forgotten capture's folder: a byte for each day that it was seen there, written a day after the last.

Times alone don't tell how long it was there: a backup brings back old ones, and clocks are wrong.
"""

_DAY_SEC = 86400.0

_LOOK_SEC = 0.5
"""Longest wait for another Blender that looks at a record."""

_MOVES_OPEN_FILES = sys.platform != "win32"


@dataclass(frozen=True)
class ForgottenCapture:
    """A capture in the trash.

    Attributes:
        at: about when it was forgotten, seconds since 1970.
    """

    capture: Capture
    at: float


class Trash:
    """The forgotten captures of a ledger.

    A folder is moved by one rename, so that a crash at any time leaves a capture intact in one place or the other.

    Args:
        ledger: the captures that can be forgotten.
        timing: how long forgotten ones are kept.
        between_parts: called between deleting two files; may wait.
        leftovers: deletes what killed processes left elsewhere.
    """

    def __init__(
        self,
        ledger: Ledger,
        timing: Timing,
        between_parts: Callable[[], None] = lambda: None,
        leftovers: Callable[[], None] = lambda: None,
    ) -> None:
        self._ledger = ledger
        self._leftovers = leftovers
        self._inside = Ledger(ledger.folder / TRASH)
        self._timing = timing
        self._between_parts = between_parts
        self._sweep_due = 0.0

    def put(self, capture_id: str, lock: LeasedLock | None) -> None:
        """Move a capture's folder into the trash.

        Args:
            lock: its lock, which is released; None to take it here.

        Raises:
            Fault: another process drives it, or its folder can't be changed; it was not moved.
        """
        folder = self._ledger.folder_of(capture_id)
        try:
            lock = lock or self._lock(capture_id)
            if lock is None:
                raise Fault("Another Blender is following this capture.", "Stop following it there first.")
            # before the move, so that a crash leaves nothing in the trash without a time
            (folder / FORGOTTEN).write_bytes(b"")
            self._inside.folder.mkdir(exist_ok=True)
            _move(folder, self._inside.folder_of(capture_id), lock)
        except OSError:
            raise Fault("The capture's files can't be moved.", "Check the captures folder.") from None
        finally:
            if lock is not None:
                lock.release()

    def _lock(self, capture_id: str) -> LeasedLock | None:
        """Take a capture's lock, which another Blender that only looks at the record has for a moment."""
        until = time.monotonic() + _LOOK_SEC
        while True:
            lock = self._ledger.lock(capture_id, LeaseWatch.at_once(overruled=True))
            if lock is not None or time.monotonic() > until:
                return lock
            time.sleep(_LOOK_SEC / 20.0)

    def restore(self, capture_id: str) -> None:
        """Move a capture's folder back.

        Raises:
            Fault: it is no longer in the trash, or can't be moved; it was not moved.
        """
        gone = Fault("This capture is no longer in the trash.", "Look for it in the list.")
        if capture_id not in self._inside.names():
            raise gone
        lock, folder = None, self._ledger.folder_of(capture_id)
        try:
            lock = self._inside.lock(capture_id, LeaseWatch.at_once(overruled=True))
            if lock is None:
                raise Fault("Another Blender is restoring this capture.", "Look for it in the list.")
            _move(self._inside.folder_of(capture_id), folder, lock)
        except FileNotFoundError:
            raise gone from None
        except OSError:
            raise Fault("The capture's files can't be moved.", "Check the captures folder.") from None
        finally:
            if lock is not None:
                lock.release()
        with contextlib.suppress(OSError):  # it has no meaning outside the trash
            (folder / FORGOTTEN).unlink()

    def captures(self) -> list[ForgottenCapture]:
        """Return the captures that can be restored, the last forgotten first."""
        found: list[ForgottenCapture] = []
        for capture in self._inside.captures():
            seen = _seen(self._inside.folder_of(capture.id))
            if seen is not None:
                found.append(ForgottenCapture(capture, seen.st_mtime - seen.st_size * _DAY_SEC))
        return sorted(found, key=lambda forgotten: forgotten.at, reverse=True)

    def unreadable(self) -> frozenset[str]:
        """Return the forgotten captures whose records can't be read."""
        return self._inside.unreadable()

    def sweep(self) -> None:
        """Delete what was forgotten long ago and its clips, now and then, and once what killed processes left."""
        if time.monotonic() < self._sweep_due:
            return
        is_first = not self._sweep_due
        self._sweep_due = time.monotonic() + self._timing.sweep_sec
        for folder in self._to_look_at():
            with contextlib.suppress(OSError):  # already deleted, or left to the next sweep
                lock = self._inside.lock(folder.name, LeaseWatch.at_once(overruled=True))
                if lock is None:
                    continue
                if _is_unseen(folder):
                    _count_today(folder)
                if not self._is_over(folder):
                    lock.release()
                    continue
                if (capture := self._inside.load(folder.name)) is not None:
                    self._ledger.clips.discard(capture.source)
                # the mark last: without one it would stay for days once more if this is interrupted
                delete_take(folder, RECORD, (LOCK, FORGOTTEN), lock.release, self._between_parts)
        if is_first:
            self._ledger.clips.sweep(self._sources)
            self._leftovers()

    def _to_look_at(self) -> Iterator[Path]:
        """Return what is over, and what no sweep has seen for a day."""
        try:
            folders = list(self._inside.folder.iterdir())
        except OSError:
            return
        for folder in filter(is_own_folder, folders):
            if self._is_over(folder) or _is_unseen(folder):
                yield folder

    def _is_over(self, folder: Path) -> bool:
        seen = _seen(folder)
        return seen is not None and seen.st_size >= self._timing.forgotten_days

    def _sources(self) -> list[Source] | None:
        """Return the videos of all captures; None if a record can't be read."""
        # a clip may belong to just that one
        if self._ledger.unreadable() or self.unreadable():
            return None
        captures = [*self._ledger.captures(), *(forgotten.capture for forgotten in self.captures())]
        return [capture.source for capture in captures]


def _seen(folder: Path) -> os.stat_result | None:
    """Return how often and when a folder was last seen in the trash; None if it isn't forgotten."""
    try:
        return (folder / FORGOTTEN).stat()
    except OSError:
        return None


def _is_unseen(folder: Path) -> bool:
    """Return whether no sweep has seen a folder in the trash for a day; never, if it has no mark.

    A synced folder comes bit by bit: without a mark, or a record, it may still become whole.
    """
    seen = _seen(folder)
    return seen is None or abs(time.time() - seen.st_mtime) >= _DAY_SEC


def _count_today(folder: Path) -> None:
    today = b"" if _seen(folder) is None else b"."
    with contextlib.suppress(OSError), (folder / FORGOTTEN).open("ab") as days:  # else it stays for longer
        days.write(today)


def _move(folder: Path, to: Path, lock: LeasedLock) -> None:
    """Rename a locked capture's folder.

    Windows can't move a folder with an open file: there the lock is released first, and a process that takes it in
    that moment prevents the move.
    """
    if not _MOVES_OPEN_FILES:
        lock.release()
    renamed(folder, to)
    lock.move_to(to)
