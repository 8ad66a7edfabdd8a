"""The captures that a runner knows, indexed so that a longer list of finished ones makes no look at them longer.

Their views are all of them, or only those that something may have happened to.
"""

import math
import threading
import time
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from ..service.interruption import Cancellation
from .capture import ENDED, Capture, State
from .events import Event
from .leased_lock import LeasedLock, LeaseWatch
from .ledger import Found, Seen, Stamp
from .life import advance
from .timing import SteadyClock, Timing
from .view import CaptureView, Driving, view_of

_REPORTED_AT_ONCE = 10
"""How many changed captures are reported at once."""
_MOMENT_SEC = 0.05


class Lane(StrEnum):
    """The kind of step that is due; each kind has workers of its own."""

    REQUESTS = "requests"
    UPLOADS = "uploads"
    DOWNLOADS = "downloads"
    PREVIEWS = "previews"


@dataclass(frozen=True)
class KeptView:
    """A view, when it was made (seconds since 1970), and from what."""

    capture: Capture
    driving: Driving
    view: CaptureView
    at: float


@dataclass
class Drive:
    """Mutable; accessed only under the runner's condition, or by the one worker that has it.

    Attributes:
        capture: the record, in memory.
        saved: the record on disk.
        lock: held while this process drives it.
        watch: what was seen of another process's lease; None while nothing was.
        busy: a worker has it.
        commands: the user's pending commands.
        due: when a worker takes it up next, by the monotonic clock.
        cancellation: aborts the current request.
        transferred: bytes done and total, while a transfer runs.
        key: fingerprint of the current key, as last seen; '' while there is none.
        stamp: of the record's file when it was read.
        lost: kinds of motion that were delivered and were missing from disk then.
        kept_view: the last view.
    """

    capture: Capture
    saved: Capture
    stamp: Stamp | None
    applied: bool = False
    lost: tuple[str, ...] = ()
    lock: LeasedLock | None = None
    watch: LeaseWatch | None = None
    busy: bool = False
    commands: deque[Event] = field(default_factory=deque[Event])
    due: float = math.inf
    cancellation: Cancellation = field(default_factory=Cancellation)
    transferred: tuple[int, int] | None = None
    elsewhere: bool = False
    key: str = ""
    offline: bool = False
    unsaved: bool = False
    kept_view: KeptView | None = None

    @property
    def lane(self) -> Lane:
        """The kind of step that is due, or taken."""
        capture = self.capture
        # what the user asks for waits for no transfer
        if self.commands and not self.busy:
            return Lane.REQUESTS
        if capture.state is State.CREATED and capture.target_confirmed:
            return Lane.UPLOADS
        if capture.state is State.DOWNLOADING:
            return Lane.DOWNLOADS
        return Lane.PREVIEWS if capture.has_preview_left else Lane.REQUESTS

    def is_worth_saving(self, capture: Capture) -> bool:
        """Return whether it differs from the record on disk in more than the time of the next check."""
        return _without_pauses(capture) != _without_pauses(self.saved)

    def after_commands(self, timing: Timing, now: float) -> Capture:
        """Return the record as it will be after the user's pending commands, which is what is shown."""
        capture = self.capture
        for command in tuple(self.commands):
            capture, _ = advance(capture, command, timing, now)
        return capture

    @property
    def others(self) -> bool:
        """Whether it was begun with another key, which has to pay for it."""
        return self.capture.is_of_another(self.key)

    def take_up_or_leave(self) -> None:
        """After the record was read again: make it due now, or never if there is nothing to do.

        Then its lock isn't taken either, which the process that drove it may want.
        """
        if self.capture.continues and not self.others:
            self.due = min(self.due, time.monotonic())
        elif not self.commands:
            self.due = math.inf

    def driving(self, shown: Capture) -> Driving:
        """Return what this process does with it, for the view."""
        others = shown.is_of_another(self.key)
        followed = shown.continues and not self.elsewhere and not others
        wake = max(self.due - time.monotonic(), 0.0) if not self.busy else 0.0
        return Driving(
            followed=followed,
            transferred=self.transferred if followed else None,
            wake_in_sec=wake if followed and math.isfinite(wake) else None,
            # a process that stopped keeps the lock a moment longer
            elsewhere=self.elsewhere and shown.continues,
            foreign=self.watch.foreign if self.watch is not None and self.elsewhere and shown.continues else None,
            others=others,
            offline=self.offline and followed,
            unsaved=self.unsaved,
            applied=self.applied,
            lost=bool(self.lost) and shown.state is State.DONE,
        )


def _without_pauses(capture: Capture) -> Capture:
    return replace(capture, revision=0, not_before=0.0, counts=replace(capture.counts, polls=0))


class Drives:
    """Accessed only under the runner's condition.

    Attributes:
        listing: grows whenever a capture is added or removed.
    """

    def __init__(self) -> None:
        self._all: dict[str, Drive] = {}
        self._order: list[tuple[float, str]] = []
        self._moving: dict[str, None] = {}
        self._changed: dict[str, None] = {}
        self._looked_at = 0
        self.listing = 0

    def __iter__(self) -> Iterator[Drive]:
        return iter(self._all.values())

    def __contains__(self, capture_id: str) -> bool:
        return capture_id in self._all

    def get(self, capture_id: str) -> Drive | None:
        """Return a capture's drive, None if it is unknown."""
        return self._all.get(capture_id)

    def add(self, drive: Drive) -> Drive:
        """Add a capture, in place of another with its id."""
        # with the other one's place in the order
        self.remove(drive.capture.id)
        self._all[drive.capture.id] = drive
        # a list of thousands is kept in order, not sorted at each look
        insort(self._order, _place_of(drive))
        self.listing += 1
        self.touch(drive.capture.id)
        return drive

    def remove(self, capture_id: str) -> None:
        """Remove a capture, if it is known."""
        if (drive := self._all.pop(capture_id, None)) is not None:
            del self._order[bisect_left(self._order, _place_of(drive))]
            self.listing += 1

    def take_in(self, one: Found, *, applied: bool) -> None:
        """Take in what a survey found: another process may have changed it, or applied it by now."""
        drive = self._all.get(one.capture.id) or self.add(Drive(one.capture, one.capture, one.seen.stamp))
        drive.applied |= applied
        drive.lost = one.lost
        # what this process drives is newer than what it finds on disk
        if drive.lock is None and not drive.busy and one.capture.revision >= drive.saved.revision:
            drive.capture = drive.saved = one.capture
            drive.stamp = one.seen.stamp
            drive.elsewhere &= one.capture.continues
            drive.take_up_or_leave()
        self.touch(one.capture.id)

    def remove_gone(self, ids: AbstractSet[str]) -> None:
        """Remove captures that are no longer on disk, but for those that this process drives."""
        for capture_id in ids:
            drive = self._all.get(capture_id)
            if drive is not None and drive.lock is None and not drive.busy:
                self.remove(capture_id)

    def order(self) -> list[tuple[float, str]]:
        """Return when each capture was created, and its id, newest first."""
        return self._order[::-1]

    def touch(self, capture_id: str) -> None:
        """Note that a capture's view or its next step may have changed."""
        self._moving[capture_id] = self._changed[capture_id] = None

    def moving(self) -> list[Drive]:
        """Return the captures that are being driven, or wait for that."""
        found = [drive for capture_id in self._moving if (drive := self._all.get(capture_id)) is not None]
        moving = [drive for drive in found if not _is_at_rest(drive)]
        # forgotten here: this is asked more often than anything comes to rest
        if len(moving) < len(self._moving):
            self._moving = dict.fromkeys(drive.capture.id for drive in moving)
        return moving

    def take_changed(self, at_most: int) -> list[Drive]:
        """Return captures that changed since they were last returned, the last changed first."""
        taken = [self._changed.popitem()[0] for _ in range(min(at_most, len(self._changed)))]
        return [drive for capture_id in taken if (drive := self._all.get(capture_id)) is not None]

    @property
    def has_changed(self) -> bool:
        """Whether `take_changed` has something to return."""
        return bool(self._changed)

    def resting(self, looked_at: int) -> frozenset[str]:
        """Return the captures at rest but for the next few, whose turn it is to be looked at on disk.

        Args:
            looked_at: how many have a turn at a time.
        """
        # what rests is changed by other Blenders only, so it needn't be looked at each time: there may be thousands
        moving = {drive.capture.id for drive in self.moving()}
        ids = [capture_id for capture_id in self._all if capture_id not in moving]
        if len(ids) <= looked_at:
            return frozenset()
        first = self._looked_at % len(ids)
        self._looked_at = first + looked_at
        turn = (ids + ids)[first : first + looked_at]
        return frozenset(ids).difference(turn)

    def seen(self, resting: AbstractSet[str]) -> dict[str, Seen]:
        """Return how others were last seen on disk, but for those that this process drives."""
        seen: dict[str, Seen] = {}
        for drive in self:
            # what this process drives nobody else changes
            if drive.capture.id not in resting and drive.lock is None and not drive.busy:
                seen[drive.capture.id] = Seen(drive.stamp, drive.applied)
        return seen


def _place_of(drive: Drive) -> tuple[float, str]:
    return drive.capture.created_at, drive.capture.id


def _is_at_rest(drive: Drive) -> bool:
    return not (drive.busy or drive.commands or drive.capture.continues or math.isfinite(drive.due))


class Views:
    """All methods may be called from any thread.

    Args:
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
