"""This process's state of a capture that it drives, or that another process drives."""

import math
import time
from collections import deque
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ..service.cancellation import Cancellation
from .capture import Capture, State
from .events import Event
from .leased_lock import LeasedLock, LeaseWatch
from .ledger import Stamp
from .life import advance
from .timing import Timing
from .view import CaptureView, Driving


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
