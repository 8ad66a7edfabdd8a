"""The modal operator that follows captures in a window, and the app timer that starts it.

Blender doesn't auto-save while a modal operator runs. So the operator runs only during activity; between two status
checks it ends, and the app timer starts it again when the next one is due.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ...scene.windows import redraw
from ...takes.configuration import configuration, subscribe, unsubscribe
from ...takes.disk_work import in_a_thread
from ...takes.previews.kept import FOLDER as PREVIEWS
from ...takes.previews.kept import UNFINISHED
from ...takes.session import current_session, open_session, progress_of
from ...while_enabled import lasting
from ..text.modal_work import ModalWork, Work, can_be_modal
from ..text.reporting import Returned, inform
from .list import have_captures_watched, update_list

if TYPE_CHECKING:
    from concurrent.futures import Future


_log = logging.getLogger(__name__)

_TICK_SEC = 0.1
_WAKE_SEC = 1.0
_LONGEST_SEC = 20.0
"""Longest run of the operator, so that Blender can auto-save in between."""

_AFTER_FAULT_SEC = 30.0


class WatchCaptures(ModalWork, bpy.types.Operator):
    """Follow captures while they are active"""

    bl_idname = "aimocap.watch_captures"
    bl_label = "Follow Captures"
    bl_options = {"INTERNAL"}

    alive = False
    ticked = 0.0

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Start, unless the operator already runs or the window can't take it yet."""
        if WatchCaptures.alive or not can_be_modal(context):
            return {"CANCELLED"}
        return super().invoke(context, event)

    def work(self, context: bpy.types.Context) -> Work:
        """Update the session at each tick."""
        WatchCaptures.alive, since = True, time.monotonic()
        try:
            while True:
                # tells `_look` that Blender hasn't dropped the operator
                WatchCaptures.ticked = time.monotonic()
                # before any work, so that the press that began it is answered at once
                yield _at_the_pointer(), ""
                session = current_session()
                if session is not None and session.pump():
                    _show()
                messages = session.messages.take() if session is not None else []
                for message in messages:
                    inform(self, message.sentence, message.level, message.title)
                # Blender shows the reports of a modal operator when it ends.
                if session is None or not session.busy or messages or time.monotonic() - since >= _LONGEST_SEC:
                    break
        except Exception:  # noqa: BLE001 -- paid captures must still be followed
            _log.exception("Watching failed")
        finally:
            WatchCaptures.alive = False
        # which starts it again
        wake_later()
        return {"FINISHED"}


def _at_the_pointer() -> float | None:
    """Return how far a transfer of known size is."""
    session = current_session()
    progress = progress_of(session) if session is not None else None
    return progress.factor if progress is not None else None


def watch() -> None:
    """Follow active captures, if there is a window."""
    if not bpy.app.background:
        wake_later()
        _show()
        have_captures_watched()


def _show() -> None:
    update_list()
    redraw()


def wake_later() -> None:
    """Start the app timer, which persists when another file is opened."""
    if not bpy.app.timers.is_registered(_wake):
        bpy.app.timers.register(_wake, first_interval=_WAKE_SEC, persistent=True)


def _wake() -> float | None:
    try:
        return _look()
    except Exception:  # noqa: BLE001 -- Blender drops a timer that raises
        _log.exception("Looking at the captures failed")
        return _AFTER_FAULT_SEC


def _look() -> float | None:
    session = current_session()
    # a timer that returns nothing ends; whatever begins next starts it again
    if session is None:
        _show()
        return None
    if WatchCaptures.alive and time.monotonic() - WatchCaptures.ticked >= _LONGEST_SEC:
        WatchCaptures.alive = False  # Blender has dropped the operator without a call
    if not WatchCaptures.alive and (session.busy or session.messages):
        # motion is applied by the operator: after some renders, Blender lets no timer write to its data
        have_captures_watched()
    # the elapsed time is shown; at rest too, what a Blender that was closed has left may be taken up at any time
    if not WatchCaptures.alive and (session.pump() or session.active):
        _show()
    return _WAKE_SEC


@dataclass
class _Resuming:
    """Whether there are captures of earlier sessions, which a thread finds out."""

    has_captures: "Future[bool] | None" = None


_resuming = lasting(_Resuming)


def _resume() -> float | None:
    """Follow unfinished captures of earlier sessions, and list finished ones and previews."""
    # many Blenders start without any capture: the disk is asked beside the window
    if current_session() is None:
        _resuming.has_captures = _resuming.has_captures or in_a_thread(
            _look_for_captures(configuration().captures_folder)
        )
        if not _resuming.has_captures.done():
            return _TICK_SEC
        has_captures, _resuming.has_captures = _resuming.has_captures.result(), None
        if not has_captures:
            return None
    open_session()
    watch()
    return None


def _look_for_captures(folder: Path) -> Callable[[], bool]:
    kept = ("*/capture.json", f"{PREVIEWS}/*/preview.json", f"{PREVIEWS}/*/{UNFINISHED}")

    def look() -> bool:
        # the first one that is found is enough
        return any(next(folder.glob(pattern), None) is not None for pattern in kept)

    return look


def resume_soon() -> None:
    """Look for captures in the current captures folder shortly, if there is a window."""
    if not bpy.app.background and not bpy.app.timers.is_registered(_resume):
        bpy.app.timers.register(_resume, first_interval=_WAKE_SEC, persistent=True)


CLASSES = (WatchCaptures,)


def register() -> None:
    """Resume earlier captures soon after Blender has started, and when the folder changes."""
    subscribe(resume_soon)
    resume_soon()


def unregister() -> None:
    """Stop the operator and its timers."""
    unsubscribe(resume_soon)
    for timer in (_wake, _resume):
        if bpy.app.timers.is_registered(timer):
            bpy.app.timers.unregister(timer)
    WatchCaptures.alive = False
