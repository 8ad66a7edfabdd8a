"""Popups that report the end of background work."""

from typing import Any, Literal, LiteralString, cast

import bpy

from ...texts.text import Sentence, Text
from .translation import translated
from .wrapped_text import say

_WIDTH = 460


def notify(title: LiteralString, sentence: Sentence, icon: Literal["INFO", "ERROR"]) -> None:
    """Show a sentence in a popup; the context needs a window (`in_a_window`)."""
    manager = cast("bpy.types.WindowManager", bpy.context.window_manager)

    def draw(menu: Any, _context: bpy.types.Context) -> None:  # noqa: ANN401 -- the stubs know no such function
        say(menu.layout, sentence, width=_WIDTH)

    manager.popup_menu(draw, title=translated(title), icon=icon)


def notify_refused(title: LiteralString, error: RuntimeError) -> None:
    """Show in a popup what an operator reported when it was called from a script."""
    notify(title, Text.of(str(error).partition(": ")[2].strip()), "ERROR")
