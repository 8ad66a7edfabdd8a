"""Reports of operators, popups and tooltips of grey buttons, in the language of Blender's interface."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, Literal, LiteralString, TypeVar, cast

import bpy

from ...scene.windows import in_a_window
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from .translation import translated
from .wrapped_text import say

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

Returned = set["OperatorReturnItems"]
"""A status for Blender, such as FINISHED, from an operator."""

_Execute = TypeVar("_Execute", bound=Callable[..., set[Any]])

_WIDTH = 460


def inform(
    operator: bpy.types.Operator,
    sentence: Sentence,
    level: Literal["INFO", "WARNING", "ERROR"] = "INFO",
    title: str = "",
) -> None:
    """Report one or more sentences; `title` is what they are about, in the user's own words, which stay as they are."""
    operator.report({level}, (f"{title}: " if title else "") + translated(sentence, "reports"))


def refuse(operator: bpy.types.Operator, why: Fault | Sentence) -> Returned:
    """Report why an operator does nothing, and cancel it."""
    inform(operator, why.text if isinstance(why, Fault) else why, "ERROR")
    return {"CANCELLED"}


def refusing(execute: _Execute) -> _Execute:
    """Have an operator's `execute` refuse what raises a Fault."""

    # Blender counts the arguments of what it registers, so they are named
    @wraps(execute)
    def refused(self: bpy.types.Operator, context: bpy.types.Context) -> Returned:
        try:
            return execute(self, context)
        except Fault as fault:
            return refuse(self, fault)

    return cast("_Execute", refused)


class SaysWhyNot:
    """Operator whose tooltip says why its button in a panel is grey, while it is."""

    @classmethod
    def description(cls, context: bpy.types.Context, properties: object) -> str:
        """Return the tooltip, in Blender's language."""
        del properties
        if (why := cls.why_not(context)) is not None:
            return translated(why.text, "tooltips").removesuffix(".")  # Blender adds one
        return translated(Text.of(cast("str", cls.__doc__)), "tooltips")

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> Fault | None:
        """Return why the button can't be pressed; None if it can."""
        raise NotImplementedError


def notify(title: LiteralString, sentence: Sentence, icon: Literal["INFO", "ERROR"]) -> None:
    """Show a sentence in a popup; the context needs a window (`in_a_window`)."""
    manager = cast("bpy.types.WindowManager", bpy.context.window_manager)

    def draw(menu: Any, _context: bpy.types.Context) -> None:  # noqa: ANN401 -- the stubs know no such function
        say(menu.layout, sentence, width=_WIDTH)

    manager.popup_menu(draw, title=translated(title), icon=icon)


def reported(error: RuntimeError) -> Text:
    """Return what an operator that was called from a script reported: Blender puts "Error: " before it."""
    return Text.of(str(error).partition(": ")[2].strip())


def invoke_from_timer(name: str, title: LiteralString, options: Mapping[str, object]) -> None:
    """Invoke an operator of the add-on in a window, and show in a popup what it refuses."""
    with in_a_window():
        try:
            getattr(cast("Any", bpy.ops).aimocap, name)("INVOKE_DEFAULT", True, **options)
        except RuntimeError as error:
            notify(title, reported(error), "ERROR")
