"""A preview in progress, and the two background processes with a private folder that write and see its frames."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...scene.preview.frame_pictures import FramePictures, all_frames
from ...scene.preview.seeing import Seeing, SeeingProgress
from ...scene.video.strips import StripSource
from ...texts.faults import Fault
from ...texts.text import Text
from ...vision.video_check import frames_to_check
from ..private_folder import PrivateFolder, remove_leftovers
from ..take import Kind, Standing, Take
from ..video_ranges import range_of_source
from .kept import PreviewRecord
from .planning import PreviewPlan

_STAGES = {
    "frames": Text("Following the person"),
    "hands": Text("Looking at the hands"),
    "motion": Text("Working out the motion"),
}


class SeeingRun:
    """A run that waits, goes on, or has ended.

    Args:
        source: the strip.
        logs: folder for the output of its processes.
        person: number of the one to follow, from 0; None to see what hinders seeing a motion instead.
        beside: other videos of the same moment.
        offsets: see `Seeing`.

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
    ) -> None:
        self.fault: Fault | None = None
        self._source, self._logs, self._person = source, logs, person
        self._beside, self._offsets = beside, offsets
        self._folder: PrivateFolder | None = None
        self._pictures: list[FramePictures] = []
        self._seeing: Seeing | None = None
        self._all_written = False

    @property
    def begun(self) -> bool:
        """Whether its processes were started."""
        return self._folder is not None

    def begin(self) -> None:
        """Start its processes; a fault is kept."""
        remove_leftovers()
        name, chosen = ("check", frames_to_check) if self._person is None else ("preview", all_frames)
        try:
            self._folder = PrivateFolder()
            private = self._folder.path
            for number, source in enumerate((self._source, *self._beside)):
                part = f"frames{number or ''}"
                log = self._logs / f"{name}_{part}.log"
                self._pictures.append(FramePictures(source, private / part, private, log, chosen=chosen).begin())
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
            ).begin()
        except Fault as fault:
            self._end(fault)

    def poll(self) -> bool:
        """Return whether it has ended, successfully or not; never waits."""
        if self.fault is not None or self._seeing is None:
            return self.fault is not None
        try:
            if not self._all_written and min([pictures.poll() for pictures in self._pictures]):
                for pictures in self._pictures:
                    pictures.check()
                self._all_written = True
            if not self._seeing.poll():
                return False
            self._seeing.check()
        except Fault as fault:
            self._end(fault)
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
    def frames(self) -> tuple[int, int]:
        """Frames that were written, and all of them; 0 while unknown."""
        return sum(each.frames_done for each in self._pictures), sum(len(each.order) for each in self._pictures)

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
        for process in (self._seeing, *self._pictures):
            if process is not None:
                process.kill()
        if self._folder is not None:
            self._folder.remove()

    def _end(self, fault: Fault) -> None:
        self.fault = fault
        self.close()


@dataclass(frozen=True)
class PreviewProgress:
    """How far a preview is.

    Attributes:
        what: what is done, in words.
        done: frames that are done.
        total: frames in all; 0 while unknown.
        seconds_left: an estimate; None while unknown.
    """

    what: Text
    done: int
    total: int
    seconds_left: float | None = None


class RunningPreview:
    """A preview that waits, runs, or has ended.

    Args:
        plan: what is previewed.
        logs: folder for the output of its processes.

    Attributes:
        id: of the preview.
        plan: what is previewed.
        run: its processes.
        shown: the range of the video file that it shows; None if it is none.
    """

    def __init__(self, plan: PreviewPlan, logs: Path) -> None:
        self.id = f"preview-{uuid.uuid4()}"
        self.plan = plan
        self.run = SeeingRun(plan.source, logs, person=plan.person, beside=plan.beside, offsets=plan.offsets)
        self.shown = range_of_source(plan.source)
        self._stage, self._stage_since = "", 0.0

    @property
    def title(self) -> str:
        """The title."""
        return self.plan.title

    def record(self) -> PreviewRecord:
        """Return the record of the finished preview."""
        source = self.plan.source
        return PreviewRecord(
            id=self.id,
            title=self.title,
            video=source.path.name if source.path is not None else "",
            range_sec=(source.trim_start_sec, source.trim_end_sec),
            created_at=time.time(),
            binding=self.plan.binding.to_json(),
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
        if seen is None:
            what = Text("Reading the video") if self.run.begun else Text("Waiting for another preview")
            return PreviewProgress(what, *self.run.frames)
        now = time.monotonic()
        if seen.stage != self._stage:
            self._stage, self._stage_since = seen.stage, now
        passed = now - self._stage_since
        left = passed / seen.done * (seen.total - seen.done) if seen.done and seen.stage != "motion" else None
        return PreviewProgress(_STAGES[seen.stage], seen.done, seen.total, left)
