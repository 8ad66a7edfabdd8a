"""Operators that ask before paid work is lost or paid twice, and those that remove takes and restore them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, cast

import bpy

from ...jobs.runner import OFFLINE, CaptureView, Runner
from ...jobs.timing import age
from ...jobs.trash import ForgottenCapture
from ...service.contract import FBX, ROBOT_MOTION
from ...takes.captures.capture_settings import TargetChoice, target_id_of
from ...takes.session import Session, open_session
from ...takes.take import Source
from ...texts.text import Sentence, Text
from ...while_enabled import lasting
from ..settings import settings_of
from ..setup import preferences
from ..text.option_properties import option_button
from ..text.reporting import Answer, AsksFirst, Question, Returned, refusing
from ..text.translation import translated
from ..text.wrapped_text import say
from . import watching
from .details import LEAST_CREDITS
from .list import OnCapture
from .operators import call_runner, run_to_end
from .previewing import OnPreview

if TYPE_CHECKING:
    from concurrent.futures import Future

_DIALOG_WIDTH = 420
_MOST_LISTED = 12

_Recoverable = tuple[list[ForgottenCapture], list[tuple[str, str]]]
"""Forgotten captures, and lost jobs with the time when each was noted."""


def before_submitting(view: CaptureView) -> Question:
    """Return the question before a job is submitted again."""
    cost = f"{view.credits:.1f}"
    if view.refused:
        button: Sentence = "Submit Again"
        sentences: tuple[Sentence, ...] = (
            "The add-on first checks with the service, and submits only if the job was still not accepted.",
            Text(
                "If the service accepts the refused job later after all, you may pay another {cost} credits.", cost=cost
            ),
        )
    else:
        button = "Submit Anyway"
        sentences = (
            "The service may have accepted this job already. Check Again finds out, free of charge.",
            Text("Submitting again may cost another {cost} credits.", cost=cost),
        )
    answer = Answer(button, "aimocap.submit_anyway", {"capture_id": view.id}, at_once=True)
    return Question("Submit this job again?", sentences, (answer,), cancel_first=True)


def before_paying(view: CaptureView) -> Question:
    """Return the question before a capture that was begun with another key is paid with the current one."""
    sentences: tuple[Sentence, ...] = (
        Text("“{title}” was begun with another API key, whose owner may still have it captured.", title=view.title),
        Text("Its video is uploaded to {host} with your key.", host=preferences.service_host()),
        Text("This costs you about {cost:.1f} credits.", cost=view.credits),
    )
    answer = Answer("Pay as Mine", "aimocap.pay_as_mine", {"capture_id": view.id}, at_once=True)
    return Question("Pay for this capture?", sentences, (answer,), cancel_first=True)


def before_taking_over(view: CaptureView) -> Question | None:
    """Return the question before a capture of another computer is taken over; None if it is paid already."""
    # following what is paid costs nothing, wherever else it is followed
    if view.paid:
        return None
    sentences: tuple[Sentence, ...] = (
        view.what,
        "If it is still running there, both computers may submit the job, and you may pay twice.",
    )
    answer = Answer("Take Over", "aimocap.take_over", {"capture_id": view.id}, at_once=True)
    return Question("Take over this capture?", sentences, (answer,), cancel_first=True)


def before_forgetting(view: CaptureView) -> Question | None:
    """Return the question before a capture is forgotten; None if nothing paid would be lost."""
    # nothing is lost then but a row of the list
    if not view.paid and not view.files:
        return None
    has_motion = any(kind in view.files for kind in (FBX, ROBOT_MOTION))
    with_motion = Text("“{title}” and its motion will be removed from the list.", title=view.title)
    sentences: list[Sentence] = [
        with_motion if has_motion else Text("“{title}” will be removed from the list.", title=view.title)
    ]
    # what the service says of it comes before an estimate
    if view.refused:
        sentences.append("The service refused it and reports no payment.")
    elif view.credits >= LEAST_CREDITS:
        cost = f"{view.credits:.1f}"
        paid = Text("It cost about {cost} credits.", cost=cost)
        unsure = Text("It may have cost about {cost} credits, and its motion has not been downloaded yet.", cost=cost)
        sentences.append(paid if has_motion else unsure)
    if not has_motion and view.can_check_again:
        sentences.append("Check Again asks the service for the motion, free of charge.")
    sentences.append("Lost Captures can restore it for 7 days.")
    sentences.append("Applied motion stays.")
    answer = Answer("Forget", "aimocap.forget_capture", {"capture_id": view.id}, at_once=True)
    return Question("Forget this capture?", tuple(sentences), (answer,), cancel_first=True)


class _Decision(AsksFirst, OnCapture):
    """Operator that asks, then has the runner do something with a capture."""

    question: Callable[[CaptureView], Question | None]
    """Returns what to ask; None for nothing."""
    act: Callable[[Runner, str], None]
    """Does it, given the capture's id."""

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Ask first, since it costs something, or may."""
        view = open_session().captures.view(self.capture_id)
        question = self.question(view) if view is not None else None
        return self.execute(context) if question is None else self.ask(context, question)

    def execute(self, context: bpy.types.Context) -> Returned:
        """Do it."""
        # Return in the dialog executes it, which is no answer
        if self.has_asked:
            return {"CANCELLED"}
        act = partial(self.act, open_session().captures.runner)
        return call_runner(cast("bpy.types.Operator", self), self.capture_id, act)


class SubmitAnyway(_Decision, bpy.types.Operator):
    """Submit the job again; if the service already accepted it, it may charge a second time"""

    bl_idname = "aimocap.submit_anyway"
    bl_label = "Submit Anyway"
    question = staticmethod(before_submitting)
    act = staticmethod(Runner.submit_anyway)


class PayAsMine(_Decision, bpy.types.Operator):
    """Start this capture anew with your API key, which then pays for it"""

    bl_idname = "aimocap.pay_as_mine"
    bl_label = "Pay as Mine"
    question = staticmethod(before_paying)
    act = staticmethod(Runner.pay_as_mine)


class TakeOver(_Decision, bpy.types.Operator):
    """Follow this capture here, if Blender on the other computer no longer does"""

    bl_idname = "aimocap.take_over"
    bl_label = "Take Over"
    question = staticmethod(before_taking_over)
    act = staticmethod(Runner.take_over)


class ForgetCapture(_Decision, bpy.types.Operator):
    """Remove this capture from the list; it can be restored for 7 days, and applied motion stays"""

    bl_idname = "aimocap.forget_capture"
    bl_label = "Forget"
    question = staticmethod(before_forgetting)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Ask first, and say what was paid."""
        view = open_session().captures.view(self.capture_id)
        # where nothing paid is lost, a short question does
        if view is None or before_forgetting(view) is None:
            return context.window_manager.invoke_confirm(self, event)
        return super().invoke(context, event)

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Forget the capture."""
        return {"CANCELLED"} if self.has_asked else _remove(open_session().captures, self.capture_id)


class RemovePreview(OnPreview, bpy.types.Operator):
    """Delete this preview from the disk; motion that was applied stays on its characters"""

    bl_idname = "aimocap.remove_preview"
    bl_label = "Remove Preview"

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Delete it."""
        return _remove(open_session().previews, self.preview_id)


def _remove(source: Source, take_id: str) -> Returned:
    open_session().remove(source, take_id)
    watching.watch()
    return {"FINISHED"}


class RestoreCapture(OnCapture, bpy.types.Operator):
    """Return this forgotten capture to the list"""

    bl_idname = "aimocap.restore_capture"
    bl_label = "Restore Capture"

    def execute(self, context: bpy.types.Context) -> Returned:
        """Restore it."""
        return call_runner(self, self.capture_id, open_session().captures.runner.restore)


class RecoverCapture(bpy.types.Operator):
    """Fetch the motion of a job that is missing from the list, free of charge"""

    bl_idname = "aimocap.recover_capture"
    bl_label = "Recover by Job ID…"
    bl_options = {"INTERNAL"}

    if TYPE_CHECKING:
        job_id: str
        target: Literal["TOLD", "DEFAULT", "UNITREE_G1", "AVATAR"]
    else:
        job_id: bpy.props.StringProperty(
            name="Job ID", description="ID of the job at the service", options={"SKIP_SAVE"}
        )
        target: bpy.props.EnumProperty(
            name="Target",
            description="Target of the job; only needed if the service doesn't report it",
            items=(
                ("TOLD", "Automatic", "Ask the service for the target of the job"),
                (TargetChoice.DEFAULT.value, "Character", "Human motion"),
                (TargetChoice.UNITREE_G1.value, "Unitree G1", "Robot motion"),
                (TargetChoice.AVATAR.value, "My Avatar", "Motion for the avatar whose ID is set in the Capture panel"),
            ),
            options={"SKIP_SAVE"},
        )

    _in_window = False

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Ask for the ID unless it is given, and continue in the background."""
        # the button of the dialog executes this same operator
        self._in_window = True
        if self.job_id:
            return self.execute(context)
        return context.window_manager.invoke_props_dialog(self, width=_DIALOG_WIDTH, confirm_text=translated("Recover"))

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the dialog."""
        layout = cast("bpy.types.UILayout", self.layout)
        layout.prop(self, "job_id")
        layout.prop(self, "target")
        say(layout, "Downloads the job's files from the service. Nothing is submitted or charged.", width=_DIALOG_WIDTH)

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Recover the job; when called by a script, follow it until it is done."""
        # told now, not by a capture that waits in the list
        if not bpy.app.online_access:
            raise OFFLINE
        session = open_session()
        target_ids = self._target_ids(context)
        # a script's call returns when the motion is there, a press in a window at once
        if not self._in_window:
            return run_to_end(self, session, session.captures.runner.recover(self.job_id, target_ids))
        session.captures.act(self.job_id, partial(session.captures.runner.recover, target_ids=target_ids))
        watching.watch()
        return {"FINISHED"}

    def _target_ids(self, context: bpy.types.Context) -> tuple[str, ...]:
        if self.target == "TOLD":
            return ()
        return (target_id_of(self.target, settings_of(context.scene).avatar_id),)


class RecoverMenu(bpy.types.Menu):
    """Restore forgotten captures or recover jobs that are missing from the list"""

    bl_idname = "AIMOCAP_MT_recover"
    bl_label = "Lost and Forgotten Captures"

    def draw(self, context: bpy.types.Context | None) -> None:
        """Draw the lost jobs and the forgotten captures, newest first."""
        layout = cast("bpy.types.UILayout", self.layout)
        layout.operator_context = "INVOKE_DEFAULT"
        layout.operator("aimocap.recover_capture", icon="RECOVER_LAST")
        found = _recoverable(open_session())
        if found is None:
            layout.label(text="Reading the trash", icon="TIME")
            return
        forgotten, lost = found
        if lost:
            layout.separator()
        for job_id, at in lost[:_MOST_LISTED]:
            option_button(layout, "aimocap.recover_capture", f"{job_id}  ({at[:10]})", "NONE", job_id=job_id)
        if forgotten:
            layout.separator()
        for one in forgotten[:_MOST_LISTED]:
            when = age(time.time() - one.at) or translated("now")
            text = translated(Text("Restore “{title}” (forgotten: {when})", title=one.capture.title, when=when))
            option_button(layout, "aimocap.restore_capture", text, "LOOP_BACK", capture_id=one.capture.id)


@dataclass
class _Found:
    """The list of what can be recovered, as it was last read, and the one being read."""

    last: _Recoverable | None = None
    look: "Future[_Recoverable] | None" = None


_found = lasting(_Found)


def _recoverable(session: Session) -> _Recoverable | None:
    """Return what can be recovered, as it is on disk or, if that takes too long, as it last was; None before."""
    if _found.look is None:
        _found.look = session.disk.soon(partial(_read, session.captures.runner))
    # a menu is drawn once, so that what comes later is seen when it is opened again
    if _found.look.done():
        _found.last, _found.look = _found.look.result(), None
    return _found.last


def _read(runner: Runner) -> _Recoverable:
    forgotten = runner.trash.captures()
    # restored from the trash, a job comes back with all that is known of it
    in_the_trash = {one.capture.job_id for one in forgotten}
    return forgotten, [(job_id, at) for job_id, at in runner.lost_jobs().items() if job_id not in in_the_trash]


CLASSES = (
    SubmitAnyway,
    PayAsMine,
    TakeOver,
    ForgetCapture,
    RestoreCapture,
    RemovePreview,
    RecoverCapture,
    RecoverMenu,
)
