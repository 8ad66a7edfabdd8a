"""Checks of videos before they are captured, kept by file and range; each runs in the background."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...scene.video.strips import StripSource
from ...texts.faults import Fault
from ...texts.text import Text
from ...vision.video_check import FrameFacts
from ..source import Doing
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

_NOBODY = Text("nobody is seen")
_HINDRANCES: tuple[tuple[Text, Callable[[FrameFacts], bool]], ...] = (
    (Text("several people are in view"), lambda one: one.people > 1),
    (Text("feet are out of view"), lambda one: one.people > 0 and one.feet < _PART),
    (Text("hands are out of view"), lambda one: one.people > 0 and one.hands < _PART),
    (Text("the person is small in the frame"), lambda one: one.people > 0 and one.height < _SMALL),
    (Text("the person is blurred"), lambda one: one.people > 0 and one.blur > _BLURRED),
)


class Verdict(StrEnum):
    """How good a motion a video promises."""

    GOOD = "GOOD"
    RISKY = "RISKY"
    HOPELESS = "HOPELESS"


@dataclass(frozen=True)
class CheckedVideo:
    """A video's verdict and its reasons.

    Attributes:
        verdict: None if the check failed.
        sentences: the verdict with its first reason, then the others.
    """

    verdict: Verdict | None
    sentences: tuple[Text, ...]


class VideoChecks:
    """The checks of this session.

    Args:
        logs: folder for the output of the processes.
    """

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: dict[Hashable, SeeingRun] = {}
        self._found: dict[Hashable, CheckedVideo] = {}
        self._shown: list[tuple[int, int]] = []

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

    def stop(self, source: StripSource) -> None:
        """Stop checking a strip's range."""
        if (run := self._running.pop(key_of_range(source), None)) is not None:
            run.close()

    def is_running(self, source: StripSource) -> bool:
        """Return whether the range is being checked."""
        return key_of_range(source) in self._running

    def progress(self, source: StripSource) -> tuple[int, int] | None:
        """Return how many frames of a strip's range are checked, of how many; None if it isn't being checked."""
        run = self._running.get(key_of_range(source))
        return _progress_of(run) if run is not None else None

    def doing(self) -> list[Doing]:
        """Return the checks in progress."""
        return [Doing(run.title, Text("Checking the video"), _progress_of(run)) for run in self._running.values()]

    def found(self, source: StripSource) -> CheckedVideo | None:
        """Return what was found in the range; None if it wasn't checked as it is now."""
        return self._found.get(key_of_range(source))

    def pump(self) -> bool:
        """Take the results of checks that have ended; return whether anything visible has changed."""
        over = [(key, run) for key, run in self._running.items() if run.poll()]
        for key, run in over:
            del self._running[key]
            try:
                self._found[key] = judged(run.seeing.facts, run.frames_per_second)
            except Fault as fault:
                self._found[key] = CheckedVideo(None, (fault.text,))
            run.close()
        before, self._shown = self._shown, [_progress_of(run) for run in self._running.values()]
        return bool(over) or self._shown != before

    def close(self) -> None:
        """Stop all."""
        for run in self._running.values():
            run.close()
        self._running.clear()


def _progress_of(run: SeeingRun) -> tuple[int, int]:
    seen = run.progress
    return (seen.done, seen.total) if seen is not None else (0, 0)


def judged(facts: Sequence[FrameFacts], fps: float) -> CheckedVideo:
    """Return the verdict on a video.

    Args:
        facts: of the frames that were looked at.
        fps: of the frames.
    """
    if not any(one.people for one in facts):
        return CheckedVideo(Verdict.HOPELESS, (Text("Won't work: {what}.", what=_NOBODY),))
    found = tuple(_hindrances(facts, fps))
    if not found:
        return CheckedVideo(Verdict.GOOD, (Text("Good: one person is in view from head to foot."),))
    others = tuple(Text("Also: {what}.", what=other) for other in found[1:])
    return CheckedVideo(Verdict.RISKY, (Text("Risky: {what}.", what=found[0]), *others))


def _hindrances(facts: Sequence[FrameFacts], fps: float) -> Iterator[Text]:
    """Yield what hinders a motion; where nobody is seen, nothing else is said."""
    seen = [one for one in facts if one.people]
    if len(seen) < len(facts):
        yield _when(_NOBODY, [not one.people for one in facts], [one.frame / fps for one in facts])
    for what, hinders in _HINDRANCES:
        is_there = [hinders(one) for one in seen]
        if any(is_there):
            yield _when(what, is_there, [one.frame / fps for one in seen])
    if sum(one.camera_moves for one in facts) > len(facts) / 2:  # one frame alone may be mistaken
        yield Text("the camera moves")
    usual = float(np.median([one.changed for one in facts]))
    for before, after in pairwise(facts):
        if after.changed > max(_ANOTHER, _TIMES * usual) and not after.camera_moves and not before.camera_moves:
            yield Text(
                "there is a cut between {start:.1f} and {end:.1f} s", start=before.frame / fps, end=after.frame / fps
            )


def _when(what: Text, is_there: list[bool], moments: list[float]) -> Text:
    """Return what hinders with the moments at which it does: all, those from one on, those up to one, or some."""
    count = sum(is_there)
    if count == len(is_there):
        return Text("{what} in the whole range", what=what)
    if all(is_there[-count:]):
        return Text("{what} from {start:.1f} s on", what=what, start=moments[-count])
    if all(is_there[:count]):
        return Text("{what} until {end:.1f} s", what=what, end=moments[count])
    at = _listed(moment for moment, hinders in zip(moments, is_there, strict=True) if hinders)
    return Text("{what} at {moments} s", what=what, moments=at)


def _listed(moments: Iterable[float]) -> str:
    shown = [f"{moment:.1f}" for moment in moments]
    return ", ".join(shown[:_MOST_MOMENTS]) + (" …" if len(shown) > _MOST_MOMENTS else "")
