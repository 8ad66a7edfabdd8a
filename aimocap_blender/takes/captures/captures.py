"""The captures of a folder: prepared, driven by a runner in threads of its own, and the main thread's part of it.

A strip's range is rendered to a clip, if it needs one, then its capture is saved.
"""

import logging
import shutil
import time
import uuid
from collections.abc import Callable, Collection, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ...jobs.capture import CaptureRequest
from ...jobs.intake import check_request
from ...jobs.own_folders import Clips
from ...jobs.runner import CaptureView, Runner
from ...jobs.timing import Timing
from ...motion.g1.motion import read_g1_motion
from ...scene.fbx.fbx_sampling import check_fbx
from ...scene.operator_calls import threads
from ...scene.video.render_clip import ClipRendering
from ...service.addresses import service_address
from ...service.contract import FBX, ROBOT_MOTION
from ...service.faults import Kind as FaultKind
from ...service.faults import ServiceFault
from ...texts.faults import Fault
from ...texts.text import Text
from ...whole_files import renamed
from ..binding import Binding
from ..configuration import configuration
from ..disk_work import DiskWork
from ..messages import Messages, source_line_of
from ..private_folder import remove_leftovers
from ..reading import MotionKind
from ..take import Doing, Kind, Standing, Take
from .capture_takes import KINDS, is_same_motion, take_of
from .planning import CapturePlan

if TYPE_CHECKING:
    from concurrent.futures import Future

    from ...jobs.leased_lock import LeasedLock
    from ...service.client import Service


_log = logging.getLogger(__name__)

_SOON_SEC = 0.5


NO_CAPTURE = Fault("There is no such capture.", "Pick one from the list in the AIMoCap tab.")

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
        seen: see `Runner.begin`.
        saving: the capture's start, which saves it; its result is the capture's id.
    """

    def __init__(
        self, plan: CapturePlan, disk: DiskWork, seen: AbstractSet[str] | None, saving: "Future[str] | None" = None
    ) -> None:
        name = str(uuid.uuid4())
        self.id = f"clip-{name}"
        self.title = plan.request.title
        self.reason = plan.reason
        self.request: CaptureRequest | None = None
        self.fault: Fault | None = None
        self.capture_id = ""
        self.plan = plan
        self.seen = seen
        self.saving = saving
        self._disk = disk
        self._name = name
        # not among temporary files: a later Blender may upload it
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
        # saved just now, the capture needs the clip
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


class Captures:
    """The captures of a folder; a `Source`.

    Args:
        folder: theirs.
        poll_seconds: see `Configuration`.
        only: see `Runner`.
        end_patience_sec: see `Timing`; None for its default.

    Attributes:
        runner: drives them in threads of its own.
        preparations: those that are not captures yet, by their own ids.
        known: id to each as it last changed.
        acts: id to the title and what is being done to it on the disk.
        told: ids of those that something may have happened to, at the last `pump`.
    """

    def __init__(
        self,
        folder: Path,
        poll_seconds: float,
        only: Collection[str] | None,
        end_patience_sec: float | None,
        messages: Messages,
        disk: DiskWork,
    ) -> None:
        # the runner's threads ask for these values as soon as they start
        self.refresh()
        timing = Timing(longest_poll_sec=poll_seconds)
        self.runner = Runner(
            folder,
            connect=self._connect,
            default_base_url=lambda: self._url,
            may_go_online=lambda: self._online,
            verify=check_motion_file,
            timing=timing if end_patience_sec is None else replace(timing, end_patience_sec=end_patience_sec),
            only=only,
            leftovers=remove_leftovers,
            witness=configuration().witness,
            is_same=is_same_motion,
        )
        self.preparations: dict[str, Preparation] = {}
        self.known: dict[str, Take] = {}
        self.acts: dict[str, tuple[str, Future[object]]] = {}
        self.told: set[str] = set()
        self._takes: dict[str, tuple[CaptureView, Take]] = {}
        self._seen = 0
        self._messages, self._disk = messages, disk

    def refresh(self) -> None:
        """Copy the values that the runner's threads need, since those must not access Blender."""
        now = configuration()
        self._online = bool(bpy.app.online_access)
        self._key, self._url = now.api_key, now.service_url

    def begin(self, plan: CapturePlan, seen: AbstractSet[str] | None = None) -> str:
        """Start a capture; return its id, or that of its preparation: a clip is rendered, or a window goes on.

        Args:
            seen: see `Runner.begin`.

        Raises:
            Fault: no clip can be rendered.
            Fault: the capture can't be saved, or no service could accept it.
        """
        # rendering a clip may take minutes
        check_request(plan.request)
        saving = None
        if plan.source is None:
            saving = self._disk.soon(partial(self.runner.begin, plan.request, seen))
            if saving.done():
                return saving.result()
        preparation = Preparation(plan, self._disk, seen, saving)
        # one clip at a time: each needs a Blender of its own
        if saving is None and not self._renders:
            preparation.begin()
        self.preparations[preparation.id] = preparation
        return preparation.id

    def act(self, capture_id: str, call: Callable[[str], object]) -> None:
        """Call a method of the runner for a capture; a window doesn't wait for the disk, and is told if it fails later.

        Raises:
            Fault: it is refused at once, or the last one is not done yet.
        """
        if capture_id in self.acts:
            raise Fault("The last change of this capture is still being saved.", "Try again in a moment.")
        view, act = self.view(capture_id), self._disk.soon(partial(call, capture_id))
        # done within the press, it is refused where the user looks; else a message comes later
        if act.done():
            act.result()
        else:
            self.acts[capture_id] = view.title if view is not None else capture_id, act

    def pump(self) -> bool:
        """Do the main thread's pending work; return whether anything visible has changed."""
        changed = self._finish_acts() | self._finish_preparations()
        views = self.runner.views.changed()
        # only what changed: with thousands of captures a tick must not make them all again
        self.told = {view.id for view in views}
        for view in views:
            self.known[view.id] = self._take(view)
        seen, self._seen = self._seen, self.runner.revision
        return changed or seen != self._seen

    @property
    def busy(self) -> bool:
        """Whether anything needs redrawing ten times per second."""
        if any(preparation.active for preparation in self.preparations.values()):
            return True
        # changed since the last pump, in a thread: what is shown is old
        if self._seen != self.runner.revision or not self.runner.views.has_reported_all:
            return True
        # a job that is asked about every few seconds needs no timer, which would keep Blender from auto-saving
        views = self.runner.views.followed()
        return any(view.transferred is not None or (view.wake_in_sec or 0.0) < _SOON_SEC for view in views)

    @property
    def listing(self) -> object:
        """A value that differs whenever a capture is added or removed."""
        return self.runner.views.listing, tuple(self.preparations)

    def view(self, capture_id: str) -> CaptureView | None:
        """Return a capture's current view."""
        return self.runner.capture(capture_id)

    def take(self, take_id: str) -> Take | None:
        """Return a capture as it is now; None if there is no such one."""
        if (preparation := self.preparations.get(take_id)) is not None:
            return preparation.take
        view = self.view(take_id)
        return self._take(view) if view is not None else None

    def listed(self) -> list[Take]:
        """Return those on disk as they last changed, the newest first."""
        return [self.known[capture_id] for _, capture_id in self.order() if capture_id in self.known]

    def unfinished(self) -> Sequence[str]:
        """Return the ids of those that are being prepared, in the order in which they began."""
        return tuple(self.preparations)

    def order(self) -> Sequence[tuple[float, str]]:
        """Return when each of the others was created, in seconds since 1970, and its id, newest first."""
        return self.runner.views.order()

    def doing(self) -> list[Doing]:
        """Return what is being done for captures."""
        doing: list[Doing] = []
        for one in self.preparations.values():
            if one.is_saving:
                doing.append(Doing(one.title, Text("Saving the capture.")))
            elif one.active:
                doing.append(Doing(one.title, Text("Rendering the range to a clip."), one.progress))
        return doing + [Doing(view.title, view.what, view.transferred) for view in self.runner.views.followed()]

    def under_way(self) -> list[Take]:
        """Return those that this process follows."""
        return [self._take(view) for view in self.runner.views.followed()]

    def rename(self, take_id: str, title: str) -> None:
        """Give a capture another title.

        Raises:
            Fault: it is refused.
        """
        self.runner.rename(take_id, title)

    def remove(self, take_id: str) -> None:
        """Move a capture into the trash.

        Raises:
            Fault: it is refused.
        """
        self.act(take_id, self.runner.forget)

    def claim(self, take_id: str) -> "Future[bool]":
        """Have it noted that this Blender applies a capture to its own character; False if another one has."""
        return self._disk.later(partial(self.runner.claim_application, take_id))

    def give_back(self, take_id: str) -> None:
        """Undo that."""
        self._disk.later(partial(self.runner.give_application_back, take_id))

    def repair(self, take_id: str, kind: MotionKind) -> None:
        """Have a motion fetched again whose file is not what was delivered.

        Raises:
            Fault: it can't be.
        """
        self.runner.fetch_again(take_id, tuple(name for name, holds in KINDS.items() if holds is kind))

    def cancel_preparations(self) -> None:
        """Cancel what is being prepared."""
        for preparation in self.preparations.values():
            preparation.close()

    def _connect(self, base_url: str) -> "Service":
        """Return the service at the current address; the key is sent to no other.

        Raises:
            ServiceFault: the capture belongs to another address.
        """
        # the current address, never the record's: whoever can write a record would get the key
        service = connect(self._url, self._key)
        if service.base_url != service_address(base_url):
            raise ServiceFault(
                FaultKind.ADDRESS,
                what=Text(
                    "This capture was made with {base_url}, which is not the current service address.",
                    base_url=base_url,
                ),
                next_step="Enter that address in the preferences, then follow the capture.",
            )
        return service

    def _take(self, view: CaptureView) -> Take:
        """Return a capture as a take; cached, since every redraw and tick asks for many."""
        kept = self._takes.get(view.id)
        if kept is not None and kept[0] is view:
            return kept[1]
        # views of what is in progress are made anew all the time, and share the record's binding
        if kept is not None and kept[0].binding is view.binding:
            binding = kept[1].binding
        else:
            binding = Binding.stored(view.binding)
        take = take_of(view, binding)
        self._takes[view.id] = view, take
        return take

    @property
    def _renders(self) -> bool:
        """Whether a clip is being rendered: one at a time, since each needs a Blender of its own."""
        return any(preparation.renders for preparation in self.preparations.values())

    def _finish_preparations(self) -> bool:
        """Begin the captures whose clips are ready; failed ones stay in the list until the user has seen them."""
        changed = False
        for preparation in tuple(self.preparations.values()):
            if preparation.active and preparation.saving is None and preparation.poll():
                changed = True
                if preparation.request is not None:
                    preparation.saving = self._disk.later(partial(self._save, preparation, preparation.request))
                elif preparation.fault is not None:
                    self._messages.say(preparation.title, preparation.fault)
                    _log.warning("%s: not rendered: %s", preparation.id, source_line_of(preparation.fault))
            if preparation.active and preparation.saving is not None and preparation.saving.done():
                changed = True
                try:
                    preparation.capture_id = preparation.saving.result()
                except Fault as refused:
                    preparation.fault = refused
                    self._messages.say(preparation.title, refused)
                else:
                    del self.preparations[preparation.id]
        # one at a time, in the order in which they began
        waiting = [one for one in self.preparations.values() if one.active and not one.begun]
        if waiting and not self._renders:
            try:
                waiting[0].begin()
            except Fault as refused:
                waiting[0].fault = refused
                self._messages.say(waiting[0].title, refused)
        return changed

    def _save(self, preparation: Preparation, request: CaptureRequest) -> str:
        capture_id = self.runner.begin(request, preparation.seen)
        preparation.hand_over()
        return capture_id

    def _finish_acts(self) -> bool:
        changed = False
        for capture_id, (title, act) in tuple(self.acts.items()):
            if act.done():
                changed = True
                del self.acts[capture_id]
                try:
                    act.result()
                except Fault as refused:
                    self._messages.say(title, refused)
        return changed


def check_motion_file(kind: str, path: Path) -> None:
    """Raise unless a downloaded file is valid; a runner calls this before a capture is done."""
    with threads.computing():
        if kind == FBX:
            check_fbx(path)
        elif kind == ROBOT_MOTION:
            read_g1_motion(path)


def connect(base_url: str, key: str) -> "Service":
    """Return the service at an address.

    Raises:
        ServiceFault: Blender's Python has no `requests`, or the address or the key is invalid.
    """
    from ...service.client import Service  # noqa: PLC0415 -- loads `requests` late, since not every Blender has it

    return Service(base_url, key)
