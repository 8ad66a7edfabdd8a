"""A capture's life: a pure state machine. Its driver saves the record before carrying out the effects.

Invariants, held by an exhaustive model test:

- at most one request that may be charged for each job, unless the user pressed Submit Anyway, or the service answered
  that it accepts nothing for now and then reported a draft for long enough;
- right before that request this process has seen that the job is a draft, whatever its record says;
- no refusal of that request is believed before the service has reported a draft for long enough;
- the job's id is on disk before that request is sent;
- uploads and new drafts happen only before the video is in the storage;
- done means that the files are on disk and verified, except for one of several that the service does not deliver;
- stopping cancels the job until the submission, and only stops following it afterwards.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import LiteralString

from ..service.contract import FBX, ROBOT_MOTION, JobState, JobStatus, result_type
from ..service.faults import DOCUMENTED_CODES, Kind
from ..texts.text import Text
from .capture import BEFORE_SUBMITTED, ENDED, Capture, Counts, End, State, Submission, Trouble, TroubleKind
from .events import (
    CheckAgain,
    Created,
    Effect,
    Event,
    Failed,
    Fetched,
    Follow,
    Interrupted,
    Looked,
    Noted,
    PayAsMine,
    Rename,
    Restarted,
    ResultFound,
    Stop,
    SubmitAnyway,
    Submitted,
    Uploaded,
    Wake,
)
from .timing import Timing
from .transitions import (
    MOST_CREATES,
    NO_TARGET,
    abandon_draft,
    bad_result,
    believe,
    block,
    end,
    end_with_motions,
    failed,
    forgive,
    look_garbled,
    next_poll,
    not_submitted,
    refused,
    report_end,
    settle,
    start_running,
    succeeded,
    unblock,
    unconfirmed,
    verify,
)

PREVIEW = "preview"
NAMES: Mapping[str, LiteralString] = {FBX: "character", ROBOT_MOTION: "Unitree G1"}
"""Kind of motion to the name of its target."""
NOT_MINE = Trouble(
    TroubleKind.NOT_MINE,
    "This capture was begun with another API key.",
    "Press Pay as Mine to pay for it with yours, or enter that key in the preferences.",
)
_AT_WORK = frozenset[str]({JobStatus.QUEUED, JobStatus.PROCESSING})
_ENDS: Mapping[str, End] = {JobStatus.FAILED: End.FAILED, JobStatus.CANCELED: End.CANCELED}
_LOOKED_AT = frozenset({State.CREATED, State.UPLOADED, State.VERIFYING, State.RUNNING})
_NOTHING: tuple[Effect, ...] = ()

_MAY_BE_SUBMITTED_AGAIN = frozenset({State.VERIFYING, State.UNCONFIRMED})


def advance(capture: Capture, event: Event, timing: Timing, now: float) -> tuple[Capture, tuple[Effect, ...]]:
    """Take one step.

    Args:
        capture: the record so far.
        event: what happened. An answer that the state doesn't expect changes nothing.
        timing: all waits.
        now: seconds since 1970, by a clock that doesn't jump while a process runs.

    Returns:
        The record to save first, then the effects to carry out once it is on disk.
    """
    if isinstance(event, Wake):
        return _wake(capture, timing, now)
    if isinstance(event, Failed):
        return failed(capture, event, timing, now), _NOTHING
    if isinstance(event, Fetched):
        return _fetched(capture, event)
    moved = _MOVES[type(event)](capture, event, timing, now)
    # What is in no note is noted once the user has decided to go on.
    is_new = moved.job_id != capture.job_id or (isinstance(event, SubmitAnyway) and moved is not capture)
    return moved, (Effect.NOTE_JOB,) if is_new else _NOTHING


def _wake(capture: Capture, timing: Timing, now: float) -> tuple[Capture, tuple[Effect, ...]]:
    if capture.has_preview_left:
        return capture, (Effect.FETCH_PREVIEW,)
    if not capture.continues or now < capture.not_before:
        return capture, _NOTHING
    state = capture.state
    # never reached
    if capture.recovered and state in BEFORE_SUBMITTED:
        return capture, _NOTHING
    if state is State.QUEUED:
        return _create(capture)
    # a record may be older than the service, and another Blender may have submitted the job:
    # what may be charged follows a look at the job by this process
    is_fresh = capture.looked_at is not None and now - capture.looked_at <= timing.fresh_look_sec
    if state is State.UPLOADED and is_fresh:
        return _submit(capture, now)
    look = Effect.ASK_RESULT if capture.heard.too_large and capture.targets else Effect.LOOK
    effects = {
        State.CREATED: Effect.UPLOAD if capture.target_confirmed else Effect.LOOK,
        State.UPLOADED: Effect.LOOK,
        State.VERIFYING: look,
        State.RUNNING: look,
        State.COMPLETED: Effect.ASK_RESULT,
        State.DOWNLOADING: Effect.FETCH,
    }
    return capture, (effects[state],) if state in effects else _NOTHING


def _submit(capture: Capture, now: float) -> tuple[Capture, tuple[Effect, ...]]:
    before = capture.submission
    submission = Submission(
        at=now,
        tries=before.tries + 1,
        possible=True,
        anyway=before.anyway,
        renewals=before.renewals,
        without_key=before.without_key,
    )
    # a crash right after the request must find a record, and a note, that it may have been paid
    going = replace(capture, state=State.SUBMITTING, submission=submission, looked_at=None)
    return going, (Effect.NOTE_JOB, Effect.SUBMIT)


def _create(capture: Capture) -> tuple[Capture, tuple[Effect, ...]]:
    # drafts cost nothing, but nobody should make them without end
    if capture.counts.creates >= MOST_CREATES:
        last = capture.trouble.sentences[0] if capture.trouble is not None else "Every draft failed."
        trouble = Trouble(
            TroubleKind.CREATE_FAILED,
            Text("No job could be created: {why}", why=Text.of(last)),
            "Try again later; nothing was paid.",
        )
        return block(capture, State.QUEUED, trouble), _NOTHING
    counts = replace(capture.counts, creates=capture.counts.creates + 1)
    return replace(capture, state=State.CREATING, counts=counts), (Effect.CREATE,)


def _restarted(capture: Capture, event: Event, timing: Timing, now: float) -> Capture:
    capture = _interrupted(capture, event, timing, now)
    # Clocks jump between processes: no wait may become endless, no time may lie in the future.
    capture = replace(
        capture,
        looked_at=None,
        # a longer wait was never asked for: the clock was set back
        not_before=capture.not_before if capture.not_before <= now + timing.longest_wait_sec else now,
        # Failures in another process say nothing about this one's network.
        counts=replace(capture.counts, failures=0, bad_since=min(capture.counts.bad_since, now)),
        # how long it was a draft in between, only the clocks say
        submission=replace(
            capture.submission, at=now if capture.state is State.VERIFYING else min(capture.submission.at, now)
        ),
        heard=replace(capture.heard, since=min(capture.heard.since, now)),
        reported=None
        if capture.reported is None
        else replace(capture.reported, until=min(capture.reported.until, now + timing.end_patience_sec)),
    )
    # links expire soon
    if capture.state is State.DOWNLOADING:
        return replace(capture, state=State.COMPLETED, links={})
    return _as_noted(capture, event.noted, now) if isinstance(event, Restarted) else capture


def _as_noted(capture: Capture, noted: Noted, now: float) -> Capture:
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


def _interrupted(capture: Capture, _event: Event, _timing: Timing, _now: float) -> Capture:
    if capture.state is State.CREATING:
        return replace(capture, state=State.QUEUED)
    if capture.state is State.SUBMITTING:
        return verify(capture)
    # only its preview was being downloaded, and is given up
    if capture.state is State.DONE:
        return replace(capture, links={})
    return capture


def _stop(capture: Capture, _event: Event, _timing: Timing, _now: float) -> Capture:
    if capture.state in ENDED:
        return capture
    if capture.reported is not None:
        return believe(capture)
    submission = capture.submission
    is_not_sent_again = submission.settled or (submission.anyway and submission.for_now)
    if capture.state is State.VERIFYING and is_not_sent_again:
        return settle(capture)
    # what is here can be applied; the rest can be checked again
    if capture.motions:
        return end_with_motions(capture)
    # the service documents no request that cancels a job
    if capture.may_be_paid:
        return replace(capture, followed=False)
    return end(capture, State.STOPPED)


def _follow(capture: Capture, event: Event, _timing: Timing, _now: float) -> Capture:
    if capture.state in ENDED:
        return capture
    if capture.state is State.BLOCKED:
        if isinstance(event, Follow) and capture.is_nobodys:
            capture = replace(capture, key_fingerprint=event.key_fingerprint)
        capture = unblock(capture)
    return replace(capture, followed=True, not_before=0.0, counts=replace(capture.counts, failures=0))


def _check_again(capture: Capture, event: Event, _timing: Timing, now: float) -> Capture:
    if capture.job_id and (capture.state is State.UNCONFIRMED or capture.was_refused):
        return replace(verify(capture), trouble=None, followed=True, not_before=0.0)
    lost = event.lost if isinstance(event, CheckAgain) else ()
    here = {kind: file for kind, file in capture.files.items() if kind not in lost}
    again = replace(capture, files=here, counts=Counts(), given_up=(), followed=True, not_before=0.0)
    if not (capture.lacks_motion or (capture.state is State.DONE and again.missing)):
        return capture
    return start_running(succeeded(again), now)


def _submit_anyway(capture: Capture, event: Event, _timing: Timing, _now: float) -> Capture:
    if not capture.can_be_submitted or not isinstance(event, SubmitAnyway):
        return capture
    payer = event.key_fingerprint or capture.key_fingerprint
    capture = replace(capture, key_fingerprint=payer, followed=True, not_before=0.0)
    if not capture.job_id:
        return replace(capture, state=State.QUEUED, trouble=None)
    # even now it is looked at first: the job may have been accepted meanwhile
    going = verify(capture, for_now=True)
    renewals = going.submission.renewals + going.submission.settled
    return replace(going, submission=replace(going.submission, anyway=True, settled=False, renewals=renewals))


def _pay_as_mine(capture: Capture, event: Event, _timing: Timing, _now: float) -> Capture:
    """Start over with the user's key, which may know nothing of the other's draft."""
    if not isinstance(event, PayAsMine) or not capture.will_pay:
        return capture
    if capture.state is State.BLOCKED:
        capture = unblock(capture)
    capture = replace(capture, key_fingerprint=event.key_fingerprint, followed=True, not_before=0.0)
    return abandon_draft(capture) if capture.job_id else capture


def _rename(capture: Capture, event: Event, _timing: Timing, _now: float) -> Capture:
    return replace(capture, name=event.name) if isinstance(event, Rename) else capture


def _created(capture: Capture, event: Event, _timing: Timing, _now: float) -> Capture:
    if not isinstance(event, Created) or capture.state is not State.CREATING:
        return capture
    return replace(
        succeeded(capture),
        state=State.CREATED,
        job_id=event.job.job_id,
        upload_url=event.job.upload_url,
        generation=event.job.generation.value,
        left_out=event.job.left_out,
        key_fingerprint=event.key_fingerprint,
        target_confirmed=False,
        looked_at=None,
    )


def _uploaded(capture: Capture, event: Event, _timing: Timing, _now: float) -> Capture:
    if not isinstance(event, Uploaded) or capture.state is not State.CREATED:
        return capture
    # the upload may have taken long
    capture = replace(succeeded(capture), looked_at=None)
    return replace(capture, state=State.UPLOADED, upload_url="", upload_etag=event.etag)


def _submitted(capture: Capture, _event: Event, timing: Timing, now: float) -> Capture:
    if capture.state is not State.SUBMITTING:
        return capture
    return next_poll(start_running(succeeded(capture), now), timing, now)


def _result_found(capture: Capture, event: Event, timing: Timing, now: float) -> Capture:
    asked = {State.COMPLETED, State.VERIFYING, State.RUNNING} if capture.heard.too_large else {State.COMPLETED}
    if not isinstance(event, ResultFound) or capture.state not in asked:
        return capture
    # all but the output's own fields is the same in all
    first = event.results[0]
    if first.status in _ENDS:
        return report_end(capture, _ENDS[first.status], _why_ended(first.status, None, ""), timing, now)
    capture = _admitted(replace(capture, reported=None))
    # one of several motions may be ready before the others
    links = {result.result_type: result.url for result in event.results if result.result_type in capture.missing}
    if not links:
        return _not_delivered(capture, timing, now)
    links |= {PREVIEW: first.preview_url} if first.preview_url else {}
    heard = replace(capture.heard, completed_at=first.completed_at or capture.heard.completed_at, too_large=False)
    # A link is not a file yet: failures after it still count as consecutive.
    going = replace(succeeded(capture), counts=replace(capture.counts, fetches=0))
    # the file is downloaded again, perhaps repaired by then
    if capture.counts.bad_files:
        going = replace(going, trouble=capture.trouble)
    return replace(going, state=State.DOWNLOADING, links=links, heard=heard)


def _not_delivered(capture: Capture, timing: Timing, now: float) -> Capture:
    """Handle a result that has no link to a missing file."""
    trouble = Trouble(
        TroubleKind.NOT_DELIVERED,
        Text("The service has not delivered the motion for the {target} yet.", target=Text(NAMES[capture.missing[0]])),
        "Retrying automatically.",
    )
    return bad_result(capture, capture.missing, trouble, timing, now, None)


def _fetched(capture: Capture, event: Fetched) -> tuple[Capture, tuple[Effect, ...]]:
    if capture.state is State.DONE and event.kind == PREVIEW:
        return replace(capture, files={**capture.files, PREVIEW: event.file}, links={}), _NOTHING
    if capture.state is not State.DOWNLOADING or event.kind != capture.next_file:
        return capture, _NOTHING
    files = {**capture.files, event.kind: event.file}
    links = {kind: link for kind, link in capture.links.items() if kind != event.kind}
    going = replace(forgive(succeeded(capture)), files=files, links=links)
    if going.next_file is not None:
        return going, _NOTHING
    if going.missing:
        return replace(going, state=State.COMPLETED, links={}), _NOTHING
    preview = {kind: link for kind, link in links.items() if kind == PREVIEW}
    return replace(end(going, State.DONE), links=preview), _NOTHING


def _looked(capture: Capture, event: Event, timing: Timing, now: float) -> Capture:
    if not isinstance(event, Looked) or capture.state not in _LOOKED_AT:
        return capture
    job = event.job
    since = capture.heard.since if job.status == capture.heard.status else now
    events = job.events or capture.heard.events
    heard = replace(capture.heard, status=job.status, since=since, events=events, too_large=False)
    capture = replace(succeeded(capture), heard=heard)
    if capture.recovered:
        capture = replace(capture, key_fingerprint=capture.key_fingerprint or event.key_fingerprint)
    if job.status in _ENDS:
        return report_end(capture, _ENDS[job.status], _why_ended(job.status, job.code, job.message), timing, now)
    if capture.reported is not None:
        capture = replace(capture, reported=None)
    if capture.recovered:
        return _recovered_seen(capture, job, timing, now)
    if capture.state in BEFORE_SUBMITTED:
        return _draft_seen(capture, job, timing, now)
    return _submitted_seen(capture, job, timing, now)


def _submitted_seen(capture: Capture, job: JobState, timing: Timing, now: float) -> Capture:
    if job.status == JobStatus.COMPLETED:
        return replace(_admitted(capture), state=State.COMPLETED)
    still = _verified if capture.state is State.VERIFYING else _still_running
    return still(capture, job.status, timing, now)


def _still_running(capture: Capture, status: str, timing: Timing, now: float) -> Capture:
    if status != JobStatus.DRAFT:
        return next_poll(_admitted(capture), timing, now)
    # a replica of the service may not know of the submission for a while
    if not capture.heard.admitted and now - capture.heard.since >= timing.draft_patience_sec:
        return unconfirmed(capture)
    return next_poll(capture, timing, now)


def _draft_seen(capture: Capture, job: JobState, timing: Timing, now: float) -> Capture:
    """Check a draft before it is uploaded, and again before it is paid: its targets must be the requested ones."""
    # another process, or an earlier record of this capture, has submitted it
    if job.status in _AT_WORK or job.status == JobStatus.COMPLETED:
        return next_poll(_admitted(start_running(capture, now)), timing, now)
    if not job.target_ids or "" in job.target_ids:
        trouble = Trouble(
            Kind.BAD_ANSWER,
            "The service does not report which target it will create.",
            "Nothing was paid; try again later, or update the add-on.",
        )
        return look_garbled(capture, trouble, timing, now)
    capture = forgive(capture)
    # what is paid for would be another motion
    if set(job.target_ids) != set(capture.targets):
        found, wanted = ", ".join(job.target_ids) or "none", ", ".join(capture.targets)
        trouble = Trouble(
            TroubleKind.OTHER_TARGET,
            Text(
                "The service would create a different target ({found}) than requested ({wanted}).",
                found=found,
                wanted=wanted,
            ),
            "Nothing was paid; choose a target that the service offers.",
        )
        return end(capture, State.REJECTED, trouble)
    # an undocumented status may mean that it is at work
    if capture.state is State.UPLOADED and job.status != JobStatus.DRAFT:
        asked = replace(capture, submission=replace(capture.submission, at=now))
        return next_poll(verify(asked, for_now=True), timing, now)
    if capture.state is State.UPLOADED and capture.submission.possible and not capture.submission.anyway:
        return verify(capture)
    return replace(capture, target_confirmed=True, looked_at=now)


def _recovered_seen(capture: Capture, job: JobState, timing: Timing, now: float) -> Capture:
    """Handle a job known only by its id: the service reports its targets, and it is never submitted."""
    if job.status == JobStatus.DRAFT and not capture.heard.admitted:
        trouble = Trouble(
            TroubleKind.STILL_DRAFT,
            "The service reports this job as a draft: it was never submitted, or is about to be.",
            "Follow it again to check once more; a recovered job is never submitted from here.",
        )
        return block(capture, State.VERIFYING, trouble)
    # One of each kind, since a capture has one file of each.
    reported = {result_type(target): target for target in reversed(job.target_ids or ()) if target}
    targets = tuple(reported[kind] for kind in sorted(reported)) or capture.order.target_ids
    if not targets:
        return block(capture, State.VERIFYING, NO_TARGET)
    return _submitted_seen(replace(capture, order=replace(capture.order, target_ids=targets)), job, timing, now)


def _verified(capture: Capture, status: str, timing: Timing, now: float) -> Capture:
    if status in _AT_WORK:
        return next_poll(_admitted(replace(capture, state=State.RUNNING, upload_url="")), timing, now)
    is_draft, submission = status == JobStatus.DRAFT, capture.submission
    stands = is_draft and now - submission.at >= timing.settle_sec
    if is_draft and submission.for_now and (submission.anyway or stands):
        return replace(not_submitted(capture), looked_at=now)
    capture = replace(capture, submission=replace(submission, reads=submission.reads + is_draft))
    # one answer may come from a replica that is behind
    if stands and capture.submission.reads >= timing.settle_reads:
        return settle(capture)
    if submission.for_now:
        capture = replace(capture, trouble=submission.rejection)
    elif submission.refusal:
        capture = replace(capture, trouble=refused(submission.refusal))
    return next_poll(capture, timing, now)


def _admitted(capture: Capture) -> Capture:
    return capture if capture.heard.admitted else replace(capture, heard=replace(capture.heard, admitted=True))


def _why_ended(status: str, code: str | None, message: str) -> Trouble | None:
    if _ENDS[status] is End.CANCELED and not code and not message:
        # a deliberate cancel: the state's own words are enough
        return None
    if code in DOCUMENTED_CODES:
        return Trouble(TroubleKind.JOB_FAILED, *DOCUMENTED_CODES[code or ""], code=code)
    said = f": {message or code}".rstrip(".") if message or code else ""
    return Trouble(
        TroubleKind.JOB_FAILED,
        Text("The service could not finish this job{said}.", said=said),
        "Try another range or video.",
        code,
    )


_MOVES: dict[type, Callable[[Capture, Event, Timing, float], Capture]] = {
    Restarted: _restarted,
    Interrupted: _interrupted,
    Stop: _stop,
    Follow: _follow,
    CheckAgain: _check_again,
    PayAsMine: _pay_as_mine,
    SubmitAnyway: _submit_anyway,
    Rename: _rename,
    Created: _created,
    Looked: _looked,
    Uploaded: _uploaded,
    Submitted: _submitted,
    ResultFound: _result_found,
}
