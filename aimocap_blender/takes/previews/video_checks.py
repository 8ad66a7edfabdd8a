"""Checks of videos before they are captured, kept by file and range; each runs in the background."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from ...scene.video.strips import StripSource
from ...texts.faults import Fault
from ...texts.text import Text
from ...vision.video_check import FrameFacts, VideoFacts
from ..take import Doing, key_of_range
from .running import SeeingRun

if TYPE_CHECKING:
    from collections.abc import Hashable

_PART = 0.5
"""Fraction of the feet or hands from which they count as out of the frame."""
_HIDDEN = 0.75
"""The same for hidden: one of two hands is hidden most of the time in many videos."""
_BLURRED = 0.74
"""That of a person of 300 pixels after a blur of 2.5 pixels (standard deviation): limbs are several degrees off."""
_DARK = 60.0
"""Levels of 255. Nobody is found any more in plain scenes at a tenth of their light, which is a level of 15 to 20."""
_SMALL = 0.24
"""Of the frame's longer side: the network that finds people sees a smaller person in less than 54 pixels, and misses
most of them."""
_MOST_MOMENTS = 4
_LEAST_LOOKS = 2
"""One look alone may be mistaken."""

_NOBODY = Text("nobody is seen")
_BLUR, _DARKNESS = Text("the video is blurred"), Text("the video is dark")
_HINDRANCES: tuple[tuple[Text, Callable[[FrameFacts], bool], float], ...] = (
    (Text("several people are in view"), lambda one: one.people > 1, 0.0),
    (Text("feet are out of the frame"), lambda one: one.feet_out >= _PART, 0.0),
    (Text("feet are hidden"), lambda one: one.feet_hidden >= _HIDDEN, 0.7),
    (Text("hands are out of the frame"), lambda one: one.hands_out >= _PART, 0.0),
    (Text("hands are hidden"), lambda one: one.hands_hidden >= _HIDDEN, 0.7),
    (Text("the person is on the floor"), lambda one: one.on_floor, 0.0),
    (Text("the person is small in the frame"), lambda one: one.size < _SMALL, 0.2),
)
"""Each hindrance, where it is there, and in which fraction of the looks it has to be."""


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
        """Check a strip's range from the next tick on, unless that is in progress."""
        key = key_of_range(source)
        if key not in self._running:
            self._found.pop(key, None)
            self._running[key] = SeeingRun(source, self._logs, person=None)

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
        """Begin checks, and take the results of those that ended; return whether anything visible has changed."""
        for run in self._running.values():
            if not run.begun and run.fault is None:
                run.begin()
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


def judged(facts: VideoFacts, fps: float) -> CheckedVideo:
    """Return the verdict on a video.

    Args:
        facts: about it.
        fps: of the frames.
    """
    if not any(one.people for one in facts.frames):
        over_all = [_BLUR if _is_blurred(one) else _DARKNESS if _is_dark(one) else _NOBODY for one in facts.frames]
        what = max(over_all, key=over_all.count)
        return CheckedVideo(Verdict.HOPELESS, (Text("Won't work: {what}.", what=what),))
    found = tuple(_hindrances(facts, fps))
    if not found:
        return CheckedVideo(Verdict.GOOD, (Text("Good: one person is in view from head to foot."),))
    others = tuple(Text("Also: {what}.", what=other) for other in found[1:])
    return CheckedVideo(Verdict.RISKY, (Text("Risky: {what}.", what=found[0]), *others))


def _is_blurred(one: FrameFacts) -> bool:
    return one.blur > _BLURRED


def _is_dark(one: FrameFacts) -> bool:
    return one.light < _DARK


def _hindrances(facts: VideoFacts, fps: float) -> Iterator[Text]:
    """Yield what hinders a motion; where it is dark or blurred, nothing is said of people, nor that nobody is there."""
    looks, seen = facts.frames, [one for one in facts.frames if one.people]
    is_empty = [not one.people and not _is_blurred(one) and not _is_dark(one) for one in looks]
    yield from _told(_NOBODY, looks, is_empty, 0.0, fps)
    clear = [one for one in seen if not _is_blurred(one) and not _is_dark(one)]
    for what, hinders, least in _HINDRANCES:
        yield from _told(what, clear, [hinders(one) for one in clear], least, fps)
    for what, is_so, among in ((_BLUR, _is_blurred, seen), (_DARKNESS, _is_dark, looks)):
        yield from _told(what, among, [is_so(one) for one in among], 0.2, fps)
    if facts.camera_moves:
        yield Text("the camera moves")
    for before, after in facts.cuts:
        yield Text("there is a cut between {start:.1f} and {end:.1f} s", start=before / fps, end=after / fps)


def _told(what: Text, looks: Sequence[FrameFacts], is_there: list[bool], least: float, fps: float) -> Iterator[Text]:
    """Yield what hinders, if it does so in more than one look and in a least fraction of them."""
    if sum(is_there) >= max(min(_LEAST_LOOKS, len(looks)), least * len(looks), 1):
        yield _when(what, is_there, [one.frame / fps for one in looks])


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
