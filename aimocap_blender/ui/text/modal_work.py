"""Modal operators, and work of an operator that takes long: a window goes on drawing, and Esc stops it.

They begin where Blender can take one, and end before their classes are unregistered. Unregistering a class frees its
running operator, but leaves its handler in the window until an event comes there; Blender 4.2 and 4.3 crash if any
modal operator begins in that window before.

A script waits for the work. While it lasts, its words and how far it is are drawn in the place of its button too: a
bar, and a button that stops it.
"""

import threading
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

import bpy

from ...motion.stopping import stopped_by
from ...scene.operator_calls import overridden, threads
from ...scene.windows import redraw_sidebars
from ...takes.disk_work import in_a_thread
from ...takes.session import current_session
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ...while_enabled import lasting
from .reporting import Returned, invoke_from_timer, refuse
from .translation import translated
from .wrapped_text import row_if_wide

if TYPE_CHECKING:
    from typing import LiteralString

    from bpy.stub_internal.rna_enums import IconItems


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

_PACKAGE = __name__.partition(".ui.")[0]
_LOOK_SEC = 0.05

_AS_HIGH_AS_A_LINE = 0.85
_NOTHING = ("", "", "")


class Ticks:
    """Timer events in a window, which come until they are ended.

    Args:
        window: whose modal operators get them.
        seconds: between two of them.
    """

    def __init__(self, window: bpy.types.Window | None, seconds: float) -> None:
        manager = bpy.context.window_manager
        self._timer = manager.event_timer_add(seconds, window=window)

    def end(self) -> None:
        """Let no more of them come."""
        bpy.context.window_manager.event_timer_remove(self._timer)


def can_be_modal(context: bpy.types.Context) -> bool:
    """Return whether a modal operator can begin in the context's window now."""
    return context.window is not None and all(map(_is_there, context.window.modal_operators))


def end_modal_operators() -> None:
    """Cancel the add-on's running modal operators: Blender frees them without a call."""
    for window in _windows():
        for operator in window.modal_operators:
            # other add-ons stay enabled, and so do their operators
            if _is_there(operator) and type(operator).__module__.startswith(f"{_PACKAGE}."):
                with overridden(window=window):
                    cast("Any", operator).cancel(bpy.context)


def clear_windows() -> None:
    """Have Blender remove the handlers of freed operators: a timer's event in their windows does it."""
    # nobody may touch the mouse there for long, but a timer's event comes by itself
    every = [Ticks(window, 0.0) for window in _windows() if _has_remains(window)]

    def stop() -> float | None:
        if any(map(_has_remains, _windows())):
            return _LOOK_SEC
        for ticks in every:
            ticks.end()
        return None

    if every:
        bpy.app.timers.register(stop, first_interval=_LOOK_SEC, persistent=True)


def _windows() -> list[bpy.types.Window]:
    return list(bpy.context.window_manager.windows)


def _has_remains(window: bpy.types.Window) -> bool:
    return not all(map(_is_there, window.modal_operators))


def _is_there(operator: bpy.types.Operator) -> bool:
    # the operator's own lookup needs more than its address
    return cast("Any", bpy.types.bpy_struct).as_pointer(operator) != 0


def computed(compute: Callable[[], T], says: Callable[[], Progress]) -> Steps[T]:
    """Compute in a thread that touches no Blender data, and return the result; a stop ends the thread soon."""
    stop = threading.Event()

    def run() -> T:
        # operators in overridden contexts wait for what computes, and its long loops end when the stop is set
        with threads.computing(), stopped_by(stop):
            return compute()

    future = in_a_thread(run)
    # a cancel leaves the generator at its yield
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
    # sidebars are drawn anew only where something changed: this is called at every tick
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
    _ticks: Ticks | None = None
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
        # a window that waits is better than one that crashes
        if not can_be_modal(context):
            return self.execute(context)
        manager, operator = context.window_manager, cast("bpy.types.Operator", self)
        self._steps, self._status = self.work(context), StatusText()
        self._ticks = Ticks(context.window, _TICK_SEC)
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
        return self._ticks is not None

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
        # what is waited for in each step is done by a thread or a process, which needs the time
        while (ended := self._go_on(context, steps)) is None:
            time.sleep(_SCRIPT_TICK_SEC)
        return ended

    def _go_on(self, context: bpy.types.Context, steps: Work) -> Returned | None:
        """Do the next step; return what the operator returns if it was the last."""
        goes_on = False
        try:
            progress = next(steps)
            goes_on = True
            if self._ticks is not None:
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
        ticks, self._ticks = self._ticks, None
        if ticks is not None:
            ticks.end()


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


@dataclass(frozen=True)
class Bar:
    """Work in progress.

    Attributes:
        text: in words, with an estimate if there is one.
        done: from 0 to 1.
        stop: operator that stops it, with the name and the value of its property; '' if nothing does.
    """

    text: Text
    done: float
    stop: tuple[str, str, object] = _NOTHING


def draw_bar(layout: bpy.types.UILayout, bar: Bar) -> None:
    """Draw the bar, as high as the line in whose place it is."""
    row = layout.row(align=True)
    row.scale_y = _AS_HIGH_AS_A_LINE
    row.progress(factor=bar.done, text=translated(bar.text))
    operator, name, value = bar.stop
    if operator:
        setattr(row.operator(operator, text="", icon="PANEL_CLOSE"), name, value)


def draw_button(layout: bpy.types.UILayout, operator: str, icon: "IconItems" = "NONE", **options: Any) -> None:  # noqa: ANN401 -- of `operator`
    """Draw an operator's button, or the bar of its work while that is going on."""
    bar = work_bar(operator)
    if bar is not None:
        draw_bar(layout, bar)
    else:
        layout.operator(operator, icon=icon, **options)


def work_bar(*operators: str) -> Bar | None:
    """Return the bar of the work of the first of these modal operators that is at work; None while none is."""
    for operator in operators:
        if (wait := wait_for(operator)) is not None:
            # the last step does all the rest in Blender's own data, which nothing can stop
            stop = ("aimocap.stop_work", "work", operator) if wait.share < 1.0 else _NOTHING
            return Bar(Text.of(wait.now), wait.share, stop)
    return None


def row_or_bar(layout: bpy.types.UILayout, *operators: str) -> bpy.types.UILayout | None:
    """Return a row for the buttons of these operators; None where the bar of one's work is drawn in its place.

    A bar has the whole width, as its words are cut in half of it.
    """
    bar = work_bar(*operators)
    if bar is not None:
        draw_bar(layout, bar)
        return None
    return row_if_wide(layout)


class StopWork(bpy.types.Operator):
    """Stop this, and leave everything as it was"""

    bl_idname = "aimocap.stop_work"
    bl_label = "Stop"
    bl_options = {"INTERNAL"}

    if TYPE_CHECKING:
        work: str
    else:
        work: bpy.props.StringProperty(
            name="Work",
            description="Name of the operator that is running, or ID of the take whose motion is to be applied",
            options={"SKIP_SAVE"},
        )

    def execute(self, context: bpy.types.Context) -> Returned:
        """Stop an operator at its next step, or the application of a take's motion."""
        del context
        wait, session = wait_for(self.work), current_session()
        if wait is not None:
            wait.stops = True
        elif session is None or not session.application.stop(self.work):
            return {"CANCELLED"}
        return {"FINISHED"}


CLASSES = (StopWork,)
