"""Checks of videos before they are captured, kept by file and range; each runs in the background."""

from pathlib import Path
from typing import TYPE_CHECKING

from ...scene.video.strips import StripSource
from ...texts.faults import Fault
from ...texts.text import Text
from .check_words import findings_in_words
from .range_key import key_of_range
from .seeing_run import SeeingRun

if TYPE_CHECKING:
    from collections.abc import Hashable


class VideoChecks:
    """The checks of this session.

    Args:
        logs: folder for the output of the processes.
    """

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: dict[Hashable, SeeingRun] = {}
        self._found: dict[Hashable, tuple[Text, ...]] = {}

    @property
    def busy(self) -> bool:
        """Whether a check is running."""
        return bool(self._running)

    def begin(self, source: StripSource) -> None:
        """Check a strip's range, unless that is in progress."""
        key = key_of_range(source)
        if key not in self._running:
            self._found.pop(key, None)
            self._running[key] = run = SeeingRun(source, self._logs, person=None)
            run.begin()

    def is_running(self, source: StripSource) -> bool:
        """Return whether the range is being checked."""
        return key_of_range(source) in self._running

    def found(self, source: StripSource) -> tuple[Text, ...] | None:
        """Return what was found in the range, a sentence each; None if it wasn't checked as it is now."""
        return self._found.get(key_of_range(source))

    def pump(self) -> bool:
        """Take the results of checks that have ended; return whether there are any."""
        over = [(key, run) for key, run in self._running.items() if run.poll()]
        for key, run in over:
            del self._running[key]
            try:
                self._found[key] = findings_in_words(run.seeing.facts, run.frames_per_second)
            except Fault as fault:
                self._found[key] = (fault.text,)
            run.close()
        return bool(over)

    def close(self) -> None:
        """Stop all."""
        for run in self._running.values():
            run.close()
        self._running.clear()
