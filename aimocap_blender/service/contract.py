"""Both generations of the service's contract: requests and answers as typed values.

Generation A takes one `targetId`, B a list of `targetIds`; their results are flat, or a list of outputs, which one
document shows next to a `job` with its id and status. The source is the service's public documents. Unknown fields are
ignored; a wrong or missing one is a `ServiceFault`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from types import MappingProxyType

from ..record_json import as_list, as_object, as_text
from ..texts.text import Text
from .answers import Json, error_in, plain, valid_unicode
from .faults import Kind, ServiceFault

CONTENT_TYPES: Mapping[str, str] = MappingProxyType(
    {
        ".mp4": "video/mp4",
        ".m4v": "video/mp4",
        ".mov": "video/quicktime",
        ".qt": "video/quicktime",
        ".mkv": "video/x-matroska",
        ".webm": "video/webm",
        ".avi": "video/x-msvideo",
        ".divx": "video/x-msvideo",
        ".mpg": "video/mpeg",
        ".mpeg": "video/mpeg",
        ".m2v": "video/mpeg",
        ".vob": "video/mpeg",
        ".mts": "video/mp2t",
        ".m2ts": "video/mp2t",
        ".m2t": "video/mp2t",
        ".ts": "video/mp2t",
        ".3gp": "video/3gpp",
        ".3g2": "video/3gpp2",
        ".flv": "video/x-flv",
        ".ogv": "video/ogg",
        ".wmv": "video/x-ms-wmv",
        ".dv": "video/x-dv",
    }
)
"""File extension, in lower case with its dot, to content type."""


class JobStatus(StrEnum):
    """The documented statuses of a job; the service may report others."""

    DRAFT = "draft"
    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"


DEFAULT_TARGET, ROBOT_TARGET, AVATAR_PREFIX = "default", "unitree_g1", "avatar:"
"""A job's targets; an avatar's id follows the prefix."""
FBX, ROBOT_MOTION = "fbx", "robot_motion_json"
ENDED_WITHOUT_FILES = frozenset[str]({JobStatus.FAILED, JobStatus.CANCELED})
"""Statuses of a job that ended without files."""
TARGETS = "targetIds"
"""Generation B's field for a job's targets; in `left_out` it means all targets but the first."""
LONGEST_JOB_ID = 200
EVENTS_KEPT = 5

_URL_FIELDS = {FBX: "fbxUrl", ROBOT_MOTION: "motionJsonUrl"}
_NAMES_B = re.compile(r"target_?ids", re.IGNORECASE)
_A_UNKNOWN = re.compile(r"\b(sourceType|sourceBytes|targetId)\b")
_UNKNOWN_FIELD = re.compile(r"unknown|unexpected|unrecogni[sz]ed|not allowed|additional|extra", re.IGNORECASE)
_BAD_REQUEST, _UNPROCESSABLE = 400, 422


class Generation(StrEnum):
    """The two public generations of the contract."""

    A = "A"
    B = "B"


@dataclass(frozen=True)
class NewJob:
    """The settings that a job is created from.

    Attributes:
        source_filename: the video's name, for people; never a path.
        source_bytes: size of the file to upload.
        source_duration_sec: of the whole file.
        trim_start_sec: where the range starts, in seconds of the file.
        trim_end_sec: where it ends.
        target_ids: `default`, `unitree_g1` or `avatar:{id}`; generation A creates only the first.
        title: '' for none.
        export_fps: None for the service's default; generation B only.
        mocap_type: None for the service's default; generation B only.
    """

    source_filename: str
    source_bytes: int
    source_duration_sec: float
    trim_start_sec: float
    trim_end_sec: float
    target_ids: tuple[str, ...]
    title: str = ""
    export_fps: int | None = None
    mocap_type: str | None = None

    def options_of_b(self) -> dict[str, object]:
        """Return the chosen settings that only generation B knows, by the contract's names."""
        options = {
            TARGETS: list(self.target_ids) if len(self.target_ids) > 1 else None,
            "exportFps": self.export_fps,
            "mocapType": self.mocap_type,
        }
        return {name: value for name, value in options.items() if value is not None}

    def body(self, generation: Generation) -> dict[str, object]:
        """Return the JSON body of the create request."""
        shared: dict[str, object] = {
            "sourceFilename": valid_unicode(self.source_filename),
            "sourceDurationSec": self.source_duration_sec,
            "trimStartSec": self.trim_start_sec,
            "trimEndSec": self.trim_end_sec,
        }
        if self.title:
            shared["title"] = valid_unicode(self.title)
        # neither generation is sent a field of the other: it may refuse what it doesn't know
        if generation is Generation.A:
            return {"sourceType": "upload", "sourceBytes": self.source_bytes, "targetId": self.target_ids[0], **shared}
        return {TARGETS: list(self.target_ids), **shared, **self.options_of_b()}


@dataclass(frozen=True)
class CreatedJob:
    """A draft: nothing is paid yet.

    Attributes:
        job_id: the service's id for it.
        upload_url: presigned; a secret for as long as it lives.
        generation: the one that the service accepted.
        left_out: fields that the user set and this generation doesn't support.
    """

    job_id: str
    upload_url: str
    generation: Generation
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class JobState:
    """The service's status of a job.

    Attributes:
        status: lower case; an unknown one means that the job still runs.
        target_ids: None if the answer has none.
        events: the last ones, ready to show.
        code: the job's own error code, if it failed with one.
        message: the job's own error message, ready to show.
    """

    job_id: str
    status: str
    target_ids: tuple[str, ...] | None
    events: tuple[str, ...] = ()
    code: str | None = None
    message: str = ""


@dataclass(frozen=True)
class JobResult:
    """The links to a finished job's files for one target.

    Attributes:
        status: of the job.
        target_id: of this output.
        result_type: `fbx` or `robot_motion_json`.
        url: of the motion; '' if the job ended without one.
        preview_url: '' if there is none.
        completed_at: in the service's format; '' if not given.
    """

    status: str
    target_id: str
    result_type: str
    url: str
    preview_url: str = ""
    completed_at: str = ""


def other_generation(used: Generation, refused: ServiceFault, body: bytes) -> Generation | None:
    """Return the other generation if a refused create shows that the service speaks that one, else None.

    Args:
        used: the generation that was refused.
        refused: the refusal, parsed.
        body: its body, which may name fields in undocumented ways.
    """
    if refused.code == "api_target_ids_required" and used is Generation.A:
        return Generation.B
    # a documented refusal is about the values, so the fields were understood
    if refused.kind is not Kind.REFUSED or refused.documented:
        return None
    if used is Generation.B:  # a missing or unknown field, in undocumented words
        return Generation.A if refused.http_status in {_BAD_REQUEST, _UNPROCESSABLE} else None
    text = body.decode("utf-8", "replace")
    unknown = _A_UNKNOWN.search(text) is not None and _UNKNOWN_FIELD.search(text) is not None
    return Generation.B if unknown or _NAMES_B.search(text) else None


def created_job(answer: Json, generation: Generation, left_out: tuple[str, ...]) -> CreatedJob:
    """Read the answer to a create."""
    return CreatedJob(_job_id(answer, "jobId"), _text(answer, "uploadUrl"), generation, left_out)


def check_job(answer: Json, job_id: str) -> None:
    """Raise unless the answer is for this job, or doesn't name a job.

    Raises:
        ServiceFault: `BAD_ANSWER`.
    """
    # a cache or a gateway may answer with what it keeps of another job
    reported = (answer.get("jobId"), (as_object(answer.get("job")) or {}).get("id"))
    if any(name is not None and name != job_id for name in reported):
        raise ServiceFault(
            Kind.BAD_ANSWER,
            sent=True,
            what="The service answered for a different job.",
            next_step="Try again later, or report this to the service.",
        )


def job_state(answer: Json) -> JobState:
    """Read the answer to a look at a job."""
    job = as_object(answer.get("job"))
    if job is None:
        raise _wrong("job")
    code, message = error_in(job)
    # the job's own error tells more than one about the answer
    if code is None and not message:
        code, message = error_in(answer)
    return JobState(
        job_id=_job_id(job, "id"),
        status=_status(job),
        target_ids=_target_ids(job),
        events=_events(answer.get("events")),
        code=code,
        message=message,
    )


def _result_status(answer: Json) -> str:
    job = as_object(answer.get("job"))
    return _status(answer if job is None or "status" in answer else job)


def job_result(answer: Json, target_id: str) -> JobResult:
    """Read a result: flat, or as a list of outputs, with the job's status in it or separate.

    Args:
        answer: unwrapped.
        target_id: the requested one.
    """
    status = _result_status(answer)
    outputs, output = as_list(answer.get("outputs")), answer
    if outputs is not None:
        ours = [one for one in map(as_object, outputs) if one is not None and one.get("targetId") == target_id]
        if not ours:
            raise _wrong("outputs")
        output = ours[0]
    # the motion of another target would be read as this one's
    if _text(output, "targetId") != target_id:
        raise _wrong("targetId")
    kind = _text(output, "resultType")
    if kind != result_type(target_id):
        raise _wrong("resultType")
    return JobResult(
        status=status,
        target_id=target_id,
        result_type=kind,
        url=_text(output, _URL_FIELDS[kind]),
        preview_url=_optional_text(output, "previewVideoUrl") or _optional_text(answer, "previewVideoUrl"),
        completed_at=plain(_optional_text(answer, "completedAt")),
    )


def job_results(answer: Json, target_ids: tuple[str, ...]) -> tuple[JobResult, ...]:
    """Read the results of several targets: a missing or broken output doesn't hold back the others.

    A job that ended without files has one result, without a link.

    Raises:
        ServiceFault: none of them is usable; the fault of the first.
    """
    if (status := _result_status(answer)) in ENDED_WITHOUT_FILES:
        return (JobResult(status, target_ids[0], result_type(target_ids[0]), url=""),)
    found: list[JobResult] = []
    faults: list[ServiceFault] = []
    for target_id in target_ids:
        try:
            found.append(job_result(answer, target_id))
        except ServiceFault as wrong:
            faults.append(wrong)
    if not found:
        raise faults[0]
    return tuple(found)


def result_type(target_id: str) -> str:
    """Return the kind of file that is created for a target."""
    return ROBOT_MOTION if target_id == ROBOT_TARGET else FBX


def _wrong(name: str) -> ServiceFault:
    return ServiceFault(
        Kind.BAD_ANSWER, sent=True, what=Text("The service's answer has a missing or wrong field '{name}'.", name=name)
    )


def _text(answer: Json, name: str) -> str:
    value = as_text(answer.get(name))
    if not value:
        raise _wrong(name)
    return value


def _optional_text(answer: Mapping[str, object], name: str) -> str:
    return as_text(answer.get(name)) or ""


def _job_id(answer: Json, name: str) -> str:
    value = _text(answer, name)
    # it becomes a part of addresses, where dots alone would name another place
    if len(value) > LONGEST_JOB_ID or not value.isprintable() or value.strip(".") == "":
        raise _wrong(name)
    return value


def _status(answer: Json) -> str:
    status = plain(_text(answer, "status")).lower()
    # British spelling ends a job as well
    return JobStatus.CANCELED.value if status == "cancelled" else status


def _target_ids(job: Json) -> tuple[str, ...] | None:
    several = as_list(job.get("targetIds"))
    if several is not None:
        return tuple(as_text(one) or "" for one in several)
    one = as_text(job.get("targetId"))
    return None if one is None else (one,)


def _events(value: object) -> tuple[str, ...]:
    return tuple(filter(None, map(_event, (as_list(value) or [])[-EVENTS_KEPT:])))


def _event(event: object) -> str:
    text = as_text(event)
    if text is not None:
        return plain(text)
    fields = as_object(event) or {}
    for name in ("message", "text", "description", "type", "status", "name"):
        # no document names the fields of an event: words for people come first
        if said := _optional_text(fields, name):
            return plain(said)
    return ""


def content_type(video: PurePath) -> str:
    """Return the content type for a video's file extension, in any case; `video/mp4` for an unknown one."""
    return CONTENT_TYPES.get(video.suffix.lower(), "video/mp4")
