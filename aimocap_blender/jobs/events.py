"""Events that can happen to a capture, and the effects that follow."""

from dataclasses import dataclass
from enum import StrEnum

from ..service.contract import CreatedJob, JobResult, JobState
from .capture import ResultFile, Trouble


class Effect(StrEnum):
    """An effect to carry out once the record is on disk. At most one of them is a request."""

    NOTE_JOB = "note_job"  # a line in the ledger's log, in case the record is lost
    CREATE = "create"
    LOOK = "look"
    UPLOAD = "upload"
    SUBMIT = "submit"
    ASK_RESULT = "ask_result"
    FETCH = "fetch"
    FETCH_PREVIEW = "fetch_preview"


@dataclass(frozen=True)
class NotedSubmission:
    """A submission that was noted before it was sent; `at` in seconds since 1970."""

    job_id: str
    at: float


@dataclass(frozen=True)
class Noted:
    """The notes of a capture outside its record.

    Attributes:
        submissions: in order.
        lost: what was noted is not all there, so there may have been more.
    """

    submissions: tuple[NotedSubmission, ...] = ()
    lost: bool = False


@dataclass(frozen=True)
class Wake:
    """It may be time for the next step."""


@dataclass(frozen=True)
class Restarted:
    """A process has read the record from disk: any request from before is no longer running.

    Attributes:
        noted: what is noted of it outside the record, which may be older.
    """

    noted: Noted


@dataclass(frozen=True)
class Interrupted:
    """This side aborted the request."""


@dataclass(frozen=True)
class Stop:
    """The user stops it: this cancels it while nothing is paid, and later only stops following it."""


@dataclass(frozen=True)
class Follow:
    """The user resumes it, perhaps after fixing a problem.

    Attributes:
        key_fingerprint: of the user's key.
    """

    key_fingerprint: str = ""


@dataclass(frozen=True)
class PayAsMine:
    """The user pays for a capture that was begun with another key; `key_fingerprint` is of the user's."""

    key_fingerprint: str


@dataclass(frozen=True)
class CheckAgain:
    """The user checks again: whether a submission arrived, or after a job that ended without its motion.

    Attributes:
        lost: kinds of motion that were delivered and are no longer on disk.
    """

    lost: tuple[str, ...] = ()


@dataclass(frozen=True)
class SubmitAnyway:
    """The user has it submitted again if the job is still a draft, which may be charged twice.

    Attributes:
        key_fingerprint: of the user's key.
    """

    key_fingerprint: str = ""


@dataclass(frozen=True)
class Rename:
    """The user gives it another name; '' for the one that it began with."""

    name: str


@dataclass(frozen=True)
class Created:
    """The service created a draft."""

    job: CreatedJob
    key_fingerprint: str


@dataclass(frozen=True)
class Looked:
    """The service reported the job's status."""

    job: JobState
    key_fingerprint: str


@dataclass(frozen=True)
class Uploaded:
    """The storage has the whole, unchanged video."""

    etag: str


@dataclass(frozen=True)
class Submitted:
    """The service accepted the job."""


@dataclass(frozen=True)
class ResultFound:
    """The service returned where the files are: at least one result, each for a different target."""

    results: tuple[JobResult, ...]


@dataclass(frozen=True)
class Fetched:
    """A file is on disk, verified."""

    kind: str
    file: ResultFile


@dataclass(frozen=True)
class Failed:
    """A request did not succeed.

    Attributes:
        trouble: what happened.
        sent: False only if the request certainly did not leave this machine whole.
        refused: the service refused with a documented code.
        retry_after: seconds that the service asks to wait.
        reason: the service's own words of a refusal.
        names_idempotency: the refusal names the idempotency key.
        kept: name of the downloaded file that failed the check.
    """

    trouble: Trouble
    sent: bool
    refused: bool = False
    retry_after: float | None = None
    reason: str = ""
    names_idempotency: bool = False
    kept: str = ""


Event = (
    Wake
    | Restarted
    | Interrupted
    | Stop
    | Follow
    | CheckAgain
    | PayAsMine
    | SubmitAnyway
    | Rename
    | Created
    | Looked
    | Uploaded
    | Submitted
    | ResultFound
    | Fetched
    | Failed
)
