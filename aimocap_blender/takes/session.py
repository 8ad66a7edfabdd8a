"""The captures of this Blender: the runner that drives them, and the main thread's part of it.

`pump` does a little and returns at once. A modal operator calls it while something is in progress, an app timer wakes
that operator between two status checks, and without a window a loop calls it.
"""

import logging
import uuid
from collections import OrderedDict
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import bpy

from ..jobs.capture import CaptureRequest, State
from ..jobs.intake import check_request
from ..jobs.runner import CaptureView, Runner
from ..jobs.timing import Timing
from ..scene.armatures import cannot_be_keyed
from ..scene.context_override import threads
from ..scene.g1.rig import is_g1_rig
from ..scene.windows import in_a_window
from ..service.addresses import service_address
from ..service.contract import FBX, ROBOT_MOTION
from ..service.faults import Kind, fault
from ..texts.faults import Fault
from ..texts.text import Sentence, Text
from ..while_enabled import lasting
from .binding import Binding, binding_of, opened_file
from .captures.connecting import connect
from .captures.earlier import is_same_motion
from .captures.planning import CapturePlan, Preparation
from .configuration import configuration
from .disk_work import DiskWork
from .fault_lines import source_line_of
from .messages import Message, Messages, Note, Standing
from .previews.kept import KeptPreviews
from .previews.previews import Previews
from .previews.video_checks import VideoChecks
from .private_folder import remove_leftovers
from .reading import Motion, MotionReading, check_motion_file
from .shelf import Shelved, shelved
from .unapplied import Unapplied

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Iterable, Mapping
    from concurrent.futures import Future

    from ..service.client import Service

_log = logging.getLogger(__name__)

DAMAGED = Fault(
    "The motion's file is not what the service delivered.",
    "It is fetched again, free of charge; it can be applied then.",
)
_MOTIONS_KEPT = 4
_SOON_SEC = 0.5
_File = tuple[str, str]
"""A capture's id, and the kind of one of its motion files."""


@dataclass(frozen=True)
class _ApplyRequest:
    """A request to apply a motion by hand once it is read: to an armature (0 the selected one), what a strip shows."""

    file: str
    armature_uid: int
    strip: str = ""

    def armature(self) -> bpy.types.Object | None:
        """Return that armature, also if renamed; None for the selected one.

        Raises:
            Fault: it is gone, or another file is open.
        """
        found = next((thing for thing in bpy.data.objects if thing.session_uid == self.armature_uid), None)
        if self.file != opened_file() or (self.armature_uid and found is None):
            raise Fault("The character for this motion no longer exists.", "Select a character and press Apply.")
        return found


class Session:
    """All captures of this Blender.

    Args:
        only: see `Runner`.
        end_patience_sec: see `Timing`; None for its default.

    Attributes:
        id: of this session among all.
        fixed_preferences: the preferences that can't change while it runs.
        runner: drives the captures in threads of its own.
        preparations: strips that are being rendered to clips, by their own ids.
        notes: capture id to the outcome of applying its motion.
        shelf: capture id to what it is found by, as it last changed.
        acts: capture id to its title and what is being done to it on the disk.
        messages: pending messages about captures that ended.
        previews: free ones, made on this computer.
        video_checks: of videos before they are captured.
        disk: work that Blender's own thread doesn't wait for.
        earlier: the sessions of captures folders that were chosen before, while anything is in progress there.
    """

    def __init__(self, only: "Collection[str] | None" = None, end_patience_sec: float | None = None) -> None:
        self.id = uuid.uuid4().hex
        self.fixed_preferences = _fixed_preferences()
        self.refresh()
        timing = Timing(longest_poll_sec=self.fixed_preferences[1])
        self.runner = Runner(
            self.fixed_preferences[0],
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
        self.notes: dict[str, Note] = {}
        self.shelf: dict[str, Shelved] = {}
        self._apply_requests: dict[str, list[_ApplyRequest]] = {}
        self._readings: dict[_File, MotionReading] = {}
        self._motions: OrderedDict[_File, Motion] = OrderedDict()
        self._reading_notes: dict[_File, tuple[Text, ...]] = {}
        self._bindings: dict[str, tuple[Mapping[str, object], Binding | None]] = {}
        self._claims: dict[str, Future[bool]] = {}
        self.acts: dict[str, tuple[str, Future[object]]] = {}
        self._unapplied = Unapplied()
        self._about_to_end: set[str] = set()
        self._seen = 0
        self.disk = DiskWork()
        self.earlier: list[Session] = []
        self.messages = Messages()
        kept = KeptPreviews(
            self.fixed_preferences[0], self.runner.wait_while_held, self.disk.later, wait=not shows_a_window()
        )
        self.previews = Previews(kept, self.messages, self.disk)
        self.video_checks = VideoChecks(self.previews.kept.folder)
        self.runner.start(wait=not shows_a_window())  # a window must not wait for the disk

    def begin(self, plan: CapturePlan) -> str:
        """Start a capture; return its id, or that of its preparation: a clip is rendered, or a window goes on.

        Raises:
            Fault: no clip can be rendered.
            Fault: the capture can't be saved, or no service could accept it.
        """
        check_request(plan.request)
        saving = None
        if plan.source is None:
            saving = self.disk.soon(partial(self.runner.begin, plan.request))
            if saving.done():
                return saving.result()
        preparation = Preparation(plan, self.disk, saving)
        if saving is None and not self._renders:
            preparation.begin()
        self.preparations[preparation.id] = preparation
        return preparation.id

    def pump(self, *, may_wait: bool = True) -> bool:
        """Do the main thread's pending work.

        Args:
            may_wait: wait while a character's bones are edited, instead of trying and being refused.

        Returns:
            Whether anything visible has changed.
        """
        self.refresh()
        changed = self._pump_earlier(may_wait=may_wait) | self.disk.pump()
        changed |= self._finish_acts()
        changed |= self._finish_preparations() | self.previews.pump(may_wait=may_wait) | self.video_checks.pump()
        views = self.runner.views.changed()
        for view in views:
            self._index(view)
        applicable = self._to_be_applied()
        for view in applicable:
            try:
                changed |= self._apply_if_read(view, may_wait=may_wait)
            except Exception as error:  # noqa: BLE001 -- an error in the add-on must not stop following the others
                _log.exception("capture %s: putting its motion on failed", view.id)
                self._apply_requests.pop(view.id, None)
                self.notes[view.id] = Note(
                    Text("The add-on failed ({error}). Press Apply.", error=type(error).__name__), failed=True
                )
        for file in [file for file, reading in self._readings.items() if reading.poll()]:
            self._take(file)
            changed = True
        self._look_for_ends({view.id for view in (*views, *applicable)})
        seen, self._seen = self._seen, self.runner.revision
        return changed or seen != self._seen

    @property
    def busy(self) -> bool:
        """Whether anything needs redrawing ten times per second."""
        preparing = any(preparation.active for preparation in self.preparations.values())
        return (
            preparing
            or self._seen != self.runner.revision
            or self.previews.busy
            or self.video_checks.busy
            or bool(self._readings)
            or self.disk.busy
            or not (self.runner.views.has_told_all and self.previews.kept.has_read)
            or bool(self._to_be_applied())
            or any(one.busy for one in self.earlier)
            or any(
                view.transferred is not None or (view.wake_in_sec or 0.0) < _SOON_SEC
                for view in self.runner.views.followed()
            )
        )

    @property
    def active(self) -> bool:
        """Whether there is anything to wait for."""
        return self.busy or bool(self.runner.views.followed()) or bool(self.earlier)

    def view(self, capture_id: str) -> CaptureView | None:
        """Return a capture's current view."""
        return self.runner.capture(capture_id)

    def motion(self, capture_id: str, kind: str) -> Motion | None:
        """Return the capture's motion of that kind if it is in memory, else None."""
        return self._motions.get((capture_id, kind))

    def reading_notes(self, capture_id: str, kinds: "Iterable[str]") -> tuple[Text, ...]:
        """Return sentences on oddities in these motions' files that didn't prevent reading."""
        return tuple(note for kind in kinds for note in self._reading_notes.get((capture_id, kind), ()))

    def read(self, view: CaptureView, kind: str) -> MotionReading:
        """Start reading a motion file of a finished capture, unless that is in progress."""
        file = (view.id, kind)
        if file not in self._readings:
            self._readings[file] = MotionReading(kind, view.files[kind], delivered=view.delivered[kind])
        return self._readings[file]

    def read_now(self, view: CaptureView, kind: str) -> Motion:
        """Return the capture's motion; reading it, if needed, blocks Blender for a second or two.

        Raises:
            Fault: the file can't be used, or is damaged and fetched again.
        """
        if (motion := self.motion(view.id, kind)) is not None:
            return motion
        reading = self.read(view, kind)
        reading.wait()
        self._take((view.id, kind))
        if reading.is_damaged:
            raise DAMAGED
        if reading.fault is not None:
            raise reading.fault
        return self._motions[view.id, kind]

    def close(self) -> None:
        """Stop all threads and child processes; captures continue at the next start."""
        for one in self.earlier:
            one.close()
        for preparation in self.preparations.values():
            preparation.close()
        self.disk.close()
        self.runner.close()
        self.previews.close()
        self.video_checks.close()
        for capture_id, claim in self._claims.items():  # its motion was not applied yet
            if claim.exception() is None and claim.result():
                self.runner.give_application_back(capture_id)
        for reading in self._readings.values():
            reading.close()

    @contextmanager
    def held_still(self) -> "Generator[None]":
        """Hold all network threads still within the context; see `Runner`."""
        with ExitStack() as stack:
            for one in (self, *self.earlier):
                stack.enter_context(one.runner.held_still())
            yield

    def _pump_earlier(self, *, may_wait: bool) -> bool:
        changed = False
        for one in tuple(self.earlier):
            changed |= one.pump(may_wait=may_wait)
            for message in one.messages.take():
                self.messages.add(message)
            if not one.active:
                one.close()
                self.earlier.remove(one)
        return changed

    def _connect(self, base_url: str) -> "Service":
        """Return the service at the current address; the key is sent to no other.

        Raises:
            ServiceFault: the capture belongs to another address.
        """
        service = connect(self._url, self._key)
        if service.base_url != service_address(base_url):
            raise fault(
                Kind.ADDRESS,
                what=Text(
                    "This capture was made with {base_url}, which is not the current service address.",
                    base_url=base_url,
                ),
                next_step="Enter that address in the preferences, then follow the capture.",
            )
        return service

    def refresh(self) -> None:
        """Copy the values that the runner's threads need, since those must not access Blender."""
        now = configuration()
        self._online = bool(bpy.app.online_access)
        self._key, self._url = now.api_key, now.service_url

    def _finish_preparations(self) -> bool:
        """Begin the captures whose clips are ready; failed ones stay in the list until the user has seen them."""
        over = [one for one in self.preparations.values() if one.active and one.saving is None and one.poll()]
        for preparation in over:
            if preparation.request is not None:
                preparation.saving = self.disk.later(partial(self._save, preparation, preparation.request))
            elif preparation.fault is not None:
                self.messages.say(preparation.title, preparation.fault)
                _log.warning("%s: not rendered: %s", preparation.id, source_line_of(preparation.fault))
        saved = [one for one in self.preparations.values() if one.active and one.saving and one.saving.done()]
        for preparation in saved:
            try:
                preparation.capture_id = preparation.saving.result() if preparation.saving else ""
            except Fault as refused:
                preparation.fault = refused
                self.messages.say(preparation.title, refused)
            else:
                del self.preparations[preparation.id]
        waiting = next((found for found in self.preparations.values() if found.active and not found.begun), None)
        if waiting is not None and not self._renders:
            try:
                waiting.begin()
            except Fault as fault:
                waiting.fault = fault
                self.messages.say(waiting.title, fault)
        return bool(over or saved)

    def _save(self, preparation: Preparation, request: CaptureRequest) -> str:
        capture_id = self.runner.begin(request)
        preparation.hand_over()
        return capture_id

    def act(self, capture_id: str, call: "Callable[[str], object]") -> None:
        """Call a method of the runner for a capture; a window doesn't wait for the disk, and is told if it fails later.

        Raises:
            Fault: it is refused at once, or the last one is not done yet.
        """
        if capture_id in self.acts:
            raise Fault("The last change of this capture is still being saved.", "Try again in a moment.")
        view, act = self.view(capture_id), self.disk.soon(partial(call, capture_id))
        if act.done():
            act.result()
        else:
            self.acts[capture_id] = view.title if view is not None else capture_id, act

    def _finish_acts(self) -> bool:
        over = [(capture_id, title, act) for capture_id, (title, act) in self.acts.items() if act.done()]
        for capture_id, title, act in over:
            del self.acts[capture_id]
            try:
                act.result()
            except Fault as refused:
                self.messages.say(title, refused)
        return bool(over)

    @property
    def _renders(self) -> bool:
        """Whether a clip is being rendered: one at a time, since each needs a Blender of its own."""
        return any(preparation.renders for preparation in self.preparations.values())

    def apply_when_read(self, view: CaptureView, armature: bpy.types.Object | None, strip: str = "") -> None:
        """Apply a finished capture's motion to an armature (None for the one selected then), once it is in memory."""
        self.notes.pop(view.id, None)
        wanted = _ApplyRequest(opened_file(), armature.session_uid if armature is not None else 0, strip)
        if wanted not in self._apply_requests.get(view.id, ()):
            self._apply_requests.setdefault(view.id, []).append(wanted)

    def is_to_be_applied(self, view: CaptureView) -> bool:
        """Return whether the motion will be applied without further action by the user."""
        if view.id in self._apply_requests or view.id in self._claims:
            return True
        if view.state is not State.DONE or view.id in self.notes:
            return False
        binding = self._binding_of(view)
        return not view.applied and binding is not None and binding.is_here()

    def how_to_apply(self, view: CaptureView) -> Sentence:
        """Return what to do about a motion that is ready but not applied; '' for all others."""
        if view.state is not State.DONE or view.applied or view.id in self.notes or self.is_to_be_applied(view):
            return ""
        binding = self._binding_of(view)
        if binding is not None and binding.blend_file not in ("", bpy.data.filepath):
            return Text(
                "Open {blend_file}, or select a character and press Apply.", blend_file=Path(binding.blend_file).name
            )
        return "Select a character and press Apply."

    def cannot_be_keyed(self, view: CaptureView) -> bool:
        """Return whether its character can't be keyed now, as bones are being edited or a render reads the scene."""
        return cannot_be_keyed(self._character_of(view))

    def _character_of(self, view: CaptureView) -> bpy.types.Object | None:
        for wanted in self._apply_requests.get(view.id, ()):
            with suppress(Fault):  # applying it reports this
                return wanted.armature()
        binding = self._binding_of(view)
        return binding.bound_armature() if binding is not None else None

    def _binding_of(self, view: CaptureView) -> Binding | None:
        """Return where the motion belongs, if known; cached, since every redraw and tick asks for every capture."""
        kept = self._bindings.get(view.id)
        if kept is None or kept[0] is not view.binding:
            try:
                binding = binding_of(view)
            except Fault:  # applying it reports this
                binding = None
            kept = self._bindings[view.id] = view.binding, binding
        return kept[1]

    def _apply_if_read(self, view: CaptureView, *, may_wait: bool) -> bool:
        if may_wait and self.cannot_be_keyed(view):
            return False
        try:
            return self._read_or_apply(view)
        except Fault as refused:
            self._drop_apply_request(view.id)
            self.notes[view.id] = Note(refused.text, failed=True)
            return True

    def _read_or_apply(self, view: CaptureView) -> bool:
        if self._readings or view.followed:  # one at a time: each needs a Blender of its own; or is fetched again
            return False
        if not view.files:
            raise Fault(view.what, view.next_step)
        wanted = next(iter(self._apply_requests.get(view.id, ())), None)
        onto = wanted.armature() if wanted is not None else None
        unread = [kind for kind in kinds_for(view, onto, bound=wanted is None) if self.motion(view.id, kind) is None]
        if unread:
            self.read(view, unread[0])
        elif wanted is not None:
            self._drop_apply_request(view.id)
            self._apply_with_undo(view.id, onto=onto.name if onto else "", bound=False, strip=wanted.strip)
        else:
            claim = self._claims.pop(view.id, None) or self.disk.later(partial(self.runner.claim_application, view.id))
            if not claim.done():
                self._claims[view.id] = claim
                return False
            if not claim.result():
                raise Fault("Another Blender has already applied this motion.", "")
            if not self._apply_with_undo(view.id, onto="", bound=True):
                self.disk.later(partial(self.runner.give_application_back, view.id))
        return True

    def _index(self, view: CaptureView) -> None:
        """Remember by what a capture is found, and a finished one whose motion may have to be applied."""
        self.shelf[view.id] = shelved(view)
        unapplied = view.state is State.DONE and not view.applied
        binding = self._binding_of(view) if unapplied else None
        if binding is not None:
            self._unapplied.add(view.id, binding)
        else:
            self._unapplied.remove(view.id)
            self._bindings.pop(view.id, None)

    def _to_be_applied(self) -> list[CaptureView]:
        ids = dict.fromkeys((*self._apply_requests, *self._claims, *self._unapplied.of_open_file()))
        views = [view for capture_id in ids if (view := self.view(capture_id)) is not None]
        return [view for view in views if self.is_to_be_applied(view)]

    def _look_for_ends(self, ids: set[str]) -> None:
        """Add messages about those of these captures that ended, or whose motion was about to be applied before."""
        views = [view for one in ids | self._about_to_end if (view := self.view(one)) is not None]
        standings = [
            Standing(view, self._applied_message(view), self.is_to_be_applied(view), self.how_to_apply(view))
            for view in sorted(views, key=lambda view: view.created_at, reverse=True)
        ]
        self.messages.look(standings, self.runner.views.ended_before)
        self._about_to_end = {standing.view.id for standing in standings if standing.to_be_applied}

    def _applied_message(self, view: CaptureView) -> Message | None:
        note = self.notes.get(view.id)
        return note.message if note is not None else None

    def _drop_apply_request(self, capture_id: str) -> None:
        """Remove the first request, which is done or impossible."""
        if waiting := self._apply_requests.pop(capture_id, [])[1:]:
            self._apply_requests[capture_id] = waiting

    def _apply_with_undo(self, capture_id: str, *, onto: str, bound: bool, strip: str = "") -> bool:
        """Apply a motion to its character, or to the selected one, as one undo step; return whether that worked."""
        operator = cast("Any", bpy.ops).aimocap.apply_capture
        with in_a_window():
            try:
                operator("EXEC_DEFAULT", True, capture_id=capture_id, onto=onto, bound=bound, strip=strip)
            except RuntimeError:  # the operator has reported and noted it
                self.notes.setdefault(
                    capture_id,
                    Note("The motion could not be applied to the character. Press Apply to try again.", failed=True),
                )
                return False
        return True

    def _take(self, file: _File) -> None:
        reading, capture_id = self._readings.pop(file), file[0]
        if reading.is_damaged:
            self._fetch_again(*file)
        elif reading.motion is not None:
            self._motions[file], self._reading_notes[file] = reading.motion, reading.notes
            while len(self._motions) > _MOTIONS_KEPT:
                self._motions.popitem(last=False)
        elif reading.fault is not None:
            _log.warning("capture %s: its motion can't be read: %s", capture_id, source_line_of(reading.fault))
            self._apply_requests.pop(capture_id, None)
            self.notes[capture_id] = Note(reading.fault.text, failed=True)
        reading.close()

    def _fetch_again(self, capture_id: str, kind: str) -> None:
        """Have a motion fetched again whose file is not what was delivered; what was asked for waits for it."""
        view, said = self.view(capture_id), DAMAGED
        try:
            self.runner.fetch_again(capture_id, (kind,))
        except Fault as refused:
            said = refused
            self._apply_requests.pop(capture_id, None)
            self.notes[capture_id] = Note(refused.text, failed=True)
        self.messages.add(Message("WARNING", said.text, view.title if view is not None else capture_id))


def kinds_for(view: CaptureView, armature: bpy.types.Object | None, *, bound: bool) -> tuple[str, ...]:
    """Return which motions of a capture are applied: all to its own armatures, by hand the one that fits."""
    kinds = tuple(kind for kind in (FBX, ROBOT_MOTION) if kind in view.files)
    if bound or len(kinds) == 1:
        return kinds
    return tuple(kind for kind in kinds if (kind == ROBOT_MOTION) == is_g1_rig(armature))


def shows_a_window() -> bool:
    """Return whether somebody would see Blender wait."""
    return not bpy.app.background


def _fixed_preferences() -> tuple[Path, float]:
    now = configuration()
    return now.captures_folder, now.poll_seconds


@dataclass
class _Current:
    """The only session of this Blender, created when first needed."""

    session: Session | None = None


_current = lasting(_Current)


def open_session(only: "Collection[str] | None" = None, end_patience_sec: float | None = None) -> Session:
    """Return the session of this Blender, in the configured folder; a new one follows unfinished captures.

    Args:
        only: for a new session, see `Runner`.
        end_patience_sec: for a new session, see `Timing`.
    """
    before, wanted = _current.session, _fixed_preferences()
    if before is None:
        _current.session = Session(only, end_patience_sec)
    elif before.fixed_preferences[0] != wanted[0]:
        _current.session = _in_another_folder(before, only, end_patience_sec)
    elif before.fixed_preferences != wanted and not before.busy:
        earlier, before.earlier = before.earlier, []
        before.close()
        _current.session = Session(only, end_patience_sec)
        _current.session.earlier = earlier
    now = _current.session
    assert now is not None  # noqa: S101 -- for the type checker
    threads.held_still = now.held_still
    now.refresh()
    return now


def _in_another_folder(before: Session, only: "Collection[str] | None", end_patience_sec: float | None) -> Session:
    """Return the session of the folder that is configured now; what is in progress in the others goes on there."""
    others, before.earlier = [before, *before.earlier], []
    now = next((one for one in others if one.fixed_preferences[0] == configuration().captures_folder), None)
    now = now or Session(only, end_patience_sec)
    others = [one for one in others if one is not now]
    now.earlier = [one for one in others if one.active]
    for one in others:
        if one not in now.earlier:
            one.close()
    if left := len(before.runner.views.followed()):
        what = Text("1 capture in that folder continues while Blender runs.")
        if left > 1:
            what = Text("{count} captures in that folder continue while Blender runs.", count=left)
        told = Text.joined((what, "Choose that folder again to list them."))
        now.messages.add(Message("INFO", told, str(before.fixed_preferences[0])))
    return now


def session_of(the_id: str) -> Session:
    """Return the session that has this capture or preview, which may be one of an earlier folder."""
    now = _current.session or open_session()  # one that is at work must not be replaced by this
    has = (one for one in now.earlier if one.view(the_id) is not None or one.previews.kept.record(the_id) is not None)
    return next(has, now)


def current_session() -> Session | None:
    """Return the session if it has been opened, else None."""
    return _current.session


def close_session() -> None:
    """Close the session, if it is open; captures continue with the next one."""
    if _current.session is not None:
        threads.held_still = nullcontext
        _current.session.close()
        _current.session = None
