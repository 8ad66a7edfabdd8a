"""A capture's log lines: ids, states, kinds of fault. Never a title, a path, a link, or text from outside."""

import logging

from .capture import Capture, State, Trouble
from .events import Created, Effect, Event, Failed, Fetched, Looked

_log = logging.getLogger(__name__)


def log_state(before: State, capture: Capture) -> None:
    """Log a line if the state has changed."""
    if capture.state is not before:
        trouble = f" ({_words_of(capture.trouble)})" if capture.trouble is not None else ""
        _log.info("%s: %s -> %s%s", _name(capture), before.value, capture.state.value, trouble)


def log_outcome(request: Effect, capture: Capture, happened: Event) -> None:
    """Log the outcome of a request; an answer without news is logged at debug level."""
    name, what = _name(capture), request.value
    match happened:
        case Failed(trouble=trouble):
            sent = "" if happened.sent else ", not sent"
            row = capture.counts.failures + 1
            _log.warning("%s: %s failed: %s%s, %d in a row", name, what, _words_of(trouble), sent, row)
        case Looked(job=job):
            level = logging.DEBUG if job.status == capture.heard.status else logging.INFO
            _log.log(level, "%s: %s: %s", name, what, job.status)
        case Created(job=job):
            size, seconds = capture.source.size, capture.credits
            made = f"job {job.job_id}, generation {job.generation.value}, {seconds:.2f} s, a file of {size} bytes"
            _log.info("%s: %s: %s", name, what, made)
        case Fetched(kind=kind, file=file):
            _log.info("%s: %s: %s, %d bytes", name, what, kind, file.size)
        case _:
            _log.info("%s: %s: %s", name, what, type(happened).__name__.lower())


def _name(capture: Capture) -> str:
    return f"capture {capture.id}, job {capture.job_id or '-'}"


def _words_of(trouble: Trouble) -> str:
    status = f", HTTP {trouble.http_status}" if trouble.http_status else ""
    return f"{trouble.kind}{status}{f', {trouble.code}' if trouble.code else ''}"
