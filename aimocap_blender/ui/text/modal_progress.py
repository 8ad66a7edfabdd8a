"""Progress of a modal operator: at the pointer and in the status bar."""

import bpy

from ...texts.text import Sentence
from .translation import translated

_TICK_SEC = 0.1


class ModalProgress:
    """Makes the operator modal, and shows its progress at each tick until `end`."""

    def __init__(self, context: bpy.types.Context, operator: bpy.types.Operator) -> None:
        manager = context.window_manager
        manager.progress_begin(0.0, 100.0)
        self._timer = manager.event_timer_add(_TICK_SEC, window=context.window)
        manager.modal_handler_add(operator)
        self._shown = ""

    def show(self, context: bpy.types.Context, share: float, now: Sentence) -> None:
        """Show how far it is, from 0 to 1, and what is done now; the status bar is redrawn if its text changes."""
        text = translated(now)
        if text == self._shown:
            return
        self._shown = text
        context.window_manager.progress_update(100.0 * share)
        if context.workspace is not None:
            context.workspace.status_text_set(text)

    def end(self, context: bpy.types.Context) -> None:
        """Take both away."""
        context.window_manager.event_timer_remove(self._timer)
        context.window_manager.progress_end()
        if context.workspace is not None:
            context.workspace.status_text_set(None)
