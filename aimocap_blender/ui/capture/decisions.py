"""Operators for what is paid, or may be paid twice, and so ask first: submit again, forget, and restore."""

from typing import TYPE_CHECKING

import bpy

from ...jobs.runner import CaptureView
from ...service.contract import FBX, ROBOT_MOTION
from ...session.session import open_session
from .asking import Answer, AsksFirst, Question
from .operators import OnCapture, told

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

_LEAST_CREDITS = 0.05
"""Less than that isn't worth a figure; of a recovered capture's cost nothing is known."""


class SubmitAnyway(AsksFirst, OnCapture, bpy.types.Operator):
    """Submit the job once more. If the service did take it the first time, it may charge a second time."""

    bl_idname = "aimocap.submit_anyway"
    bl_label = "Submit Anyway"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Ask first, since this may cost credits."""
        view = open_session().view(self.capture_id)
        return self.execute(context) if view is None else self.ask(context, before_submitting(view))

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Submit again, at the user's word."""
        return {"CANCELLED"} if self.has_asked else told(self, self.capture_id, open_session().runner.submit_anyway)


class ForgetCapture(AsksFirst, OnCapture, bpy.types.Operator):
    """Remove this capture from the list. It can be restored for 7 days; motion that was applied stays."""

    bl_idname = "aimocap.forget_capture"
    bl_label = "Forget"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Ask first, and say what was paid."""
        view = open_session().view(self.capture_id)
        question = before_forgetting(view) if view is not None else None
        if question is None:
            return context.window_manager.invoke_confirm(self, event)
        return self.ask(context, question)

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Forget it."""
        return {"CANCELLED"} if self.has_asked else told(self, self.capture_id, open_session().runner.forget)


class RestoreCapture(OnCapture, bpy.types.Operator):
    """Bring this forgotten capture back into the list, as it was."""

    bl_idname = "aimocap.restore_capture"
    bl_label = "Restore Capture"

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Restore it."""
        return told(self, self.capture_id, open_session().runner.restore)


def before_submitting(view: CaptureView) -> Question:
    """Return what is asked before a job is submitted once more."""
    cost = f"{view.credits:.1f}"
    if view.refused:
        button = "Submit Again"
        sentences = (
            "The service is asked about the job first, and gets it only if it still has not taken it.",
            f"Should the service take the refused job later, it may cost about {cost} credits a second time.",
        )
    else:
        button = "Submit Anyway"
        sentences = (
            "The service may have taken this job already. Check Again asks it at no cost.",
            f"Submitting again may cost about {cost} credits a second time.",
        )
    answer = Answer(button, "aimocap.submit_anyway", {"capture_id": view.id}, at_once=True)
    return Question("Submit this job again?", sentences, (answer,), cancel_first=True)


def before_forgetting(view: CaptureView) -> Question | None:
    """Return what is asked before a capture that may be paid is forgotten; None where nothing would be lost."""
    if not view.paid and not view.files:
        return None
    has_motion = any(kind in view.files for kind in (FBX, ROBOT_MOTION))
    sentences = [f"“{view.title}” and its motion leave the list." if has_motion else f"“{view.title}” leaves the list."]
    if view.refused:
        sentences.append("The service refused it and reports nothing paid.")
    elif view.credits >= _LEAST_CREDITS:
        cost = f"{view.credits:.1f}"
        paid = f"It cost about {cost} credits."
        unsure = f"It may have cost about {cost} credits, and its motion is not here yet."
        sentences.append(paid if has_motion else unsure)
    if not has_motion and view.can_check_again:
        sentences.append("Check Again asks the service for the motion at no cost.")
    sentences += ["Lost Captures, below the list, can restore it for 7 days.", "Motion on characters stays."]
    answer = Answer("Forget", "aimocap.forget_capture", {"capture_id": view.id}, at_once=True)
    return Question("Forget this capture?", tuple(sentences), (answer,), cancel_first=True)


CLASSES = (SubmitAnyway, ForgetCapture, RestoreCapture)
