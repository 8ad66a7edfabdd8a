"""What a person sees of a capture: an immutable snapshot, in sentences."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..service.contract import TARGETS, result_type
from .capture import ENDED, FOR_THE_USER, Capture, End, Source, State
from .life import NAMES

_WORDS: Mapping[State, tuple[str, str]] = {
    State.QUEUED: ("Waiting to start.", ""),
    State.CREATING: ("Asking the service for a job.", ""),
    State.CREATED: ("Uploading the video.", ""),
    State.UPLOADED: ("The video is uploaded.", ""),
    State.SUBMITTING: ("Submitting the job.", ""),
    State.VERIFYING: ("Asking whether the service took the job.", ""),
    State.UNCONFIRMED: ("The service does not tell whether it took the job.", "Check again in a while."),
    State.RUNNING: ("The service is working.", ""),
    State.COMPLETED: ("The service is done; asking for the files.", ""),
    State.DOWNLOADING: ("Downloading the motion.", ""),
    State.BLOCKED: ("Something must be put right first.", "Follow it again then."),
    State.DONE: ("The motion is here.", ""),
    State.FAILED: ("The service could not finish this job.", "Try another range or video."),
    State.CANCELED: ("The job was canceled at the service.", "Capture again if you need it."),
    State.REJECTED: ("The service refused the job; nothing was paid.", "Check the settings, then capture again."),
    State.GONE: ("The service no longer has this job.", "Capture again if you need it."),
    State.STOPPED: ("Stopped before anything was paid.", ""),
}

KEPT_AT_MOST_SEC = 30 * 86400.0
"""How long a service keeps a job and its files at the most."""

_REPORTS = {
    End.FAILED: "The service reports failed",
    End.CANCELED: "The service reports canceled",
    End.NOT_FOUND: "The service reports not found",
    End.GONE: "The service reports gone",
}
_STOP_CHECKING = "Stop ends the wait; Check Again takes it up once more."
_SETTINGS = {"exportFps": "the export frame rate", "mocapType": "the capture type"}


@dataclass(frozen=True)
class Driving:
    """What the process at hand does with a capture just now.

    Attributes:
        followed: it drives it, and something happens by itself.
        transferred: bytes done and total, while a transfer runs.
        wake_in_sec: until the next thing is done; None where nothing will be.
        elsewhere: another process drives it.
        offline: it waits for going online to be allowed.
        unsaved: its record could not be written to disk.
        applied: its motion has been put on a character.
        lost: its motion was delivered and is no longer on disk.
    """

    followed: bool
    transferred: tuple[int, int] | None = None
    wake_in_sec: float | None = None
    elsewhere: bool = False
    offline: bool = False
    unsaved: bool = False
    applied: bool = False
    lost: bool = False


@dataclass(frozen=True)
class CaptureView:
    """What is shown of a capture.

    Attributes:
        state: one of `capture.State`'s values.
        video: name of the file that was sent; '' of a recovered capture.
        range_sec: first and last second of it.
        target_ids: what the job makes; none while that is for the service to tell.
        job_id: '' while there is none.
        what: one sentence.
        next_step: a sentence or two, or ''.
        trouble: what kind of trouble it is in, '' where it is in none.
        transferred: bytes done and total, while a transfer runs.
        created_at: seconds since 1970.
        credits: what the service charges for the range.
        paid: credits were consumed, or may have been.
        followed: this process drives it now, and something will happen by itself.
        can_follow: following it would make something happen.
        can_check_again: checking again would ask the service about a job that may be paid.
        refused: the service refused the submission with a reason, and reports nothing paid.
        checking_until: until when an end that the service reports is checked, seconds since 1970; None where none is.
        events: what the service last said.
        folder: where its files are.
        source: the video that it was made from; without a path where it was recovered by its job.
        files: kind (`fbx`, `robot_motion_json`, `preview`) to file, when done.
        rejected: downloaded files that failed the check.
        size: of these files, bytes.
        completed_at: when the service was done, seconds since 1970; None where it did not say.
        applied: its motion has been put on a character.
        wake_in_sec: seconds until the next thing is done; None where nothing will be.
        failures: in a row, of what is tried just now.
    """

    id: str
    state: str
    title: str
    video: str
    range_sec: tuple[float, float]
    target_ids: tuple[str, ...]
    base_url: str
    job_id: str
    what: str
    next_step: str
    trouble: str
    transferred: tuple[int, int] | None
    created_at: float
    elapsed_sec: float
    credits: float
    paid: bool
    followed: bool
    can_follow: bool
    can_check_again: bool
    refused: bool
    checking_until: float | None
    events: tuple[str, ...]
    folder: Path
    source: Source
    files: Mapping[str, Path]
    rejected: tuple[Path, ...]
    size: int
    completed_at: float | None
    binding: Mapping[str, object]
    applied: bool
    wake_in_sec: float | None
    failures: int


def view_of(capture: Capture, driving: Driving, folder: Path, now: float) -> CaptureView:
    """The snapshot.

    Args:
        capture: its record.
        driving: what this process does with it.
        folder: where its files are.
        now: seconds since 1970.
    """
    what, next_step = _sentences(capture, driving)
    over = capture.state in ENDED
    return CaptureView(
        id=capture.id,
        state=capture.state.value,
        title=capture.order.title or capture.source.name,
        video="" if capture.recovered else capture.source.name,
        range_sec=(capture.order.trim_start_sec, capture.order.trim_end_sec),
        target_ids=capture.targets,
        base_url=capture.base_url,
        job_id=capture.job_id,
        what=what,
        next_step=next_step,
        trouble=capture.trouble.kind if capture.trouble is not None else "",
        transferred=driving.transferred,
        created_at=capture.created_at,
        elapsed_sec=max(now - capture.created_at, 0.0),
        credits=capture.credits,
        paid=capture.may_be_paid,
        followed=driving.followed,
        can_follow=not over
        and not driving.followed
        and not driving.elsewhere
        and capture.state is not State.UNCONFIRMED,
        can_check_again=_can_check_again(capture, driving, now),
        refused=capture.state is State.UNCONFIRMED and capture.submission.refusal != "",
        checking_until=capture.reported.until if capture.reported is not None else None,
        events=capture.heard.events,
        folder=folder,
        source=capture.source,
        files={kind: folder / file.name for kind, file in capture.files.items()} if over else {},
        rejected=tuple(folder / name for name in capture.rejected),
        size=sum(file.size for file in capture.files.values()),
        completed_at=_moment(capture.heard.completed_at),
        binding=capture.binding,
        applied=driving.applied,
        wake_in_sec=driving.wake_in_sec,
        failures=capture.counts.failures,
    )


def _can_check_again(capture: Capture, driving: Driving, now: float) -> bool:
    kept = now - max(capture.submission.at, capture.created_at) < KEPT_AT_MOST_SEC
    return capture.state is State.UNCONFIRMED or (kept and (capture.lacks_motion or driving.lost))


def _moment(text: str) -> float | None:
    """Seconds since 1970 of a time in ISO 8601, which is UTC where it doesn't say."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _sentences(capture: Capture, driving: Driving) -> tuple[str, str]:
    if driving.unsaved:
        return "The capture's record could not be written.", "Free some disk space, or check the captures folder."
    if driving.elsewhere and capture.goes_on:
        return "Another Blender follows this capture.", ""
    if not capture.followed and capture.state not in ENDED | FOR_THE_USER:
        return "No longer watched; the job goes on at the service.", "Follow it again to get its motion."
    if driving.offline:
        return "Paused: Blender is set to stay offline.", "Allow online access in Blender's preferences (System)."
    return _of_state(capture, driving)


def _of_state(capture: Capture, driving: Driving) -> tuple[str, str]:
    if capture.reported is not None and capture.counts.failures == 0:
        until = datetime.fromtimestamp(capture.reported.until).astimezone().strftime("%H:%M")
        return f"{_REPORTS[capture.reported.end]}; checking until {until}.", _STOP_CHECKING
    if capture.trouble is not None:
        return capture.trouble.what, capture.trouble.next_step
    what, next_step = _WORDS[capture.state]
    if capture.state is State.RUNNING and capture.heard.status:
        what = f"The service is working: {capture.heard.status}."
    if capture.recovered and capture.state is State.DONE and not driving.applied:
        next_step = "Select the armature that it is for, and apply it."
    if capture.state not in ENDED or capture.state is State.DONE:
        next_step = " ".join([next_step, *_what_is_otherwise(capture)]).strip()
    return what, next_step


def _what_is_otherwise(capture: Capture) -> Iterator[str]:
    """What is not as it was asked for."""
    settings = [_SETTINGS.get(name, name) for name in capture.left_out if name != TARGETS]
    if settings:
        yield f"This service does not know {' and '.join(settings)}, so its own is used."
    if TARGETS in capture.left_out:
        left = ", ".join(NAMES[result_type(target)] for target in capture.order.target_ids[1:])
        yield f"This service makes one motion a job, so there is none for the {left}."
    for kind in capture.given_up:
        yield f"The service did not deliver the motion of the {NAMES[kind]}; recover job {capture.job_id} to ask again."
