"""The basic transitions of a capture's life. Pure: a record in, a record out."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from ..texts.text import Text
from .capture import Capture, Counts, End, ReportedEnd, State, Trouble, TroubleKind
from .timing import Timing

MOST_CREATES = 4
MOST_UPLOADS = 6
MOST_BAD_RESULTS = 5
MOST_BAD_FILES = 3
MOST_FETCHES = 3

_STATES: Mapping[End, State] = MappingProxyType(
    {
        End.FAILED: State.FAILED,
        End.CANCELED: State.CANCELED,
        End.NOT_FOUND: State.GONE,
        End.GONE: State.GONE,
    }
)


def succeeded(capture: Capture) -> Capture:
    """Clear the consecutive failures and the shown trouble after a success."""
    counts = replace(capture.counts, failures=0) if capture.counts.failures else capture.counts
    return replace(capture, counts=counts, trouble=None, not_before=0.0)


def try_again(
    capture: Capture,
    trouble: Trouble,
    timing: Timing,
    now: float,
    retry_after: float | None,
    at_least: float = 0.0,
) -> Capture:
    """Wait, longer with each consecutive failure, then repeat the step."""
    counts = replace(capture.counts, failures=capture.counts.failures + 1)
    # a service knows best when it is worth asking again
    seconds = max(timing.retry(counts.failures, capture.id), at_least) if retry_after is None else retry_after
    return replace(capture, counts=counts, trouble=trouble, not_before=now + max(seconds, at_least))


def block(capture: Capture, back_to: State, trouble: Trouble) -> Capture:
    """Stop until the user has fixed a problem."""
    return replace(capture, state=State.BLOCKED, blocked_from=back_to, trouble=trouble, not_before=0.0, reported=None)


def unblock(capture: Capture) -> Capture:
    """Continue where it was blocked, with all counts of attempts reset."""
    back_to = capture.blocked_from or State.QUEUED
    # the request may have been sent before: whatever blocked it, the job is asked about first
    if back_to is State.SUBMITTING:
        back_to = State.VERIFYING
    counts = Counts(polls=capture.counts.polls)
    # A service may answer a repeated key with what it answered before, which was of no use.
    drafts = capture.drafts + (back_to is State.QUEUED)
    return replace(capture, state=back_to, blocked_from=None, counts=counts, trouble=None, drafts=drafts)


def bad_result(
    capture: Capture,
    kinds: tuple[str, ...],
    trouble: Trouble,
    timing: Timing,
    now: float,
    retry_after: float | None,
) -> Capture:
    """Request the result again; give these kinds up after many failures over minutes, as storages do fail."""
    bad_results, since = capture.counts.bad_results + 1, capture.counts.bad_since or now
    counted = replace(capture, counts=replace(capture.counts, bad_results=bad_results, bad_since=since))
    if bad_results >= MOST_BAD_RESULTS and now - since >= timing.delivery_patience_sec:
        return give_up(counted, kinds, trouble)
    return try_again(counted, trouble, timing, now, retry_after)


def forgive(capture: Capture) -> Capture:
    """Reset the counts of bad results and files."""
    return replace(capture, counts=replace(capture.counts, bad_results=0, bad_since=0.0, bad_files=0))


def give_up(capture: Capture, kinds: tuple[str, ...], trouble: Trouble) -> Capture:
    """Give these kinds of motion up, so that they don't hold back the others that were paid for.

    If there are no others, the user decides when to try again.
    """
    left = replace(capture, given_up=(*capture.given_up, *kinds))
    if left.missing:
        return replace(forgive(left), state=State.COMPLETED, links={}, trouble=trouble)
    if left.motions:
        return end(left, State.DONE)
    return block(replace(left, links={}, given_up=()), State.COMPLETED, trouble)


def end(capture: Capture, state: State, trouble: Trouble | None = None) -> Capture:
    """End it in a final state; drop secrets that are no longer needed."""
    return replace(
        capture,
        state=state,
        upload_url="",
        links={},
        trouble=trouble,
        not_before=0.0,
        blocked_from=None,
        reported=None,
    )


def end_with_motions(capture: Capture) -> Capture:
    """End it with the motion that is on disk; the missing one is given up, and can be checked again."""
    return end(replace(capture, given_up=(*capture.given_up, *capture.missing)), State.DONE)


def abandon_draft(capture: Capture) -> Capture:
    """Leave the draft, which costs nothing, and create a new one."""
    return replace(
        capture,
        state=State.QUEUED,
        abandoned=(*capture.abandoned, capture.job_id),
        job_id="",
        upload_url="",
        target_confirmed=False,
        looked_at=None,
        counts=replace(capture.counts, uploads=0, bad_since=0.0),
        drafts=capture.drafts + 1,
    )


def not_submitted(capture: Capture) -> Capture:
    """Return to the state before a submission that certainly did nothing.

    An earlier one stays possible: one that the user repeated at a risk, or one from elsewhere of a recovered job.
    """
    possible = capture.submission.anyway or capture.recovered
    submission = replace(capture.submission, possible=possible, for_now=False, reads=0, refusal="", rejection=None)
    # what was lost may be older than the upload
    state = State.CREATED if capture.upload_url else State.UPLOADED
    return replace(capture, state=state, submission=submission)


def verify(capture: Capture, *, for_now: bool = False) -> Capture:
    """Check whether the submission did something."""
    submission = replace(capture.submission, for_now=for_now, reads=0, possible=True)
    return replace(capture, state=State.VERIFYING, submission=submission, looked_at=None)


def settle(capture: Capture) -> Capture:
    """End a check of a job that the service reports as a draft for long: only a documented refusal is clear."""
    submission = replace(capture.submission, for_now=False, settled=capture.submission.refusal != "")
    capture = replace(capture, submission=submission)
    if submission.settled and submission.rejection is not None:
        return end(capture, State.REJECTED, submission.rejection)
    return unconfirmed(capture)


def unconfirmed(capture: Capture) -> Capture:
    """Leave it to the user whether it is submitted again."""
    refusal = capture.submission.refusal
    if refusal:
        trouble = Trouble(
            TroubleKind.REFUSED,
            Text("Refused: {refusal}; the service reports nothing paid.", refusal=refusal),
            "Fix it, then press Submit Again; if the service accepts the refused job after all, both are paid.",
        )
    elif not capture.job_id:
        trouble = Trouble(
            TroubleKind.NOTES_LOST,
            "It is not known whether this capture was submitted before, since ledger.log has lost it.",
            "Look for its job on the service's website; submitting it here may cost the credits twice.",
        )
    else:
        trouble = Trouble(
            TroubleKind.UNCONFIRMED,
            "It is not known whether the service accepted the job.",
            "Check again later; submitting again may cost the credits twice.",
        )
    return replace(capture, state=State.UNCONFIRMED, trouble=trouble, not_before=0.0)


def start_running(capture: Capture, now: float) -> Capture:
    """Note that the service has the job; its age is counted from the submission."""
    submission = replace(capture.submission, at=capture.submission.at or now, refusal="", rejection=None, settled=False)
    heard = replace(capture.heard, status="", since=now)
    return replace(capture, state=State.RUNNING, upload_url="", submission=submission, heard=heard)


def next_poll(capture: Capture, timing: Timing, now: float) -> Capture:
    """Schedule the next status check."""
    age = now - max(capture.submission.at, capture.created_at)
    pause = timing.poll(capture.counts.polls, age, capture.id)
    counts = replace(capture.counts, polls=capture.counts.polls + 1)
    return replace(capture, counts=counts, not_before=now + pause)


def report_end(capture: Capture, reported: End, trouble: Trouble | None, timing: Timing, now: float) -> Capture:
    """Keep asking until the same end has been reported long and often enough to be accepted.

    Args:
        capture: of a job that may be paid.
        reported: by the current answer.
        trouble: the reason it gives.
        timing: all waits.
        now: seconds since 1970.
    """
    report = capture.reported
    if report is None or report.end is not reported:
        report = ReportedEnd(reported, now + timing.end_patience_sec, 0, trouble)
    report = replace(report, answers=report.answers + 1, trouble=trouble)
    known = replace(capture, reported=report, counts=replace(capture.counts, failures=0))
    # a gateway may answer 404, or a replica “failed”, once while the job runs well
    if report.answers >= timing.end_reads and now >= report.until:
        return believe(known)
    return next_poll(replace(known, trouble=trouble), timing, now)


def believe(capture: Capture) -> Capture:
    """End it as reported; files that are on disk already are not held back by the missing ones."""
    report = capture.reported
    assert report is not None  # noqa: S101 -- called only with one
    # No draft: whoever submitted it, it may be paid.
    capture = replace(capture, submission=replace(capture.submission, possible=True))
    # what is on disk was paid for, and is of use
    if capture.motions and capture.missing:
        return end_with_motions(capture)
    return end(capture, _STATES[report.end], report.trouble)
