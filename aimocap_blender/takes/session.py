"""The session of this Blender: its takes, and the main thread's part of what is done with them.

`pump` does a little and returns at once. A modal operator calls it while something is in progress, an app timer wakes
that operator between two status checks, and without a window a loop calls it.
"""

import time
import uuid
from collections.abc import Callable, Collection, Generator, Iterable
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import bpy

from ..jobs.capture import AWAITING_USER, ENDED, State
from ..jobs.runner import CaptureView
from ..scene.operator_calls import threads
from ..scene.video.strips import StripSource
from ..texts.faults import Fault
from ..texts.text import Text
from ..while_enabled import lasting
from .application import Application, Motions
from .captures.captures import NO_CAPTURE, Captures
from .configuration import configuration
from .corrected import CorrectedTakes
from .disk_work import DiskWork
from .messages import Message, Messages, Note
from .previews.previews import Previews
from .previews.running import VideoChecks
from .take import Kind, Source, Standing, Take

_TICK_SEC = 0.1
_FAILURES_BEFORE_PAYING = 6
"""Consecutive failures; with the pauses between them about a minute."""
_ENDS = {*ENDED, *AWAITING_USER} - {State.STOPPED}  # stopped by the user


class _Ends:
    """The ends of a session's captures, each told once."""

    def __init__(self, captures: Captures, application: Application, messages: Messages) -> None:
        self._captures, self._application, self._messages = captures, application, messages
        self._told: dict[str, Message | None] = {}
        self._about_to_end: set[str] = set()

    def look(self, ids: Iterable[str]) -> None:
        """Add messages about those of these captures that ended, or whose motion was about to be applied before.

        Those that had ended before the session began are not told.
        """
        found = filter(None, map(self._captures.view, {*ids, *self._about_to_end}))
        views = sorted(found, key=lambda view: view.created_at, reverse=True)
        for view in views:
            end = self._end_of(view)
            # what had ended before this session is taken for told
            before = self._told.get(view.id, end if view.id in self._captures.runner.views.ended_before else None)
            if end is not None and before is None:
                self._messages.add(replace(end, title=view.title))
            self._told[view.id] = end
        self._about_to_end = {view.id for view in views if self._application.is_to_be_applied(view.id)}

    def _end_of(self, view: CaptureView) -> Message | None:
        """Return the message about an end; None while the job or the application of its motion is in progress."""
        if view.state is not State.DONE:
            ended = view.state in _ENDS and not view.followed
            return Message("ERROR", Text.joined((view.what, view.next_step))) if ended else None
        if (note := self._application.notes.get(view.id)) is not None:
            return note.message
        if self._application.is_to_be_applied(view.id):
            return None
        return Message("INFO", Text.joined((view.what, self._application.how_to_apply(view.id))))


class Session:
    """The takes of a captures folder.

    Args:
        only: see `Runner`.
        end_patience_sec: see `Timing`; None for its default.

    Attributes:
        id: of this session among all.
        fixed_preferences: the preferences that can't change while it runs.
        captures: the takes that the service makes.
        previews: the takes that this computer makes.
        motions: theirs.
        application: of takes to characters.
        corrected: corrections of takes.
        video_checks: of videos before they are captured.
        messages: pending messages about takes.
        disk: work that Blender's own thread doesn't wait for.
        earlier: the sessions of captures folders that were chosen before, while anything is in progress there.
    """

    def __init__(self, only: Collection[str] | None = None, end_patience_sec: float | None = None) -> None:
        self.id = uuid.uuid4().hex
        self.fixed_preferences = _fixed_preferences()
        folder, poll_seconds = self.fixed_preferences
        self.messages, self.disk, self.motions = Messages(), DiskWork(), Motions()
        self.captures = Captures(folder, poll_seconds, only, end_patience_sec, self.messages, self.disk)
        self.application = Application(self.take, self.captures, self.motions, self.messages)
        # a window must not wait for the disk
        waits = not shows_a_window()
        between_parts = self.captures.runner.wait_while_held
        self.previews = Previews(folder, between_parts, self.messages, self.disk, self.motions, wait=waits)
        self.corrected = CorrectedTakes(self.previews, self.application, self.motions)
        self._ends = _Ends(self.captures, self.application, self.messages)
        self.video_checks = VideoChecks(self.previews.kept.folder)
        self.earlier: list[Session] = []
        self.captures.runner.start(wait=waits)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The sources of takes."""
        return self.captures, self.previews

    def source_of(self, take_id: str) -> Source | None:
        """Return the source of a take; None if there is no such take."""
        for source in self.sources:
            if source.take(take_id) is not None:
                return source
        return None

    def take(self, take_id: str) -> Take | None:
        """Return a take as it is now; None if there is no such take."""
        for source in self.sources:
            if (take := source.take(take_id)) is not None:
                return take
        return None

    def required(self, take_id: str, missing: Fault = NO_CAPTURE) -> Take:
        """Return a take whose motion can be applied.

        Raises:
            Fault: `missing` if there is no such take; it was made by an unknown version of the add-on.
        """
        take = self.take(take_id)
        if take is None:
            raise missing
        if take.binding is None or take.binding.is_known:
            return take
        if take.kind is Kind.PREVIEW:
            raise Fault("This preview was made by another version of the add-on.", "Remove it and make it again.")
        raise Fault(
            "This capture was made by another version of the add-on.",
            Text("Import the motion from its folder: {folder}.", folder=take.folder),
        )

    def remove(self, source: Source, take_id: str) -> None:
        """Remove a take from the list and the disk, with what is known of applying it; applied motion stays.

        Raises:
            Fault: it is refused.
        """
        source.remove(take_id)
        self.application.forget(take_id)

    def note_applied(self, take_id: str) -> None:
        """Note that a take's motion is on a character; a capture's replaces the previews of its range.

        Raises:
            Fault: it can't be noted on disk.
        """
        take = self.take(take_id)
        if take is None or take.kind is not Kind.CAPTURE:
            return
        self.previews.captured(take)
        if take.standing is not Standing.APPLIED:
            self.captures.act(take_id, self.captures.runner.claim_application)

    def pump(self, *, may_wait: bool = True) -> bool:
        """Do the main thread's pending work.

        Args:
            may_wait: wait while a character's bones are edited, instead of trying and being refused.

        Returns:
            Whether anything visible has changed.
        """
        self.captures.refresh()
        changed = self._pump_earlier(may_wait=may_wait) | self.disk.pump()
        for source in self.sources:
            changed |= source.pump()
        changed |= self.video_checks.pump()
        # the sources come first: what they made or fetched in this tick is applied in it
        for capture_id in self.captures.told:
            self.application.index(self.captures.known[capture_id])
        for preview_id in self.previews.take_made():
            self.application.to_its_own(preview_id)
        waiting = self.application.waiting()
        changed |= self.application.pump(waiting, may_wait=may_wait)
        self._ends.look({*self.captures.told, *(take.id for take in waiting)})
        return changed

    @property
    def busy(self) -> bool:
        """Whether anything needs redrawing ten times per second."""
        return (
            any(source.busy for source in self.sources)
            or self.video_checks.busy
            or self.motions.busy
            or self.disk.busy
            or self.application.busy
            or any(one.busy for one in self.earlier)
        )

    @property
    def active(self) -> bool:
        """Whether there is anything to wait for."""
        return self.busy or bool(self.captures.runner.views.followed()) or bool(self.earlier)

    def close(self) -> None:
        """Stop all threads and child processes; captures continue at the next start."""
        for one in self.earlier:
            one.close()
        self.captures.cancel_preparations()
        # gives back on the disk what it has claimed, so it ends before the disk
        self.application.close()
        self.disk.close()
        self.captures.runner.close()
        self.previews.close()
        self.video_checks.close()
        self.motions.close()

    @contextmanager
    def held_still(self) -> Generator[None]:
        """Hold all network threads still within the context; see `Runner`."""
        with ExitStack() as stack:
            for one in (self, *self.earlier):
                stack.enter_context(one.captures.runner.held_still())
            yield

    def _pump_earlier(self, *, may_wait: bool) -> bool:
        changed = False
        for one in tuple(self.earlier):
            changed |= one.pump(may_wait=may_wait)
            # nobody looks at a session of an earlier folder
            for message in one.messages.take():
                self.messages.add(message)
            if not one.active:
                one.close()
                self.earlier.remove(one)
        return changed


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


def open_session(only: Collection[str] | None = None, end_patience_sec: float | None = None) -> Session:
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
    # what is in progress keeps its poll interval
    elif before.fixed_preferences != wanted and not before.busy:
        earlier, before.earlier = before.earlier, []
        before.close()
        _current.session = Session(only, end_patience_sec)
        _current.session.earlier = earlier
    now = _current.session
    assert now is not None  # noqa: S101 -- for the type checker
    # before any operator in another context runs: Blenders with Python 3.11 may crash in one while a thread works
    threads.held_still = now.held_still
    now.captures.refresh()
    return now


def _in_another_folder(before: Session, only: Collection[str] | None, end_patience_sec: float | None) -> Session:
    """Return the session of the folder that is configured now; what is in progress in the others goes on there."""
    others, before.earlier = [before, *before.earlier], []
    now: Session | None = None
    # that of a folder that was chosen before goes on, with what it has in progress
    for one in others:
        if one.fixed_preferences[0] == configuration().captures_folder:
            now = one
            break
    now = now or Session(only, end_patience_sec)
    now.earlier = []
    for one in others:
        if one is now:
            continue
        if one.active:
            now.earlier.append(one)
        else:
            one.close()
    if left := len(before.captures.runner.views.followed()):
        what = Text("1 capture in that folder continues while Blender runs.")
        if left > 1:
            what = Text("{count} captures in that folder continue while Blender runs.", count=left)
        told = Text.joined((what, "Choose that folder again to list them."))
        now.messages.add(Message("INFO", told, str(before.fixed_preferences[0])))
    return now


def session_of(take_id: str) -> Session:
    """Return the session that has this take, which may be one of an earlier folder."""
    # one that is at work must not be replaced by this
    now = _current.session or open_session()
    for one in now.earlier:
        if one.take(take_id) is not None:
            return one
    return now


def current_session() -> Session | None:
    """Return the session if it has been opened, else None."""
    return _current.session


def close_session() -> None:
    """Close the session, if it is open; captures continue with the next one."""
    if _current.session is not None:
        threads.held_still = nullcontext
        _current.session.close()
        _current.session = None


class Patience:
    """Limits the failures of a capture without a window.

    Args:
        also_paid: of a paid one too, which can be followed again at any time.
    """

    def __init__(self, *, also_paid: bool = False) -> None:
        self._before: int | None = None
        self._also_paid = also_paid

    def is_over(self, view: CaptureView) -> bool:
        """Return whether it has failed too often in a row since the first call; earlier failures don't count."""
        self._before = view.failures if self._before is None else min(self._before, view.failures)
        return view.failures - self._before >= _FAILURES_BEFORE_PAYING and (self._also_paid or not view.paid)


def follow_to_the_end(session: Session, capture_id: str) -> CaptureView:
    """Pump until the capture no longer continues automatically; return its view then.

    A paid capture is followed without limit. An unpaid one is given up after some consecutive failures, which no one
    sees.

    Raises:
        Fault: its clip could not be rendered, or the service could not be reached.
    """
    preparation = session.captures.preparations.get(capture_id)
    patience = Patience()
    # first a clip is rendered, then the capture has an id, then it is followed, then its motion is applied
    while True:
        session.pump(may_wait=False)
        if preparation is not None and preparation.fault is not None:
            # nobody sees a list in which it could be tried again
            session.captures.preparations.pop(preparation.id).drop_clip()
            raise preparation.fault
        if preparation is not None and preparation.capture_id:
            capture_id = preparation.capture_id
            preparation = None
        view = session.captures.view(capture_id)
        if (
            preparation is None
            and view is not None
            and not view.followed
            and not session.application.is_to_be_applied(view.id)
        ):
            return view
        if view is not None and patience.is_over(view):
            session.captures.runner.stop_following(capture_id)
            raise Fault(view.what, "Nothing was paid: check the network and the address, then try again.")
        session.captures.runner.wait_for_change(0.1)


def check_to_the_end(session: Session, source: StripSource) -> tuple[Text, ...]:
    """Pump until a strip's range is checked; return what was found."""
    _pump_while(session, lambda: session.video_checks.is_running(source))
    found = session.video_checks.found(source)
    return found.sentences if found is not None else ()


def preview_to_the_end(session: Session, preview_id: str) -> Note:
    """Pump until a preview's motions are on their characters; return the outcome of applying the first one.

    Raises:
        Fault: there is no motion.
    """
    preview = session.previews.running[preview_id]
    _pump_while(
        session,
        lambda: (
            preview_id in session.previews.running
            or any(map(session.application.is_to_be_applied, session.previews.made_with(preview_id)))
        ),
    )
    if preview.run.fault is not None:
        raise preview.run.fault
    return session.application.notes[preview_id]


def apply_to_the_end(session: Session, take_id: str, armature: bpy.types.Object) -> Note:
    """Pump until a take's motion is on a character; return how that ended."""
    session.application.when_read(take_id, armature)
    _pump_while(session, lambda: session.application.is_to_be_applied(take_id))
    return session.application.notes[take_id]


def _pump_while(session: Session, goes_on: Callable[[], bool]) -> None:
    while goes_on():
        session.pump(may_wait=False)
        time.sleep(_TICK_SEC)


@dataclass(frozen=True)
class Progress:
    """The progress of all takes.

    Attributes:
        sentence: the take's title and what it is doing, or how many there are.
        factor: 0 to 1 of the current transfers and renderings; None while unknown.
    """

    sentence: Text
    factor: float | None


def progress_of(session: Session) -> Progress | None:
    """Return the progress of all that is being done for takes; None if nothing is."""
    doing = [*session.captures.doing(), *session.previews.doing(), *session.video_checks.doing()]
    if not doing:
        return None
    sentence = Text("{count} captures in progress", count=len(doing))
    if len(doing) == 1:
        sentence = Text("{title} – {what}", title=doing[0].title, what=doing[0].what)
    # a mean of all: to whoever waits for several, the next one is as good as the first
    parts: list[float] = []
    for one in doing:
        if one.moved is not None:
            done, total = one.moved
            parts.append(done / max(total, 1))
    return Progress(sentence, sum(parts) / len(parts) if parts else None)
