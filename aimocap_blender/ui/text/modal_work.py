"""Work of an operator that takes long: a window goes on drawing meanwhile, and Esc stops it; a script waits for it."""

import time
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, cast

import bpy

from ...texts.faults import Fault
from ...texts.text import Sentence
from .modal_operators import can_be_modal
from .reporting import Returned, refuse
from .translation import translated

Progress = tuple[float | None, Sentence]
"""Fraction that is done, shown at the pointer, and what is done now, in the status bar; None and '' show nothing."""

Work = Generator[Progress, None, set[Any]]
"""How far it is at each step, and what the operator returns."""

_TICK_SEC, _SCRIPT_TICK_SEC = 0.1, 0.01


@dataclass
class StatusText:
    """A text in the status bar, until it is cleared.

    Attributes:
        workspaces: names of the workspaces that show it.
    """

    workspaces: set[str] = field(default_factory=set[str])

    def show(self, context: bpy.types.Context, text: Sentence) -> None:
        """Show another text."""
        if context.workspace is not None:
            context.workspace.status_text_set(translated(text))
            self.workspaces.add(context.workspace.name)

    def clear(self) -> None:
        """Show Blender's own again."""
        for name in self.workspaces & set(bpy.data.workspaces.keys()):
            bpy.data.workspaces[name].status_text_set(None)
        self.workspaces.clear()


class ModalWork:
    """Operator that does its `work` in steps, one at each tick."""

    _steps: Work | None = None
    _timer: bpy.types.Timer | None = None
    _status: StatusText
    _shown: Sentence = ""
    _percent: int | None = None

    def work(self, context: bpy.types.Context) -> Work:
        """Do it; a subclass's generator.

        Each step is short and ends with a `yield`. What it leaves is removed in a `finally`, which a cancel reaches
        too: by Esc if a text says so, by Blender if another file is opened, or because the add-on is disabled.

        Yields:
            how far it is.

        Returns:
            what the operator returns.

        Raises:
            Fault: it can't be done; the operator reports it.
        """
        raise NotImplementedError

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Do it while the window goes on drawing."""
        if not can_be_modal(context):
            return self.execute(context)
        self._steps, self._status = self.work(context), StatusText()
        ended = self._go_on(context, self._steps)
        if ended is not None:
            return ended
        manager = context.window_manager
        self._timer = manager.event_timer_add(_TICK_SEC, window=context.window)
        manager.modal_handler_add(cast("bpy.types.Operator", self))
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Do the next step, or stop."""
        if event.type == "ESC" and event.value == "PRESS" and self._shown:
            self.cancel(context)
            return {"CANCELLED"}
        if event.type != "TIMER" or self._steps is None:
            return {"PASS_THROUGH"}
        return self._go_on(context, self._steps) or {"PASS_THROUGH"}

    def cancel(self, context: bpy.types.Context) -> None:
        """Stop at once, and leave nothing."""
        if self._steps is not None:
            self._steps.close()
        self._end(context)

    def execute(self, context: bpy.types.Context) -> Returned:
        """Do it to the end, for scripts."""
        steps = self.work(context)
        while (ended := self._go_on(context, steps)) is None:
            time.sleep(_SCRIPT_TICK_SEC)
        return ended

    def _go_on(self, context: bpy.types.Context, steps: Work) -> Returned | None:
        """Do the next step; return what the operator returns if it was the last."""
        goes_on = False
        try:
            progress = next(steps)
            goes_on = True
            if self._timer is not None:
                self._show(context, *progress)
        except StopIteration as end:
            return end.value or {"FINISHED"}
        except Fault as fault:
            return refuse(cast("bpy.types.Operator", self), fault)
        finally:
            if not goes_on:
                self._end(context)
        return None

    def _show(self, context: bpy.types.Context, share: float | None, now: Sentence) -> None:
        manager, percent = context.window_manager, None if share is None else min(int(share * 100), 99)
        if percent != self._percent:  # Blender shows 100 as 0
            if percent is None:
                manager.progress_end()
            else:
                if self._percent is None:
                    manager.progress_begin(0, 100)
                manager.progress_update(percent)
            self._percent = percent
        if now != self._shown:  # else it would be redrawn
            self._status.clear()
            if now:
                self._status.show(context, now)
            self._shown = now

    def _end(self, context: bpy.types.Context) -> None:
        self._show(context, None, "")
        timer, self._timer = self._timer, None
        if timer is not None:
            context.window_manager.event_timer_remove(timer)
