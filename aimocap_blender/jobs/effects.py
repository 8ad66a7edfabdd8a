"""The requests of a capture's life: an effect in, the resulting event out."""

import logging
import traceback
import uuid
from collections.abc import Callable
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
from .events import Created, Effect, Event, Failed, Fetched, Interrupted, Looked, ResultFound, Submitted, Uploaded
from .life import NOT_MINE, PREVIEW
from .source_file import is_unchanged, sha256_of

if TYPE_CHECKING:
    from ..service.client import Service

LARGEST_FILE = 2**30
"""Largest result that is accepted, in bytes."""

_NAMES = {FBX: "motion.fbx", ROBOT_MOTION: "motion.json", PREVIEW: "preview.mp4"}

_NOT_PAID = frozenset[str]({JobStatus.FAILED, JobStatus.CANCELED})
_PAYS = frozenset({Effect.CREATE, Effect.UPLOAD, Effect.SUBMIT})

_log = logging.getLogger(__name__)


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
    next_step = "The file is kept in the capture's folder. Follow the capture again to repeat the download."
    return Trouble(TroubleKind.BAD_FILE, said, next_step)


TAKEN_JOB = Trouble(
    TroubleKind.TAKEN,
    "The service assigned another capture's job to this one.",
    "Nothing was paid; try again later, or report this to the service.",
)
