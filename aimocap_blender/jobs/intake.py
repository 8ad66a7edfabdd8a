"""New captures: what a request must pass before anything is written or sent, and those of jobs without a record."""

import math
import re
import uuid

from ..service.contract import AVATAR_PREFIX, DEFAULT_TARGET, ROBOT_TARGET, result_type
from ..texts.faults import Fault
from ..texts.text import Text
from .capture import Capture, CaptureRequest, Order, Source, State, Submission
from .source_file import fingerprint

LONGEST_TITLE = 200
ROUNDING_SEC = 1e-3
"""By how much a range that was counted in frames may exceed its video."""

_TARGET = re.compile(rf"{DEFAULT_TARGET}|{ROBOT_TARGET}|{AVATAR_PREFIX}[^\s/\\?#\x00-\x1f]{{1,200}}")

_JOB_ID = re.compile(r"(?!\.+$)[!-~]{1,200}")


def check_request(request: CaptureRequest) -> None:
    """Raise unless a service could accept the request.

    Raises:
        Fault: and why.
    """
    duration, start, end = request.duration_sec, request.trim_start_sec, request.trim_end_sec
    if not all(math.isfinite(seconds) for seconds in (duration, start, end)) or duration <= 0:
        raise Fault("The video's duration is unknown.", "Choose a movie that plays, or upload a clip.")
    if not -ROUNDING_SEC <= start < end <= duration + ROUNDING_SEC:
        raise Fault("The range is not within the video.", "Trim the strip to a part of the movie.")
    check_targets(request.target_ids)
    if len(request.title) > LONGEST_TITLE:
        raise Fault("The title is too long.", Text("Use at most {most} characters.", most=LONGEST_TITLE))


def check_targets(target_ids: tuple[str, ...]) -> None:
    """Raise unless the targets are known and each is of a different file kind.

    Raises:
        Fault: and why.
    """
    if not target_ids or not all(_TARGET.fullmatch(target_id) for target_id in target_ids):
        raise Fault("The service does not know this target.", "Check the avatar's id.")
    if len({result_type(target_id) for target_id in target_ids}) < len(target_ids):
        raise Fault("A capture can have at most one character and one robot.", "Start a capture for each target.")


def new_capture(request: CaptureRequest, base_url: str, now: float) -> Capture:
    """Return the record of a checked request, with the file's current fingerprint.

    Raises:
        Fault: the file can't be read, or is empty.
    """
    try:
        source = fingerprint(request.source, request.source_name, temporary=request.temporary_source)
    except OSError:
        raise Fault("The video file can't be read.", "Check that it still exists.") from None
    if source.size == 0:
        raise Fault("The video file is empty.", "Choose another one.")
    order = Order(
        target_ids=request.target_ids,
        title=request.title,
        duration_sec=request.duration_sec,
        # frames counted into seconds may lie outside by a rounding
        trim_start_sec=max(request.trim_start_sec, 0.0),
        trim_end_sec=min(request.trim_end_sec, request.duration_sec),
        export_fps=request.export_fps,
        mocap_type=request.mocap_type,
    )
    return Capture(
        id=str(uuid.uuid4()),
        created_at=now,
        base_url=base_url,
        source=source,
        order=order,
        binding=dict(request.binding),
    )


def recovered_capture(job_id: str, target_ids: tuple[str, ...], base_url: str, now: float) -> Capture:
    """Return a record for a job id; the service is asked about it first.

    Args:
        job_id: as the service shows it; surrounding white space is ignored.
        target_ids: the job's targets; empty if the service is to report them.
        base_url: the service's address.
        now: seconds since 1970.

    Raises:
        Fault: the id or a target is invalid.
    """
    job_id = job_id.strip()
    if not _JOB_ID.fullmatch(job_id):
        raise Fault("This is not a job ID.", "Copy it from the service's website or from ledger.log.")
    if target_ids:
        check_targets(target_ids)
    return Capture(
        id=str(uuid.uuid4()),
        created_at=now,
        base_url=base_url,
        source=Source("", job_id, 0, 0, "", temporary=False),
        order=Order(target_ids, f"Job {job_id}", 0.0, 0.0, 0.0, None, None),
        binding={},
        state=State.VERIFYING,
        job_id=job_id,
        recovered=True,
        # It may be paid, so stopping only stops following it; status checks begin as after a submission.
        submission=Submission(at=now, possible=True),
    )
