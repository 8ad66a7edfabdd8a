"""What can happen to a capture, and what it then wants done."""

from dataclasses import dataclass
from enum import StrEnum

from ..service.contract import CreatedJob, JobResult, JobState
from .capture import ResultFile, Trouble


class Effect(StrEnum):
    """What is to be done once the record is on disk. At most one of them is a request."""

    NOTE_JOB = "note_job"  # a line in the ledger, for the day when the record is lost
    CREATE = "create"
    LOOK = "look"
    UPLOAD = "upload"
    SUBMIT = "submit"
    ASK_RESULT = "ask_result"
    FETCH = "fetch"
    FETCH_PREVIEW = "fetch_preview"


@dataclass(frozen=True)
class Wake:
    """It may be time for the next thing."""


@dataclass(frozen=True)
class Restarted:
    """A process has read the record from disk: what was under way then is not any more."""


@dataclass(frozen=True)
class Interrupted:
    """This side broke the request off."""


@dataclass(frozen=True)
class Stop:
    """The user stops it: a cancel while nothing is paid, then only the end of watching."""


@dataclass(frozen=True)
class Follow:
    """The user takes it up again, perhaps after putting something right."""


@dataclass(frozen=True)
class CheckAgain:
    """The user asks to look once more: whether a submission arrived, or after a job that ended without its motion.

    Attributes:
        lost: kinds of motion that were delivered and are no longer on disk.
    """

    lost: tuple[str, ...] = ()


@dataclass(frozen=True)
class SubmitAnyway:
    """The user has it submitted again if the job is a draft still, which may be charged twice."""


@dataclass(frozen=True)
class Created:
    """The service made a draft."""

    job: CreatedJob
    key_fingerprint: str


@dataclass(frozen=True)
class Looked:
    """The service told of the job."""

    job: JobState
    key_fingerprint: str


@dataclass(frozen=True)
class Uploaded:
    """The storage has the whole, unchanged video."""

    etag: str


@dataclass(frozen=True)
class Submitted:
    """The service took the job."""


@dataclass(frozen=True)
class ResultFound:
    """The service told where the files are: one result at least, each of another target."""

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
        sent: False only where the request certainly did not leave this machine whole.
        refused: the service refused by a documented code or by a definite status: the request did nothing.
        retry_after: seconds that the service asked to wait.
        reason: the service's own words of a refusal.
        kept: name of the downloaded file that failed the check.
    """

    trouble: Trouble
    sent: bool
    refused: bool = False
    retry_after: float | None = None
    reason: str = ""
    kept: str = ""


Event = (
    Wake
    | Restarted
    | Interrupted
    | Stop
    | Follow
    | CheckAgain
    | SubmitAnyway
    | Created
    | Looked
    | Uploaded
    | Submitted
    | ResultFound
    | Fetched
    | Failed
)
