"""Operator that makes a new capture of what ended without motion, with the same range, target and options."""

from typing import TYPE_CHECKING

import bpy

from ...takes.captures.again import plan_again, plan_clip_again
from ...takes.captures.planning import CapturePlan
from ...takes.session import Session, open_session
from ...texts.faults import Fault
from ..setup import preferences
from ..text.asking import AsksFirst
from ..text.reporting import Returned, refuse, refusing
from . import watching
from .list import OnCapture
from .looking import looked
from .operators import run_to_end
from .questions import agreement, question_before


class TryAgain(AsksFirst, OnCapture, bpy.types.Operator):
    """Send the same range with the same target and options as a new capture; this costs credits again"""

    bl_idname = "aimocap.try_again"
    bl_label = "Try Again"

    if TYPE_CHECKING:
        agreed: str
    else:
        agreed: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})

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
            _begin(session, plan, self.capture_id)
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
        begun = _begin(session, _plan(context, session, self.capture_id), self.capture_id)
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


def _begin(session: Session, plan: CapturePlan, earlier: str) -> str:
    """Start it; a clip that could not be rendered leaves the list for it."""
    begun = session.captures.begin(plan)
    if (failed := session.captures.preparations.pop(earlier, None)) is not None:
        failed.close()
    return begun


CLASSES = (TryAgain,)
