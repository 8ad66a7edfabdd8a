"""A capture from nothing but a job's id, for when its record is lost. Nothing that costs is ever sent for it."""

import re
import uuid

from .capture import Capture, Order, Source, State, Submission
from .intake import CaptureRefused, check_targets

_JOB_ID = re.compile(r"(?!\.+$)[!-~]{1,200}")


def recovered_capture(job_id: str, target_ids: tuple[str, ...], base_url: str, now: float) -> Capture:
    """The record of a job that somebody names; the service is asked about it first.

    Args:
        job_id: as the service wrote it; white space around it is ignored.
        target_ids: what the job makes; empty: the service is to tell.
        base_url: the service's address.
        now: seconds since 1970.

    Raises:
        CaptureRefused: such an id, or such a target, can't be.
    """
    job_id = job_id.strip()
    if not _JOB_ID.fullmatch(job_id):
        raise CaptureRefused("This is not a job ID.", "Copy it from the service's website or from ledger.log.")
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
        # It may have been paid for, so that stopping only ends the watching; questions begin as after a submission.
        submission=Submission(at=now, possible=True),
    )
