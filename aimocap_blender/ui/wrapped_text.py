"""Sentences in a sidebar, which Blender itself never wraps."""

import textwrap
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import bpy

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import IconItems

_PIXELS_PER_LETTER = 6.6
_MARGIN_PIXELS = 62.0


def say(layout: bpy.types.UILayout, sentence: str, icon: "IconItems" = "NONE", width: float | None = None) -> None:
    """Show a sentence in as many lines as the region's width asks for.

    Args:
        layout: where it goes.
        sentence: what is said.
        icon: name of an icon before the first line; the other lines are set in to its width.
        width: of the layout in unscaled pixels; None for that of the region being drawn.
    """
    if not sentence:
        return
    letters = max(16, int(((width or _region_width()) - _MARGIN_PIXELS) / _PIXELS_PER_LETTER))
    column = layout.column(align=True)
    column.scale_y = 0.85
    for number, line in enumerate(_lines(sentence, letters)):
        column.label(text=line, icon=icon if not number or icon == "NONE" else "BLANK1")


@lru_cache(maxsize=1024)
def _lines(sentence: str, letters: int) -> tuple[str, ...]:
    """Kept, since a sidebar says the same at each draw."""
    return tuple(textwrap.wrap(sentence, letters))


def _region_width() -> float:
    """Of the region being drawn, in unscaled pixels."""
    context = cast("Any", bpy.context)
    return context.region.width / context.preferences.system.ui_scale
