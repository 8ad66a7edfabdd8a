"""Recovery of a job without a record, by its ID: nothing is created, submitted or charged."""

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, cast

import bpy

from ...jobs.durations import age
from ...jobs.runner import Runner
from ...jobs.trash import ForgottenCapture
from ...takes.captures.capture_settings import TargetChoice, target_id_of
from ...takes.captures.planning import OFFLINE
from ...takes.session import Session, open_session
from ...texts.text import Text
from ...while_enabled import lasting
from ..settings import settings_of
from ..text.option_properties import option_button
from ..text.reporting import Returned, refusing
from ..text.translation import translated
from ..text.wrapped_text import say
from . import watching
from .operators import run_to_end

if TYPE_CHECKING:
    from concurrent.futures import Future

_DIALOG_WIDTH = 420
_MOST_LISTED = 12


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
        if not bpy.app.online_access:
            raise OFFLINE
        session = open_session()
        target_ids = self._target_ids(context)
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


_Recoverable = tuple[list[ForgottenCapture], list[tuple[str, str]]]
"""Forgotten captures, and lost jobs with the time when each was noted."""


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
    if _found.look.done():
        _found.last, _found.look = _found.look.result(), None
    return _found.last


def _read(runner: Runner) -> _Recoverable:
    forgotten = runner.trash.captures()
    in_the_trash = {one.capture.job_id for one in forgotten}
    return forgotten, [(job_id, at) for job_id, at in runner.lost_jobs().items() if job_id not in in_the_trash]


CLASSES = (RecoverCapture, RecoverMenu)
