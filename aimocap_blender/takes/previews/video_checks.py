"""Checks of videos before they are captured, kept by file and range; each runs in the background."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...scene.video.strips import StripSource
from ...texts.faults import Fault
from ...texts.text import Text
from ...vision.video_check import FrameFacts
from ..video_ranges import key_of_range
from .running import SeeingRun

if TYPE_CHECKING:
    from collections.abc import Hashable

_PART = 0.5
"""Share of the feet or hands below which they count as out of view."""
_BLURRED = 0.7
_SMALL = 0.25
"""Of the frame's height: a person of less is hardly captured."""
_ANOTHER, _TIMES = 0.5, 2.0
"""Share of the frame that changes at a cut at least, also so many times as much as usual."""
_MOST_MOMENTS = 4

_HINDRANCES: tuple[tuple[Text, Callable[[FrameFacts], bool]], ...] = (
    (Text("Nobody is seen"), lambda one: one.people == 0),
    (Text("Several people are in view"), lambda one: one.people > 1),
    (Text("Feet are out of view"), lambda one: one.people > 0 and one.feet < _PART),
    (Text("Hands are out of view"), lambda one: one.people > 0 and one.hands < _PART),
    (Text("The person is small in the frame"), lambda one: one.people > 0 and one.height < _SMALL),
    (Text("The person is blurred"), lambda one: one.people > 0 and one.blur > _BLURRED),
)


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


def findings_in_words(facts: Sequence[FrameFacts], fps: float) -> tuple[Text, ...]:
    """Return a sentence for each hindrance; one that there is none if there is none.

    Args:
        facts: of the frames that were looked at.
        fps: of the frames.
    """
    found = tuple(_found(facts, fps))
    return found or (Text("One person is in view from head to foot, and nothing hinders the capture."),)


def _found(facts: Sequence[FrameFacts], fps: float) -> Iterator[Text]:
    for what, hinders in _HINDRANCES:
        moments = [one.frame / fps for one in facts if hinders(one)]
        if len(moments) == len(facts):
            yield Text("{what} in the whole range.", what=what)
        elif moments:
            yield Text("{what} at {moments} s.", what=what, moments=_listed(moments))
    if sum(one.camera_moves for one in facts) > len(facts) / 2:  # one frame alone may be mistaken
        yield Text("The camera moves.")
    usual = float(np.median([one.changed for one in facts]))
    for before, after in pairwise(facts):
        if after.changed > max(_ANOTHER, _TIMES * usual) and not after.camera_moves and not before.camera_moves:
            yield Text(
                "There is a cut between {start:.1f} and {end:.1f} s.", start=before.frame / fps, end=after.frame / fps
            )


def _listed(moments: Iterable[float]) -> str:
    shown = [f"{moment:.1f}" for moment in moments]
    return ", ".join(shown[:_MOST_MOMENTS]) + (" …" if len(shown) > _MOST_MOMENTS else "")
