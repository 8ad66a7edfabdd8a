"""A preview in progress: its frames are written and seen at once, by two background processes."""

import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from ...scene.preview.frame_pictures import FramePictures
from ...scene.preview.seeing import Seeing
from ...texts.faults import Fault
from ...texts.text import Text
from .kept import PreviewRecord
from .planning import PreviewPlan
from .private_folder import PrivateFolder, remove_leftovers


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
    seconds_left: float | None


_SENTENCES = {
    "frames": Text("Following the person"),
    "motion": Text("Working out the motion"),
}


class RunningPreview:
    """A preview that waits, runs, or has ended.

    Args:
        plan: what is previewed.
        logs: folder for the output of its processes.

    Attributes:
        id: of the preview.
        plan: what is previewed.
        fault: why there is no motion.
    """

    def __init__(self, plan: PreviewPlan, logs: Path) -> None:
        self._logs = logs
        self.id = f"preview-{uuid.uuid4()}"
        self.plan = plan
        self.fault: Fault | None = None
        self._folder: PrivateFolder | None = None
        self._pictures: FramePictures | None = None
        self._seeing: Seeing | None = None
        self._stage, self._stage_since = "", 0.0

    @property
    def title(self) -> str:
        """The title."""
        return self.plan.title

    @property
    def begun(self) -> bool:
        """Whether its processes were started."""
        return self._folder is not None

    def begin(self) -> None:
        """Start its processes; a fault is kept."""
        remove_leftovers()
        try:
            self._folder = PrivateFolder()
            private = self._folder.path
            self._pictures = FramePictures.start(
                self.plan.source, private / "frames", private, self._logs / "preview_frames.log"
            )
            self._seeing = Seeing.start(self._pictures, private / "seen", private, self._logs / "preview_motion.log")
        except Fault as fault:
            self._end(fault)
        except OSError as error:
            self._end(
                Fault(
                    Text("A temporary folder can't be created: {reason}.", reason=error.strerror), "Free up disk space."
                )
            )

    def poll(self) -> bool:
        """Return whether it has ended, successfully or not; never waits."""
        if self.fault is not None or self._pictures is None or self._seeing is None:
            return self.fault is not None
        if self._pictures.poll():
            try:
                self._pictures.check()
            except Fault as fault:
                self._end(fault)
                return True
        if not self._seeing.poll():
            return False
        try:
            _ = self._seeing.result
        except Fault as fault:
            self._end(fault)
        return True

    @property
    def motion(self) -> Path:
        """The file with the motion, once `poll` returns True without a fault."""
        assert self._seeing is not None  # noqa: S101 -- the caller polled
        return self._seeing.result

    def record(self) -> PreviewRecord:
        """Return the record of the finished preview."""
        source = self.plan.source
        return PreviewRecord(
            id=self.id,
            title=self.title,
            video=source.path.name if source.path is not None else "",
            range_sec=(source.trim_start_sec, source.trim_end_sec),
            created_at=time.time(),
            binding=self.plan.binding,
        )

    @property
    def progress(self) -> PreviewProgress:
        """How far it is."""
        seen = self._seeing.progress if self._seeing is not None else None
        if seen is None:
            done, total = (self._pictures.done, self._pictures.count) if self._pictures is not None else (0, 0)
            return PreviewProgress(
                Text("Reading the video") if self.begun else Text("Waiting for another preview"), done, total, None
            )
        now = time.monotonic()
        if seen.stage != self._stage:
            self._stage, self._stage_since = seen.stage, now
        passed = now - self._stage_since
        left = passed / seen.done * (seen.total - seen.done) if seen.done and seen.stage == "frames" else None
        return PreviewProgress(_SENTENCES[seen.stage], seen.done, seen.total, left)

    def close(self) -> None:
        """Stop it, and delete its frames."""
        for process in (self._seeing, self._pictures):
            if process is not None:
                process.kill()
        if self._folder is not None:
            self._folder.remove()

    def _end(self, fault: Fault) -> None:
        self.fault = fault
        self.close()
