"""Dialogs that ask before something is sent, paid or removed: sentences, and a button for each answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import bpy

from ..text.translation import translated
from ..text.wrapped_text import say

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

_WIDTH = 420


@dataclass(frozen=True)
class Answer:
    """A button that calls an operator.

    Attributes:
        text: what it says.
        operator: what it calls, as a button anywhere else would.
        properties: of that call.
        at_once: it asks nothing more.
    """

    text: str
    operator: str
    properties: Mapping[str, object] = field(default_factory=dict[str, object])
    at_once: bool = False


@dataclass(frozen=True)
class Question:
    """What a dialog says.

    Attributes:
        title: above it.
        sentences: what there is to know.
        answers: the first one stands beside Cancel, the others below.
        cancel_first: Return cancels; else it gives the first answer.
    """

    title: str
    sentences: tuple[str, ...]
    answers: tuple[Answer, ...]
    cancel_first: bool = False


class AsksFirst:
    """An operator that asks a question, whose answers call operators; the one that asked does nothing more."""

    _question: Question | None = None

    @property
    def has_asked(self) -> bool:
        """Whether it has shown the dialog: a button of Blender's own, should there be one, is no yes to it."""
        return self._question is not None

    def ask(self, context: bpy.types.Context, question: Question) -> "set[OperatorReturnItems]":
        """Show the dialog."""
        self._question = question
        operator = cast("bpy.types.Operator", self)
        return context.window_manager.invoke_props_dialog(operator, width=_WIDTH, title=translated(question.title))

    def draw(self, context: bpy.types.Context) -> None:
        """The sentences and the buttons, which Blender shows in place of a dialog's own."""
        question = self._question
        if question is None:
            return
        layout = cast("bpy.types.UILayout", cast("bpy.types.Operator", self).layout)
        for sentence in question.sentences:
            say(layout, sentence, width=_WIDTH)
        layout.separator()
        for number, answer in enumerate(question.answers):
            layout.operator_context = "EXEC_DEFAULT" if answer.at_once else "INVOKE_DEFAULT"
            called = layout.template_popup_confirm(
                answer.operator,
                text=translated(answer.text),
                translate=False,
                cancel_text="" if number else translated("Cancel"),
                cancel_default=question.cancel_first or bool(number),
            )
            for name, value in answer.properties.items():
                setattr(called, name, value)
