"""A preview in progress."""

import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from ...texts.text import Text
from ..take import Kind, Standing, Take
from ..video_ranges import range_of_source
from .kept import PreviewRecord
from .planning import PreviewPlan
from .seeing_run import SeeingRun

_STAGES = {"frames": Text("Following the person"), "motion": Text("Working out the motion")}


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
        self.run = SeeingRun(plan.source, logs, person=plan.person)
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
        left = passed / seen.done * (seen.total - seen.done) if seen.done and seen.stage == "frames" else None
        return PreviewProgress(_STAGES[seen.stage], seen.done, seen.total, left)
