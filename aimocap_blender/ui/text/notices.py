"""Sentences that come up in the window when something that went on beside it is over."""

from typing import Any, Literal, cast

import bpy

from .translation import translated
from .wrapped_text import say

_WIDTH = 460


def notify(title: str, sentence: str, icon: Literal["INFO", "ERROR"]) -> None:
    """Show a sentence; a window must be at hand in the context (`in_a_window`)."""
    manager = cast("bpy.types.WindowManager", bpy.context.window_manager)

    def draw(menu: Any, _context: bpy.types.Context) -> None:  # noqa: ANN401 -- the stubs know no such function
        say(menu.layout, sentence.strip(), width=_WIDTH)

    manager.popup_menu(draw, title=translated(title), icon=icon)
