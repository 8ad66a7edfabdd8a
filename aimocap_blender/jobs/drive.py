"""What this process knows of one capture while it drives it, or watches another process doing so."""

import math
import time
from collections import deque
from dataclasses import dataclass, field, replace

from ..service.cancellation import Cancellation
from .capture import Capture, State
from .events import Event
from .file_lock import FileLock
from .ledger import Stamp
from .life import advance
from .timing import Timing
from .view import CaptureView, Driving


@dataclass
class Drive:
    """Mutable; only touched under the runner's condition, or by the one worker that has it.

    Attributes:
        capture: the record, in memory.
        saved: the record as it is on disk.
        lock: while this process drives it.
        busy: a worker has it.
        commands: what the user asked for meanwhile.
        due: when a worker is to take it up, by the monotonic clock.
        cancellation: breaks off the request under way.
        transferred: bytes done and total, while a transfer runs.
        stamp: of the record's file when it was read.
        lost: kinds of motion that were delivered and were no longer on disk then.
        ended_view: what was shown of it last, once it was over, and of what.
    """

    capture: Capture
    saved: Capture
    stamp: Stamp | None
    applied: bool = False
    lost: tuple[str, ...] = ()
    lock: FileLock | None = None
    busy: bool = False
    commands: deque[Event] = field(default_factory=deque[Event])
    due: float = math.inf
    cancellation: Cancellation = field(default_factory=Cancellation)
    transferred: tuple[int, int] | None = None
    elsewhere: bool = False
    offline: bool = False
    unsaved: bool = False
    ended_view: tuple[Capture, Driving, CaptureView] | None = None

    @property
    def is_transfer(self) -> bool:
        """Whether the next thing may take long."""
        uploads = self.capture.state is State.CREATED and self.capture.target_confirmed
        return uploads or self.capture.state is State.DOWNLOADING

    def is_worth_saving(self, capture: Capture) -> bool:
        """Whether it says more than the record on disk, apart from when to ask next."""
        return _without_pauses(capture) != _without_pauses(self.saved)

    def foreseen(self, timing: Timing, now: float) -> Capture:
        """The record as it will be when the user's commands are carried out: what is shown meanwhile."""
        capture = self.capture
        for command in tuple(self.commands):
            capture, _ = advance(capture, command, timing, now)
        return capture

    def driving(self, shown: Capture) -> Driving:
        """What this process does with it, for the view."""
        followed = shown.goes_on and not self.elsewhere
        wake = max(self.due - time.monotonic(), 0.0) if not self.busy else 0.0
        return Driving(
            followed=followed,
            transferred=self.transferred if followed else None,
            wake_in_sec=wake if followed and math.isfinite(wake) else None,
            elsewhere=self.elsewhere and shown.goes_on,  # who has stopped watching holds it a moment longer
            offline=self.offline and followed,
            unsaved=self.unsaved,
            applied=self.applied,
            lost=bool(self.lost) and shown.state is State.DONE,
        )


def _without_pauses(capture: Capture) -> Capture:
    return replace(capture, revision=0, not_before=0.0, counts=replace(capture.counts, polls=0))
