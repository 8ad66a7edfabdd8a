"""The modal timer that follows captures in a window, and the app timer that wakes it.

While a modal operator is alive Blender does not auto-save. So the operator is alive only while something moves;
between two questions to the service it steps aside, and the app timer starts it again when the next one is due.
"""

import logging
import time
from typing import TYPE_CHECKING, Any, cast

import bpy

from ...scene.windows import in_a_window, redraw
from ...session.configuration import configuration, subscribe, unsubscribe
from ...session.progress import progress_of
from ...session.session import Session, current_session, open_session
from ..text.reporting import inform
from .list import keep_up

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

_log = logging.getLogger(__name__)

_TICK_SEC = 0.1
_WAKE_SEC = 1.0
_LONGEST_SEC = 20.0
"""At a time; Blender that wants to save by itself gets its chance in between."""

_AFTER_FAULT_SEC = 30.0


class WatchCaptures(bpy.types.Operator):
    """Follow captures while something moves."""

    bl_idname = "aimocap.watch_captures"
    bl_label = "Watch Captures"
    bl_options = {"INTERNAL"}

    alive = False
    timer: bpy.types.Timer | None = None  # the class's: an operator whose class is unregistered is just dropped
    since = 0.0
    percent: int | None = None
    """What the pointer shows, while something is moved whose size is known."""

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Start watching, unless that is going on."""
        if WatchCaptures.alive or context.window is None:
            return {"CANCELLED"}
        manager = context.window_manager
        WatchCaptures.timer = manager.event_timer_add(_TICK_SEC, window=context.window)
        manager.modal_handler_add(self)
        WatchCaptures.alive, WatchCaptures.since = True, time.monotonic()
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Pump at each tick; never in the way of what the user does."""
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        session = current_session()
        try:
            if session is not None and session.pump():
                _show()
            _show_at_the_pointer(session)
        except Exception:  # noqa: BLE001 -- what is paid is to be followed all the same
            _log.exception("Watching failed")
            self.cancel(context)  # the app timer starts another
            wake_later()
            return {"CANCELLED"}
        messages = session.messages.take() if session is not None else []
        for message in messages:
            inform(self, message.sentence, message.level)
        # Blender shows what a modal operator reports when that ends.
        if session is not None and session.busy and not messages and not _is_over_time():
            return {"PASS_THROUGH"}
        self.cancel(context)
        wake_later()
        return {"FINISHED"}

    def cancel(self, context: bpy.types.Context) -> None:
        """Step aside; Blender calls this too when another file is opened, and at exit."""
        _stop_ticking()


def _is_over_time() -> bool:
    return time.monotonic() - WatchCaptures.since >= _LONGEST_SEC


def _show_at_the_pointer(session: Session | None) -> None:
    progress = progress_of(session) if session is not None else None
    factor = progress.factor if progress is not None else None
    percent = None if factor is None else min(int(factor * 100), 99)  # Blender shows 100 as 0
    if percent == WatchCaptures.percent:
        return
    manager = cast("bpy.types.WindowManager", bpy.context.window_manager)
    if percent is None:
        manager.progress_end()
    else:
        if WatchCaptures.percent is None:
            manager.progress_begin(0, 100)
        manager.progress_update(percent)
    WatchCaptures.percent = percent


def _stop_ticking() -> None:
    _show_at_the_pointer(None)
    timer, WatchCaptures.timer, WatchCaptures.alive = WatchCaptures.timer, None, False
    if timer is not None:
        cast("bpy.types.WindowManager", bpy.context.window_manager).event_timer_remove(timer)


def watch() -> None:
    """Follow what is under way, in a window."""
    if not bpy.app.background:
        wake_later()
        _show()
        _invoke()


def _show() -> None:
    keep_up()
    redraw()


def wake_later() -> None:
    """Have the app timer look again; it outlives the opening of another file."""
    if not bpy.app.timers.is_registered(_wake):
        bpy.app.timers.register(_wake, first_interval=_WAKE_SEC, persistent=True)


def _wake() -> float | None:
    try:
        return _look()
    except Exception:  # noqa: BLE001 -- a timer that raises is called no more
        _log.exception("Looking at the captures failed")
        return _AFTER_FAULT_SEC


def _look() -> float | None:
    session = current_session()
    if session is None or not (session.active or session.messages):
        _show()
        return None
    if not WatchCaptures.alive:
        if session.pump() or session.active:  # the elapsed time grows
            _show()
        if session.busy or session.messages:
            _invoke()
    return _WAKE_SEC


def _invoke() -> None:
    with in_a_window():
        cast("Any", bpy.ops).aimocap.watch_captures("INVOKE_DEFAULT")


def _take_up() -> None:
    """Follow what an earlier Blender left unfinished, and list what it finished."""
    if current_session() is not None or any(configuration().captures_folder.glob("*/capture.json")):
        open_session()
        watch()


def take_up_soon() -> None:
    """In a window, look for captures in the folder that the preferences name now."""
    if not bpy.app.background and not bpy.app.timers.is_registered(_take_up):
        bpy.app.timers.register(_take_up, first_interval=_WAKE_SEC, persistent=True)


CLASSES = (WatchCaptures,)


def register() -> None:
    """Make the operator known to Blender; in a window, take up earlier captures as soon as Blender has started."""
    subscribe(take_up_soon)
    take_up_soon()


def unregister() -> None:
    """Take it away again, with its timers."""
    unsubscribe(take_up_soon)
    for timer in (_wake, _take_up):
        if bpy.app.timers.is_registered(timer):
            bpy.app.timers.unregister(timer)
    _stop_ticking()
