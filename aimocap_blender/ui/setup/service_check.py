"""Check of the connection and the API key, free of charge; the panel shows its result."""

import queue
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import bpy

from ...scene.windows import redraw
from ...service.faults import Kind, ServiceFault
from ...takes.captures.connecting import connect
from ...takes.captures.planning import OFFLINE
from ...texts.text import Sentence, Text
from ...while_enabled import lasting
from ..text.modal_operators import can_be_modal
from ..text.reporting import inform, refuse
from . import preferences

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

_PASSING = {  # temporary faults, which say nothing about the key
    Kind.NO_CONNECTION,
    Kind.LOST,
    Kind.TIMEOUT,
    Kind.SERVER,
    Kind.BUSY,
}
_ASK_AGAIN = "Check the address and the network, then try again."


@dataclass
class _LastCheck:
    """Result of the last check.

    Attributes:
        subject: address and hash of the key that were checked; None if nothing is known about them.
        problem: sentences about the problem; '' if there is none.
    """

    subject: tuple[str, int] | None = None
    problem: Sentence = ""


_last_check = lasting(_LastCheck)


def was_checked() -> bool:
    """Return whether the current address and key have been checked."""
    base_url, key = _current_settings()
    return _last_check.subject == (base_url, hash(key))


def last_problem() -> Sentence:
    """Return the problem that the last check found with the current address and key; an empty text for none."""
    return _last_check.problem if was_checked() else ""


class CheckService(bpy.types.Operator):
    """Check the connection to the service and the API key, free of charge"""

    bl_idname = "aimocap.check_service"
    bl_label = "Check Service"
    bl_options = {"INTERNAL"}

    timer: bpy.types.Timer | None = None  # on the class: unregistering discards running operators without a call
    _answer: "queue.SimpleQueue[ServiceFault | None]"
    _settings = ("", "")

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Check in a thread, so that Blender stays responsive; without a window, wait for the result."""
        if not bpy.app.online_access or not can_be_modal(context):
            return self.execute(context)
        self._answer = queue.SimpleQueue()
        self._settings = _current_settings()
        threading.Thread(target=lambda: self._answer.put(_check(*self._settings)), daemon=True).start()
        _stop_waiting()
        CheckService.timer = context.window_manager.event_timer_add(0.1, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Wait for the result."""
        if event.type != "TIMER" or self._answer.empty():
            return {"PASS_THROUGH"}
        self.cancel(context)
        return self._finish(self._answer.get())

    def cancel(self, context: bpy.types.Context) -> None:
        """Stop waiting."""
        _stop_waiting()

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Check and wait for the result, for scripts."""
        if not bpy.app.online_access:
            return refuse(self, OFFLINE)
        self._settings = _current_settings()
        return self._finish(_check(*self._settings))

    def _finish(self, fault: ServiceFault | None) -> "set[OperatorReturnItems]":
        base_url, key = self._settings
        passing = fault is not None and fault.kind in _PASSING
        sentence = "" if fault is None else Text.joined((fault.what, _ASK_AGAIN if passing else fault.next_step))
        _last_check.subject, _last_check.problem = None if passing else (base_url, hash(key)), sentence
        redraw()
        if sentence:
            return refuse(self, sentence)
        inform(self, "Connected, key accepted.")
        return {"FINISHED"}


def _stop_waiting() -> None:
    timer, CheckService.timer = CheckService.timer, None
    if timer is not None:
        cast("bpy.types.WindowManager", bpy.context.window_manager).event_timer_remove(timer)


def _current_settings() -> tuple[str, str]:
    return preferences.service_url(), preferences.api_key()


def _check(base_url: str, key: str) -> ServiceFault | None:
    try:
        connect(base_url, key).check()
    except ServiceFault as fault:
        return fault
    return None


CLASSES = (CheckService,)


def unregister() -> None:
    """Stop waiting."""
    _stop_waiting()
