"""Wrapped sentences in panels and dialogs, as Blender's labels don't wrap, and properties in narrow sidebars."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import blf
import bpy

from ...texts.text import Sentence
from ...while_enabled import discarded
from .translation import translated

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import IconItems
    from bpy.types import UILayout

_MARGIN_PIXELS = 72.0
"""Part of a region's width taken by tabs and by the edges of panel, box and label."""
_ICON_PIXELS = 20.0
_LABELS_SHARE = 0.4
"""Of a panel's width, for the labels to the left of properties, as Blender divides it."""
_EDGES_PIXELS, _PADDING_PIXELS, _REDO_PIXELS = 46.0, 8.0, 313.0
"""Widths as Blender draws them, unscaled: beside a panel's content in a sidebar, beside a label's text, of the content
of a redo panel."""
_UI_FONT = 0
_NARROW_PIXELS = 250.0
"""Unscaled; a newly opened sidebar is slightly wider."""
_HAN = "\u3000-\u9fff\uff00-\uffef"
"""Chinese characters and full-width punctuation, between which lines may break: no spaces stand there."""
_OPENING, _CLOSING = "“（《「【", "”）》」】，。；：、！？…,.;:!?)%°"  # noqa: RUF001 -- Chinese
"""Signs that never end a line, and those that never begin one."""
_MAY_BREAK = re.compile(
    # after a space, but not between a number and its unit
    r"(?<=\s)(?<!\d\s)(?=\S)|(?<=\d\s)(?!(?:s|m|cm|mm|min|MB|MiB|fps)\b)(?=\S)"
    rf"|(?<=[{_HAN}])(?<![{_OPENING}])(?=[^\s{_CLOSING}])"
    rf"|(?<=[^\s{_OPENING}])(?=[{_HAN}])(?![{_CLOSING}])"
)


def say(
    layout: bpy.types.UILayout,
    sentence: Sentence,
    icon: "IconItems" = "NONE",
    width: float | None = None,
    *,
    buttons_beside: int = 0,
) -> None:
    """Draw a sentence, translated and wrapped; draw nothing for an empty one.

    Its width is the layout's in unscaled pixels, or None for that of the region being drawn, less the icon-only buttons
    in the same row.
    """
    icons = (icon != "NONE") + buttons_beside
    room = (width or _region_width()) - _MARGIN_PIXELS - icons * _ICON_PIXELS
    column = layout.column(align=True)
    # lines of a sentence stand closer than labels, so that sentences stay apart
    column.scale_y = 0.85
    for number, line in enumerate(_lines(translated(sentence), round(room), _points())):
        # lines below the first are indented by the icon's width
        column.label(text=line, icon=icon if not number or icon == "NONE" else "BLANK1", translate=False)


def ui_scale() -> float:
    """Return how many pixels of a region are one of Blender's interface, by its Resolution Scale and the display."""
    return cast("Any", bpy.context).preferences.system.ui_scale


def _points() -> float:
    return cast("Any", bpy.context).preferences.ui_styles[0].widget.points


@lru_cache(maxsize=256)
def _length(text: str, points: float) -> float:
    """Return the length of a text in unscaled pixels."""
    blf.size(_UI_FONT, points)
    return blf.dimensions(_UI_FONT, text)[0]


discarded(_length.cache_clear)


@lru_cache(maxsize=1024)
def _lines(sentence: str, room: int, points: float) -> tuple[str, ...]:
    """Return the lines, each with as many words as fit; cached, since each redraw asks for the same ones."""
    blf.size(_UI_FONT, points)
    lines: list[str] = []
    for word in filter(None, _MAY_BREAK.split(" ".join(sentence.split()))):
        longer = lines[-1] + word if lines else word
        # a word that is too long has a line of its own, where Blender cuts it
        if lines and blf.dimensions(_UI_FONT, longer.rstrip())[0] <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return tuple(line.rstrip() for line in lines)


discarded(_lines.cache_clear)


def _region_width() -> float:
    """Return the width of the region being drawn, in unscaled pixels."""
    return cast("bpy.types.Region", bpy.context.region).width / ui_scale()


def is_narrow() -> bool:
    """Return whether a narrow sidebar is being drawn; other regions, such as redo panels, are wide enough."""
    region = bpy.context.region
    return region is not None and region.type == "UI" and _region_width() < _NARROW_PIXELS


def row_if_wide(layout: "UILayout") -> "UILayout":
    """Return a row for buttons with words; a column in a narrow sidebar, where they would be cut."""
    return layout.column(align=True) if is_narrow() else layout.row(align=True)


def fits(text: str, beside: float) -> bool:
    """Return whether a text is whole in the region being drawn, beside what takes so many unscaled pixels of a row."""
    return _length(text, _points()) <= _region_width() - beside


def _fits_beside(label: Sentence) -> bool:
    """Return whether a label is whole to the left of its property."""
    return _length(translated(label), _points()) <= _LABELS_SHARE * _panel_width() - _PADDING_PIXELS


def _panel_width() -> float:
    """Return the width of what a panel contains, in a sidebar or as redo panel, in unscaled pixels."""
    region = bpy.context.region
    # a redo panel lies over a region of any width, and has always the same
    return _region_width() - _EDGES_PIXELS if region is not None and region.type == "UI" else _REDO_PIXELS


def draw_property(layout: "UILayout", data: Any, name: str) -> None:  # noqa: ANN401 -- any owner of properties
    """Draw a property with its name to the left, or above it where there is no room for that."""
    # an operator has them there
    owner = getattr(data, "properties", data)
    declared = owner.bl_rna.properties[name]
    label = cast("Sentence", declared.name)
    if is_narrow() or not _fits_beside(label):
        layout.label(text=label, text_ctxt=declared.translation_context)
        layout.prop(data, name, text="")
    else:
        layout.prop(data, name)
