"""The character that is kept, the range's fields and the video in the viewport, by mouse; see `hands.py`."""

import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from hands import (
    Steps,
    answer,
    area_of,
    main,
    open_tab,
    point_at,
    press_button,
    shot,
    sidebar_of,
    window,
)


def look() -> Steps:
    """Each thing by its buttons."""
    area = area_of("VIEW_3D")
    yield from open_tab(area)
    yield 1.5
    shot("ready")
    yield from keep_the_character(area)


def keep_the_character(area: bpy.types.Area) -> Steps:
    """Pin it, then select other things: nothing in the sidebar moves."""
    character = window().view_layer.objects.active
    yield from press_button(area, "aimocap.keep_character")
    answer["kept"] = [window().scene.aimocap.character.name, character.name]
    point_at(area.x + 60, area.y + 200)
    yield 0.5
    shot("kept")
    window().view_layer.objects.active = None
    yield 0.5
    sidebar_of(area).tag_redraw()
    yield 0.5
    shot("kept_nothing_active")


if __name__ == "__main__":
    main(globals())
