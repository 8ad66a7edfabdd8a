"""Outcome of applying a motion, shown in the redo panel."""

import json
from typing import TYPE_CHECKING, cast

import bpy

from ...takes.messages import Note
from ...texts.text import Text
from ..text.details import draw_details
from ..text.reporting import inform
from ..text.wrapped_text import say

_REDO_WIDTH = 360
"""Width of the redo panel in unscaled pixels."""


class ShowsOutcome:
    """Operator whose redo panel shows the outcome."""

    if TYPE_CHECKING:
        told: str
        doubtful_bones: bool
    else:
        told: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})
        doubtful_bones: bpy.props.BoolProperty(options={"HIDDEN", "SKIP_SAVE"})

    def show_outcome(self, note: Note) -> None:
        """Report the outcome, and keep its sentences for the redo panel."""
        self.told = json.dumps([sentence.to_json() for sentence in note.sentences])
        self.doubtful_bones = note.doubtful_bones
        message = note.message
        inform(cast("bpy.types.Operator", self), message.sentence, message.level)

    def draw_outcome(self, layout: bpy.types.UILayout) -> None:
        """Draw the sentences."""
        column = layout.column()
        for sentence in json.loads(self.told or "[]"):
            say(column, Text.from_json(sentence) or "", width=_REDO_WIDTH)
        if self.doubtful_bones:
            layout.operator("aimocap.review_bones")


def draw_note(box: bpy.types.UILayout, note: Note | None) -> None:
    """Draw the outcome of applying a take's motion, if there is one, and the button for what is doubtful about it."""
    if note is None:
        return
    say(box, note.sentence, "ERROR" if note.failed else "BLANK1" if note.warning else "CHECKMARK")
    say(box, note.warning, "ERROR")
    draw_details(box, note.details)
    if note.doubtful_bones:
        box.operator("aimocap.review_bones")
