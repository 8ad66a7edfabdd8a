"""A text in the status bar."""

from dataclasses import dataclass, field

import bpy

from ...texts.text import Sentence
from .translation import translated


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
        for name in self.workspaces & set(bpy.data.workspaces.keys()):
            bpy.data.workspaces[name].status_text_set(None)
        self.workspaces.clear()
