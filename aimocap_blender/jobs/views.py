"""The views of a runner's captures: all of them, or only those that something may have happened to."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from .capture import ENDED, Capture
from .clock import SteadyClock
from .drives import Drive, Drives, KeptView
from .timing import Timing
from .view import CaptureView, view_of

_REPORTED_AT_ONCE = 10
"""How many changed captures are reported at once."""
_MOMENT_SEC = 0.05


class Views:
    """All methods may be called from any thread.

    Args:
        drives: the captures.
        condition: under which they are accessed.
        folder_of: returns a capture's folder.
        timing: all waits.
        clock: the current time.

    Attributes:
        has_read: the captures on disk have been read.
        ended_before: those that were read first and didn't continue by themselves.
    """

    def __init__(
        self,
        drives: Drives,
        condition: threading.Condition,
        folder_of: Callable[[str], Path],
        timing: Timing,
        clock: SteadyClock,
    ) -> None:
        self._drives = drives
        self._condition = condition
        self._folder_of = folder_of
        self._timing = timing
        self._clock = clock
        self.has_read = False
        self.ended_before: frozenset[str] = frozenset()

    def all(self) -> tuple[CaptureView, ...]:
        """Return all captures, newest first; the longer the list, the longer it takes."""
        with self._condition:
            return self._of(self._drives.get(capture_id) for _, capture_id in self._drives.order())

    def one(self, capture_id: str) -> CaptureView | None:
        """Return one capture, None if there is no such one."""
        with self._condition:
            drive = self._drives.get(capture_id)
            return self._view(drive, self._clock.now()) if drive is not None else None

    def followed(self) -> tuple[CaptureView, ...]:
        """Return the captures that this process follows."""
        with self._condition:
            return tuple(view for view in self._of(self._drives.moving()) if view.followed)

    def changed(self) -> tuple[CaptureView, ...]:
        """Return those that continue, and those that changed since the last call; of many, some at a time.

        Only one caller may ask.
        """
        with self._condition:
            drives = {drive.capture.id: drive for drive in self._drives.moving()}
            drives |= {drive.capture.id: drive for drive in self._drives.take_changed(_REPORTED_AT_ONCE)}
            return self._of(drives.values())

    def note_read(self, captures: Iterable[Capture]) -> None:
        """Note that captures were read from disk; only the first time counts."""
        if not self.has_read:
            self.has_read = True
            self.ended_before = frozenset(capture.id for capture in captures if not capture.continues)

    @property
    def has_reported_all(self) -> bool:
        """Whether all captures are read, and nothing happened to any since `changed` reported it."""
        with self._condition:
            return self.has_read and not self._drives.has_changed

    def order(self) -> list[tuple[float, str]]:
        """Return when each capture was created, in seconds since 1970, and its id, newest first."""
        with self._condition:
            return self._drives.order()

    @property
    def listing(self) -> int:
        """A number that grows whenever a capture is added or removed."""
        return self._drives.listing

    def shown(self, drive: Drive) -> Capture:
        """Return the record as it is shown: after the user's pending commands."""
        return drive.after_commands(self._timing, self._clock.now())

    def _of(self, drives: Iterable[Drive | None]) -> tuple[CaptureView, ...]:
        now = self._clock.now()
        return tuple(self._view(drive, now) for drive in drives if drive is not None)

    def _view(self, drive: Drive, now: float) -> CaptureView:
        """Return its view, cached: of an ended capture until it changes, of any other for a moment.

        Every tick and every redraw asks several times.
        """
        capture = drive.after_commands(self._timing, now)
        driving = drive.driving(capture)
        kept = drive.kept_view
        if kept is not None and kept.capture is capture:
            # progress and waits change by themselves
            holds = capture.state in ENDED or 0.0 <= now - kept.at < _MOMENT_SEC
            if holds and replace(driving, wake_in_sec=kept.driving.wake_in_sec) == kept.driving:
                return kept.view
        view = view_of(capture, driving, self._folder_of(capture.id), now)
        drive.kept_view = KeptView(capture, driving, view, now)
        return view
