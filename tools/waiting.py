"""Lines for people who wait: no silence is long, and each line says what is waited for."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

EVERY_SEC = 4.0
"""Between two lines at most, with a second to spare of the five that people are promised."""
_TO_END_SEC = 5.0
"""Time that a process gets to clean up after itself."""


@dataclass
class _Spoken:
    """When something was said, in seconds of the monotonic clock."""

    last: float = field(default_factory=time.monotonic)
    longest: float = 0.0


_spoken = _Spoken()


def say(line: str) -> None:
    """Print a line to standard error."""
    now = time.monotonic()
    _spoken.longest = max(_spoken.longest, now - _spoken.last)
    _spoken.last = now
    print(line, file=sys.stderr, flush=True)


def longest_silence() -> float:
    """Seconds between two lines of this process, at most."""
    return max(_spoken.longest, time.monotonic() - _spoken.last)


def wait_for(process: subprocess.Popen[bytes], waited_for: Callable[[], str]) -> int:
    """Wait for a process that leads a session of its own, and say so meanwhile; return its status.

    It is ended, with what it started, if this is interrupted.
    """
    started = time.monotonic()
    try:
        while True:
            try:
                return process.wait(max(_spoken.last + EVERY_SEC - time.monotonic(), 0.0))
            except subprocess.TimeoutExpired:
                say(f"   … {waited_for()}, {time.monotonic() - started:.0f} s")
    except BaseException:
        _end(process)
        raise


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGINT, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_TO_END_SEC)
