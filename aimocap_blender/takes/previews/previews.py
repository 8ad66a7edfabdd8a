"""The free previews of this Blender: one in progress, others that wait for it, and the finished ones."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ...scene.action_source import ActionSource
from ...texts.faults import Fault
from ...vision.corrections import Correction
from ...vision.sighting import Sighting, sighting_in
from ..application import Motions
from ..binding import Binding
from ..disk_work import DiskWork, MotionWrites
from ..messages import Messages, source_line_of
from ..reading import MotionKind, ReadMotion
from ..take import Doing, Kind, MotionFile, Standing, Take
from .kept import KeptPreviews, PreviewRecord, Unfinished
from .planning import PreviewPlan
from .running import RunningPreview

if TYPE_CHECKING:
    from ..take import VideoRange

_log = logging.getLogger(__name__)

_SAME_SEC = 0.05
"""A capture's range may be this much shorter than a preview's: their frame rates differ."""


UNFINISHED_PREVIEW = Fault("This preview is unfinished.", "Press Resume below it in the list.")
_Kept = list[tuple[PreviewRecord, Sighting]]
NO_PREVIEW = Fault("There is no such preview.", "Pick one from the list in the AIMoCap tab.")


class Previews:
    """The previews of a captures folder; a `Source`.

    Args:
        captures_folder: where they are kept.
        between_parts: see `KeptPreviews`.
        wait: see `KeptPreviews`.

    Attributes:
        running: those that wait or run, by id.
        kept: the finished ones.
        writes: of corrected motions.
    """

    def __init__(
        self,
        captures_folder: Path,
        between_parts: Callable[[], None],
        messages: Messages,
        disk: DiskWork,
        motions: Motions,
        *,
        wait: bool,
    ) -> None:
        self.running: dict[str, RunningPreview] = {}
        self.kept = KeptPreviews(captures_folder, between_parts, disk.later, wait=wait)
        self._messages, self._disk, self._motions = messages, disk, motions
        self.writes = MotionWrites(disk, messages)
        self._claiming: dict[str, Future[None]] = {}
        self._keeping: dict[str, Future[_Kept]] = {}
        self._captured_by: list[Take] = []
        self._made: list[str] = []
        self._made_with: dict[str, tuple[str, ...]] = {}
        self._shown: dict[str, VideoRange] = {}
        self._takes: dict[str, tuple[PreviewRecord, Take]] = {}
        self._told: list[tuple[str, object, float]] = []

    @property
    def busy(self) -> bool:
        """Whether one is in progress, or those on disk aren't all known."""
        return bool(self.running or self._made) or not self.kept.has_read

    @property
    def listing(self) -> object:
        """A value that differs whenever one is added or removed."""
        return self.kept.listing, tuple(self.running)

    def begin(self, plan: PreviewPlan) -> str:
        """Begin a preview, at the next tick or after the one in progress; return its id.

        It goes on with what an unfinished one of the same has seen. A press waits for none of it, so that its bar is
        soon drawn.
        """
        preview = RunningPreview(plan, self.kept.folder, self.kept.taken_up(plan), waits=bool(self.running))
        self.running[preview.id] = preview
        self._claiming[preview.id] = self._disk.later(preview.claim)
        return preview.id

    def resume(self, preview_id: str) -> str:
        """Begin an unfinished preview again, for the character that it was begun for; return its id.

        Raises:
            Fault: there is none, or its video is gone or another one now.
        """
        found = self.kept.unfinished.get(preview_id)
        if found is None:
            raise NO_PREVIEW
        return self.begin(found.record.plan())

    def stop(self, preview_id: str) -> None:
        """Stop one in progress; nothing of it stays, unless it is being saved."""
        if preview_id not in self._keeping and (preview := self.running.pop(preview_id, None)) is not None:
            preview.run.close()
            self._disk.soon(preview.remove)

    def pump(self) -> bool:
        """Do the main thread's pending work; return whether anything visible has changed."""
        for preview_id, claiming in tuple(self._claiming.items()):
            if claiming.done():
                refused = self._claiming.pop(preview_id).exception()
                if isinstance(refused, Fault) and preview_id in self.running:
                    self.running[preview_id].run.end(refused)
        for preview in self.running.values():
            if preview.id not in self._keeping and preview.run.poll():
                earlier = self.kept.of_same_range(preview.record())
                self._keeping[preview.id] = self._disk.later(partial(self._keep, preview, earlier))
        over = [preview_id for preview_id, keeping in self._keeping.items() if keeping.done()]
        for preview_id in over:
            self._finish(self.running.pop(preview_id), self._keeping.pop(preview_id))
        self._begin_next()
        found = self.kept.take_in()
        # one that is read later would miss the capture that replaces it
        if self.kept.has_read:
            while self._captured_by:
                self._note_captured(self._captured_by.pop())
        progressed = self._has_progressed()
        return bool(self.writes.pump() or found or over or progressed)

    def take_made(self) -> list[str]:
        """Return the ids of those that were made since the last call."""
        made, self._made = self._made, []
        return made

    def made_with(self, preview_id: str) -> tuple[str, ...]:
        """Return the ids of the previews that one became in this session: of everyone, or itself."""
        return self._made_with.get(preview_id, (preview_id,))

    def take(self, take_id: str) -> Take | None:
        """Return one as a take; None if there is no such one."""
        if (running := self.running.get(take_id)) is not None:
            return running.take
        if (unfinished := self.kept.unfinished.get(take_id)) is not None:
            return _take_of_unfinished(unfinished)
        record = self.kept.record(take_id)
        if record is None:
            return None
        known = self._takes.get(take_id)
        # a filtered list asks for each at each redraw
        if known is None or known[0] is not record:
            known = self._takes[take_id] = record, self._take_of(record)
        return known[1]

    def unfinished(self) -> Sequence[str]:
        """Return the ids of those in progress, in the order in which they began."""
        return tuple(self.running)

    def order(self) -> Sequence[tuple[float, str]]:
        """Return when each of the others was created, in seconds since 1970, and its id, newest first."""
        found = [(record.created_at, record.id) for record in self.kept.records()]
        found += [(one.record.created_at, one.record.id) for one in self.kept.unfinished.values()]
        return sorted(found, reverse=True)

    def doing(self) -> list[Doing]:
        """Return what is being done for previews."""
        doing: list[Doing] = []
        for one in self.running.values():
            now = one.progress
            doing.append(Doing(one.title, now.what, (now.share, 1.0)))
        return doing

    def under_way(self) -> list[Take]:
        """Return those that this session made of a file."""
        return [take for preview_id in self._shown if (take := self.take(preview_id)) is not None]

    def rename(self, take_id: str, title: str) -> None:
        """Give a preview another title."""
        if title.strip():
            self.kept.change(take_id, title=title.strip())

    def turn(self, preview_id: str) -> None:
        """Give a finished one the other direction of up that explains its video about as well.

        Raises:
            Fault: there is none, it has no other, or its motion can't be read or written.
        """
        if not self._finished(preview_id).has_other_up:
            raise Fault("No other direction of up explains the video as well.", "Correct the preview instead.")
        self._exchange(preview_id, self.kept.turn)

    def take_other_offset(self, preview_id: str) -> None:
        """Give a finished one the motion at the other offset at which its videos fit each other about as well.

        Raises:
            Fault: there is none, it has no other, or its motion can't be read or written.
        """
        if not self._finished(preview_id).has_other_offset:
            raise Fault("The videos fit each other at no other offset.", "Move the strips, and press As Placed.")
        self._exchange(preview_id, self.kept.take_other_offset)

    def take_alternative(self, preview_id: str, alternative: tuple[float, ...]) -> Sighting:
        """Give a finished one that of its motions which has this `Sighting.alternative`, and return it.

        Raises:
            Fault: it has no such motion, or its motions can't be read or written.
        """
        self.writes.is_written(preview_id)
        seen = sighting_in(self.kept.motion_of(preview_id))
        # each of the motions at two offsets may be turned by itself
        if seen.alternative[1:] != alternative[1:]:
            self.take_other_offset(preview_id)
            seen = sighting_in(self.kept.motion_of(preview_id))
        if seen.alternative != alternative:
            self.turn(preview_id)
            seen = sighting_in(self.kept.motion_of(preview_id))
        return seen

    def correct(self, preview_id: str, corrections: Sequence[Correction]) -> Sighting:
        """Give a finished one just these corrections, and return its motion.

        Raises:
            Fault: there is no such preview, they can't be, or its motion can't be read or written.
        """
        title = self._finished(preview_id).title
        corrected = self.kept.correct(preview_id, corrections, partial(self.writes.begin, preview_id, title))
        self._keep_motion(preview_id, corrected)
        return corrected

    def _keep_motion(self, preview_id: str, sighting: Sighting) -> None:
        self._motions.keep(preview_id, MotionKind.SEEN, ReadMotion(sighting.clip, seen=sighting))

    def _exchange(self, preview_id: str, exchanged: Callable[[str], Sighting]) -> None:
        # a correction that is still being written would come after it, and undo it
        self.writes.is_written(preview_id)
        self._keep_motion(preview_id, exchanged(preview_id))

    def _finished(self, preview_id: str) -> PreviewRecord:
        """Return the record of a finished one; raise Fault if there is no such preview."""
        record = self.kept.record(preview_id)
        if record is None:
            raise NO_PREVIEW
        return record

    def remove(self, take_id: str) -> None:
        """Delete a finished or unfinished one from the disk.

        Raises:
            Fault: there is no such preview.
        """
        if not self.kept.remove(take_id):
            raise NO_PREVIEW

    def captured(self, capture: Take) -> None:
        """Note that a capture's motion replaces the previews of the same strip, or of the same video in its range."""
        # a window doesn't wait for the disk: it is noted once all are known
        if not bpy.app.background and not self.kept.has_read:
            self._captured_by.append(capture)
            return
        self.kept.wait_until_read()
        self._note_captured(capture)

    def _note_captured(self, capture: Take) -> None:
        for record in self.kept.records():
            bound = Binding.stored(record.binding)
            # a strip without a file, as an image sequence, is known by itself
            is_same_strip = (
                bound is not None and capture.binding is not None and bound.shows_same_strip(capture.binding)
            )
            if is_same_strip or _is_within(record, capture):
                self.kept.change(record.id, captured_by=capture.id)

    def close(self) -> None:
        """End all in progress, to go on later; what is being saved is saved."""
        # a preview that is made must not be lost for being saved just now
        wait_for(self._keeping.values())
        self._keeping.clear()
        for preview in self.running.values():
            preview.run.close()
            preview.release()
        self.running.clear()

    def _has_progressed(self) -> bool:
        """Return whether the progress of those in progress is another one than at the last call."""
        before, self._told = self._told, list[tuple[str, object, float]]()
        for one in self.running.values():
            now = one.progress
            # the time left changes at every tick, and a bar that grows tells of it
            self._told.append((one.id, now.what, now.share))
        return before != self._told

    def _take_of(self, record: PreviewRecord) -> Take:
        return Take(
            kind=Kind.PREVIEW,
            id=record.id,
            title=record.title,
            created_at=record.created_at,
            video=record.video or record.title,
            binding=Binding.stored(record.binding),
            origin=ActionSource(file=record.video, preview=record.id, range_sec=record.range_sec),
            shown=self._shown.get(record.id),
            folder=self.kept.folder / record.id,
            files={
                MotionKind.SEEN: MotionFile(self.kept.motion_of(record.id), partial(self.writes.is_written, record.id))
            },
        )

    def _begin_next(self) -> None:
        # one at a time: each takes all cores, and two would be ready no sooner
        if not any(preview.run.begun for preview in self.running.values()):
            waiting = next(iter(self.running.values()), None)
            if waiting is not None:
                waiting.run.begin()

    def _keep(self, preview: RunningPreview, earlier: Sequence[PreviewRecord]) -> "_Kept":
        if preview.run.fault is not None:
            raise preview.run.fault
        made: _Kept = []
        motions, other_offset = preview.run.seeing.results, None
        # of several videos a second motion is that at another offset, and no other person's
        if preview.plan.beside:
            motions, other_offset = motions[:1], next(iter(motions[1:]), None)
        # what it goes on from is kept last
        for number, file in reversed(list(enumerate(motions))):
            record, sighting = self.kept.keep(preview.record(number), file, other_offset)
            made.insert(0, (record, self.kept.as_corrected_before(record.id, sighting, earlier)))
        preview.finish()
        return made

    def _finish(self, preview: RunningPreview, keeping: "Future[_Kept]") -> None:
        try:
            made = keeping.result()
        except Fault as fault:
            _log.warning("%s: no motion: %s", preview.id, source_line_of(fault))
            self._messages.say(preview.title, fault)
            # one whose process answered would come to the same again, one that was broken off goes on where it was
            leave = preview.remove if preview.run.has_answered else partial(self._put_aside, preview)
            self._disk.later(leave)
        else:
            ids = [record.id for record, _ in made]
            self._made_with[preview.id] = tuple(ids)
            self._made += ids
            for record, sighting in made:
                self.kept.add(record)
                self._keep_motion(record.id, sighting)
                if preview.shown is not None:
                    self._shown[record.id] = preview.shown
        finally:
            preview.run.close()

    def _put_aside(self, preview: RunningPreview) -> None:
        if (unfinished := preview.unfinished()) is not None:
            self.kept.put_aside(unfinished)


def _take_of_unfinished(unfinished: Unfinished) -> Take:
    record, shown = unfinished.record, unfinished.record.films[0].shown
    return Take(
        kind=Kind.PREVIEW,
        id=record.id,
        title=record.title,
        standing=Standing.FAILED,
        created_at=record.created_at,
        video=shown.path,
        binding=Binding.stored(record.binding),
        shown=shown,
        without=UNFINISHED_PREVIEW,
    )


def _is_within(record: PreviewRecord, capture: Take) -> bool:
    """Return whether a preview is of the same video as a capture, and of no more of it."""
    if not record.video or record.video != capture.origin.file or not capture.origin.range_sec:
        return False
    (start, end), (first, last) = capture.origin.range_sec, record.range_sec
    return start - _SAME_SEC <= first and last <= end + _SAME_SEC
