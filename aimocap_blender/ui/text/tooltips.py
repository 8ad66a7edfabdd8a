"""Tooltips of buttons that can't be pressed now."""

from typing import cast

import bpy

from ...texts.faults import Fault
from ...texts.text import Text
from .translation import translated


class SaysWhyNot:
    """Operator whose tooltip says why its button in a panel is grey, while it is."""

    @classmethod
    def description(cls, context: bpy.types.Context, properties: object) -> str:
        """Return the tooltip, in Blender's language."""
        del properties
        if (why := cls.why_not(context)) is not None:
            return translated(why.text, "tooltips").removesuffix(".")  # Blender adds one
        return translated(Text.of(cast("str", cls.__doc__)), "tooltips")

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> Fault | None:
        """Return why the button can't be pressed; None if it can."""
        raise NotImplementedError
