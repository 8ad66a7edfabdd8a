"""A capture as it is shown: an immutable snapshot, in sentences."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import LiteralString

from ..service.contract import TARGETS, JobStatus, result_type
from ..texts.text import Sentence, Text
from .capture import AWAITING_USER, ENDED, Capture, End, Order, ResultFile, Source, State, TroubleKind
from .leased_lock import Lease
from .life import NAMES, NOT_MINE
from .timing import moment

_WORDS: Mapping[State, tuple[LiteralString, LiteralString]] = {
    State.QUEUED: ("Waiting to start.", ""),
    State.CREATING: ("Creating the job.", ""),
    State.CREATED: ("Uploading the video.", ""),
    State.UPLOADED: ("Video uploaded.", ""),
    State.SUBMITTING: ("Submitting the job.", ""),
    State.VERIFYING: ("Checking whether the service accepted the job.", ""),
    State.UNCONFIRMED: ("It is not known whether the service accepted the job.", "Check again later."),
    State.RUNNING: ("Waiting for the service.", ""),
    State.COMPLETED: ("Processing is finished; requesting the files.", ""),
    State.DOWNLOADING: ("Downloading the motion.", ""),
    State.BLOCKED: ("A problem has to be fixed first.", "Fix it, then follow the capture again."),
    State.DONE: ("The motion is ready.", ""),
    State.FAILED: ("The service could not finish this job.", "Try another range or video."),
    State.CANCELED: ("The job was canceled at the service.", "Capture again if you need it."),
    State.REJECTED: ("The service refused the job; nothing was paid.", "Check the settings, then capture again."),
    State.GONE: ("The service no longer has this job.", "Capture again if you need it."),
    State.STOPPED: ("Stopped before anything was paid.", ""),
}

TURN_ONLINE = (
    "Turn on Allow Online Access in Edit > Preferences > System > Network, or restart Blender without --offline-mode."
)
KEPT_AT_MOST_SEC = 30 * 86400.0
"""The longest time that a service keeps a job and its files, in seconds."""

_REPORTS: Mapping[End, LiteralString] = {
    End.FAILED: "The service reports failed",
    End.CANCELED: "The service reports canceled",
    End.NOT_FOUND: "The service reports not found",
    End.GONE: "The service reports gone",
}
_STATUSES: Mapping[str, LiteralString] = {JobStatus.QUEUED: "Queued.", JobStatus.PROCESSING: "Processing."}
"""The text for a running job's status; any other status is quoted."""
_STOP_CHECKING = "Stop ends the check; Check Again resumes it."
_SETTINGS: Mapping[str, LiteralString] = {"exportFps": "the export frame rate", "mocapType": "the capture type"}


@dataclass(frozen=True)
class Driving:
    """This process's handling of a capture.

    Attributes:
        followed: it drives it, and the capture continues automatically.
        transferred: bytes done and total, while a transfer runs.
        wake_in_sec: until the next step; None if there is none.
        elsewhere: another process drives it.
        foreign: the lease of another machine that has it, as far as is known.
        others: it was begun with another key, which has to pay for it.
        offline: it waits for online access.
        unsaved: its record could not be saved.
        applied: its motion has been applied to a character.
        lost: its motion was delivered and is no longer on disk.
    """

    followed: bool
    transferred: tuple[int, int] | None = None
    wake_in_sec: float | None = None
    elsewhere: bool = False
    foreign: Lease | None = None
    others: bool = False
    offline: bool = False
    unsaved: bool = False
    applied: bool = False
    lost: bool = False


@dataclass(frozen=True)
class CaptureView:
    """A capture as it is shown.

    Attributes:
        state: as recorded.
        video: name of the file that was sent; '' for a recovered capture.
        range_sec: first and last second of it.
        target_ids: the job's targets; empty until the service reports them.
        order: what was requested.
        job_id: '' while there is none.
        what: one sentence.
        next_step: a sentence or two, or ''.
        trouble: a `service.faults.Kind` or a `TroubleKind`, '' for none.
        trouble_code: the service's own code of it, '' for none.
        transferred: bytes done and total, while a transfer runs.
        created_at: seconds since 1970.
        credits: the price of the range.
        paid: credits were consumed, or may have been.
        followed: this process drives it now, and it continues automatically.
        can_follow: following it would continue it.
        can_pay_as_mine: it was begun with another key, and the user may pay for it with the current one.
        can_take_over: another machine has it, as far as is known, and the user may end that.
        can_check_again: Check Again would ask the service about a job that may be paid.
        refused: the service refused the submission with a reason, and reports nothing paid.
        checking_until: until when a reported end is checked, in seconds since 1970; None if there is none.
        events: the service's last messages.
        folder: of its files.
        source: the video that it was made from; without a path if it was recovered from a job id.
        files: kind (`fbx`, `robot_motion_json`, `preview`) to file, when done.
        delivered: these files as they were when they were checked.
        rejected: downloaded files that failed the check.
        size: of these files, bytes.
        submitted_at: when the job was submitted, in seconds since 1970; None before.
        completed_at: when the service finished, in seconds since 1970; None if not reported.
        applied: its motion has been applied to a character.
        wake_in_sec: seconds until the next step; None if there is none.
        failures: consecutive, of the current step.
    """

    id: str
    state: State
    title: str
    video: str
    range_sec: tuple[float, float]
    target_ids: tuple[str, ...]
    order: Order
    base_url: str
    job_id: str
    what: Text
    next_step: Text
    trouble: str
    trouble_code: str
    transferred: tuple[int, int] | None
    created_at: float
    elapsed_sec: float
    credits: float
    paid: bool
    followed: bool
    can_follow: bool
    can_pay_as_mine: bool
    can_take_over: bool
    can_check_again: bool
    refused: bool
    checking_until: float | None
    events: tuple[str, ...]
    folder: Path
    source: Source
    files: Mapping[str, Path]
    delivered: Mapping[str, ResultFile]
    rejected: tuple[Path, ...]
    size: int
    submitted_at: float | None
    completed_at: float | None
    binding: Mapping[str, object]
    applied: bool
    wake_in_sec: float | None
    failures: int


def view_of(capture: Capture, driving: Driving, folder: Path, now: float) -> CaptureView:
    """Return the snapshot of a capture.

    Args:
        driving: what this process does with it.
        now: seconds since 1970.
    """
    what, next_step = _sentences(capture, driving)
    over = capture.state in ENDED
    return CaptureView(
        id=capture.id,
        state=capture.state,
        title=capture.title,
        video="" if capture.recovered else capture.source.name,
        range_sec=(capture.order.trim_start_sec, capture.order.trim_end_sec),
        target_ids=capture.targets,
        order=capture.order,
        base_url=capture.base_url,
        job_id=capture.job_id,
        what=Text.of(what),
        next_step=Text.of(next_step),
        trouble=capture.trouble.kind if capture.trouble is not None else "",
        trouble_code=(capture.trouble.code or "") if capture.trouble is not None else "",
        transferred=driving.transferred,
        created_at=capture.created_at,
        elapsed_sec=max(now - capture.created_at, 0.0),
        credits=capture.credits,
        paid=capture.may_be_paid,
        followed=driving.followed,
        can_follow=not over
        and not driving.followed
        and not driving.elsewhere
        and not driving.others
        and capture.state is not State.UNCONFIRMED,
        can_pay_as_mine=driving.others and not driving.elsewhere,
        can_take_over=driving.foreign is not None,
        can_check_again=_can_check_again(capture, driving, now),
        refused=capture.state is State.UNCONFIRMED and capture.submission.refusal != "",
        checking_until=capture.reported.until if capture.reported is not None else None,
        events=capture.heard.events,
        folder=folder,
        source=capture.source,
        files={kind: folder / file.name for kind, file in capture.files.items()} if over else {},
        delivered=capture.files if over else {},
        rejected=tuple(folder / name for name in capture.rejected),
        size=sum(file.size for file in capture.files.values()),
        submitted_at=capture.submission.at or None,
        completed_at=moment(capture.heard.completed_at),
        binding=capture.binding,
        applied=driving.applied,
        wake_in_sec=driving.wake_in_sec,
        failures=capture.counts.failures,
    )


def is_kept(capture: Capture, now: float) -> bool:
    """Return whether the service may still have its job."""
    return now - max(capture.submission.at, capture.created_at) < KEPT_AT_MOST_SEC


def _can_check_again(capture: Capture, driving: Driving, now: float) -> bool:
    kind = capture.trouble.kind if capture.trouble is not None else ""
    # where the notes are lost, no job is known that could be asked about
    is_unsure = capture.state is State.UNCONFIRMED and kind != TroubleKind.NOTES_LOST
    return is_unsure or (is_kept(capture, now) and (capture.lacks_motion or driving.lost))


def _sentences(capture: Capture, driving: Driving) -> tuple[Sentence, Sentence]:
    # what the user has to know before anything else comes first
    if driving.unsaved:
        return "The capture's record could not be written.", "Free up disk space, or check the captures folder."
    if driving.foreign is not None:
        where = Text("Blender on “{computer}” is following this capture.", computer=driving.foreign.computer)
        return where, "If it is no longer running there, press Take Over."
    if driving.elsewhere and capture.continues:
        return "Another Blender is following this capture.", ""
    if not capture.followed and capture.state not in ENDED | AWAITING_USER:
        return "No longer followed; the job continues at the service.", "Follow it again to get its motion."
    if driving.offline:
        return "Paused: Blender's online access is off.", TURN_ONLINE
    return _of_state(capture, driving)


def _of_state(capture: Capture, driving: Driving) -> tuple[Sentence, Sentence]:
    if driving.others:
        return NOT_MINE.sentences
    # with failures, the last of them says more
    if capture.reported is not None and capture.counts.failures == 0:
        until = datetime.fromtimestamp(capture.reported.until).astimezone().strftime("%H:%M")
        return Text(
            "{report}; checking until {until}.", report=Text(_REPORTS[capture.reported.end]), until=until
        ), _STOP_CHECKING
    if capture.trouble is not None:
        return capture.trouble.sentences
    what: Sentence
    next_step: Sentence
    what, next_step = _WORDS[capture.state]
    if capture.state is State.RUNNING and capture.heard.status:
        what = _STATUSES.get(capture.heard.status, Text("The service reports: {status}.", status=capture.heard.status))
    if capture.recovered and capture.state is State.DONE and not driving.applied:
        next_step = "Select the armature for it, then press Apply."
    if capture.state not in ENDED or capture.state is State.DONE:
        next_step = Text.joined((next_step, *_deviations(capture)))
    return what, next_step


def _deviations(capture: Capture) -> Iterator[Text]:
    """Yield sentences on what differs from the request."""
    # a service of the first generation knows no rate and no upper body
    settings = [Text.of(_SETTINGS.get(name, name)) for name in capture.left_out if name != TARGETS]
    if settings:
        yield Text("This service does not support {settings}; its default is used.", settings=Text.listed(settings))
    if TARGETS in capture.left_out:
        left = Text.joined((NAMES[result_type(target)] for target in capture.order.target_ids[1:]), ", ")
        yield Text("This service creates one motion per job; none was made for the {left}.", left=left)
    for kind in capture.given_up:
        yield Text(
            "The service did not deliver the motion for the {target}; recover job {job_id} to retry.",
            target=Text(NAMES[kind]),
            job_id=capture.job_id,
        )
