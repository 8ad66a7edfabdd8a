"""Is the service there, and does it take the key? Asked at no cost, and remembered for what the panel says."""

import queue
import threading
from typing import TYPE_CHECKING, cast

import bpy

from ...scene.windows import redraw
from ...service.faults import Kind, ServiceFault
from ...session.connecting import connect
from ...session.planning import OFFLINE
from ..text.reporting import inform, refuse
from . import preferences

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

_PASSING = {  # nothing is known of the key then
    Kind.NO_CONNECTION,
    Kind.LOST,
    Kind.TIMEOUT,
    Kind.SERVER,
    Kind.BUSY,
}
_ASK_AGAIN = "Check the address and the network, then ask again."


class _Last:
    """What the last check found: of which address and which key's hash, and what is wrong ('' for nothing)."""

    asked: tuple[str, int] | None = None
    wrong = ""


def was_checked() -> bool:
    """Has the service, as it is set now, been asked?"""
    base_url, key = _asked_now()
    return _Last.asked == (base_url, hash(key))


def what_is_wrong() -> str:
    """What the last check found wrong with the service as it is set now; an empty text for nothing."""
    return _Last.wrong if was_checked() else ""


class CheckService(bpy.types.Operator):
    """Is the service there, and does it take the key? Costs nothing."""

    bl_idname = "aimocap.check_service"
    bl_label = "Check Service"
    bl_options = {"INTERNAL"}

    timer: bpy.types.Timer | None = None  # the class's: an operator whose class is unregistered is just dropped
    _answer: "queue.SimpleQueue[ServiceFault | None]"
    _asked = ("", "")

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """In a window: ask in a thread, so that Blender goes on."""
        if not bpy.app.online_access or context.window is None:
            return self.execute(context)
        self._answer = queue.SimpleQueue()
        self._asked = _asked_now()
        threading.Thread(target=lambda: self._answer.put(_check(*self._asked)), daemon=True).start()
        _stop_waiting()
        CheckService.timer = context.window_manager.event_timer_add(0.1, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Wait for the answer."""
        if event.type != "TIMER" or self._answer.empty():
            return {"PASS_THROUGH"}
        self.cancel(context)
        return self._tell(self._answer.get())

    def cancel(self, context: bpy.types.Context) -> None:
        """Wait no longer."""
        _stop_waiting()

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Called by a script: wait for the answer."""
        if not bpy.app.online_access:
            return refuse(self, OFFLINE)
        self._asked = _asked_now()
        return self._tell(_check(*self._asked))

    def _tell(self, fault: ServiceFault | None) -> "set[OperatorReturnItems]":
        base_url, key = self._asked
        passing = fault is not None and fault.kind in _PASSING
        sentence = "" if fault is None else f"{fault.what} {_ASK_AGAIN if passing else fault.next_step}"
        _Last.asked, _Last.wrong = None if passing else (base_url, hash(key)), sentence
        redraw()
        if sentence:
            return refuse(self, sentence)
        inform(self, "The service is there and takes the key.")
        return {"FINISHED"}


def _stop_waiting() -> None:
    timer, CheckService.timer = CheckService.timer, None
    if timer is not None:
        cast("bpy.types.WindowManager", bpy.context.window_manager).event_timer_remove(timer)


def _asked_now() -> tuple[str, str]:
    return preferences.service_url(), preferences.api_key()


def _check(base_url: str, key: str) -> ServiceFault | None:
    try:
        connect(base_url, key).check()
    except ServiceFault as fault:
        return fault
    return None


CLASSES = (CheckService,)


def unregister() -> None:
    """Take it away again, and forget what was found."""
    _stop_waiting()
    _Last.asked, _Last.wrong = None, ""
