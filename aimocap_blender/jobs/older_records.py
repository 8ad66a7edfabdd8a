"""Records that are older than what is noted of them: a backup, a synced or a copied folder rolls records back. Pure."""

from dataclasses import replace

from .capture import Capture, State
from .notes import Noted
from .transitions import unconfirmed, verify

_MAY_BE_SUBMITTED_AGAIN = frozenset({State.VERIFYING, State.UNCONFIRMED})


def as_noted(capture: Capture, noted: Noted, now: float) -> Capture:
    """Return a record from disk as what is noted of it demands: a submission that it lacks is asked about.

    Where notes are lost too, there may have been any number of submissions.

    Args:
        capture: as it continues in this process.
        noted: what is noted of it outside its record.
        now: seconds since 1970.
    """
    if not (capture.will_pay or capture.state in _MAY_BE_SUBMITTED_AGAIN):
        return capture
    # a backup or a synced folder brought back a record from before the submission
    if len(noted.submissions) > capture.submission.tries:
        last = noted.submissions[-1]
        submission = replace(capture.submission, tries=len(noted.submissions), at=min(last.at, now))
        capture = replace(capture, job_id=last.job_id, upload_url="", submission=submission)
        return _asked_about(capture)
    if not noted.lost or not capture.will_pay:
        return capture
    # without a job nothing can be asked, so the user is
    if not capture.job_id:
        return unconfirmed(replace(capture, blocked_from=None))
    return _asked_about(replace(capture, submission=replace(capture.submission, at=now)))


def _asked_about(capture: Capture) -> Capture:
    return verify(replace(capture, blocked_from=None, trouble=None, not_before=0.0))
