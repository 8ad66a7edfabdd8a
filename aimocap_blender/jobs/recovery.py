"""A capture recovered from a job's id alone, after its record was lost. Nothing that costs credits is sent for it."""

import re
import uuid

from ..texts.faults import Fault
from .capture import Capture, Order, Source, State, Submission
from .intake import check_targets

_JOB_ID = re.compile(r"(?!\.+$)[!-~]{1,200}")


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
