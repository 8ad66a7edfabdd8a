"""The free previews of this Blender: one in progress, others that wait for it, and the finished ones."""

import logging
from collections.abc import Mapping
from concurrent.futures import Future, wait
from functools import partial
from typing import Any, cast

import bpy

from ...jobs.view import CaptureView
from ...scene.armatures import cannot_be_keyed
from ...scene.windows import in_a_window
from ...texts.faults import Fault
from ...vision.sighting import Sighting
from ..binding import Binding
from ..disk_work import DiskWork
from ..fault_lines import source_line_of
from ..messages import Message, Messages, Note
from .kept import KeptPreviews, PreviewRecord
from .planning import PreviewPlan
from .running import RunningPreview

_log = logging.getLogger(__name__)

_SAME_SEC = 0.05
"""A capture's range may be this much shorter than a preview's: their frame rates differ."""


class Previews:
    """All previews of this Blender.

    Args:
        kept: the finished ones.
        messages: of the session.
        disk: of the session.

    Attributes:
        running: those that wait or run, by id.
        kept: the finished ones.
        notes: id to the outcome of applying the motion, or of making it.
    """

    def __init__(self, kept: KeptPreviews, messages: Messages, disk: DiskWork) -> None:
        self.running: dict[str, RunningPreview] = {}
        self.kept = kept
        self.notes: dict[str, Note] = {}
        self._messages = messages
        self._disk = disk
        self._keeping: dict[str, Future[tuple[PreviewRecord, Sighting]]] = {}
        self._captured_by: list[CaptureView] = []
        self._to_apply: list[str] = []
        self._motion: tuple[str, Sighting] | None = None
        self._told: list[tuple[str, str, int, int]] = []

    @property
    def busy(self) -> bool:
        """Whether one is in progress or to be applied."""
        return bool(self.running or self._to_apply)

    def begin(self, plan: PreviewPlan) -> str:
        """Begin a preview, at once or after the one in progress; return its id."""
        preview = RunningPreview(plan, self.kept.folder)
        self.running[preview.id] = preview
        self._begin_next()
        return preview.id

    def stop(self, preview_id: str) -> None:
        """Stop one in progress; nothing of it stays, unless it is being saved."""
        if preview_id not in self._keeping and (preview := self.running.pop(preview_id, None)) is not None:
            preview.run.close()

    def pump(self, *, may_wait: bool = True) -> bool:
        """Do the main thread's pending work; return whether anything visible has changed.

        Args:
            may_wait: wait while a character's bones are edited, instead of trying and being refused.
        """
        for preview in self.running.values():
            if preview.id not in self._keeping and preview.run.poll():
                self._keeping[preview.id] = self._disk.later(partial(self._keep, preview))
        over = [preview_id for preview_id, keeping in self._keeping.items() if keeping.done()]
        for preview_id in over:
            self._finish(self.running.pop(preview_id), self._keeping.pop(preview_id))
        self._begin_next()
        applied = [one for one in self._to_apply if not (may_wait and self._cannot_be_keyed(one))]
        for preview_id in applied:
            self._to_apply.remove(preview_id)
            self._apply(preview_id)
        found = self.kept.take_in()
        if self.kept.has_read:
            while self._captured_by:
                self._note_captured(self._captured_by.pop())
        progressed = self._has_progressed()
        return bool(found or over or applied or progressed)

    def _has_progressed(self) -> bool:
        """Return whether the progress of those in progress is another one than at the last call."""
        told, progress = self._told, {one.id: one.progress for one in self.running.values()}
        self._told = [(preview_id, now.what, now.done, now.total) for preview_id, now in progress.items()]
        return told != self._told

    def is_active(self, preview_id: str) -> bool:
        """Return whether it waits, runs, or is to be applied."""
        return preview_id in self.running or preview_id in self._to_apply

    def remove(self, preview_id: str) -> None:
        """Delete a finished one from the disk."""
        if preview_id in self._to_apply:
            self._to_apply.remove(preview_id)
        self.kept.remove(preview_id)
        self.notes.pop(preview_id, None)

    def binding_of(self, preview_id: str) -> Binding:
        """Return where the motion of a finished preview belongs.

        Raises:
            Fault: there is no such preview, or it was written by an unknown version of the add-on.
        """
        record = self.kept.record(preview_id)
        if record is None:
            raise Fault("There is no such preview.", "Pick one from the list in the AIMoCap tab.")
        try:
            return Binding.from_json(record.binding)
        except ValueError:
            raise Fault(
                "This preview was made by another version of the add-on.", "Remove it and make it again."
            ) from None

    def motion(self, preview_id: str) -> Sighting:
        """Return the motion of a finished preview.

        Raises:
            Fault: its file is missing or broken.
        """
        if self._motion is None or self._motion[0] != preview_id:
            self._motion = preview_id, self.kept.motion(preview_id)
        return self._motion[1]

    def captured(self, view: CaptureView) -> None:
        """Note that a capture's motion replaces the previews of the same strip, or of the same video in its range."""
        if not bpy.app.background and not self.kept.has_read:
            self._captured_by.append(view)
            return
        self.kept.wait_until_read()
        self._note_captured(view)

    def _note_captured(self, view: CaptureView) -> None:
        for record in self.kept.records():
            if _is_same_strip(record.binding, view.binding) or _is_within(record, view):
                self.kept.change(record.id, captured_by=view.id)

    def close(self) -> None:
        """Stop all in progress; what is being saved is saved."""
        wait(self._keeping.values())
        self._keeping.clear()
        for preview_id in list(self.running):
            self.stop(preview_id)

    def _begin_next(self) -> None:
        if not any(preview.run.begun for preview in self.running.values()):
            waiting = next(iter(self.running.values()), None)
            if waiting is not None:
                waiting.run.begin()

    def _keep(self, preview: RunningPreview) -> tuple[PreviewRecord, Sighting]:
        if preview.run.fault is not None:
            raise preview.run.fault
        return self.kept.keep(preview.record(), preview.run.seeing.result)

    def _finish(self, preview: RunningPreview, keeping: "Future[tuple[PreviewRecord, Sighting]]") -> None:
        try:
            record, sighting = keeping.result()
        except Fault as fault:
            _log.warning("%s: no motion: %s", preview.id, source_line_of(fault))
            self._messages.say(preview.title, fault)
        else:
            self.kept.add(record)
            self._motion = preview.id, sighting
            self._to_apply.append(preview.id)
        finally:
            preview.run.close()

    def _cannot_be_keyed(self, preview_id: str) -> bool:
        return cannot_be_keyed(self.binding_of(preview_id).bound_armature())

    def _apply(self, preview_id: str) -> None:
        """Apply the motion to the character of its preview, as one undo step, if it is in the open file."""
        record = self.kept.record(preview_id)
        assert record is not None  # noqa: S101 -- `remove` takes it off the list
        if self.binding_of(preview_id).bound_armature() is None:
            self.notes[preview_id] = Note("The preview is ready. Select a character and press Apply.")
        else:
            with in_a_window():
                try:
                    cast("Any", bpy.ops).aimocap.apply_preview("EXEC_DEFAULT", True, preview_id=preview_id, bound=True)
                except RuntimeError:  # the operator has reported and noted it
                    self.notes.setdefault(
                        preview_id, Note("The motion could not be applied. Press Apply.", failed=True)
                    )
        self._messages.add(_titled(self.notes[preview_id], record))


def _is_same_strip(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Return whether two bindings are of the same range of one strip."""
    same_file = any(one.get(name) and one.get(name) == other.get(name) for name in ("session", "blend_file"))
    return same_file and all(one.get(name) == other.get(name) for name in ("strip", "by_strip"))


def _is_within(record: PreviewRecord, view: CaptureView) -> bool:
    """Return whether a preview is of the same video as a capture, and of no more of it."""
    (start, end), (first, last) = view.range_sec, record.range_sec
    return bool(record.video) and record.video == view.video and start - _SAME_SEC <= first and last <= end + _SAME_SEC


def _titled(note: Note, record: PreviewRecord) -> Message:
    message = note.message
    return Message(message.level, message.sentence, record.title)
