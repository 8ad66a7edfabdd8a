"""Work of an operator that takes long: a window goes on drawing, and Esc stops it; a script waits for it.

While it lasts, its words and how far it is are drawn in the place of its button too, with what stops it.
"""

import threading
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

import bpy

from ...motion.stopping import stopped_by
from ...scene.context_override import threads
from ...scene.windows import redraw_sidebars
from ...takes.disk_work import in_a_thread
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ...while_enabled import lasting
from .modal_operators import can_be_modal
from .reporting import Returned, invoke_from_timer, refuse
from .translation import translated

if TYPE_CHECKING:
    from typing import LiteralString

Progress = tuple[float | None, Sentence]
"""Fraction that is done, shown at the pointer, and what is done now, in the status bar; None and '' show nothing.

Esc stops it, as the status bar adds, but at 1: then the next step does all the rest in Blender's own data.
"""
READING: Progress = (0.0, "Reading the motion")
RETARGETING: Progress = (1.0, "Retargeting")

T = TypeVar("T")
Steps: TypeAlias = Generator[Progress, None, T]
"""How far it is at each step, and the result."""
Work = Steps[set[Any]]
"""Those of an operator, and what it returns."""

_TICK_SEC, _SCRIPT_TICK_SEC = 0.1, 0.01


def computed(compute: Callable[[], T], says: Callable[[], Progress]) -> Steps[T]:
    """Compute in a thread that touches no Blender data, and return the result; a stop ends the thread soon."""
    stop = threading.Event()

    def run() -> T:
        # operators in overridden contexts wait for what computes, and its long loops end when the stop is set
        with threads.computing(), stopped_by(stop):
            return compute()

    future = in_a_thread(run)
    try:
        while not future.done():
            yield says()
    finally:
        stop.set()
    return future.result()


@dataclass
class Wait:
    """Work that is going on in the window.

    Attributes:
        share: fraction that is done.
        now: what is done now.
        stops: it is to stop at its next step.
    """

    share: float
    now: Sentence
    stops: bool = False


@dataclass
class _Waits:
    """The waits that are going on, by operator, and the operator that a timer begins again."""

    running: dict[str, Wait] = field(default_factory=dict[str, Wait])
    again: str = ""


_waits = lasting(_Waits)


def wait_for(operator: str) -> Wait | None:
    """Return what an operator is doing in the window; None while it isn't running."""
    return _waits.running.get(operator)


def show_wait(operator: str, share: float | None = None, now: Sentence = "") -> None:
    """Show in the place of an operator's button what it is doing; nothing without words."""
    before = wait_for(operator)
    if share is None or not now:
        if _waits.running.pop(operator, None) is not None:
            redraw_sidebars()
    elif before is None or (before.share, before.now) != (share, now):
        # a stop that was pressed before the words changed counts
        _waits.running[operator] = Wait(share, now, before is not None and before.stops)
        redraw_sidebars()


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
        # the user may have changed the workspace since, or deleted one
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
    _asks = False

    def work(self, context: bpy.types.Context) -> Work:
        """Do it; a subclass's generator.

        Each step is short and ends with a `yield`. What it leaves is removed in a `finally`, which a cancel reaches
        too: by Esc, by Blender if another file is opened, or because the add-on is disabled.

        Yields:
            how far it is.

        Returns:
            what the operator returns.

        Raises:
            Fault: it can't be done; the operator reports it.
        """
        raise NotImplementedError

    def refused(self, fault: Fault) -> Returned:
        """Report why it can't be done, and return what the operator returns."""
        return refuse(cast("bpy.types.Operator", self), fault)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Do it while the window goes on drawing."""
        if not can_be_modal(context):
            return self.execute(context)
        manager, operator = context.window_manager, cast("bpy.types.Operator", self)
        self._steps, self._status = self.work(context), StatusText()
        self._timer = manager.event_timer_add(_TICK_SEC, window=context.window)
        # what is refused or done in its first step needs no handler
        ended = self._go_on(context, self._steps)
        if ended is not None:
            return ended
        manager.modal_handler_add(operator)
        return {"RUNNING_MODAL"}

    def asking(self) -> Returned:
        """Return what `invoke` returns once it has asked for something, such as a file: Blender then executes it.

        In a window it begins again instead, as work that the window draws.
        """
        self._asks = True
        return {"RUNNING_MODAL"}

    @property
    def begins_again(self) -> bool:
        """Whether what `invoke` asks for has been answered."""
        return _waits.again == self._name

    @property
    def is_modal(self) -> bool:
        """Whether a window goes on drawing; else a script waits."""
        return self._timer is not None

    @property
    def _name(self) -> str:
        return cast("Any", type(self)).bl_idname

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Do the next step, or stop."""
        wait = wait_for(self._name)
        # Esc stops what says so: following captures has no words, and Esc is for others meanwhile
        if (event.type == "ESC" and event.value == "PRESS" and self._shown) or (wait is not None and wait.stops):
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
        # Blender executes what was asked for, which would hold the window: a timer invokes it anew
        if self._asks and can_be_modal(context):
            self._asks, again = False, _Again(self._name, cast("Any", self).bl_label, chosen_options(self))
            bpy.app.timers.register(again.begin, first_interval=0.0)
            return {"CANCELLED"}
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
            return self.refused(fault)
        finally:
            # an unforeseen error ends it too: its timer would go on for ever
            if not goes_on:
                self._end(context)
        return None

    def _show(self, context: bpy.types.Context, share: float | None, now: Sentence) -> None:
        show_wait(self._name, share, now)
        # Blender shows 100 as 0
        manager, percent = context.window_manager, None if share is None else min(int(share * 100), 99)
        if percent != self._percent:
            if percent is None:
                manager.progress_end()
            else:
                if self._percent is None:
                    manager.progress_begin(0, 100)
                manager.progress_update(percent)
            self._percent = percent
        # else it would be redrawn
        if now != self._shown:
            self._status.clear()
            if now:
                self._status.show(context, Text("{now}. Esc stops it.", now=Text.of(now)) if share != 1.0 else now)
            self._shown = now

    def _end(self, context: bpy.types.Context) -> None:
        self._show(context, None, "")
        timer, self._timer = self._timer, None
        if timer is not None:
            context.window_manager.event_timer_remove(timer)


@dataclass(frozen=True)
class _Again:
    """An operator that begins again with what was chosen, from a timer."""

    name: str
    title: "LiteralString"
    chosen: Mapping[str, object]

    def begin(self) -> None:
        """Begin it in a window."""
        _waits.again = self.name
        try:
            invoke_from_timer(self.name.partition(".")[2], self.title, self.chosen)
        finally:
            _waits.again = ""


def chosen_options(operator: object) -> dict[str, object]:
    """Return the properties that were set, as an operator takes them; of lists the names of what is in them."""
    properties = cast("Any", operator).properties
    chosen: dict[str, object] = {}
    for prop in properties.bl_rna.properties:
        if properties.is_property_set(prop.identifier):
            value = getattr(operator, prop.identifier)
            if prop.type == "COLLECTION":
                # operators have lists of files alone, of which Blender keeps the names
                chosen[prop.identifier] = [{"name": one.name} for one in value]
            elif not prop.is_readonly:
                chosen[prop.identifier] = value
    return chosen
