"""A preview in progress, and checks of videos before they are captured: background processes with a private folder.

Two of them write and see the frames of a preview. Checks are kept by file and range.
"""

import contextlib
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING

from ...record_json import write_record
from ...scene.preview.seeing import (
    CHECKED_SIDE,
    LONGEST_SIDE,
    FramePictures,
    Seeing,
    SeeingProgress,
    Several,
    all_frames,
)
from ...scene.video.strips import StripSource
from ...texts.faults import Fault
from ...texts.text import Text
from ...vision.checkpoints import SoFar
from ...vision.video_check import FrameFacts, VideoFacts, frames_to_check
from ...whole_files import delete_take
from ..private_folder import PrivateFolder, held, remove_leftovers
from ..take import Doing, Kind, Standing, Take, key_of_range, range_of_source
from .kept import (
    SEEN,
    UNFINISHED,
    PreviewRecord,
    Unfinished,
    UnfinishedRecord,
    drop_checkpoints,
    films_of,
    from_frame,
    so_far_of,
)
from .planning import PreviewPlan

if TYPE_CHECKING:
    from collections.abc import Hashable


_STAGES = {
    "frames": (Text("Following the person"), 0.0, 0.7),
    "hands": (Text("Looking at the hands"), 0.7, 0.85),
    "motion": (Text("Working out the motion"), 0.85, 1.0),
}
"""Of a preview: what is done in words, and from which fraction of the time to which, about."""

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


class SeeingRun:
    """A run that waits, goes on, or has ended.

    Args:
        source: the strip.
        logs: folder for the output of its processes.
        person: number of the one to follow, from 0; None to see what hinders seeing a motion instead.
        beside: other videos of the same moment.
        offsets: see `Seeing`.
        checkpoints: folder of what is seen, with which a later run goes on; None to keep nothing.
        so_far: how far an earlier run has seen each of the videos.
        several: see `Seeing`.

    Attributes:
        fault: why it has no result.
    """

    def __init__(
        self,
        source: StripSource,
        logs: Path,
        *,
        person: int | None = 0,
        beside: Sequence[StripSource] = (),
        offsets: Sequence[float] | None = None,
        checkpoints: Path | None = None,
        so_far: Sequence[SoFar] = (),
        several: Several = "",
    ) -> None:
        self.fault: Fault | None = None
        self._source, self._logs, self._person = source, logs, person
        self._beside, self._offsets = beside, offsets
        self._checkpoints, self._so_far = checkpoints, so_far
        self._several: Several = several
        self._folder: PrivateFolder | None = None
        self._pictures: list[FramePictures] = []
        self._seeing: Seeing | None = None
        # a check's process writes them itself
        self._all_written = person is None

    @property
    def begun(self) -> bool:
        """Whether its processes were started."""
        return self._folder is not None

    def begin(self) -> None:
        """Start its processes; a fault is kept."""
        # a killed Blender's frames take gigabytes, and new ones are about to be written
        remove_leftovers()
        usual: Callable[[int, float], Sequence[int]]
        name, usual, side = "preview", all_frames, LONGEST_SIDE
        if self._person is None:
            name, usual, side = "check", frames_to_check, CHECKED_SIDE
        try:
            self._folder = PrivateFolder()
            private = self._folder.path
            for number, source in enumerate((self._source, *self._beside)):
                part = f"frames{number or ''}"
                # outside of the private folder, which is deleted: people send it with a report
                log = self._logs / f"{name}_{part}.log"
                seen = self._so_far[number] if number < len(self._so_far) else SoFar()
                # what an earlier run has seen is written last, for the few looks back that need it
                chosen = partial(from_frame, seen.first) if seen.first else usual
                self._pictures.append(
                    FramePictures(source, private / part, private, log, chosen=chosen, longest_side=side)
                )
            if not self._all_written:
                for each in self._pictures:
                    each.begin()
            pictures, *others = self._pictures
            motion_log = self._logs / f"{name}_motion.log"
            self._seeing = Seeing(
                pictures,
                private / "seen",
                private,
                motion_log,
                person=self._person,
                others=others,
                offsets=self._offsets,
                checkpoints=self._checkpoints,
                several=self._several,
            ).begin()
        except Fault as fault:
            self.end(fault)

    def poll(self) -> bool:
        """Return whether it has ended, successfully or not; never waits."""
        if self.fault is not None or self._seeing is None:
            return self.fault is not None
        try:
            if not self._all_written:
                # each is polled whatever the first one says: that is what ends one whose time is up
                are_written = [pictures.poll() for pictures in self._pictures]
                if all(are_written):
                    for pictures in self._pictures:
                        pictures.check()
                    self._all_written = True
            if not self._seeing.poll():
                return False
            self._seeing.check()
        except Fault as fault:
            self.end(fault)
        return True

    @property
    def title(self) -> str:
        """Name of the strip."""
        return self._source.name

    @property
    def seeing(self) -> Seeing:
        """The process with the result, once `poll` returns True without a fault."""
        assert self._seeing is not None  # noqa: S101 -- the caller polled
        return self._seeing

    @property
    def frames_per_second(self) -> float:
        """Frame rate of the frames; the processes were started."""
        return self._pictures[0].fps

    @property
    def progress(self) -> SeeingProgress | None:
        """How far the seeing is; None before it has begun."""
        return self._seeing.seen if self._seeing is not None else None

    def close(self) -> None:
        """Stop it, and delete its frames."""
        # before their folder goes, in which they write
        for process in (self._seeing, *self._pictures):
            if process is not None:
                process.kill()
        if self._folder is not None:
            self._folder.remove()

    def end(self, fault: Fault) -> None:
        """End it without a result."""
        self.fault = fault
        self.close()

    @property
    def has_answered(self) -> bool:
        """Whether its process came to an end by itself: another run would come to the same."""
        return self._seeing is not None and self._seeing.has_answered


@dataclass(frozen=True)
class PreviewProgress:
    """How far a preview is.

    Attributes:
        what: what is done, in words.
        share: fraction of the whole preview that is done; it never goes back.
        seconds_left: an estimate for all that is left; None while unknown.
    """

    what: Text
    share: float
    seconds_left: float | None = None


class RunningPreview:
    """A preview that waits, runs, or has ended.

    Args:
        previews: folder of all previews.
        unfinished: an earlier one, with which it goes on; None to start at the beginning.
        waits: another one is in progress.

    Attributes:
        id: of the preview.
        plan: what is previewed.
        share: how much of it was done before, 0 to 1.
        run: its processes.
        shown: the range of the video file that it shows; None if it is none.
    """

    def __init__(
        self, plan: PreviewPlan, previews: Path, unfinished: Unfinished | None = None, *, waits: bool = False
    ) -> None:
        self.id = f"preview-{uuid.uuid4()}" if unfinished is None else unfinished.record.id
        self.plan = plan
        self.share = 0.0 if unfinished is None else unfinished.share
        self._folder, self._films = previews / self.id, films_of(plan)
        self._leave: Callable[[], None] | None = None
        # what isn't just a file's range may look different tomorrow: nothing is kept to go on with
        self.run = SeeingRun(
            plan.source,
            previews,
            person=plan.person,
            beside=plan.beside,
            offsets=plan.offsets,
            checkpoints=self._folder / SEEN if self._films else None,
            so_far=() if unfinished is None else unfinished.so_far,
            several=plan.several,
        )
        self.shown = range_of_source(plan.source)
        self._waits = waits
        self._began: tuple[float, float] | None = None
        self._share = 0.0

    @property
    def title(self) -> str:
        """The title."""
        return self.plan.title

    def claim(self) -> None:
        """Have its folder for this Blender, with what is needed to go on later; in any thread.

        Raises:
            Fault: another Blender has it.
        """
        if not self._films:
            return
        # then it starts at the beginning if it is ended
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            # two Blenders that go on with the same preview would spoil each other's checkpoints
            self._leave = held(self._folder)
            if self._leave is None:
                raise Fault("Another Blender is making this preview.", "Wait until it is done there.")
            write_record(self._folder / UNFINISHED, self._unfinished_record())

    def finish(self) -> None:
        """Keep only what a finished preview needs; in any thread."""
        self.release()
        # nothing goes on with what is done
        drop_checkpoints(self._folder)

    def release(self) -> None:
        """Leave its folder to whoever goes on; in any thread."""
        if self._leave is not None:
            self._leave()
            self._leave = None

    def remove(self) -> None:
        """Delete its folder; in any thread."""
        # a folder that another Blender has is not this one's to delete
        if self._leave is not None:
            self.release()
            delete_take(self._folder, UNFINISHED)

    def unfinished(self) -> Unfinished | None:
        """Return it as one that was ended, whose folder is left; None if nothing was kept. In any thread."""
        if self._leave is None:
            return None
        self.release()
        return Unfinished(self._unfinished_record(), so_far_of(self._folder, len(self._films)))

    def _unfinished_record(self) -> UnfinishedRecord:
        plan = self.plan
        binding, everyone = plan.binding.to_json(), tuple(one.to_json() for one in plan.everyone)
        return UnfinishedRecord(
            self.id, self.title, time.time(), binding, self._films, plan.person, plan.offsets, everyone, plan.per_shot
        )

    def record(self, number: int = 0) -> PreviewRecord:
        """Return the record of the finished preview of a person, from 0."""
        source = self.plan.source
        # the first one has the folder that it was made in, each other a new one
        return PreviewRecord(
            id=f"preview-{uuid.uuid4()}" if number else self.id,
            title=f"{self.title} · {number + 1}" if number else self.title,
            video=source.path.name if source.path is not None else "",
            range_sec=(source.trim_start_sec, source.trim_end_sec),
            created_at=time.time(),
            binding=self.plan.binding_of(number).to_json(),
            beside=tuple(other.name for other in self.plan.beside),
        )

    @property
    def take(self) -> Take:
        """The preview as a take."""
        plan = self.plan
        return Take(
            Kind.PREVIEW,
            self.id,
            plan.title,
            Standing.RUNNING,
            video=str(plan.source.path),
            binding=plan.binding,
            continues=True,
        )

    @property
    def progress(self) -> PreviewProgress:
        """How far it is."""
        seen = self.run.progress
        waits = self._waits and not self.run.begun
        what = Text("Waiting for another preview") if waits else Text("Reading the video")
        if seen is None:
            return PreviewProgress(what, self._share)
        what, start, end = _STAGES[seen.stage]
        now, share = time.monotonic(), start + (end - start) * seen.done / max(seen.total, 1)
        # stages may begin again, in each shot of a video with cuts
        share = max(share, self._share)
        # counted from where this run began: what an earlier run has seen took no time now
        self._began = self._began or (now, share)
        self._share = share
        (began, first), left = self._began, None
        # solving a motion tells of its few rounds only, whose times say little of each other
        if share > first and seen.stage != "motion":
            left = (now - began) / (share - first) * (1.0 - share)
        return PreviewProgress(what, share, left)


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
        # a range and not a strip: trimmed anew it is another question
        key = key_of_range(source)
        if key not in self._running:
            # while it is checked again, nothing is said of it
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
        # compared, since each change redraws the sidebars
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
        # most often it is one of these that hides people
        over_all = [_BLUR if _is_blurred(one) else _DARKNESS if _is_dark(one) else _NOBODY for one in facts.frames]
        what = max(over_all, key=over_all.count)
        return CheckedVideo(Verdict.HOPELESS, (Text("Won't work: {what}.", what=what),))
    # none of them makes a motion impossible, however many there are
    found = tuple(_hindrances(facts, fps))
    if not found:
        return CheckedVideo(Verdict.GOOD, (Text("Good: one person is in view from head to foot."),))
    others = tuple(Text("Also: {what}.", what=other) for other in found[1:])
    return CheckedVideo(Verdict.RISKY, (Text("Risky: {what}.", what=found[0]), *others))


def _is_blurred(one: FrameFacts) -> bool:
    return one.blur > _BLURRED


def _is_dark(one: FrameFacts) -> bool:
    return one.light < _DARK


def _is_clear(one: FrameFacts) -> bool:
    return not _is_blurred(one) and not _is_dark(one)


def _hindrances(facts: VideoFacts, fps: float) -> Iterator[Text]:
    """Yield what hinders a motion; where it is dark or blurred, nothing is said of people, nor that nobody is there."""
    looks, seen = facts.frames, [one for one in facts.frames if one.people]
    yield from _told(_NOBODY, looks, lambda one: not one.people and _is_clear(one), 0.0, fps)
    # in a blurred frame limbs are seen where they aren't
    clear = list(filter(_is_clear, seen))
    for what, hinders, least in _HINDRANCES:
        yield from _told(what, clear, hinders, least, fps)
    yield from _told(_BLUR, seen, _is_blurred, 0.2, fps)
    yield from _told(_DARKNESS, looks, _is_dark, 0.2, fps)
    if facts.camera_moves:
        yield Text("the camera moves")
    for before, after in facts.cuts:
        yield Text("there is a cut between {start:.1f} and {end:.1f} s", start=before / fps, end=after / fps)


def _told(
    what: Text, looks: Sequence[FrameFacts], hinders: Callable[[FrameFacts], bool], least: float, fps: float
) -> Iterator[Text]:
    """Yield what hinders, if it does so in more than one look and in a least fraction of them."""
    is_there = list(map(hinders, looks))
    # a single look may be wrong, but of a short range there is no second one
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
    at = _listed(compress(moments, is_there))
    return Text("{what} at {moments} s", what=what, moments=at)


def _listed(moments: Iterable[float]) -> str:
    shown = [f"{moment:.1f}" for moment in moments]
    return ", ".join(shown[:_MOST_MOMENTS]) + (" …" if len(shown) > _MOST_MOMENTS else "")
