"""One step of a capture: take its lock, carry out the user's commands, save, do what is due, save again."""

import logging
import math
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from ..service.faults import Kind
from .capture import Capture, State, Trouble, TroubleKind
from .drives import Drive
from .effects import TAKEN_JOB, EffectContext, perform
from .events import Created, Effect, Event, Failed, Fetched, Interrupted, Looked, Restarted, Wake
from .leased_lock import LeaseWatch
from .ledger import Ledger
from .life import advance
from .timing import SteadyClock, Timing

_log = logging.getLogger(__name__)

_SHOWN_EVERY_SEC = 0.1
_MAY_GO_BACK = frozenset({State.UPLOADED, State.SUBMITTING})
"""To asking for a new draft: another capture may have the job."""


class _TakenOverError(Exception):
    """Another process has taken the capture over."""


@dataclass(frozen=True)
class Stepping:
    """The context of steps; shared by all workers.

    Attributes:
        ledger: the captures on disk.
        context: of requests.
        timing: all waits.
        clock: the current time.
        may_go_online: called before each request.
        closing: returns whether the process is about to stop driving.
        changed: called when a view changes.
        between_parts: called between two parts of a transfer; may block.
    """

    ledger: Ledger
    context: EffectContext
    timing: Timing
    clock: SteadyClock
    may_go_online: Callable[[], bool]
    closing: Callable[[], bool]
    changed: Callable[[], None]
    between_parts: Callable[[], None]

    def step(self, drive: Drive) -> bool:
        """Take one step, in the one worker that has the drive.

        Returns:
            False if the capture no longer exists.
        """
        try:
            if drive.lock is None and not self._take_over(drive):
                return drive.elsewhere
            self._carry_out_commands(drive)
            self._do_what_is_due(drive)
        except _TakenOverError:
            self.let_go(drive)
            # reads what the other one made of it
            drive.due = time.monotonic()
        except OSError:  # the record can't be saved: nothing is sent without it
            drive.unsaved = True
            drive.due = time.monotonic() + self.timing.retry(1, drive.capture.id)
        else:
            drive.unsaved = False
            self._set_due(drive)
        # another process may have to drive it next, as one with the right key
        if not math.isfinite(drive.due):
            self.let_go(drive)
        return True

    def settle(self, drive: Drive) -> None:
        """Carry out the user's last commands and release the capture: this process stops driving it."""
        with suppress(OSError, _TakenOverError):
            if drive.commands and (drive.lock is not None or self._take_over(drive)):
                self._carry_out_commands(drive)
            # its link is kept no longer than it is used
            if drive.lock is not None and drive.capture.has_preview_left:
                self._keep(drive, advance(drive.capture, Interrupted(), self.timing, self.clock.now())[0])
        self.let_go(drive)

    def let_go(self, drive: Drive) -> None:
        """Release the capture for other processes."""
        drive.stamp = self.ledger.stamp(drive.capture.id)
        drive.lost = self.ledger.lost(drive.capture)
        if drive.lock is not None:
            drive.lock.release()
            drive.lock = None

    def _take_over(self, drive: Drive) -> bool:
        """Lock it and reload it: another process may have driven it in between."""
        drive.elsewhere = False
        if self.ledger.stamp(drive.capture.id) is None:
            return False
        watch = drive.watch = drive.watch or LeaseWatch(self.timing)
        lock = self.ledger.lock(drive.capture.id, watch)
        loaded = self.ledger.load(drive.capture.id)
        if loaded is not None:
            drive.capture = drive.saved = loaded
        drive.elsewhere = lock is None and loaded is not None
        if lock is None:
            # what was asked for here is for the process that has it, and may no longer be meant
            if watch.claimed is None:
                drive.commands.clear()
            drive.stamp = self.ledger.stamp(drive.capture.id)
            goes_on = drive.capture.continues or bool(drive.commands)
            drive.due = time.monotonic() + self.timing.look_around_sec if goes_on else math.inf
            return False
        drive.watch = None
        if loaded is None:
            self.ledger.quarantine(drive.capture.id)
            lock.release()
            return False
        try:
            restarted = Restarted(self.ledger.noted(loaded))
        except OSError:
            lock.release()
            raise
        drive.lock = lock
        drive.capture, _ = advance(loaded, restarted, self.timing, self.clock.now())
        return True

    def _carry_out_commands(self, drive: Drive) -> None:
        """Carry out the user's commands."""
        while drive.commands:
            capture, effects = advance(drive.capture, drive.commands[0], self.timing, self.clock.now())
            if Effect.NOTE_JOB in effects:
                self.ledger.note(capture)
            drive.capture = capture
            drive.commands.popleft()
        self._keep(drive, drive.capture)

    def _do_what_is_due(self, drive: Drive) -> None:
        """Do what is due, if anything is."""
        goes_on = drive.capture.continues or drive.capture.has_preview_left
        # at each step anew: the user may turn online access off, or enter another key
        drive.offline = goes_on and not self.may_go_online()
        drive.key = self.context.key_fingerprint(drive.capture.base_url)
        if drive.offline or drive.others or self.closing():
            return
        before = drive.capture
        capture, effects = advance(before, Wake(), self.timing, self.clock.now())
        try:
            self._keep(drive, capture)
        except OSError:  # so its effects aren't carried out either
            drive.capture = before
            raise
        while (happened := self._do(drive, effects)) is not None:
            capture, effects = advance(drive.capture, happened, self.timing, self.clock.now())
            drive.transferred = None
            self._keep(drive, capture)

    def _do(self, drive: Drive, effects: tuple[Effect, ...]) -> Event | None:
        """Carry out effects whose record is on disk; return the event of the one that is a request."""
        capture = drive.capture
        # outside of the record, which a backup or a synced folder may roll back
        if Effect.NOTE_JOB in effects:
            try:
                self.ledger.note(capture)
                if Effect.SUBMIT in effects:
                    # a job that another capture noted first is that one's to pay
                    if self.ledger.owner(capture.job_id, capture.base_url) != capture.id:
                        return Failed(TAKEN_JOB, sent=False)
                    # another process may share the folder where locks don't hold
                    if len(self.ledger.noted(capture).submissions) > capture.submission.tries:
                        return Failed(_NOTED_ELSEWHERE, sent=False)
            except OSError:
                if Effect.SUBMIT in effects:
                    return Failed(_UNWRITABLE, sent=False)
        request = next((effect for effect in effects if effect is not Effect.NOTE_JOB), None)
        if request is None:
            return None
        self._require_lock(drive)
        happened = perform(request, capture, self.context, drive.cancellation, self._progress(drive))
        _log_outcome(request, capture, happened)
        return happened

    @staticmethod
    def _require_lock(drive: Drive) -> None:
        """Raise if another process took the capture over: to this one that is as if it had been killed before.

        Raises:
            _TakenOverError: it did.
        """
        if drive.lock is None or not drive.lock.stands():
            raise _TakenOverError

    def _keep(self, drive: Drive, capture: Capture) -> None:
        """Save changes, then show them, then delete what is no longer needed.

        Raises:
            OSError: it isn't on disk; in memory it is changed all the same, since it happened.
        """
        try:
            if drive.is_worth_saving(capture):
                self._require_lock(drive)
                before, capture = drive.saved.state, self.ledger.save(capture)
                drive.saved = capture
                _log_state(before, capture)
                # a clip that was rendered for the upload fills the disk
                if not capture.needs_source and capture.state not in _MAY_GO_BACK:
                    self.ledger.clips.discard(capture.source)
        finally:
            drive.capture = capture
        self.changed()

    def _set_due(self, drive: Drive) -> None:
        capture = drive.capture
        if drive.offline:
            drive.due = time.monotonic() + self.timing.offline_sec
        elif drive.others and not drive.commands:
            drive.due = math.inf
        elif capture.continues or capture.has_preview_left or drive.commands:
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


def _log_state(before: State, capture: Capture) -> None:
    """Log a line if the state has changed: ids, states, kinds of fault; no title, path, link or text from outside."""
    if capture.state is not before:
        trouble = f" ({_words_of(capture.trouble)})" if capture.trouble is not None else ""
        _log.info("%s: %s -> %s%s", _named(capture), before.value, capture.state.value, trouble)


def _log_outcome(request: Effect, capture: Capture, happened: Event) -> None:
    """Log the outcome of a request; an answer without news is logged at debug level."""
    name, what = _named(capture), request.value
    match happened:
        case Failed(trouble=trouble):
            sent = "" if happened.sent else ", not sent"
            row = capture.counts.failures + 1
            _log.warning("%s: %s failed: %s%s, %d in a row", name, what, _words_of(trouble), sent, row)
        case Looked(job=job):
            level = logging.DEBUG if job.status == capture.heard.status else logging.INFO
            _log.log(level, "%s: %s: %s", name, what, job.status)
        case Created(job=job):
            size, seconds = capture.source.size, capture.credits
            made = f"job {job.job_id}, generation {job.generation.value}, {seconds:.2f} s, a file of {size} bytes"
            _log.info("%s: %s: %s", name, what, made)
        case Fetched(kind=kind, file=file):
            _log.info("%s: %s: %s, %d bytes", name, what, kind, file.size)
        case _:
            _log.info("%s: %s: %s", name, what, type(happened).__name__.lower())


def _named(capture: Capture) -> str:
    return f"capture {capture.id}, job {capture.job_id or '-'}"


def _words_of(trouble: Trouble) -> str:
    status = f", HTTP {trouble.http_status}" if trouble.http_status else ""
    return f"{trouble.kind}{status}{f', {trouble.code}' if trouble.code else ''}"


_NOTED_ELSEWHERE = Trouble(
    TroubleKind.NOTED,
    "Another Blender has noted a submission of this capture.",
    "Checking whether the service accepted it.",
)
_UNWRITABLE = Trouble(
    Kind.DISK,
    "The ledger in the captures folder can't be written, so nothing was submitted.",
    "Free up disk space, or check the folder's permissions; the add-on retries automatically.",
)
