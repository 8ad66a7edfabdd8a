"""The small moves that a capture's life is made of. Pure: a record in, a record out."""

from dataclasses import replace

from .capture import Capture, Counts, State, Trouble
from .timing import Timing

MOST_CREATES = 4
MOST_UPLOADS = 6
MOST_BAD_RESULTS = 5
MOST_BAD_FILES = 3
MOST_FETCHES = 3


def wait(capture: Capture, seconds: float, now: float) -> Capture:
    """Do nothing for so long."""
    return replace(capture, not_before=now + seconds)


def succeeded(capture: Capture) -> Capture:
    """Something worked: the failures in a row end, and what went wrong is no longer worth showing."""
    counts = replace(capture.counts, failures=0)
    return replace(capture, counts=counts, trouble=None, not_before=0.0)


def try_again(
    capture: Capture,
    trouble: Trouble,
    timing: Timing,
    now: float,
    retry_after: float | None,
    at_least: float = 0.0,
) -> Capture:
    """Wait, longer with each failure in a row, then do the same once more."""
    counts = replace(capture.counts, failures=capture.counts.failures + 1)
    seconds = max(timing.retry(counts.failures, capture.id), at_least) if retry_after is None else retry_after
    return wait(replace(capture, counts=counts, trouble=trouble), max(seconds, at_least), now)


def block(capture: Capture, back_to: State, trouble: Trouble) -> Capture:
    """Stand still until the user has put something right."""
    return replace(capture, state=State.BLOCKED, blocked_from=back_to, trouble=trouble, not_before=0.0, reported=None)


def unblock(capture: Capture) -> Capture:
    """Go on where it was blocked, with a clean slate of attempts."""
    back_to = capture.blocked_from or State.QUEUED
    if back_to is State.SUBMITTING:
        back_to = State.VERIFYING
    counts = Counts(polls=capture.counts.polls)
    return replace(capture, state=back_to, blocked_from=None, counts=counts, trouble=None)


def bad_result(
    capture: Capture,
    kinds: tuple[str, ...],
    trouble: Trouble,
    timing: Timing,
    now: float,
    retry_after: float | None,
) -> Capture:
    """Ask anew, and give these kinds up once that has failed often and for long: a storage may fail for minutes."""
    bad_results, since = capture.counts.bad_results + 1, capture.counts.bad_since or now
    counted = replace(capture, counts=replace(capture.counts, bad_results=bad_results, bad_since=since))
    if bad_results >= MOST_BAD_RESULTS and now - since >= timing.delivery_patience_sec:
        return give_up(counted, kinds, trouble)
    return try_again(counted, trouble, timing, now, retry_after)


def forgive(capture: Capture) -> Capture:
    """What comes next is not judged by the results and files so far."""
    return replace(capture, counts=replace(capture.counts, bad_results=0, bad_since=0.0, bad_files=0))


def give_up(capture: Capture, kinds: tuple[str, ...], trouble: Trouble) -> Capture:
    """No longer try for these kinds of motion: what else was paid for isn't held back by them.

    Where there is nothing else, the user decides when all is tried again.
    """
    left = replace(capture, given_up=(*capture.given_up, *kinds))
    if left.missing:
        return replace(forgive(left), state=State.COMPLETED, links={}, trouble=trouble)
    if left.motions:
        return end(left, State.DONE)
    return block(replace(left, links={}, given_up=()), State.COMPLETED, trouble)


def end(capture: Capture, state: State, trouble: Trouble | None = None) -> Capture:
    """Nothing happens any more; secrets that are of no more use go."""
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


def abandon_draft(capture: Capture) -> Capture:
    """Leave the draft, which costs nothing, and ask for a new one."""
    return replace(
        capture,
        state=State.QUEUED,
        abandoned=(*capture.abandoned, capture.job_id),
        job_id="",
        upload_url="",
        target_confirmed=False,
        counts=replace(capture.counts, uploads=0, bad_since=0.0),
    )


def not_submitted(capture: Capture) -> Capture:
    """It is certain that the last submission did nothing: back to the state before it.

    An earlier one stays possible: one that the user had repeated at a risk, or somebody else's of a recovered job.
    """
    possible = capture.submission.anyway or capture.recovered
    submission = replace(capture.submission, possible=possible, for_now=False, reads=0, refusal="")
    return replace(capture, state=State.UPLOADED, submission=submission)


def verify(capture: Capture, *, for_now: bool = False, refusal: str = "") -> Capture:
    """It isn't certain whether the submission did something: ask."""
    submission = replace(capture.submission, for_now=for_now, reads=0, refusal=refusal)
    return replace(capture, state=State.VERIFYING, submission=submission)


def start_running(capture: Capture, now: float) -> Capture:
    """The service has the job; how long it takes is counted from the submission."""
    submission = replace(capture.submission, at=capture.submission.at or now, refusal="")
    heard = replace(capture.heard, status="", since=now)
    return replace(capture, state=State.RUNNING, submission=submission, heard=heard)


def next_poll(capture: Capture, timing: Timing, now: float) -> Capture:
    """Ask about the job again after a while."""
    pause = timing.poll(capture.counts.polls, now - capture.submission.at, capture.id)
    return wait(replace(capture, counts=replace(capture.counts, polls=capture.counts.polls + 1)), pause, now)
