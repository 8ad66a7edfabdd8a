"""Outcome of applying a motion, shown in the redo panel."""

from typing import TYPE_CHECKING

import bpy

from ..text.wrapped_text import say

_REDO_WIDTH = 360
"""Width of the redo panel in unscaled pixels."""


class ShowsOutcome:
    """Operator whose redo panel shows the outcome."""

    if TYPE_CHECKING:
        told: str
    else:
        told: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    def keep_outcome(self, sentences: tuple[str, ...]) -> None:
        """Keep the sentences for the redo panel."""
        self.told = "\n".join(sentences)

    def draw_outcome(self, layout: bpy.types.UILayout) -> None:
        """Draw the sentences."""
        column = layout.column()
        for sentence in self.told.splitlines():
            say(column, sentence, width=_REDO_WIDTH)
