"""One step of one capture: take its lock, carry out the user's commands, save, do what is due, save again."""

import math
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from .capture import Capture, State, Trouble
from .clock import SteadyClock
from .drive import Drive
from .effects import TAKEN_JOB, Means, perform
from .events import Effect, Event, Failed, Restarted, Wake
from .ledger import Ledger
from .life import advance
from .log_lines import log_outcome, log_state
from .source_file import discard_temporary
from .timing import Timing

_SHOWN_EVERY_SEC = 0.1
_MAY_GO_BACK = frozenset({State.UPLOADED, State.SUBMITTING})
"""To asking for a new draft: another capture may have the job."""


@dataclass(frozen=True)
class Stepping:
    """How steps are made; shared by all workers.

    Attributes:
        ledger: the captures on disk.
        means: what requests are done with.
        timing: all waits.
        clock: the machine's time.
        may_go_online: asked before each request.
        closing: whether the process stops driving.
        changed: called when there is something new to show.
        between_parts: called between two parts of a transfer; may block.
    """

    ledger: Ledger
    means: Means
    timing: Timing
    clock: SteadyClock
    may_go_online: Callable[[], bool]
    closing: Callable[[], bool]
    changed: Callable[[], None]
    between_parts: Callable[[], None]

    def step(self, drive: Drive) -> bool:
        """One step, by the one worker that has the drive.

        Returns:
            False where the capture is no longer there.
        """
        try:
            if drive.lock is None and not self._take_over(drive):
                return drive.elsewhere
            self._obey(drive)
            self._go_on(drive)
        except OSError:  # the record can't be written: nothing was, or will be, sent without it
            drive.unsaved = True
            drive.due = time.monotonic() + self.timing.retry(1, drive.capture.id)
        else:
            drive.unsaved = False
            self._set_due(drive)
        if not math.isfinite(drive.due):
            self.let_go(drive)
        return True

    def settle(self, drive: Drive) -> None:
        """Carry out what the user asked for last, and give the capture free: nobody drives it any more here."""
        with suppress(OSError):
            if drive.commands and (drive.lock is not None or self._take_over(drive)):
                self._obey(drive)
        self.let_go(drive)

    def let_go(self, drive: Drive) -> None:
        """Give the capture free for other processes."""
        drive.stamp = self.ledger.stamp(drive.capture.id)
        drive.lost = self.ledger.lost(drive.capture)
        if drive.lock is not None:
            drive.lock.release()
            drive.lock = None

    def _take_over(self, drive: Drive) -> bool:
        """Lock it and read it afresh: another process may have driven it meanwhile."""
        drive.elsewhere = False
        if self.ledger.stamp(drive.capture.id) is None:
            return False
        lock = self.ledger.lock(drive.capture.id)
        loaded = self.ledger.load(drive.capture.id)
        if loaded is not None:
            drive.capture = drive.saved = loaded
        drive.elsewhere = lock is None and loaded is not None
        if lock is None:
            drive.commands.clear()
            drive.stamp = self.ledger.stamp(drive.capture.id)
            drive.due = time.monotonic() + self.timing.look_around_sec if drive.capture.goes_on else math.inf
            return False
        if loaded is None:
            self.ledger.quarantine(drive.capture.id)
            lock.release()
            return False
        drive.lock = lock
        drive.capture, _ = advance(loaded, Restarted(), self.timing, self.clock.now())
        return True

    def _obey(self, drive: Drive) -> None:
        """Carry out the user's commands."""
        while drive.commands:
            capture, _ = advance(drive.capture, drive.commands[0], self.timing, self.clock.now())
            drive.capture = capture
            drive.commands.popleft()
        self._keep(drive, drive.capture)

    def _go_on(self, drive: Drive) -> None:
        """Do what is due, if anything is."""
        drive.offline = drive.capture.goes_on and not self.may_go_online()
        if drive.offline or self.closing():
            return
        before = drive.capture
        capture, effects = advance(before, Wake(), self.timing, self.clock.now())
        try:
            self._keep(drive, capture)
        except OSError:  # so what it was to be saved for isn't done either
            drive.capture = before
            raise
        while (happened := self._do(drive, effects)) is not None:
            capture, effects = advance(drive.capture, happened, self.timing, self.clock.now())
            drive.transferred = None
            self._keep(drive, capture)

    def _do(self, drive: Drive, effects: tuple[Effect, ...]) -> Event | None:
        """Do effects whose record is on disk; the event of the one that is a request."""
        capture = drive.capture
        if Effect.NOTE_JOB in effects:
            try:
                self.ledger.note(capture.id, capture.job_id, capture.state.value, capture.base_url)
                if Effect.SUBMIT in effects and self.ledger.owner(capture.job_id, capture.base_url) != capture.id:
                    return Failed(TAKEN_JOB, sent=False)
            except OSError:
                if Effect.SUBMIT in effects:
                    return Failed(_UNWRITABLE, sent=False)
        request = next((effect for effect in effects if effect is not Effect.NOTE_JOB), None)
        if request is None or (request is Effect.FETCH_PREVIEW and not self.may_go_online()):
            return None
        happened = perform(request, capture, self.means, drive.cancellation, self._progress(drive))
        log_outcome(request, capture, happened)
        return happened

    def _keep(self, drive: Drive, capture: Capture) -> None:
        """Save what is new of it, and only then have it shown; then what it made superfluous goes.

        Raises:
            OSError: it isn't on disk, but in memory all the same: it happened.
        """
        try:
            if drive.is_worth_saving(capture):
                before, capture = drive.saved.state, self.ledger.save(capture)
                drive.saved = capture
                log_state(before, capture)
                if not capture.needs_source and capture.state not in _MAY_GO_BACK:
                    discard_temporary(capture.source)
        finally:
            drive.capture = capture
        self.changed()

    def _set_due(self, drive: Drive) -> None:
        capture = drive.capture
        if drive.offline:
            drive.due = time.monotonic() + self.timing.offline_sec
        elif capture.goes_on or drive.commands:
            drive.due = time.monotonic() + max(capture.not_before - self.clock.now(), 0.0)
        else:
            drive.due = math.inf

    def _progress(self, drive: Drive) -> Callable[[int, int], None]:
        shown_at = -math.inf

        def progress(done: int, total: int) -> None:
            nonlocal shown_at
            self.between_parts()
            drive.transferred = (done, total)
            if time.monotonic() - shown_at >= _SHOWN_EVERY_SEC:
                shown_at = time.monotonic()
                self.changed()

        return progress


_UNWRITABLE = Trouble(
    "disk",
    "The ledger in the captures folder can't be written, so nothing was submitted.",
    "Free some disk space, or check the folder's permissions; the add-on tries again by itself.",
)
