"""Waits in the place where they began: a bar that says what is done and how far it is, and a button that stops it.

One rule for all of them. Work of a modal operator stands in the place of its button, what is done for the video below
the buttons for it, what is done for a take in its details.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import bpy

from ...takes.session import current_session
from ...texts.text import Text
from .modal_work import wait_for
from .reporting import Returned
from .translation import translated
from .wrapped_text import row_if_wide

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import IconItems

_AS_HIGH_AS_A_LINE = 0.85
_NOTHING = ("", "", "")


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
