"""Layout for sidebars that are too narrow for a name and a value side by side."""

from typing import TYPE_CHECKING, Any, cast

import bpy

if TYPE_CHECKING:
    from bpy.types import UILayout

_NARROW_PIXELS = 250.0
"""Unscaled; a newly opened sidebar is slightly wider."""


def is_narrow(context: bpy.types.Context | None = None, pixels: float = _NARROW_PIXELS) -> bool:
    """Return whether a narrow sidebar is being drawn; other regions, such as redo panels, are wide enough.

    Args:
        context: of what is being drawn.
        pixels: the width from which on it isn't narrow, unscaled.
    """
    here = cast("Any", context or bpy.context)
    region = here.region
    if region is None or region.type != "UI":
        return False
    return region.width / here.preferences.system.ui_scale < pixels


def draw_property(layout: "UILayout", data: Any, name: str) -> None:  # noqa: ANN401 -- any owner of properties
    """Draw a property with its name to the left, or above it in a narrow sidebar."""
    if is_narrow():
        layout.label(text=data.bl_rna.properties[name].name)
        layout.prop(data, name, text="")
    else:
        layout.prop(data, name)
