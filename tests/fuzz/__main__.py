"""`python -m tests.fuzz`: feeds every reader, and prints a line for each.

With `--examples N` each reader is given N inputs, the same every time. With `--seconds N` others are made, until the
time is over. It ends with an error at the first input that a reader neither takes nor refuses as it documents, that
takes longer than a minute, or that needs more memory than `_MEMORY_MIB`.
"""

from __future__ import annotations

import argparse
import faulthandler
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, seed, settings

from .targets import Target, targets

if TYPE_CHECKING:
    from collections.abc import Callable

_MEMORY_MIB = 1024
_LONGEST_SEC = 60.0
_AT_ONCE = 200


@dataclass
class Tally:
    """The results of a target's inputs."""

    taken: int = 0
    refused: int = 0
    bytes: int = 0
    slowest_sec: float = 0.0
    taking: Target | None = field(default=None, repr=False)

    def line(self, name: str, peak_mib: int) -> str:
        """For people."""
        counts = f"{self.taken:8} {self.refused:8} {self.bytes / 2**20:8.1f} {self.slowest_sec:8.2f} {peak_mib:8}"
        return f"{name:26}{counts}"


def feed(target: Target, tally: Tally, examples: int, start: int | None) -> None:
    """Give a reader some inputs: the same every time, or those of a start."""

    def check(data: bytes) -> None:
        faulthandler.dump_traceback_later(_LONGEST_SEC, exit=True)
        started = time.monotonic()
        taken = target.takes(data)
        tally.slowest_sec = max(tally.slowest_sec, time.monotonic() - started)
        tally.taken += taken
        tally.refused += not taken
        tally.bytes += len(data)

    found: Callable[[], None] = settings(
        max_examples=examples,
        derandomize=start is None,
        database=None,
        deadline=None,
        suppress_health_check=tuple(HealthCheck.__members__.values()),
    )(given(target.inputs)(check))
    if start is not None:
        found = seed(start)(found)
    try:
        found()
    finally:
        faulthandler.cancel_dump_traceback_later()


def peak_mib() -> int:
    """The most memory that this process has had; 0 where the system doesn't tell."""
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (2**20 if sys.platform == "darwin" else 1024)


def limit_memory() -> None:
    """Have an allocation fail that no reader has a reason for; where the system can."""
    if sys.platform == "linux":
        import resource
        from pathlib import Path

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * resource.getpagesize() + _MEMORY_MIB * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def main() -> None:
    """Feed all targets, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("names", nargs="*", help="of targets; none: all")
    options = parser.parse_args()
    chosen = [target for target in targets() if not options.names or target.name in options.names]
    limit_memory()
    print(f"{'':26}{'taken':>8} {'refused':>8} {'MiB':>8} {'slowest':>8} {'peak MiB':>8}", flush=True)
    until = time.monotonic() + options.seconds
    for count, target in enumerate(chosen):
        tally = Tally()
        if not options.seconds:
            feed(target, tally, options.examples, None)
        start = time.time_ns()
        share = time.monotonic() + (until - time.monotonic()) / (len(chosen) - count)
        while time.monotonic() < share:
            start += 1
            feed(target, tally, _AT_ONCE, start)
        print(tally.line(target.name, peak_mib()), flush=True)


if __name__ == "__main__":
    main()
