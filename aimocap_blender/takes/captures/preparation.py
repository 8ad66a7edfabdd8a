"""A capture that is being prepared: a strip's range is rendered to a clip, if it needs one, then it is saved."""

import shutil
import time
import uuid
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ...jobs.capture import CaptureRequest
from ...jobs.own_folders import Clips
from ...scene.video.render_clip import ClipRendering
from ...texts.faults import Fault
from ...texts.text import Text
from ...whole_files import renamed
from ..configuration import configuration
from ..disk_work import DiskWork
from ..take import Kind, Standing, Take
from .planning import CapturePlan

if TYPE_CHECKING:
    from concurrent.futures import Future

    from ...jobs.leased_lock import LeasedLock

_COUNT_SEC = 0.5


class Preparation:
    """A capture that is being prepared.

    Attributes:
        id: of this preparation, until the capture has one.
        title: of the capture.
        reason: why a clip is rendered.
        request: the capture, once `poll` returns True.
        fault: why there is no clip, or no capture.
        capture_id: of the resulting capture.
        plan: the plan it was made from.
        saving: the capture's start, which saves it; its result is the capture's id.
    """

    def __init__(self, plan: CapturePlan, disk: DiskWork, saving: "Future[str] | None" = None) -> None:
        name = str(uuid.uuid4())
        self.id = f"clip-{name}"
        self.title = plan.request.title
        self.reason = plan.reason
        self.request: CaptureRequest | None = None
        self.fault: Fault | None = None
        self.capture_id = ""
        self.plan = plan
        self.saving = saving
        self._disk = disk
        self._name = name
        # since a later Blender may upload it
        self._clips = Clips(configuration().captures_folder)
        self._folder = self._clips.folder_of(name)
        self._lock: LeasedLock | None = None
        self._rendering: ClipRendering | None = None
        self._beginning: Future[None] | None = None
        self._ending: Future[CaptureRequest] | None = None
        self._counting: Future[int] | None = None
        self._done, self._counted_at = 0, 0.0
        if plan.source is not None:
            # a copy of the open file is saved there
            if not plan.source.by_formula:
                self._make_folder()
            self._rendering = ClipRendering(plan.source, self._folder)

    @property
    def active(self) -> bool:
        """Whether the clip is still being rendered, or the capture saved."""
        return self.fault is None and not self.capture_id

    @property
    def begun(self) -> bool:
        """Whether a background Blender was started for it, or is about to be; or it needs none."""
        return self._rendering is None or self._beginning is not None

    @property
    def is_saving(self) -> bool:
        """Whether its capture is being saved."""
        return self.active and self.saving is not None

    @property
    def renders(self) -> bool:
        """Whether a background Blender renders its clip."""
        return self.active and self._beginning is not None and self.request is None

    def begin(self) -> None:
        """Start rendering; a fault that takes longer is kept.

        Raises:
            Fault: Blender can't be started.
        """
        self._beginning = self._disk.soon(self._begin)
        # what is known at once is told by the press itself
        if self._beginning.done():
            self._beginning.result()

    def _begin(self) -> None:
        if self._rendering is not None:
            if self.plan.source is not None and self.plan.source.by_formula:
                self._make_folder()
            self._rendering.begin()

    def _make_folder(self) -> None:
        try:
            _, self._lock = self._clips.new(self._name)
        except OSError as error:
            raise _unwritable(error) from error

    def poll(self) -> bool:
        """Return whether it has finished, successfully or not; never waits."""
        if self._rendering is None or self._beginning is None or not self._beginning.done():
            return False
        try:
            self._beginning.result()
            if self._ending is None:
                if not self._rendering.poll():
                    self._count(self._rendering)
                    return False
                # reading and moving a clip may take as long as the disk does
                self._ending = self._disk.later(partial(self._end, self._rendering))
            if not self._ending.done():
                return False
            self.request = self._ending.result()
        except Fault as fault:
            self.fault = fault
        return True

    def _count(self, rendering: ClipRendering) -> None:
        """Read now and then how many frames are done."""
        if self._counting is not None and self._counting.done():
            self._done, self._counting = self._counting.result(), None
        if self._counting is None and time.monotonic() - self._counted_at > _COUNT_SEC:
            self._counted_at = time.monotonic()
            self._counting = self._disk.later(lambda: rendering.frames_done)

    def _end(self, rendering: ClipRendering) -> CaptureRequest:
        # the clip moves out of the folder, which is deleted with all that the rendering left there
        clip = rendering.result
        try:
            path = renamed(clip.path, self._folder.with_suffix(".mp4"))
        except OSError as error:
            raise _unwritable(error) from error
        return replace(
            self.plan.request,
            source=path,
            source_name=f"{self.plan.binding.strip}.mp4",
            duration_sec=clip.duration_sec,
            trim_start_sec=0.0,
            trim_end_sec=clip.duration_sec,
            binding=replace(self.plan.binding, by_strip=clip.mapping).to_json(),
            temporary_source=True,
        )

    def close(self) -> None:
        """Cancel it, and delete the clip unless a capture has taken it over."""
        self._disk.later(self._close)

    def _close(self) -> None:
        if self.saving is not None and self.saving.exception() is None:
            self.capture_id = self.saving.result()
        if self._rendering is not None:
            self._rendering.kill()
        self.drop_clip()
        self.hand_over()

    def hand_over(self) -> None:
        """Delete all but the clip, in any thread: a capture has taken it over."""
        self._release()
        if self._rendering is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def drop_clip(self) -> None:
        """Delete the clip unless a capture has taken it over; Blender's output stays until the next start."""
        self._release()
        if self._rendering is not None and not self.capture_id:
            self._folder.with_suffix(".mp4").unlink(missing_ok=True)

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()

    @property
    def take(self) -> Take:
        """The capture that is prepared, as a take."""
        standing = Standing.RUNNING if self.active else Standing.FAILED
        source = str(self.plan.request.source)
        return Take(Kind.CAPTURE, self.id, self.title, standing, video=source, binding=self.plan.binding)

    @property
    def progress(self) -> tuple[int, int]:
        """Frames rendered so far, and in total."""
        return self._done, self._rendering.frames if self._rendering is not None else 0


def _unwritable(error: OSError) -> Fault:
    return Fault(Text("The clip can't be saved: {reason}.", reason=error.strerror), "Check the captures folder.")
