"""How well a motion went onto a character, in a few short sentences."""

from typing import TYPE_CHECKING

import bpy

from ..text.wrapped_text import say

_REDO_WIDTH = 360
"""Of the redo panel, in unscaled pixels."""


class TellsOutcome:
    """An operator whose redo panel tells how well it went."""

    if TYPE_CHECKING:
        told: str
    else:
        told: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    def tell(self, sentences: tuple[str, ...]) -> None:
        """Keep the sentences for the redo panel."""
        self.told = "\n".join(sentences)

    def draw_outcome(self, layout: bpy.types.UILayout) -> None:
        """A line or two for each sentence."""
        column = layout.column()
        for sentence in self.told.splitlines():
            say(column, sentence, width=_REDO_WIDTH)
