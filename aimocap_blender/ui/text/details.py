"""Sentences below a triangle named Details, which shows or hides them wherever there are any."""

from collections.abc import Sequence
from typing import Any, cast

import bpy

from ...texts.text import Sentence
from .wrapped_text import say

_OPEN = "aimocap_details"
"""Property of the window manager."""


def draw_details(layout: bpy.types.UILayout, details: Sequence[Sentence]) -> None:
    """Draw the triangle, and the sentences while it is open; nothing if there are none."""
    if not details:
        return
    manager = bpy.context.window_manager
    is_open = getattr(manager, _OPEN)
    row = layout.row()
    row.alignment = "LEFT"
    icon = "DOWNARROW_HLT" if is_open else "RIGHTARROW"
    # Inverted while it is open: what is on is drawn in white, which a light theme's panel hides.
    row.prop(manager, _OPEN, icon=icon, emboss=False, invert_checkbox=is_open)
    if is_open:
        for sentence in details:
            say(layout, sentence, "BLANK1")


def register() -> None:
    """Add the property that shows or hides details."""
    shown = "Show how well the motion was applied"
    setattr(bpy.types.WindowManager, _OPEN, cast("Any", bpy.props).BoolProperty(name="Details", description=shown))


def unregister() -> None:
    """Remove it."""
    delattr(bpy.types.WindowManager, _OPEN)
