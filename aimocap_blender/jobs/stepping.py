"""One step of a capture: take its lock, carry out the user's commands, save, do what is due, save again.

Below the steps are the requests that they make: an effect in, the resulting event out.
"""

import logging
import math
import time
import traceback
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..service.contract import FBX, ROBOT_MOTION, Generation, JobStatus, NewJob
from ..service.faults import Kind, ServiceFault
from ..service.interruption import Cancellation
from ..texts.faults import Fault
from ..texts.text import Sentence, Text
from ..whole_files import renamed
from .capture import Capture, ResultFile, State, Trouble, TroubleKind
from .drives import Drive
from .events import (
    Created,
    Effect,
    Event,
    Failed,
    Fetched,
    Interrupted,
    Looked,
    Restarted,
    ResultFound,
    Submitted,
    Uploaded,
    Wake,
)
from .leased_lock import LeaseWatch
from .ledger import Ledger
from .life import NOT_MINE, PREVIEW, advance
from .source_file import is_unchanged, sha256_of
from .timing import SteadyClock, Timing

if TYPE_CHECKING:
    from ..service.client import Service


_log = logging.getLogger(__name__)

_SHOWN_EVERY_SEC = 0.1
_MAY_GO_BACK = frozenset({State.UPLOADED, State.SUBMITTING})
"""To asking for a new draft: another capture may have the job."""
LARGEST_FILE = 2**30
"""Largest result that is accepted, in bytes."""
_NAMES = {FBX: "motion.fbx", ROBOT_MOTION: "motion.json", PREVIEW: "preview.mp4"}
_NOT_PAID = frozenset[str]({JobStatus.FAILED, JobStatus.CANCELED})
_PAYS = frozenset({Effect.CREATE, Effect.UPLOAD, Effect.SUBMIT})


class _TakenOverError(Exception):
    """Another process has taken the capture over."""


@dataclass(frozen=True)
class EffectContext:
    """The context that requests are made in.

    Attributes:
        connect: returns the service at an address, with the current key.
        verify: raises if a file of this kind is invalid.
        folder_of: returns a capture's folder.
        generations: address to the generation of the contract that it last accepted.
        owner: returns the capture that first noted a job at an address, None if none did.
        unsettled: returns other captures of the same motion whose submission was refused or is unconfirmed.
        check_again: has one of these checked, given its id.
    """

    connect: "Callable[[str], Service]"
    verify: Callable[[str, Path], None]
    folder_of: Callable[[str], Path]
    generations: dict[str, Generation]
    owner: Callable[[str, str], str | None]
    unsettled: Callable[[Capture], tuple[Capture, ...]]
    check_again: Callable[[str], None]

    def key_fingerprint(self, base_url: str) -> str:
        """Return the current key's; '' if there is none that can be used."""
        try:
            return self.connect(base_url).key_fingerprint
        except ServiceFault:
            return ""


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
            # a log made anew where its drive was would hide that earlier captures are missing: they would be paid again
            if Effect.SUBMIT in effects and self.ledger.is_gone():
                return Failed(_UNWRITABLE, sent=False)
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


def perform(
    effect: Effect,
    capture: Capture,
    context: EffectContext,
    cancellation: Cancellation,
    progress: Callable[[int, int], None],
) -> Event:
    """Make one request and return the resulting event; never raises.

    Args:
        effect: a request.
        capture: the record on disk.
        context: to make it in.
        cancellation: aborts the request; a submission is never aborted.
        progress: bytes done and total, of a transfer.
    """
    fingerprint = ""
    try:
        # at each request anew: address and key are the user's current ones
        service = context.connect(capture.base_url)
        fingerprint = service.key_fingerprint
        # entered a moment ago
        if effect in _PAYS and capture.key_fingerprint not in {"", fingerprint}:
            return Failed(NOT_MINE, sent=False)
        return _Request(capture, service, context, cancellation, progress).do(effect)
    except ServiceFault as failed:
        if failed.kind is Kind.CANCELLED:
            return Interrupted()
        # while there is no job, an unknown one means that the address is wrong
        if failed.kind is Kind.NO_SUCH_JOB and not capture.job_id:
            failed = ServiceFault(Kind.NO_SERVICE, code=failed.code, http_status=failed.http_status, sent=True)
        return _failure(failed, capture, fingerprint)
    except Exception as error:  # noqa: BLE001 -- an error in the add-on must neither end the thread nor lose a job
        # Without the exception's text, which may quote anything.
        where = "".join(traceback.format_tb(error.__traceback__))
        _log.error("%s while doing %s\n%s", type(error).__name__, effect.value, where)
        trouble = Trouble(
            TroubleKind.INTERNAL,
            Text("The add-on failed ({error}).", error=type(error).__name__),
            "Report this to the add-on's developers.",
        )
        return Failed(trouble, sent=True)


@dataclass(frozen=True)
class _Request:
    capture: Capture
    service: "Service"
    context: EffectContext
    cancellation: Cancellation
    progress: Callable[[int, int], None]

    def do(self, effect: Effect) -> Event:
        requests = {
            Effect.CREATE: self._create,
            Effect.LOOK: self._look,
            Effect.UPLOAD: self._upload,
            Effect.SUBMIT: self._submit,
            Effect.ASK_RESULT: self._ask_result,
            Effect.FETCH: self._fetch_motion,
            Effect.FETCH_PREVIEW: lambda: self._fetch(PREVIEW),
        }
        return requests[effect]()

    def _create(self) -> Event:
        capture, order = self.capture, self.capture.order
        # the range was chosen in the file as it was
        if not is_unchanged(capture.source):
            raise ServiceFault(Kind.SOURCE_CHANGED)
        job = NewJob(
            source_filename=capture.source.name,
            source_bytes=capture.source.size,
            source_duration_sec=order.duration_sec,
            trim_start_sec=order.trim_start_sec,
            trim_end_sec=order.trim_end_sec,
            target_ids=order.target_ids,
            title=order.title,
            export_fps=order.export_fps,
            mocap_type=order.mocap_type,
        )
        # an unreadable log is found out before there is a draft
        self._owner("")
        if (accepted := self._accepted_after_all()) is not None:
            return accepted
        created = self.service.create_job(
            job,
            self.context.generations.get(capture.base_url),
            self.cancellation,
            _idempotency_key(capture.id, "draft", capture.drafts),
        )
        # a cache on the way to the service may answer with another capture's job
        if self._owner(created.job_id) is not None:
            return Failed(TAKEN_JOB, sent=True)
        self.context.generations[capture.base_url] = created.generation
        return Created(created, self.service.key_fingerprint)

    def _owner(self, job_id: str) -> str | None:
        try:
            return self.context.owner(job_id, self.capture.base_url)
        except OSError:
            raise ServiceFault(Kind.DISK) from None

    def _accepted_after_all(self) -> Failed | None:
        """Look at each refused or unconfirmed job of the same motion: one that was accepted needn't be paid again.

        Raises:
            ServiceFault: with `sent` False, as nothing is created.
        """
        for other in self.context.unsettled(self.capture):
            try:
                job = self.service.job(other.job_id, self.cancellation)
            except ServiceFault as failed:
                if failed.kind in {Kind.NO_SUCH_JOB, Kind.GONE}:
                    continue
                # the look failed, so what it was for was never sent
                failed.sent = False
                raise
            # a draft costs nothing, however often it was submitted in vain
            if job.status == JobStatus.DRAFT:
                continue
            self.context.check_again(other.id)
            if job.status not in _NOT_PAID:
                return Failed(_accepted(other), sent=False)
        return None

    def _look(self) -> Event:
        if self.capture.state is State.UPLOADED and (accepted := self._accepted_after_all()) is not None:
            return accepted
        job = self.service.job(self.capture.job_id, self.cancellation)
        return Looked(job, self.service.key_fingerprint)

    def _upload(self) -> Event:
        source = self.capture.source
        if not is_unchanged(source):
            raise ServiceFault(Kind.SOURCE_CHANGED)
        url, path = self.capture.upload_url, Path(source.path)
        etag = self.service.storage.upload(url, path, source.size, self.progress, self.cancellation)
        # edited while it was sent, it arrived neither as it was nor as it is
        if not is_unchanged(source):
            raise ServiceFault(Kind.SOURCE_CHANGED, sent=True)
        return Uploaded(etag)

    def _submit(self) -> Event:
        job_id, submission = self.capture.job_id, self.capture.submission
        # a submission that a gateway repeats with the same key is charged once, if the service knows such keys
        key = "" if submission.without_key else _idempotency_key(job_id, "submission", submission.renewals)
        self.service.complete_upload(job_id, idempotency_key=key)
        return Submitted()

    def _ask_result(self) -> Event:
        capture = self.capture
        return ResultFound(self.service.results(capture.job_id, capture.targets, self.cancellation))

    def _fetch_motion(self) -> Event:
        kind = self.capture.next_file
        assert kind is not None  # noqa: S101 -- the state machine fetches only where there is a link
        return self._fetch(kind)

    def _fetch(self, kind: str) -> Event:
        path = self.context.folder_of(self.capture.id) / _NAMES[kind]
        # it is no longer what was delivered
        if kind != PREVIEW and path.is_file():
            _set_aside(path, "changed")
        stored = self.service.storage.download(
            self.capture.links[kind], path, LARGEST_FILE, self.progress, self.cancellation
        )
        try:
            if kind != PREVIEW:
                self.context.verify(kind, path)
            # of the file as it is on disk, so that what happens to it later is noticed
            digest = sha256_of(path)
        except Exception as wrong:  # noqa: BLE001 -- whatever the check raises, the file is not used
            return Failed(_bad_file(wrong), sent=True, kept="" if kind == PREVIEW else _set_aside(path, "rejected"))
        return Fetched(kind, ResultFile(path.name, stored.size, digest, stored.etag))


def _failure(failed: ServiceFault, capture: Capture, fingerprint: str) -> Failed:
    kind: str = failed.kind.value
    what: Sentence = failed.what
    next_step: Sentence = failed.next_step
    # unknown for a recovered job until it is first seen
    made_by = capture.key_fingerprint
    if failed.kind is Kind.NO_SUCH_JOB and capture.recovered and not capture.heard.admitted:
        kind = TroubleKind.UNKNOWN_JOB
        what = "The service has no job with this ID for this API key."
        next_step = (
            "Check the job ID, or enter the API key that created the job in the preferences, then follow it again."
        )
    elif failed.kind is Kind.NO_SUCH_JOB and fingerprint and made_by and fingerprint != made_by:
        kind = TroubleKind.OTHER_KEY
        what = "The job was created with a different API key."
        next_step = "Enter that key in the preferences, then follow the job again."
    return Failed(
        Trouble(kind, what, next_step, failed.code, failed.http_status),
        sent=failed.sent,
        refused=failed.documented and (failed.http_status or 0) // 100 == 4,  # noqa: PLR2004 -- HTTP's own class
        retry_after=failed.retry_after,
        reason=failed.said.rstrip("."),
        names_idempotency=failed.names_idempotency,
    )


def _idempotency_key(*of: object) -> str:
    """Return a UUID that is the same in each process, also one that read an older record."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, " ".join(map(str, of))))


def _accepted(other: Capture) -> Trouble:
    return Trouble(
        TroubleKind.ACCEPTED,
        Text("The service has accepted an earlier capture of this range after all: {title}.", title=other.title),
        "It is followed in the list; follow this one too only if you want to pay for both.",
    )


def _set_aside(path: Path, why: str) -> str:
    """Keep a file that failed the check, since it is paid for: named by its content, so that each is kept once."""
    kept = path.with_name(f"{path.stem}.{why}.{sha256_of(path)[:8]}{path.suffix}")
    renamed(path, kept)
    return kept.name


def _bad_file(wrong: Exception) -> Trouble:
    said = wrong.what if isinstance(wrong, Fault) else "The downloaded file is not valid."
    # said while it is repeated, and after it was given up
    next_step = (
        "The file is kept in the capture's folder. The add-on repeats the download; if it no longer does, follow the "
        "capture again."
    )
    return Trouble(TroubleKind.BAD_FILE, said, next_step)


TAKEN_JOB = Trouble(
    TroubleKind.TAKEN,
    "The service assigned another capture's job to this one.",
    "Nothing was paid; try again later, or report this to the service.",
)
_NOTED_ELSEWHERE = Trouble(
    TroubleKind.NOTED,
    "Another Blender has noted a submission of this capture.",
    "Checking whether the service accepted it.",
)
_UNWRITABLE = Trouble(
    Kind.DISK,
    "The ledger in the captures folder can't be written, so nothing was submitted.",
    "Connect its drive, free up disk space, or check its permissions; the add-on retries automatically.",
)
