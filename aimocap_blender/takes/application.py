"""The application of takes to their characters: what is asked for, what belongs to the open file, how it ended.

The motions of takes are read for it in the background, one at a time, and the last few are kept in memory.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import bpy

from ..scene.action_source import added_to, source_of
from ..scene.armatures import cannot_be_keyed, object_with
from ..scene.windows import in_a_window
from ..texts.faults import Fault
from ..texts.text import Sentence, Text
from .applying import Ahead, begin_ahead
from .binding import Binding, opened_file
from .messages import Message, Messages, Note, source_line_of
from .reading import MotionKind, MotionReading, ReadMotion
from .take import Kind, Standing, Take

if TYPE_CHECKING:
    from concurrent.futures import Future

_log = logging.getLogger(__name__)

DAMAGED = Fault(
    "The motion's file is not what the service delivered.",
    "It is fetched again, free of charge; it can be applied then.",
)
_KEPT = 4
_File = tuple[str, MotionKind]
"""A take's id, and which of its motions."""
_OPERATORS = {Kind.CAPTURE: ("apply_capture", "capture_id"), Kind.PREVIEW: ("apply_preview", "preview_id")}
"""Each is one undo step in its own words; the code behind them is one."""


@dataclass(frozen=True)
class Unread:
    """A motion that could not be read.

    Attributes:
        take_id: of its take.
        kind: which of its motions.
        fault: why not.
    """

    take_id: str
    kind: MotionKind
    fault: Fault

    @property
    def is_damaged(self) -> bool:
        """Whether the file is no longer what was made."""
        return self.fault is DAMAGED


class Motions:
    """The motions of this session's takes."""

    def __init__(self) -> None:
        self._readings: dict[_File, MotionReading] = {}
        self._kept: OrderedDict[_File, ReadMotion] = OrderedDict()

    @property
    def busy(self) -> bool:
        """Whether one is being read."""
        return bool(self._readings)

    def of(self, take_id: str, kind: MotionKind) -> ReadMotion | None:
        """Return a motion if it is in memory, else None."""
        return self._kept.get((take_id, kind))

    def keep(self, take_id: str, kind: MotionKind, motion: ReadMotion) -> None:
        """Keep a motion in memory, until others take its place."""
        self._kept[take_id, kind] = motion
        # a long one takes a hundred megabytes
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)

    def read(self, take: Take, kind: MotionKind) -> MotionReading:
        """Start reading a motion of a take, unless that is in progress."""
        file = take.id, kind
        # asked for at each tick until it is read
        if file not in self._readings:
            on_disk = take.files[kind]
            self._readings[file] = MotionReading(kind, on_disk.path, is_whole=on_disk.is_whole, layer=on_disk.layer)
        return self._readings[file]

    def wait_for(self, take: Take, kind: MotionKind) -> ReadMotion | Unread:
        """Return a motion, or why there is none; reading it, if needed, blocks Blender for a second or two."""
        if (kept := self.of(take.id, kind)) is not None:
            return kept
        self.read(take, kind).wait()
        return self._end((take.id, kind))

    def pump(self) -> list[ReadMotion | Unread]:
        """Return what was read since the last call."""
        over = [file for file, reading in self._readings.items() if reading.poll()]
        return list(map(self._end, over))

    def close(self) -> None:
        """Stop reading."""
        for reading in self._readings.values():
            reading.close()

    def _end(self, file: _File) -> ReadMotion | Unread:
        reading = self._readings.pop(file)
        reading.close()
        if reading.read is not None:
            self.keep(*file, reading.read)
            return reading.read
        # what is wrong in a file that was changed is not the service's fault
        fault = DAMAGED if reading.is_damaged else reading.fault
        assert fault is not None  # noqa: S101 -- a motion or a fault is set
        _log.warning("%s: its motion can't be read: %s", file[0], source_line_of(fault))
        return Unread(*file, fault)


@dataclass(frozen=True)
class _Request:
    """A request to apply a motion once it is read.

    Attributes:
        file: the `opened_file`.
        armature_uid: of the armature; 0 for the selected one.
        strip: name of the strip that shows the wanted part; '' for all.
        bound: to the take's own character instead.
    """

    file: str
    armature_uid: int = 0
    strip: str = ""
    bound: bool = False

    def armature(self) -> bpy.types.Object | None:
        """Return that armature, also if renamed; None for the selected one, and the take's own.

        Raises:
            Fault: it is gone, or another file is open.
        """
        if self.bound:
            return None
        found = object_with(self.armature_uid)
        if self.file != opened_file() or (self.armature_uid and found is None):
            raise Fault("The character for this motion no longer exists.", "Select a character and press Apply.")
        return found


class Claims(Protocol):
    """Decisions that fall where takes are kept, as other Blenders may have them too."""

    def claim(self, take_id: str) -> "Future[bool]":
        """Have it noted that this Blender applies a take to its own character; False if another one has."""
        ...

    def give_back(self, take_id: str) -> None:
        """Undo that."""
        ...

    def repair(self, take_id: str, kind: MotionKind) -> None:
        """Have a motion made again whose file is damaged.

        Raises:
            Fault: it can't be.
        """
        ...


def _takes_of_actions() -> set[str]:
    """Return the ids of the takes that the open file has Actions of."""
    found: set[str] = set()
    for action in bpy.data.actions:
        source = source_of(action)
        found |= {source.capture, source.preview, *added_to(action)}
    return found - {""}


class Application:
    """The application of this session's takes.

    Args:
        take_of: returns a take by its id as it is now; None if there is no such take.
        claims: of this Blender to takes that others may have too.

    Attributes:
        notes: take id to the outcome of applying its motion.
    """

    def __init__(
        self, take_of: Callable[[str], Take | None], claims: Claims, motions: Motions, messages: Messages
    ) -> None:
        self.notes: dict[str, Note] = {}
        self._take, self._claims, self._motions, self._messages = take_of, claims, motions, messages
        self._requests: dict[str, list[_Request]] = {}
        self._claimed: dict[str, Future[bool]] = {}
        self._unapplied = _Unapplied()
        self._undone: dict[str, Note] = {}
        self._before: set[str] = set()
        self._ahead: dict[str, Ahead] = {}

    def index(self, take: Take) -> None:
        """Remember a take that changed, if its motion may have to be applied."""
        if _waits(take) and take.binding is not None:
            self._unapplied.add(take.id, take.binding)
        else:
            self._unapplied.remove(take.id)

    def when_read(self, take_id: str, armature: bpy.types.Object | None, strip: str = "") -> None:
        """Apply a take's motion to an armature (None for the one selected then), once it is in memory."""
        self._request(take_id, _Request(opened_file(), armature.session_uid if armature is not None else 0, strip))

    def to_its_own(self, take_id: str) -> None:
        """Apply a take's motion to its own character, once it is in memory."""
        self._request(take_id, _Request(opened_file(), bound=True))

    def stop(self, take_id: str) -> bool:
        """Leave a motion as it is that is to be applied; return whether there was one."""
        waits = self.is_to_be_applied(take_id)
        if waits:
            self._requests.pop(take_id, None)
            self._end_ahead(take_id)
            self.notes[take_id] = Note("Applying the motion was stopped. Press Apply to apply it.", applied=False)
        return waits

    def forget(self, take_id: str) -> None:
        """Forget what was asked for a take, and how it ended."""
        self._requests.pop(take_id, None)
        self._end_ahead(take_id)
        self.notes.pop(take_id, None)
        self._undone.pop(take_id, None)

    def look_before_undo(self) -> None:
        """Before an undo or redo, remember which motions are on a character."""
        self._before = _takes_of_actions()

    def look_for_undone(self) -> None:
        """After it, note which of them are on no character any more, and which are again."""
        here = _takes_of_actions()
        for take_id in self._before - here:
            note = self.notes.get(take_id)
            if note is not None and note.applied and not note.failed:
                self._undone[take_id] = note
                self.notes[take_id] = Note(
                    "Applying the motion was undone. Press Apply to apply it again.", applied=False
                )
        self._say_again(here)

    def look_for_another_file(self) -> None:
        """After a file was opened, put away what was said of motions that it doesn't have, until one has them."""
        here = _takes_of_actions()
        for take_id in self._undone:
            self.notes.pop(take_id, None)
        for take_id, note in tuple(self.notes.items()):
            if note.applied and not note.failed and take_id not in here:
                self._undone[take_id] = self.notes.pop(take_id)
        self._say_again(here)

    def _say_again(self, here: set[str]) -> None:
        # a redo, an undo of the undo, or the file brings the Action back with what was said of it
        for take_id in self._undone.keys() & here:
            self.notes[take_id] = self._undone.pop(take_id)

    def is_to_be_applied(self, take_id: str) -> bool:
        """Return whether a motion will be applied without further action by the user."""
        if take_id in self._requests or take_id in self._claimed:
            return True
        take = self._take(take_id)
        if take is None or not _waits(take) or take_id in self.notes:
            return False
        return take.binding is not None and take.binding.is_known and take.binding.is_here()

    def how_to_apply(self, take_id: str) -> Sentence:
        """Return what to do about a motion that is ready but not applied; '' for all others."""
        take = self._take(take_id)
        if take is None or not _waits(take) or take_id in self.notes or self.is_to_be_applied(take_id):
            return ""
        binding = take.binding
        elsewhere = binding is not None and binding.is_known and binding.blend_file not in ("", bpy.data.filepath)
        file = Path(binding.blend_file).name if binding is not None and elsewhere else ""
        # a robot's motion needs no selection: where no robot is selected, one is added
        if take.human is None:
            return (
                Text("Open {blend_file}, or press Apply for the selected robot or a new one.", blend_file=file)
                if file
                else "Press Apply for the selected robot or a new one."
            )
        if file:
            return Text("Open {blend_file}, or select a character and press Apply.", blend_file=file)
        return "Select a character and press Apply."

    def cannot_be_keyed(self, take_id: str) -> bool:
        """Return whether its character can't be keyed now, as bones are being edited or a render reads the scene."""
        return cannot_be_keyed(self._character_of(take_id))

    @property
    def busy(self) -> bool:
        """Whether a motion is to be applied."""
        return bool(self.waiting())

    def waiting(self) -> list[Take]:
        """Return the takes whose motion is to be applied."""
        waiting: list[Take] = []
        # asked at each tick: only the few that are indexed for this file, never the whole list of captures
        for take_id in dict.fromkeys((*self._requests, *self._claimed, *self._unapplied.of_open_file())):
            take = self._take(take_id)
            if take is not None and self.is_to_be_applied(take_id):
                waiting.append(take)
        return waiting

    def pump(self, waiting: list[Take], *, may_wait: bool) -> bool:
        """Apply what can be applied, and take in what was read; return whether anything visible has changed.

        Args:
            waiting: the takes whose motion is to be applied.
            may_wait: wait while a character's bones are edited, instead of trying and being refused.
        """
        changed = False
        for take in waiting:
            try:
                if not (may_wait and self.cannot_be_keyed(take.id)):
                    changed |= self._read_or_apply(take)
            except Fault as refused:
                self._drop_request(take.id)
                self.notes[take.id] = Note(refused.text, failed=True)
                changed = True
            except Exception as error:  # noqa: BLE001 -- an error in the add-on must not stop following the others
                _log.exception("%s: putting its motion on failed", take.id)
                # all of them: the next tick would fail in the same way, ten times a second
                self._requests.pop(take.id, None)
                self.notes[take.id] = Note(
                    Text("The add-on failed ({error}). Press Apply.", error=type(error).__name__), failed=True
                )
        for end in (ends := self._motions.pump()):
            self._note_unread(end)
        return changed or bool(ends)

    def read_now(self, take: Take, kinds: Iterable[MotionKind]) -> list[ReadMotion]:
        """Return motions of a take; reading them, if needed, blocks Blender for a second or two.

        Raises:
            Fault: a file can't be used, or is damaged and made again.
        """
        found: list[ReadMotion] = []
        for kind in kinds:
            end = self._motions.wait_for(take, kind)
            if isinstance(end, Unread):
                self._note_unread(end)
                raise end.fault
            found.append(end)
        return found

    def close(self) -> None:
        """Give back what was claimed and isn't applied yet."""
        for take_id in tuple(self._ahead):
            self._end_ahead(take_id)
        # else no Blender would ever apply them by itself
        for take_id, claim in self._claimed.items():
            if claim.exception() is None and claim.result():
                self._claims.give_back(take_id)

    def _request(self, take_id: str, request: _Request) -> None:
        # the outcome of an earlier one would count for this one, too
        self.notes.pop(take_id, None)
        # a button that is pressed again while a file is being read asks for nothing new
        if request not in self._requests.get(take_id, ()):
            self._requests.setdefault(take_id, []).append(request)

    def _drop_request(self, take_id: str) -> None:
        """Remove the first request, which is done or impossible."""
        if waiting := self._requests.pop(take_id, [])[1:]:
            self._requests[take_id] = waiting

    def _character_of(self, take_id: str) -> bpy.types.Object | None:
        for request in self._requests.get(take_id, ()):
            # applying it reports this
            with suppress(Fault):
                if (found := request.armature()) is not None or not request.bound:
                    return found
        take = self._take(take_id)
        binding = take.binding if take is not None else None
        return binding.bound_armature() if binding is not None else None

    def _read_or_apply(self, take: Take) -> bool:
        # one at a time: each needs a Blender of its own; or it is made again
        if self._motions.busy or take.continues:
            return False
        if take.without is not None:
            raise take.without
        requests = self._requests.get(take.id)
        wanted = requests[0] if requests else None
        onto = wanted.armature() if wanted is not None else None
        bound = wanted is None or wanted.bound
        unread = [one for one in take.kinds_for(onto, bound=bound) if self._motions.of(take.id, one) is None]
        # a tick does one step of these, and the next one goes on
        if unread:
            self._motions.read(take, unread[0])
        elif self._is_worked_out(take, wanted, onto):
            return False
        elif wanted is not None:
            self._drop_request(take.id)
            if wanted.bound:
                self._apply_to_its_own(take)
            else:
                self._apply_with_undo(take, onto=onto.name if onto else "", strip=wanted.strip)
        else:
            # two Blenders with the same file open would each put it on
            claim = self._claimed.pop(take.id, None) or self._claims.claim(take.id)
            if not claim.done():
                self._claimed[take.id] = claim
                return False
            if not claim.result():
                raise Fault("Another Blender has already applied this motion.", "")
            if not self._apply_with_undo(take, bound=True):
                self._claims.give_back(take.id)
        return True

    def _is_worked_out(self, take: Take, wanted: _Request | None, onto: bpy.types.Object | None) -> bool:
        """Return whether a take's motion is being worked out for a rig, in a window; begin to."""
        if take.id in self._ahead:
            if self._ahead[take.id].poll():
                self._end_ahead(take.id)
            return take.id in self._ahead
        binding, human, bound = take.binding, take.human, wanted is None or wanted.bound
        # scripts and the command line put it on in place: there is no window that would stand still
        if bpy.app.background or binding is None or human is None or (wanted is not None and wanted.strip):
            return False
        scene = (binding.bound_scene() if bound else None) or bpy.context.scene
        armature = binding.bound_armature() if bound else onto
        read, choices = self._motions.of(take.id, human), binding.choices
        if read is None or scene is None:
            return False
        mapping = binding.mapping(cast("Any", choices.get("timing", "STRIP")), scene)
        ahead = begin_ahead(armature, read, mapping, choices, take.origin_of(read.motion))
        if ahead is not None:
            self._ahead[take.id] = ahead
        return ahead is not None

    def _end_ahead(self, take_id: str) -> None:
        if (ahead := self._ahead.pop(take_id, None)) is not None:
            ahead.close()

    def _apply_to_its_own(self, take: Take) -> None:
        """Apply a motion to its own character, if that is in the open file, and tell how that ended."""
        if take.binding is None or take.binding.bound_armature() is None:
            self.notes[take.id] = Note("The preview is ready. Select a character and press Apply.", applied=False)
        else:
            self._apply_with_undo(take, bound=True)
        message = self.notes[take.id].message
        self._messages.add(Message(message.level, message.sentence, take.title))

    def _apply_with_undo(self, take: Take, **how: object) -> bool:
        """Apply a motion to its character, or to the selected one, as one undo step; return whether that worked."""
        name, its_id = _OPERATORS[take.kind]
        how = {name: value for name, value in how.items() if value}
        with in_a_window():
            try:
                # True pushes an undo step, which a call from Python otherwise doesn't
                getattr(cast("Any", bpy.ops).aimocap, name)("EXEC_DEFAULT", True, **{its_id: take.id}, **how)
            except RuntimeError:  # the operator has reported and noted it
                self.notes.setdefault(
                    take.id,
                    Note("The motion could not be applied to the character. Press Apply to try again.", failed=True),
                )
                return False
        return True

    def _note_unread(self, end: ReadMotion | Unread) -> None:
        """Note that a motion can't be read; one that is damaged is made again, and what was asked for waits for it."""
        if isinstance(end, ReadMotion):
            return
        said, take = end.fault, self._take(end.take_id)
        if end.is_damaged:
            try:
                self._claims.repair(end.take_id, end.kind)
            except Fault as refused:
                said = refused
            self._messages.add(Message("WARNING", said.text, take.title if take is not None else end.take_id))
            # it is made again: what was asked for stays, and is done then
            if said is end.fault:
                return
        self._requests.pop(end.take_id, None)
        self.notes[end.take_id] = Note(said.text, failed=True)


def _waits(take: Take) -> bool:
    """Return whether a take waits for its character; a preview is applied when it is made, or by hand."""
    return take.kind is Kind.CAPTURE and take.standing is Standing.READY


class _Unapplied:
    """Ids of takes whose motion may have to be applied, by where it belongs: most takes belong to other files."""

    def __init__(self) -> None:
        self._by_place: dict[str, dict[str, None]] = {}
        self._places: dict[str, tuple[str, ...]] = {}

    def add(self, take_id: str, binding: Binding) -> None:
        """Add a take, where its motion belongs."""
        self.remove(take_id)
        # by both: a file that was saved since is still the session's, and one that is opened again only has its name
        places = tuple({binding.session, binding.blend_file} - {""})
        for place in places:
            self._by_place.setdefault(place, {})[take_id] = None
        self._places[take_id] = places

    def remove(self, take_id: str) -> None:
        """Remove a take, if it is here."""
        for place in self._places.pop(take_id, ()):
            del self._by_place[place][take_id]

    def of_open_file(self) -> tuple[str, ...]:
        """Return the takes that belong to the open file."""
        return (*self._by_place.get(opened_file(), ()), *self._by_place.get(bpy.data.filepath, ()))
