"""Confirmation dialogs before something is sent, paid or removed, with a button for each answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

import bpy

from ...texts.text import Sentence
from .option_properties import set_options
from .reporting import Returned
from .translation import translated
from .wrapped_text import say

_WIDTH = 480


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
        return context.window_manager.invoke_props_dialog(operator, width=_WIDTH, title=translated(question.title))

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the sentences and the buttons, which replace a dialog's own."""
        question = self._question
        if question is None:
            return
        layout = cast("bpy.types.UILayout", cast("bpy.types.Operator", self).layout)
        is_ready = question.first is None or question.first(layout, _WIDTH)
        for sentence in question.sentences:
            say(layout, sentence, width=_WIDTH)
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
