"""Operators that start, stop, follow, check and repeat captures.

A press first looks at the earlier captures on disk, and goes on when that is done: a slow disk doesn't hold the window
up.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import bpy

from ...jobs.capture import State
from ...jobs.runner import OFFLINE
from ...scene.scene_values import kept_character
from ...takes.captures.capture_takes import EarlierCaptures
from ...takes.captures.planning import CapturePlan, plan_again, plan_captures, plan_clip_again
from ...takes.session import Session, follow_to_the_end, open_session
from ...texts.faults import Fault
from ...texts.text import Text
from ...while_enabled import lasting
from ..chosen_files import RELATIVE
from ..settings import settings_of
from ..setup import preferences
from ..text.reporting import AsksFirst, Returned, SaysWhyNot, inform, invoke_from_timer, refuse, refusing
from . import watching
from .before_capture import agreement, earlier_captures, question_before, without_captured_parts, without_repeated
from .details import without_video_or_character
from .list import OnCapture

if TYPE_CHECKING:
    from concurrent.futures import Future

_TICK_SEC = 0.05


@dataclass
class _Pressed:
    """The operator that waits for the look, its properties, and the look."""

    operator: str = ""
    properties: dict[str, object] = field(default_factory=dict[str, object])
    look: "Future[EarlierCaptures] | None" = None


_pressed = lasting(_Pressed)


def is_looking() -> bool:
    """Return whether a press waits."""
    return _pressed.look is not None


def looked(operator: bpy.types.Operator) -> "EarlierCaptures | None":
    """Return the earlier captures as they are on disk; None if that takes long: then the operator is invoked again."""
    properties: dict[str, object] = cast("Any", operator).as_keywords()
    look, _pressed.look = _pressed.look, None
    # another button, or one with other options, is another press
    if look is None or (_pressed.operator, _pressed.properties) != (operator.bl_idname, properties):
        look = open_session().disk.soon(earlier_captures().look)
    if look.done():
        return look.result()
    _pressed.operator, _pressed.properties, _pressed.look = operator.bl_idname, properties, look
    if not bpy.app.timers.is_registered(_again):
        bpy.app.timers.register(_again, first_interval=_TICK_SEC)
    # shows that it is at work
    watching.watch()
    return None


def _seen(earlier: "EarlierCaptures | None", answered: str) -> frozenset[str] | None:
    """Return the earlier captures that were there: for this press, or before the question that it answers."""
    if earlier is not None:
        return earlier.seen()
    return frozenset(answered.split()) if answered else None


def _again() -> float | None:
    if _pressed.look is None:
        return None
    if not _pressed.look.done():
        return _TICK_SEC
    invoke_from_timer(_pressed.operator.partition("_OT_")[2], "Capture Motion", _pressed.properties)
    return None


def unregister() -> None:
    """Let the press go."""
    if bpy.app.timers.is_registered(_again):
        bpy.app.timers.unregister(_again)


class CaptureMotion(SaysWhyNot, AsksFirst, bpy.types.Operator):
    """Send the active video strip to the AIMoCap service and apply its motion to the character"""

    bl_idname = "aimocap.capture_motion"
    bl_label = "Capture Motion"
    # never REGISTER: a paid operator must not be repeated by accident
    bl_options = set()

    if TYPE_CHECKING:
        filepath: str
        all_selected: bool
        only_range: bool
        skip_captured: bool
        only_missing: bool
        consented: str
        agreed: str
        seen: str
    else:
        filepath: bpy.props.StringProperty(
            name="Video",
            description="Movie file to capture instead of the active strip",
            subtype="FILE_PATH",
            options={"SKIP_SAVE", *RELATIVE},
        )
        all_selected: bpy.props.BoolProperty(
            name="All Selected Strips",
            description="Capture each selected video strip instead of only the active one",
            options={"SKIP_SAVE"},
        )
        only_range: bpy.props.BoolProperty(
            name="Only the Range",
            description="Render and upload only the range, whatever Upload is set to",
            options={"SKIP_SAVE"},
        )
        skip_captured: bpy.props.BoolProperty(
            name="Skip Captured",
            description="Skip strips that were already captured",
            options={"SKIP_SAVE"},
        )
        only_missing: bpy.props.BoolProperty(
            name="Only What Is Missing",
            description="Capture only those parts of each strip's range whose motion isn't here yet",
            options={"SKIP_SAVE"},
        )
        # Answers of the dialog, as hashes made by `agreement`: consent to sending, or to paying too.
        consented: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})
        agreed: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})
        # ids of the earlier captures that were there before the question, each after a space: '' if none was asked
        seen: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> Fault | None:
        """Return why it can't be pressed."""
        return without_video_or_character(context)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Start captures that continue in the background.

        Ask first for what the service needs, for consent, once for each service address, for paying again for the same
        range, and for paying for several strips. The answers invoke the operator again.
        """
        earlier = None
        if (not self.agreed or self.only_missing or self.skip_captured) and (earlier := looked(self)) is None:
            # invoked again when the disk has answered
            return {"CANCELLED"}
        try:
            # buttons mean the character that the panel shows, scripts the one that they selected
            kept, answered = kept_character(context.scene), self.agreed or self.consented
            plans = self._plans(context, kept, earlier, is_only_asked=not answered)
        except Fault as fault:
            return refuse(self, fault)
        if answered:
            # strips or settings may have changed since the dialog asked about them
            if answered != agreement(plans):
                return refuse(self, "The selection changed. Press Capture Motion again.")
            preferences.remember_consent()
        if not self.agreed:
            question = question_before(
                plans,
                self.filepath,
                all_selected=self.all_selected,
                only_missing=self.only_missing,
                consented=bool(self.consented),
                earlier=earlier,
            )
            if question is not None:
                return self.ask(context, question)
        return self._start_in_window(plans, _seen(earlier, self.seen))

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Run until the captures are done, for scripts; the call itself is the consent."""
        if self.has_asked:
            return {"CANCELLED"}
        plans = self._plans(context)
        # a capture that is refused doesn't keep the others from running
        session, begun, succeeded = open_session(), list[str](), True
        for plan in plans:
            try:
                begun.append(session.captures.begin(plan, session.captures.runner.ids()))
            except Fault as fault:
                refuse(self, fault)
                succeeded = False
        for capture_id in begun:
            try:
                succeeded &= run_to_end(self, session, capture_id) == {"FINISHED"}
            except Fault as fault:
                refuse(self, fault)
                succeeded = False
        return {"FINISHED"} if succeeded else {"CANCELLED"}

    def _plans(
        self,
        context: bpy.types.Context,
        kept: bpy.types.Object | None = None,
        earlier: EarlierCaptures | None = None,
        *,
        is_only_asked: bool = False,
    ) -> list[CapturePlan]:
        plans = plan_captures(
            context,
            settings_of(context.scene).wishes(),
            self.filepath,
            all_selected=self.all_selected,
            only_range=self.only_range,
            kept=kept,
            is_only_asked=is_only_asked,
        )
        if self.only_missing:
            return without_captured_parts(plans, earlier)
        return without_repeated(plans, earlier) if self.skip_captured else plans

    def _start_in_window(self, plans: list[CapturePlan], seen: frozenset[str] | None) -> Returned:
        # one by one: what was begun before a refused one is paid for, and goes on
        begun = 0
        try:
            for plan in plans:
                open_session().captures.begin(plan, seen)
                begun += 1
        except Fault as fault:
            if begun:  # pyrefly: ignore[redundant-condition] -- what the loop began
                refuse(
                    self,
                    Text(
                        "The first {begun} selected strips are being captured. Deselect them, then try again.",
                        begun=begun,
                    ),
                )
            return refuse(self, fault)
        finally:
            # also for those started before one was refused
            watching.watch()
        return {"FINISHED"}


class FollowCapture(OnCapture, bpy.types.Operator):
    """Continue following this capture until it is done"""

    bl_idname = "aimocap.follow_capture"
    bl_label = "Follow"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Follow the capture in the background."""
        return call_runner(self, self.capture_id, open_session().captures.runner.follow, keep_note=True)

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Follow the capture until it is done, for scripts."""
        if not bpy.app.online_access:
            raise OFFLINE
        session = open_session()
        session.captures.runner.follow(self.capture_id)
        return run_to_end(self, session, self.capture_id)


class StopFollowing(OnCapture, bpy.types.Operator):
    """Cancel this capture; once the service has its job, the job goes on, and only following it stops"""

    bl_idname = "aimocap.stop_following"
    bl_label = "Stop"

    def execute(self, context: bpy.types.Context) -> Returned:
        """Stop the capture or the rendering of its clip."""
        session = open_session()
        if (preparation := session.captures.preparations.get(self.capture_id)) is not None:
            if preparation.is_saving:
                return refuse(self, "This capture is being saved. Try again in a moment.")
            session.captures.preparations.pop(self.capture_id).close()
            watching.watch()
            return {"FINISHED"}
        return call_runner(self, self.capture_id, session.captures.runner.stop_following)


class CheckAgain(OnCapture, bpy.types.Operator):
    """Ask the service about this job again, free of charge"""

    bl_idname = "aimocap.check_again"
    bl_label = "Check Again"

    def execute(self, context: bpy.types.Context) -> Returned:
        """Check again; nothing is submitted."""
        return call_runner(self, self.capture_id, open_session().captures.runner.check_again)


class CopyJobID(OnCapture, bpy.types.Operator):
    """Copy the ID of this job at the service, which its support needs"""

    bl_idname = "aimocap.copy_job_id"
    bl_label = "Copy Job ID"

    def execute(self, context: bpy.types.Context) -> Returned:
        """Copy the ID to the clipboard."""
        view = open_session().captures.view(self.capture_id)
        if view is None or not view.job_id:
            return refuse(self, "This capture has no job yet. Follow it first.")
        if bpy.app.background:
            return refuse(self, Text("The clipboard needs a window. The job ID is {job_id}.", job_id=view.job_id))
        context.window_manager.clipboard = view.job_id
        inform(self, Text("Copied the job ID: {job_id}", job_id=view.job_id))
        return {"FINISHED"}


def call_runner(
    operator: bpy.types.Operator, capture_id: str, call: Callable[[str], None], *, keep_note: bool = False
) -> Returned:
    """Call a method of the runner for a capture, or report why it refuses; a window doesn't wait for the disk."""
    session = open_session()
    try:
        session.captures.act(capture_id, call)
    except Fault as fault:
        return refuse(operator, fault)
    # the outcome of applying it belongs to the motion that it had before
    if not keep_note:
        session.application.notes.pop(capture_id, None)
    watching.watch()
    return {"FINISHED"}


def run_to_end(operator: bpy.types.Operator, session: Session, capture_id: str) -> Returned:
    """Follow a capture until it ends and report the outcome, for operators called by scripts."""
    view = follow_to_the_end(session, capture_id)
    if view.state != State.DONE:
        return refuse(operator, Text.joined((view.what, view.next_step)))
    note = session.application.notes.get(view.id)
    if note is not None and note.failed:
        return refuse(operator, note.sentence)
    inform(operator, Text.joined((view.what, view.next_step)))
    return {"FINISHED"}


class TryAgain(AsksFirst, OnCapture, bpy.types.Operator):
    """Send the same range with the same target and options as a new capture; this costs credits again"""

    bl_idname = "aimocap.try_again"
    bl_label = "Try Again"

    if TYPE_CHECKING:
        agreed: str
        seen: str
    else:
        agreed: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})
        # ids of the earlier captures that were there before the question, each after a space: '' if none was asked
        seen: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Start the new capture, which continues in the background.

        Ask first for consent, and whether to pay again if the earlier one may be paid. The answers invoke the operator
        again.
        """
        session, earlier = open_session(), None
        if not self.agreed and (earlier := looked(self)) is None:
            # invoked again when the disk has answered
            return {"CANCELLED"}
        try:
            plan = _plan(context, session, self.capture_id)
            if self.agreed:
                # the file may have changed since the dialog asked about it
                if self.agreed != agreement([plan]):
                    return refuse(self, "The video changed. Press Try Again once more.")
                preferences.remember_consent()
            elif (question := question_before([plan], again=self.capture_id, earlier=earlier)) is not None:
                return self.ask(context, question)
            _begin(session, plan, self.capture_id, _seen(earlier, self.seen))
        except Fault as fault:
            return refuse(self, fault)
        watching.watch()
        return {"FINISHED"}

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Run until the new capture is done, for scripts; the call itself is the consent."""
        if self.has_asked:
            return {"CANCELLED"}
        session = open_session()
        plan = _plan(context, session, self.capture_id)
        begun = _begin(session, plan, self.capture_id, session.captures.runner.ids())
        return run_to_end(self, session, begun)


def _plan(context: bpy.types.Context, session: Session, earlier: str) -> CapturePlan:
    """Return the plan of a capture, or of a clip that could not be rendered, once more.

    Raises:
        Fault: nothing has been sent or changed.
    """
    preparation, view = session.captures.preparations.get(earlier), session.captures.view(earlier)
    if preparation is not None and preparation.fault is not None:
        return plan_clip_again(context, preparation.plan)
    if view is None:
        raise Fault("There is no such capture in the captures folder.", "Choose one from the list.")
    return plan_again(context, view)


def _begin(session: Session, plan: CapturePlan, earlier: str, seen: frozenset[str] | None) -> str:
    """Start it; a clip that could not be rendered leaves the list for it."""
    begun = session.captures.begin(plan, seen)
    if (failed := session.captures.preparations.pop(earlier, None)) is not None:
        failed.close()
    return begun


CLASSES = (CaptureMotion, FollowCapture, StopFollowing, CheckAgain, CopyJobID, TryAgain)
