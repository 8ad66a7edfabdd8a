"""The operators of a capture's life: start, stop, follow, check again."""

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import bpy

from ...jobs.runner import CaptureRefused
from ...scene.faults import SceneFault
from ...session.planning import OFFLINE, CapturePlan, plan_captures
from ...session.session import Session, open_session
from ...session.to_the_end import follow_to_the_end
from ..settings import settings_of
from ..setup import preferences
from ..text.reporting import inform, refuse
from . import watching
from .asking import AsksFirst
from .questions import agreement, question_before, without_repeated

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems


class CaptureMotion(AsksFirst, bpy.types.Operator):
    """Send the active video strip to the AIMoCap service and put its motion on the selected character."""

    bl_idname = "aimocap.capture_motion"
    bl_label = "Capture Motion"
    bl_options = set()  # never REGISTER: what pays can't be repeated by accident

    if TYPE_CHECKING:
        filepath: str
        all_selected: bool
        only_range: bool
        skip_captured: bool
        consented: str
        agreed: str
    else:
        filepath: bpy.props.StringProperty(
            name="Video",
            description="A movie file to capture in place of the active strip",
            subtype="FILE_PATH",
            options={"SKIP_SAVE"},
        )
        all_selected: bpy.props.BoolProperty(
            name="All Selected Strips",
            description="A capture for each selected video strip, in place of the active strip's alone",
            options={"SKIP_SAVE"},
        )
        only_range: bpy.props.BoolProperty(
            name="Only the Range",
            description="Render and send a clip of the range, whatever the scene's Upload is set to",
            options={"SKIP_SAVE"},
        )
        skip_captured: bpy.props.BoolProperty(
            name="Skip Captured",
            description="Leave out strips that an earlier capture covers",
            options={"SKIP_SAVE"},
        )
        # What a dialog's button stands for, as `agreement` tells it: the video may be sent, or paid for too.
        consented: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})
        agreed: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """In a window: start and go on in the background.

        Asked first: for consent, once for each service address, whether to pay again for what was captured, and whether
        to pay for several strips. The answers call this once more.
        """
        try:
            plans = self._plans(context)
        except (SceneFault, CaptureRefused) as fault:
            return refuse(self, fault)
        if answered := self.agreed or self.consented:
            if answered != agreement(plans):
                return refuse(self, "What would be sent has changed. Press Capture Motion again.")
            preferences.remember_consent()
        if not self.agreed:
            question = question_before(
                plans, self.filepath, all_selected=self.all_selected, consented=bool(self.consented)
            )
            if question is not None:
                return self.ask(context, question)
        return self._start_in_window(plans)

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Called by a script: run to the end; the call is the consent."""
        if self.has_asked:
            return {"CANCELLED"}
        try:
            plans = self._plans(context)
        except (SceneFault, CaptureRefused) as fault:
            return refuse(self, fault)
        return self._run_to_their_ends(plans)

    def _run_to_their_ends(self, plans: list[CapturePlan]) -> "set[OperatorReturnItems]":
        """A script's: what keeps one from its end is told, and keeps no other."""
        session, begun, all_well = open_session(), list[str](), True
        for plan in plans:
            try:
                begun.append(session.begin(plan))
            except (SceneFault, CaptureRefused) as fault:
                refuse(self, fault)
                all_well = False
        for capture_id in begun:
            try:
                all_well &= run_to_the_end(self, session, capture_id) == {"FINISHED"}
            except (SceneFault, CaptureRefused) as fault:
                refuse(self, fault)
                all_well = False
        return {"FINISHED"} if all_well else {"CANCELLED"}

    def _plans(self, context: bpy.types.Context) -> list[CapturePlan]:
        plans = plan_captures(
            context,
            settings_of(context.scene).wishes(),
            self.filepath,
            all_selected=self.all_selected,
            only_range=self.only_range,
        )
        return without_repeated(plans) if self.skip_captured else plans

    def _start_in_window(self, plans: list[CapturePlan]) -> "set[OperatorReturnItems]":
        begun = 0
        try:
            for plan in plans:
                open_session().begin(plan)
                begun += 1
        except (SceneFault, CaptureRefused) as fault:
            if begun:
                refuse(self, f"Of the selected strips the first {begun} are being captured; deselect these.")
            return refuse(self, fault)
        finally:
            watching.watch()  # those before one that is refused, too
        return {"FINISHED"}


class OnCapture:
    """What acts on one capture of the list."""

    bl_options = {"INTERNAL"}

    if TYPE_CHECKING:
        capture_id: str
    else:
        capture_id: bpy.props.StringProperty(options={"SKIP_SAVE"})


class FollowCapture(OnCapture, bpy.types.Operator):
    """Take this capture up again, to its end."""

    bl_idname = "aimocap.follow_capture"
    bl_label = "Follow"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """In a window: go on in the background."""
        try:
            open_session().runner.follow(self.capture_id)
        except CaptureRefused as fault:
            return refuse(self, fault)
        watching.watch()
        return {"FINISHED"}

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Called by a script: run to the end."""
        if not bpy.app.online_access:
            return refuse(self, OFFLINE)
        session = open_session()
        try:
            session.runner.follow(self.capture_id)
            return run_to_the_end(self, session, self.capture_id)
        except (SceneFault, CaptureRefused) as fault:
            return refuse(self, fault)


class StopFollowing(OnCapture, bpy.types.Operator):
    """Stop following: cancels what is not paid yet; a paid job goes on at the service and can be followed again."""

    bl_idname = "aimocap.stop_following"
    bl_label = "Stop"

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Stop the capture, or the rendering of its clip."""
        session = open_session()
        if self.capture_id in session.preparations:
            session.preparations.pop(self.capture_id).close()
            watching.watch()
            return {"FINISHED"}
        return told(self, self.capture_id, session.runner.stop_following)


class CheckAgain(OnCapture, bpy.types.Operator):
    """Ask the service once more whether it took the job."""

    bl_idname = "aimocap.check_again"
    bl_label = "Check Again"

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Go back to asking; nothing is sent that could be charged."""
        return told(self, self.capture_id, open_session().runner.check_again)


class CopyJobID(OnCapture, bpy.types.Operator):
    """Copy the service's id of this job, which its support asks for."""

    bl_idname = "aimocap.copy_job_id"
    bl_label = "Copy Job ID"

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Put it on the clipboard."""
        view = open_session().view(self.capture_id)
        if view is None or not view.job_id:
            return refuse(self, "This capture has no job yet. Follow it first.")
        if bpy.app.background:
            return refuse(self, f"Without a window there is no clipboard. The job is {view.job_id}.")
        cast("bpy.types.WindowManager", context.window_manager).clipboard = view.job_id
        inform(self, f"Copied the job ID: {view.job_id}")
        return {"FINISHED"}


def told(operator: bpy.types.Operator, capture_id: str, call: Callable[[str], None]) -> "set[OperatorReturnItems]":
    """Have the runner do something with a capture, or report why it doesn't."""
    try:
        call(capture_id)
    except CaptureRefused as fault:
        return refuse(operator, fault)
    open_session().notes.pop(capture_id, None)
    watching.watch()
    return {"FINISHED"}


def run_to_the_end(operator: bpy.types.Operator, session: Session, capture_id: str) -> "set[OperatorReturnItems]":
    """Follow a capture to its end, and report how it ended: the rest of an operator that a script called."""
    view = follow_to_the_end(session, capture_id)
    if view.state != "done":
        return refuse(operator, f"{view.what} {view.next_step}")
    note = session.notes.get(view.id)
    if note is not None and note.failed:
        return refuse(operator, note.sentence)
    inform(operator, f"{view.what} {view.next_step}".strip())
    return {"FINISHED"}


CLASSES = (CaptureMotion, FollowCapture, StopFollowing, CheckAgain, CopyJobID)
