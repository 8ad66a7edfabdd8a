"""What a narrow sidebar has no room for: a name and a value beside each other."""

from typing import TYPE_CHECKING, Any, cast

import bpy

if TYPE_CHECKING:
    from bpy.types import UILayout

_NARROW_PIXELS = 250.0
"""Unscaled; a sidebar is a little wider than that when it is first opened."""


def is_narrow(context: bpy.types.Context | None = None) -> bool:
    """Is a narrow sidebar being drawn? Other regions, such as a redo panel's, are as wide as they need to be."""
    here = cast("Any", context or bpy.context)
    region = here.region
    if region is None or region.type != "UI":
        return False
    return region.width / here.preferences.system.ui_scale < _NARROW_PIXELS


def draw_property(layout: "UILayout", data: Any, name: str) -> None:  # noqa: ANN401 -- any owner of properties
    """A property with its name beside it, or above it where there is no room beside."""
    if is_narrow():
        layout.label(text=data.bl_rna.properties[name].name)
        layout.prop(data, name, text="")
    else:
        layout.prop(data, name)
