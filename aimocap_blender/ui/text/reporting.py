"""Reports of operators, popups, confirmation dialogs and tooltips of grey buttons, in the interface's language.

A dialog asks before something is sent, paid or removed, with a button for each answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any, Literal, LiteralString, TypeVar, cast

import bpy

from ...scene.windows import in_a_window
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from .option_properties import set_options
from .translation import translated
from .wrapped_text import say

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems, OperatorTypeFlagItems

    Flags = set[OperatorTypeFlagItems]
    """An operator's `bl_options`, in a class that isn't one itself."""
else:
    Flags = set[str]  # Blender evaluates what annotates a class


Returned = set["OperatorReturnItems"]
"""A status for Blender, such as FINISHED, from an operator."""

_Execute = TypeVar("_Execute", bound=Callable[..., set[Any]])

_WIDTH = 460

_DIALOG_WIDTH = 480


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
    manager = bpy.context.window_manager

    def draw(menu: Any, _context: bpy.types.Context) -> None:  # noqa: ANN401 -- the stubs know no such function
        say(menu.layout, sentence, width=_WIDTH)

    manager.popup_menu(draw, title=translated(title), icon=icon)


def reported(error: RuntimeError) -> Text:
    """Return what an operator that was called from a script reported: Blender puts "Error: " before it."""
    return Text.of(str(error).partition(": ")[2].strip())


def invoke_from_timer(name: str, title: LiteralString, options: Mapping[str, object]) -> None:
    """Invoke an operator of the add-on in a window, and show in a popup what it refuses."""
    # a timer's context has no window, without which no dialog opens
    with in_a_window():
        try:
            getattr(cast("Any", bpy.ops).aimocap, name)("INVOKE_DEFAULT", True, **options)
        except RuntimeError as error:
            notify(title, reported(error), "ERROR")


@dataclass(frozen=True)
class Answer:
    """Button of a dialog that calls an operator.

    Attributes:
        text: label.
        operator: id name of the operator.
        properties: the operator's properties.
        at_once: whether the operator runs without asking anything else.
    """

    text: Sentence
    operator: str
    properties: Mapping[str, object] = field(default_factory=dict[str, object])
    at_once: bool = False


@dataclass(frozen=True)
class Question:
    """Content of a dialog.

    Attributes:
        title: title above the dialog.
        sentences: information for the decision.
        answers: buttons; the first is next to Cancel, the others are below.
        cancel_first: whether Return cancels instead of choosing the first answer.
        first: draws what has to be there before an answer can be given, in a layout of some width, and returns whether
            it is; None for nothing.
    """

    title: Sentence
    sentences: tuple[Sentence, ...]
    answers: tuple[Answer, ...]
    cancel_first: bool = False
    first: Callable[[bpy.types.UILayout, float], bool] | None = None


class AsksFirst:
    """Operator that asks a question whose answers call operators; after asking it does nothing itself."""

    _question: Question | None = None

    @property
    def has_asked(self) -> bool:
        """Whether the dialog was shown; a button that Blender itself adds must then not count as an answer."""
        return self._question is not None

    def ask(self, context: bpy.types.Context, question: Question) -> Returned:
        """Show the dialog."""
        self._question = question
        operator = cast("bpy.types.Operator", self)
        return context.window_manager.invoke_props_dialog(
            operator, width=_DIALOG_WIDTH, title=translated(question.title)
        )

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the sentences and the buttons, which replace a dialog's own."""
        question = self._question
        if question is None:
            return
        layout = cast("bpy.types.UILayout", cast("bpy.types.Operator", self).layout)
        is_ready = question.first is None or question.first(layout, _DIALOG_WIDTH)
        for sentence in question.sentences:
            say(layout, sentence, width=_DIALOG_WIDTH)
        layout.separator()
        if not is_ready:
            # nothing but Cancel can be pressed until what is missing is there
            layout.template_popup_confirm(question.answers[0].operator, text="", cancel_text=translated("Cancel"))
            layout = layout.column()
            layout.enabled = False
        for number, answer in enumerate(question.answers):
            # what was just asked about is not asked again by the operator itself
            layout.operator_context = "EXEC_DEFAULT" if answer.at_once else "INVOKE_DEFAULT"
            called = layout.template_popup_confirm(
                answer.operator,
                text=translated(answer.text),
                translate=False,
                cancel_text="" if number or not is_ready else translated("Cancel"),
                cancel_default=question.cancel_first or bool(number),
            )
            set_options(called, **answer.properties)
