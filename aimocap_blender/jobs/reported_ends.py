"""The end of a job that may be paid: accepted only once the service has reported it for a while. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from .capture import Capture, End, ReportedEnd, State, Trouble
from .timing import Timing
from .transitions import end, end_with_motions, next_poll

_STATES: Mapping[End, State] = MappingProxyType(
    {
        End.FAILED: State.FAILED,
        End.CANCELED: State.CANCELED,
        End.NOT_FOUND: State.GONE,
        End.GONE: State.GONE,
    }
)


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
