"""A capture: what was requested, and everything that must survive a crash. Plain frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from ..service.contract import FBX, ROBOT_MOTION, TARGETS, result_type
from ..service.faults import Kind
from ..texts.text import Text

VERSION = 2


class TroubleKind(StrEnum):
    """Kinds of trouble that are not a fault of the service or the network (`service.faults.Kind`)."""

    ACCEPTED = "accepted"  # a refused or unconfirmed job of the same video turned out to be accepted
    BAD_FILE = "bad_file"  # a downloaded file failed the check
    CREATE_FAILED = "create_failed"  # every attempt to create a draft failed
    INTERNAL = "internal"  # an error in the add-on
    JOB_FAILED = "job_failed"  # the service reported the job as failed
    NO_TARGET = "no_target"  # the service doesn't report what a recovered job makes
    NOTED = "noted"  # another process noted a submission of this capture
    NOTES_LOST = "notes_lost"  # a capture that was begun is in no note, so it may be submitted already
    NOT_DELIVERED = "not_delivered"  # a result without a link to one of the files
    NOT_MINE = "not_mine"  # it was begun with another key, which pays for it
    OTHER_KEY = "other_key"  # the service doesn't know the job, and it was made with another key
    OTHER_TARGET = "other_target"  # the draft's targets are not the requested ones
    REFUSED = "refused_submission"  # the submission was refused with a reason
    STILL_DRAFT = "still_draft"  # a recovered job was never submitted
    TAKEN = "taken"  # a new draft has the id of another capture's job
    UNCONFIRMED = "unconfirmed"  # the service doesn't report whether it accepted the job
    UNKNOWN_JOB = "unknown_job"  # the service doesn't know a recovered job


class State(StrEnum):
    """A capture's state, as recorded on disk."""

    QUEUED = "queued"  # nothing has been sent
    CREATING = "creating"  # a draft may have been created
    CREATED = "created"  # a draft was created; the video is not uploaded yet
    UPLOADED = "uploaded"  # the video is uploaded; nothing is paid
    SUBMITTING = "submitting"  # the request that costs credits may be on its way
    VERIFYING = "verifying"  # the submission may have arrived: the service is asked
    UNCONFIRMED = "unconfirmed"  # the service doesn't report it: the user decides
    RUNNING = "running"  # the service processes the job
    COMPLETED = "completed"  # the service has finished; links are requested
    DOWNLOADING = "downloading"
    BLOCKED = "blocked"  # the user has to fix a problem first
    DONE = "done"  # the motion is on disk and verified
    FAILED = "failed"  # the service could not process it
    CANCELED = "canceled"  # at the service
    REJECTED = "rejected"  # refused before anything was paid
    GONE = "gone"  # the service no longer has it
    STOPPED = "stopped"  # by the user, before anything was paid


ENDED = frozenset({State.DONE, State.FAILED, State.CANCELED, State.REJECTED, State.GONE, State.STOPPED})
AWAITING_USER = frozenset({State.BLOCKED, State.UNCONFIRMED})
BEFORE_UPLOADED = frozenset({State.QUEUED, State.CREATING, State.CREATED})
BEFORE_SUBMITTED = BEFORE_UPLOADED | {State.UPLOADED}


@dataclass(frozen=True)
class CaptureRequest:
    """The user's request.

    Attributes:
        source: the video file to upload.
        source_name: its name as shown to the service and the user.
        duration_sec: of the whole file.
        trim_start_sec: where the range starts, in seconds of the file.
        trim_end_sec: where it ends.
        target_ids: `default`, `unitree_g1` or `avatar:{id}`; the character's first if there is a robot's too.
        title: '' for none.
        export_fps: None for the service's default.
        mocap_type: `full_body` or `upper_body`; None for the service's default.
        binding: the caller's plain JSON; stored, never read.
        temporary_source: the file was created for this capture and is deleted when no longer needed.
    """

    source: Path
    source_name: str
    duration_sec: float
    trim_start_sec: float
    trim_end_sec: float
    target_ids: tuple[str, ...]
    title: str
    export_fps: int | None
    mocap_type: str | None
    binding: Mapping[str, object]
    temporary_source: bool


@dataclass(frozen=True)
class Source:
    """The video file, as it was when the capture began.

    Attributes:
        edge_sha256: of its first and last mebibyte.
    """

    path: str
    name: str
    size: int
    mtime_ns: int
    edge_sha256: str
    temporary: bool


@dataclass(frozen=True)
class Order:
    """The job's settings, besides the file.

    Attributes:
        target_ids: the character's first; empty in a recovered capture until the service reports them.
    """

    target_ids: tuple[str, ...]
    title: str
    duration_sec: float
    trim_start_sec: float
    trim_end_sec: float
    export_fps: int | None
    mocap_type: str | None


@dataclass(frozen=True)
class Counts:
    """Counts of attempts.

    Attributes:
        creates: create requests that may have created a draft.
        uploads: failed uploads to the current draft.
        failures: consecutive, of the current step.
        polls: status checks since the submission.
        bad_results: results that could not be used.
        bad_since: time of the first of them, or of the first invalid answer about a draft, in seconds since 1970;
            0 while there is none.
        fetches: failed downloads from the current links.
        bad_files: downloaded files that failed the check.
    """

    creates: int = 0
    uploads: int = 0
    failures: int = 0
    polls: int = 0
    bad_results: int = 0
    bad_since: float = 0.0
    fetches: int = 0
    bad_files: int = 0


@dataclass(frozen=True)
class Submission:
    """The request that costs credits.

    Attributes:
        at: when it was last sent, in seconds since 1970.
        tries: how often it was sent.
        possible: it may have been processed: then it is never repeated automatically.
        anyway: the user had it repeated at the risk of paying twice.
        for_now: it is repeated once the job is confirmed to be a draft still: the service explicitly deferred it
            (too many concurrent jobs), or the user had it repeated.
        reads: answers since then that report the job as a draft.
        refusal: the service's reason if it refused, else ''.
        rejection: what to show of a documented refusal, or of one for now.
        settled: after a refusal the service reported the job as a draft for long enough to believe that.
        renewals: how often it was submitted again after a settled refusal: each is a new one to the service.
        without_key: the service refuses an idempotency key.
    """

    at: float = 0.0
    tries: int = 0
    possible: bool = False
    anyway: bool = False
    for_now: bool = False
    reads: int = 0
    refusal: str = ""
    rejection: "Trouble | None" = None
    settled: bool = False
    renewals: int = 0
    without_key: bool = False


@dataclass(frozen=True)
class ServiceStatus:
    """The service's last status of the job.

    Attributes:
        status: of the job, '' before the first answer.
        since: when that status was first seen, in seconds since 1970.
        admitted: its status was once other than draft: it is paid.
        events: the last ones.
        completed_at: in the service's format; results are kept for some days from then.
        too_large: the last answer about the job was too large to read: the result is requested instead.
    """

    status: str = ""
    since: float = 0.0
    admitted: bool = False
    events: tuple[str, ...] = ()
    completed_at: str = ""
    too_large: bool = False


@dataclass(frozen=True)
class ResultFile:
    """A file in the capture's folder, under the add-on's own name for it."""

    name: str
    size: int
    sha256: str
    etag: str


@dataclass(frozen=True)
class Trouble:
    """The last problem.

    Attributes:
        kind: a `service.faults.Kind` or a `TroubleKind`.
        what: one sentence of what happened.
        next_step: one sentence of what to do.
        texts: template and values of those of the two that have any, by name (`Text.to_json`).
    """

    kind: str
    what: str
    next_step: str
    code: str | None = None
    http_status: int | None = None
    texts: Mapping[str, object] = field(default_factory=dict[str, object])

    def __post_init__(self) -> None:
        """Keep the English, which every version can read, and beside it what translates it."""
        for name, sentence in (("what", self.what), ("next_step", self.next_step)):
            if isinstance(sentence, Text):
                object.__setattr__(self, name, str(sentence))
                if sentence.values:
                    object.__setattr__(self, "texts", {**self.texts, name: sentence.to_json()})

    @property
    def sentences(self) -> tuple[Text, Text]:
        """The two sentences; of an earlier version's record the English alone."""
        return self._sentence("what", self.what), self._sentence("next_step", self.next_step)

    def _sentence(self, name: str, english: str) -> Text:
        return Text.stored(english, self.texts.get(name))


class End(StrEnum):
    """The end of a job as the service reports it."""

    FAILED = "failed"
    CANCELED = "canceled"
    NOT_FOUND = "not_found"  # 404
    GONE = "gone"  # 410


@dataclass(frozen=True)
class ReportedEnd:
    """The reported end of a job that may be paid: accepted once the same report has been stable.

    Attributes:
        end: the reported end.
        until: how long it has to be stable, in seconds since 1970.
        answers: consecutive answers that report it.
        trouble: the reason, if the service gives one.
    """

    end: End
    until: float
    answers: int
    trouble: Trouble | None


@dataclass(frozen=True)
class Capture:
    """One capture's durable record.

    Attributes:
        base_url: the service's address when the capture began; never changed.
        key_fingerprint: of the key of the person who pays: who began it, or took it over; of a recovered job the one
            that it was first seen with. '' in records of earlier versions that have no job yet.
        generation: of the contract, as accepted by this address; '' while unknown.
        left_out: settings that the service doesn't support.
        job_id: the service's id of the job, '' while there is none.
        upload_url: presigned; kept only until the video is uploaded.
        target_confirmed: the service has confirmed the requested targets.
        abandoned: earlier drafts, which cost nothing.
        followed: False after the user stopped following a paid job.
        not_before: earliest time of the next step, in seconds since 1970.
        recovered: created from a job's id alone: nothing that costs credits is ever sent for it.
        links: kind to presigned link, of the files to download.
        given_up: kinds of motion that were requested and not delivered.
        reported: the end that the service reports, until it is accepted.
        rejected: names of downloaded files that failed the check; they stay in the capture's folder.
        blocked_from: the state in which a blocked capture continues.
        name: the user's name for it, which is never sent; '' for the order's title.
        noted: its beginning is noted in the log; False in records of earlier versions.
        witness: what names the second witness that noted its beginning too; '' if none did.
        drafts: how many drafts were given up, or tried for in vain.
        looked_at: when this process last saw the job as a draft that may be submitted, in seconds since 1970; else
            None.
    """

    id: str
    created_at: float
    base_url: str
    source: Source
    order: Order
    binding: Mapping[str, object]
    state: State = State.QUEUED
    revision: int = 0
    followed: bool = True
    not_before: float = 0.0
    key_fingerprint: str = ""
    generation: str = ""
    left_out: tuple[str, ...] = ()
    job_id: str = ""
    upload_url: str = ""
    upload_etag: str = ""
    target_confirmed: bool = False
    abandoned: tuple[str, ...] = ()
    counts: Counts = field(default_factory=Counts)
    submission: Submission = field(default_factory=Submission)
    heard: ServiceStatus = field(default_factory=ServiceStatus)
    recovered: bool = False
    links: Mapping[str, str] = field(default_factory=dict[str, str])
    given_up: tuple[str, ...] = ()
    files: Mapping[str, ResultFile] = field(default_factory=dict[str, ResultFile])
    trouble: Trouble | None = None
    blocked_from: State | None = None
    reported: ReportedEnd | None = None
    rejected: tuple[str, ...] = ()
    name: str = ""
    noted: bool = False
    witness: str = ""
    drafts: int = 0
    looked_at: float | None = None

    @property
    def title(self) -> str:
        """The name under which it is shown."""
        return self.name or self.order.title or self.source.name

    @property
    def credits(self) -> float:
        """The price: one credit for each second of the range."""
        return self.order.trim_end_sec - self.order.trim_start_sec

    @property
    def targets(self) -> tuple[str, ...]:
        """The job's targets: all requested ones, or the first if the service creates only one per job."""
        # a service of one target for each job makes the character's, which comes first
        return self.order.target_ids[:1] if TARGETS in self.left_out else self.order.target_ids

    @property
    def missing(self) -> tuple[str, ...]:
        """The kinds of motion that are neither on disk nor given up."""
        kinds = [result_type(target) for target in self.targets]
        return tuple(kind for kind in kinds if kind not in self.files and kind not in self.given_up)

    @property
    def motions(self) -> tuple[str, ...]:
        """The kinds of motion that are on disk."""
        return tuple(kind for kind in self.files if kind in {FBX, ROBOT_MOTION})

    @property
    def is_nobodys(self) -> bool:
        """Whether its key was refused before there was a job: then the next user's key takes its place."""
        refused = self.trouble is not None and self.trouble.kind == Kind.KEY
        return self.state is State.BLOCKED and refused and not self.job_id

    @property
    def is_complete(self) -> bool:
        """Whether it is done, and all of its motion was delivered."""
        return self.state is State.DONE and not self.given_up

    @property
    def has_preview_left(self) -> bool:
        """Whether it is done but for its preview, which is optional."""
        return self.state is State.DONE and bool(self.links)

    @property
    def next_file(self) -> str | None:
        """The kind of motion to download next; None if no link is left."""
        return next((kind for kind in self.missing if kind in self.links), None)

    @property
    def can_be_submitted(self) -> bool:
        """Whether the user may submit it again at the risk of paying twice."""
        return self.state is State.UNCONFIRMED and not self.recovered

    @property
    def lacks_motion(self) -> bool:
        """Whether it ended without all of the motion that is, or may be, paid for."""
        perhaps = self.may_be_paid or self.submission.settled
        return self.state in ENDED and perhaps and bool(self.missing or self.given_up or not self.targets)

    @property
    def may_be_paid(self) -> bool:
        """Whether credits were consumed, or may have been."""
        # what was refused before anything was paid is not, whatever was possible while it was checked
        possible = self.submission.possible and self.state is not State.REJECTED
        return possible or self.submission.anyway or self.heard.admitted

    @property
    def was_refused(self) -> bool:
        """Whether it ended, or waits for the user, after a refused submission that the service may still accept."""
        return self.submission.settled and self.state in {State.REJECTED, State.UNCONFIRMED}

    @property
    def stands_before(self) -> State:
        """The state, or the one in which it continues once it is no longer blocked."""
        return self.blocked_from or self.state if self.state is State.BLOCKED else self.state

    @property
    def will_pay(self) -> bool:
        """Whether going on uploads the video, or submits the job."""
        return self.stands_before in BEFORE_SUBMITTED and not self.recovered

    def is_of_another(self, key_fingerprint: str) -> bool:
        """Return whether another key than this has to pay for it: whoever began it does, or takes it over."""
        is_other = key_fingerprint not in {"", self.key_fingerprint} and self.key_fingerprint != ""
        return is_other and self.will_pay and not self.is_nobodys

    @property
    def continues(self) -> bool:
        """Whether it continues automatically once a process drives it."""
        return self.followed and self.state not in ENDED and self.state not in AWAITING_USER

    @property
    def needs_source(self) -> bool:
        """Whether the video may still have to be uploaded."""
        # a submission that did nothing may lead back to the upload
        unsure = self.stands_before in {State.VERIFYING, State.UNCONFIRMED} and not self.recovered
        return self.stands_before in BEFORE_UPLOADED or (unsure and (self.upload_url != "" or self.job_id == ""))
