"""Stopping a long computation in a thread: its loops look whether they may go on."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar


class Stopped(Exception):  # noqa: N818 -- not an error
    """Raised in the thread to end it."""


_stop: ContextVar[threading.Event | None] = ContextVar("_stop", default=None)


@contextmanager
def stopped_by(event: threading.Event) -> Generator[None]:
    """Have the computation in the block end soon once the event is set."""
    token = _stop.set(event)
    try:
        yield
    finally:
        _stop.reset(token)


def stop_if_asked() -> None:
    """Raise `Stopped` if this thread's computation is to end."""
    event = _stop.get()
    if event is not None and event.is_set():
        raise Stopped
