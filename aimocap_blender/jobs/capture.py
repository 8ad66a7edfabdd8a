"""A capture: what was asked for, and all that must survive a crash. Plain frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from ..service.contract import FBX, ROBOT_MOTION, TARGETS, result_type

VERSION = 2


class State(StrEnum):
    """Where a capture stands on disk."""

    QUEUED = "queued"  # nothing has been asked of the service
    CREATING = "creating"  # a draft may have been made
    CREATED = "created"  # a draft was made; the video is not there yet
    UPLOADED = "uploaded"  # the video is there; nothing is paid
    SUBMITTING = "submitting"  # the request that costs credits may be on its way
    VERIFYING = "verifying"  # it may have arrived: the service is asked
    UNCONFIRMED = "unconfirmed"  # the service doesn't tell: the user decides
    RUNNING = "running"  # the service works
    COMPLETED = "completed"  # the service is done; the links are asked for
    DOWNLOADING = "downloading"
    BLOCKED = "blocked"  # something must be put right by the user first
    DONE = "done"  # the motion is on disk and verified
    FAILED = "failed"  # the service could not do it
    CANCELED = "canceled"  # at the service
    REJECTED = "rejected"  # refused before anything was paid
    GONE = "gone"  # the service no longer has it
    STOPPED = "stopped"  # by the user, before anything was paid


ENDED = frozenset({State.DONE, State.FAILED, State.CANCELED, State.REJECTED, State.GONE, State.STOPPED})
FOR_THE_USER = frozenset({State.BLOCKED, State.UNCONFIRMED})
BEFORE_UPLOADED = frozenset({State.QUEUED, State.CREATING, State.CREATED})


@dataclass(frozen=True)
class CaptureRequest:
    """What a user asks for.

    Attributes:
        source: the video file that will be uploaded.
        source_name: its name as the service and the user see it.
        duration_sec: of the whole file.
        trim_start_sec: where the range starts, in seconds of the file.
        trim_end_sec: where it ends.
        target_ids: `default`, `unitree_g1` or `avatar:{id}`; the character's first, where there is a robot's too.
        title: '' for none.
        export_fps: None for the service's default.
        mocap_type: None for the service's default, or `full_body`, `upper_body`.
        binding: plain JSON of the caller's; stored, never read.
        temporary_source: the file was made for this capture and is deleted when it is no longer needed.
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
    """The video file, and what it looked like when the button was pressed.

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
    """What the job is created from, beside the file.

    Attributes:
        target_ids: the character's first; none in a recovered capture whose targets the service is to tell.
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
    """How often things were tried.

    Attributes:
        creates: create requests that may have made a draft.
        uploads: failed uploads to the present draft.
        failures: in a row, of whatever is tried just now.
        polls: questions since the submission.
        bad_results: results that could not be used.
        bad_since: when the first of them, or of the answers about a draft that were none, came, seconds since 1970;
            0 while there is none.
        fetches: failed downloads from the present links.
        bad_files: downloaded files that are not what they should be.
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
        at: when it was last sent, seconds since 1970.
        tries: how often.
        possible: it may have been processed: then it is never sent again by itself.
        anyway: the user had it sent again at the risk of paying twice.
        for_now: it is sent again once the job is seen to be a draft still: the service put it off by a definite answer
            (too many at a time), or the user had it sent again.
        reads: answers since then that call the job a draft.
        refusal: the service's reason where it refused by a code that its documents don't name, '' where it did not.
    """

    at: float = 0.0
    tries: int = 0
    possible: bool = False
    anyway: bool = False
    for_now: bool = False
    reads: int = 0
    refusal: str = ""


@dataclass(frozen=True)
class Heard:
    """What the service last said.

    Attributes:
        status: of the job, '' before the first answer.
        since: since when, seconds since 1970.
        admitted: it was called something else than a draft once: it is paid.
        events: the last ones.
        completed_at: in the service's words; results are kept for some days from then.
        too_large: the last answer about the job was larger than is read: the result is asked for instead.
    """

    status: str = ""
    since: float = 0.0
    admitted: bool = False
    events: tuple[str, ...] = ()
    completed_at: str = ""
    too_large: bool = False


@dataclass(frozen=True)
class ResultFile:
    """A file in the capture's folder, by our own name."""

    name: str
    size: int
    sha256: str
    etag: str


@dataclass(frozen=True)
class Trouble:
    """What went wrong last.

    Attributes:
        kind: the service room's kind of fault, or one of this room's own.
        what: one sentence of what happened.
        next_step: one sentence of what to do.
    """

    kind: str
    what: str
    next_step: str
    code: str | None = None
    http_status: int | None = None


class End(StrEnum):
    """The end of a job as the service reports it."""

    FAILED = "failed"
    CANCELED = "canceled"
    NOT_FOUND = "not_found"  # 404
    GONE = "gone"  # 410


@dataclass(frozen=True)
class ReportedEnd:
    """The end of a job that may be paid, as the service reports it: believed once the same report has stood.

    Attributes:
        end: what is reported.
        until: until when it has to stand, seconds since 1970.
        answers: in a row that say so.
        trouble: the reason, where the service tells one.
    """

    end: End
    until: float
    answers: int
    trouble: Trouble | None


@dataclass(frozen=True)
class Capture:
    """One capture's durable record.

    Attributes:
        base_url: the service's address when the button was pressed; it stays.
        key_fingerprint: of the key that made the job, or with which a recovered one was seen first.
        generation: of the contract, that this address accepted; '' while unknown.
        left_out: what the user had set and the service doesn't know.
        job_id: the service's name of the job, '' while there is none.
        upload_url: presigned; kept only until the video is there.
        target_confirmed: the service has repeated the targets that were asked for.
        abandoned: earlier drafts, which cost nothing.
        followed: False after the user stopped watching a paid job.
        not_before: when the next thing is done, seconds since 1970.
        recovered: made from a job's id alone: nothing that costs is ever sent for it.
        links: kind to presigned link of what is to be downloaded.
        given_up: kinds of motion that were asked for and could not be had.
        reported: the end that the service reports and that is not believed yet.
        rejected: names of the downloaded files that failed the check; they stay beside the record.
        blocked_from: where a blocked capture goes on.
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
    heard: Heard = field(default_factory=Heard)
    recovered: bool = False
    links: Mapping[str, str] = field(default_factory=dict[str, str])
    given_up: tuple[str, ...] = ()
    files: Mapping[str, ResultFile] = field(default_factory=dict[str, ResultFile])
    trouble: Trouble | None = None
    blocked_from: State | None = None
    reported: ReportedEnd | None = None
    rejected: tuple[str, ...] = ()

    @property
    def credits(self) -> float:
        """What the service charges: one credit for each second of the range."""
        return self.order.trim_end_sec - self.order.trim_start_sec

    @property
    def targets(self) -> tuple[str, ...]:
        """What the job makes: what was asked for, or the first of it where the service makes one at a time."""
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
    def next_file(self) -> str | None:
        """The kind of motion that is downloaded next, None where no link to one is left."""
        return next((kind for kind in self.missing if kind in self.links), None)

    @property
    def can_be_submitted(self) -> bool:
        """Whether the user may have it submitted at the risk of paying twice."""
        return self.state is State.UNCONFIRMED and not self.recovered

    @property
    def lacks_motion(self) -> bool:
        """Whether it is over without all of the motion that was paid for, or may have been."""
        return self.state in ENDED and self.may_be_paid and bool(self.missing or self.given_up or not self.targets)

    @property
    def may_be_paid(self) -> bool:
        """Whether credits were consumed, or may have been."""
        return self.submission.possible or self.submission.anyway or self.heard.admitted

    @property
    def goes_on(self) -> bool:
        """Whether something happens by itself, as soon as somebody drives it."""
        return self.followed and self.state not in ENDED and self.state not in FOR_THE_USER

    @property
    def needs_source(self) -> bool:
        """Whether the video may still have to be uploaded."""
        state = self.blocked_from if self.state is State.BLOCKED else self.state
        return state in BEFORE_UPLOADED
