"""Outcome of applying a motion, shown in the redo panel."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

import bpy

from ...texts.text import Sentence, Text
from ..text.wrapped_text import say

_REDO_WIDTH = 360
"""Width of the redo panel in unscaled pixels."""


class ShowsOutcome:
    """Operator whose redo panel shows the outcome."""

    if TYPE_CHECKING:
        told: str
    else:
        told: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    def keep_outcome(self, sentences: Iterable[Sentence]) -> None:
        """Keep the sentences for the redo panel."""
        self.told = json.dumps([Text.of(sentence).to_json() for sentence in sentences])

    def draw_outcome(self, layout: bpy.types.UILayout) -> None:
        """Draw the sentences."""
        column = layout.column()
        for sentence in json.loads(self.told or "[]"):
            say(column, Text.from_json(sentence) or "", width=_REDO_WIDTH)
