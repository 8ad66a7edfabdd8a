"""The transitions of a capture's life: basic ones, and those after a failed request.

Pure: a record in, a record out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from ..service.faults import Kind
from ..texts.text import Text
from .capture import Capture, Counts, End, ReportedEnd, State, Trouble, TroubleKind
from .events import Failed
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

NO_TARGET = Trouble(
    TroubleKind.NO_TARGET,
    "The service does not report what this job creates.",
    "Forget it, then recover it again and choose the target.",
)

_UNAUTHORIZED = 401
_CLIENT_ERRORS = range(400, 500)
_USER_MUST_FIX = frozenset({Kind.NO_REQUESTS, Kind.ADDRESS, Kind.KEY, Kind.TLS, Kind.PROXY})
_ON_A_JOB = frozenset({Kind.KEY, Kind.ADDRESS, Kind.NO_REQUESTS, TroubleKind.OTHER_KEY, TroubleKind.UNKNOWN_JOB})
_WRONG_BUT_FREE = _USER_MUST_FIX | {Kind.SOURCE_CHANGED, Kind.DISK}
_GARBLED = frozenset({Kind.BAD_ANSWER, Kind.REDIRECT, Kind.TOO_LARGE, TroubleKind.TAKEN})
"""Invalid answers: from a gateway, a sign-in page, or cut short. A single one means nothing."""
_REFUSALS = frozenset({Kind.REFUSED, Kind.NO_SERVICE, Kind.NO_SUCH_JOB, Kind.GONE, Kind.NOT_READY})
_NO_DRAFT_MADE = frozenset({Kind.BUSY, Kind.CONCURRENCY, Kind.KEY})
_UPLOAD_REFUSED = frozenset({Kind.STORAGE_REFUSED, Kind.REDIRECT, Kind.UNSAFE_LINK, Kind.BAD_ANSWER, Kind.TOO_LARGE})
_REASONED = frozenset({Kind.REFUSED, Kind.KEY, Kind.NOT_READY})
_REPORTED = {Kind.NO_SUCH_JOB: End.NOT_FOUND, Kind.GONE: End.GONE}
_BAD_RESULTS = frozenset({Kind.BAD_ANSWER, Kind.UNSAFE_LINK, Kind.REDIRECT, Kind.STORAGE_REFUSED})


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


def failed(capture: Capture, failure: Failed, timing: Timing, now: float) -> Capture:
    """Return the record after a failed request; unchanged if its state doesn't expect one."""
    again = _Again(failure, timing, now)
    moves = {
        State.CREATING: _create_failed,
        State.CREATED: _draft_failed,
        State.UPLOADED: _draft_failed,
        State.SUBMITTING: _submit_failed,
        State.VERIFYING: _look_failed,
        State.RUNNING: _look_failed,
        State.COMPLETED: _result_failed,
        State.DOWNLOADING: _fetch_failed,
        State.DONE: _preview_failed,
    }
    move = moves.get(capture.state)
    return capture if move is None else move(capture, failure, again)


def refused(reason: str) -> Trouble:
    """Return what to show while checking whether a refused submission was accepted after all."""
    return Trouble(
        TroubleKind.REFUSED, Text("The service refused: {reason}.", reason=reason), "Checking that nothing was paid."
    )


@dataclass(frozen=True)
class _Again:
    """Repeats the same step later."""

    failure: Failed
    timing: Timing
    now: float

    def __call__(self, capture: Capture, at_least: float = 0.0) -> Capture:
        requested = self.failure.retry_after
        return try_again(capture, self.failure.trouble, self.timing, self.now, requested, at_least)


def _create_failed(capture: Capture, failure: Failed, again: _Again) -> Capture:
    kind = failure.trouble.kind
    queued = replace(capture, state=State.QUEUED)
    # certainly no draft was created: not counted
    if not failure.sent or kind in _NO_DRAFT_MADE:
        queued = replace(queued, counts=replace(capture.counts, creates=capture.counts.creates - 1))
    if kind == Kind.CONCURRENCY:
        return again(queued, again.timing.busy_sec)
    # a gateway that restarts or asks for a sign-in may answer so a few times
    if kind in _GARBLED and queued.counts.creates < MOST_CREATES:
        return again(queued, again.timing.garbled_patience_sec / (MOST_CREATES - 1))
    # a wrong address is reported soon
    if kind == Kind.NO_SERVICE and queued.counts.creates == 1:
        return again(queued)
    if kind in _WRONG_BUT_FREE | _GARBLED | {TroubleKind.ACCEPTED}:
        return block(queued, State.QUEUED, failure.trouble)
    if kind in _REFUSALS:
        return end(capture, State.REJECTED, failure.trouble)
    return again(queued)


def _draft_failed(capture: Capture, failure: Failed, again: _Again) -> Capture:
    """Return the record after a failed look at the draft, or a failed upload."""
    kind, state = failure.trouble.kind, capture.state
    # a draft without its upload is worth nothing, and a new one is free
    if kind in {Kind.LINK_EXPIRED, Kind.NO_SUCH_JOB, Kind.GONE, TroubleKind.OTHER_KEY}:
        return _draft_gone(capture, failure, again)
    is_look = state is State.UPLOADED or not capture.target_confirmed
    if kind in _GARBLED | {Kind.NO_SERVICE} and is_look:
        return look_garbled(capture, failure.trouble, again.timing, again.now, failure.retry_after)
    if kind in _WRONG_BUT_FREE or kind in _UPLOAD_REFUSED or kind in {Kind.REFUSED, TroubleKind.ACCEPTED}:
        return block(capture, state, failure.trouble)
    if is_look or not failure.sent:
        return again(capture)
    uploads = capture.counts.uploads + 1
    # an expired link can look like a broken connection
    if uploads > MOST_UPLOADS:
        return again(abandon_draft(capture))
    return again(replace(capture, counts=replace(capture.counts, uploads=uploads)))


def _draft_gone(capture: Capture, failure: Failed, again: _Again) -> Capture:
    kind = failure.trouble.kind
    # it was submitted before, so it isn't just left
    if capture.submission.tries and kind in _REPORTED:
        return report_end(capture, _REPORTED[Kind(kind)], failure.trouble, again.timing, again.now)
    return again(abandon_draft(capture))


def look_garbled(
    capture: Capture, trouble: Trouble, timing: Timing, now: float, retry_after: float | None = None
) -> Capture:
    """Look at the draft once more after an answer that is none, until that has gone on for too long."""
    since = capture.counts.bad_since or now
    if now - since >= timing.garbled_patience_sec:
        return block(capture, capture.state, trouble)
    counted = replace(capture, counts=replace(capture.counts, bad_since=since))
    return try_again(counted, trouble, timing, now, retry_after)


def _submit_failed(capture: Capture, failure: Failed, again: _Again) -> Capture:
    """Return the record after the failed request that costs credits: a gateway may have sent it more than once.

    So no refusal ends it: what counts is what the service says of the job.
    """
    kind, trouble = failure.trouble.kind, failure.trouble
    # only after these it is sent again unasked, once the job has stayed a draft for long enough
    if kind in {Kind.CONCURRENCY, Kind.BUSY}:
        deferred = replace(capture, submission=replace(capture.submission, rejection=trouble))
        return again(verify(deferred, for_now=True), again.timing.busy_sec)
    if failure.sent:
        is_refusal = kind in _REASONED and trouble.http_status in _CLIENT_ERRORS
        refusal = (failure.reason or str(trouble.sentences[0]).rstrip(".")) if is_refusal else ""
        submission = replace(
            capture.submission,
            refusal=refusal,
            rejection=trouble if failure.refused else None,
            without_key=capture.submission.without_key or failure.names_idempotency,
        )
        checked = verify(replace(capture, submission=submission))
        # who may not submit may not look either
        if trouble.http_status == _UNAUTHORIZED:
            return block(checked, State.VERIFYING, trouble)
        return replace(again(checked), trouble=refused(refusal) if refusal else trouble)
    if kind == TroubleKind.NOTED:
        return again(verify(capture))
    unpaid = not_submitted(capture)
    if kind == TroubleKind.TAKEN:
        return again(abandon_draft(unpaid))
    return block(unpaid, State.UPLOADED, failure.trouble) if kind in _USER_MUST_FIX else again(unpaid)


def _look_failed(capture: Capture, failure: Failed, again: _Again) -> Capture:
    """Return the record after a failed check: a job that may be paid is given up only for a certain end."""
    kind = failure.trouble.kind
    # that is as much as was known before
    if capture.submission.settled and kind in _ON_A_JOB.union(_REPORTED):
        return settle(capture)
    if kind in _ON_A_JOB:
        return block(capture, capture.state, failure.trouble)
    # A result requested instead of the status may only fail because the job isn't finished: check the status again.
    too_large = kind == Kind.TOO_LARGE and not capture.heard.too_large
    # nobody knows which result to ask for
    if too_large and not capture.targets:
        return block(capture, capture.state, NO_TARGET)
    if kind in _REPORTED and not capture.heard.too_large:
        return report_end(capture, _REPORTED[Kind(kind)], failure.trouble, again.timing, again.now)
    return again(replace(capture, heard=replace(capture.heard, too_large=too_large)))


def _result_failed(capture: Capture, failure: Failed, again: _Again) -> Capture:
    kind = failure.trouble.kind
    if kind == Kind.GONE:
        return report_end(capture, End.GONE, failure.trouble, again.timing, again.now)
    if kind in _ON_A_JOB:
        return block(capture, State.COMPLETED, failure.trouble)
    return _count_bad_results(capture, capture.missing, failure, again)


def _fetch_failed(capture: Capture, failure: Failed, again: _Again) -> Capture:
    kind = failure.trouble.kind
    fetches = capture.counts.fetches + 1
    capture = replace(capture, counts=replace(capture.counts, fetches=fetches))
    fresh_links = replace(capture, state=State.COMPLETED, links={})
    tried = capture.missing if capture.next_file is None else (capture.next_file,)
    if kind == TroubleKind.BAD_FILE:
        bad_files = capture.counts.bad_files + 1
        rejected = tuple(dict.fromkeys((*capture.rejected, failure.kept) if failure.kept else capture.rejected))
        counted = replace(fresh_links, counts=replace(capture.counts, bad_files=bad_files), rejected=rejected)
        if bad_files >= MOST_BAD_FILES:
            return give_up(counted, tried, failure.trouble)
        return again(counted)
    if kind == Kind.TOO_LARGE:
        # it will be as large the next time
        return give_up(fresh_links, tried, failure.trouble)
    if kind in {Kind.DISK, Kind.NO_REQUESTS}:
        return block(fresh_links, State.COMPLETED, failure.trouble)
    # A single file's link may expire any number of times: retrying holds nothing back.
    if kind in _BAD_RESULTS or (kind == Kind.LINK_EXPIRED and len(capture.targets) > 1):
        return _count_bad_results(fresh_links, tried, failure, again)
    return again(fresh_links if kind == Kind.LINK_EXPIRED or fetches >= MOST_FETCHES else capture)


def _count_bad_results(capture: Capture, tried: tuple[str, ...], failure: Failed, again: _Again) -> Capture:
    if failure.trouble.kind not in _BAD_RESULTS | {Kind.LINK_EXPIRED}:
        return again(capture)
    return bad_result(capture, tried, failure.trouble, again.timing, again.now, failure.retry_after)


def _preview_failed(capture: Capture, _failure: Failed, _again: _Again) -> Capture:
    """Return the record without its preview, which is optional."""
    return replace(capture, links={})
