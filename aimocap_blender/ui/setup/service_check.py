"""Check of the connection and the API key, free of charge; the panel shows its result."""

from dataclasses import dataclass

import bpy

from ...scene.windows import redraw
from ...service.faults import Kind, ServiceFault
from ...takes.captures.captures import connect
from ...takes.captures.planning import OFFLINE
from ...takes.disk_work import in_a_thread
from ...texts.text import Sentence, Text
from ...while_enabled import lasting
from ..text.modal_work import ModalWork, Work
from ..text.reporting import Returned, inform, refuse
from . import preferences

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
    # a hash, so that no state holds the key
    return _last_check.subject == (base_url, hash(key))


def last_problem() -> Sentence:
    """Return the problem that the last check found with the current address and key; an empty text for none."""
    return _last_check.problem if was_checked() else ""


class CheckService(ModalWork, bpy.types.Operator):
    """Check the connection to the service and the API key, free of charge"""

    bl_idname = "aimocap.check_service"
    bl_label = "Check Service"
    bl_options = {"INTERNAL"}

    def work(self, context: bpy.types.Context) -> Work:
        """Check in a thread, so that Blender stays responsive."""
        if not bpy.app.online_access:
            return refuse(self, OFFLINE)
        settings = _current_settings()
        answer = in_a_thread(lambda: _check(*settings))
        area = context.area
        # the question before a capture has a place for the problem, the preferences have none
        in_a_dialog = self._timer is not None and (area is None or area.type != "PREFERENCES")
        while not answer.done():
            yield 0.0, "Connecting to the service"
        return self._finish(settings, answer.result(), in_a_dialog=in_a_dialog)

    def _finish(self, settings: tuple[str, str], fault: ServiceFault | None, *, in_a_dialog: bool) -> Returned:
        base_url, key = settings
        passing = fault is not None and fault.kind in _PASSING
        sentence = "" if fault is None else Text.joined((fault.what, _ASK_AGAIN if passing else fault.next_step))
        _last_check.subject, _last_check.problem = None if passing else (base_url, hash(key)), sentence
        if fault is not None and fault.kind is Kind.KEY:
            # told above its field
            _last_check.problem = Text.joined((fault.what, "Enter a valid key."))
        redraw()
        # which says it: an error's popup would cover the field
        if _last_check.problem and in_a_dialog:
            inform(self, sentence, "WARNING")
            return {"CANCELLED"}
        if sentence:
            return refuse(self, sentence)
        inform(self, "Connected, key accepted.")
        return {"FINISHED"}


def _current_settings() -> tuple[str, str]:
    return preferences.service_url(), preferences.api_key()


def _check(base_url: str, key: str) -> ServiceFault | None:
    try:
        connect(base_url, key).check()
    except ServiceFault as fault:
        return fault
    return None


CLASSES = (CheckService,)
