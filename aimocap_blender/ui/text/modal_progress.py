"""Progress of a modal operator: at the pointer and in the status bar."""

import bpy

from ...texts.text import Sentence
from .translation import translated

_TICK_SEC = 0.1


def begin_progress(context: bpy.types.Context, operator: bpy.types.Operator) -> bpy.types.Timer:
    """Run the operator as modal, and return the timer that ticks for it until `end_progress`."""
    manager = context.window_manager
    manager.progress_begin(0.0, 100.0)
    timer = manager.event_timer_add(_TICK_SEC, window=context.window)
    manager.modal_handler_add(operator)
    return timer


def show_progress(context: bpy.types.Context, share: float, now: Sentence) -> None:
    """Show how far it is, from 0 to 1, and what is done now."""
    context.window_manager.progress_update(100.0 * share)
    if context.workspace is not None:
        context.workspace.status_text_set(translated(now))


def end_progress(context: bpy.types.Context, timer: bpy.types.Timer) -> None:
    """Take both away."""
    context.window_manager.event_timer_remove(timer)
    context.window_manager.progress_end()
    if context.workspace is not None:
        context.workspace.status_text_set(None)
