"""Somebody who has just installed the zip: mouse and keyboard alone, from nothing to a motion; see `hands.py`."""

import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from hands import (
    REQUEST,
    Steps,
    answer,
    area_of,
    click,
    find_button,
    main,
    over_the_view,
    point_at,
    press,
    press_button,
    shot,
    sidebar_of,
    type_in,
)

ROW_PIXELS = 23


def first_run() -> Steps:
    """All of it."""
    area = area_of("VIEW_3D")
    yield from open_the_tab(area)
    yield from reach_the_service(area)


def open_the_tab(area: bpy.types.Area) -> Steps:
    """The sidebar by its key, then the tab by a click on it."""
    over_the_view(area)
    press("n")
    yield lambda: sidebar_of(area).width > 100
    region = sidebar_of(area)
    y = region.y + region.height - 20
    while region.active_panel_category != "AIMoCap":
        assert y > region.y, "no tab AIMoCap"
        point_at(region.x + region.width - 10, y)
        yield 0.1
        click()
        yield 0.1
        y -= 15


def reach_the_service(area: bpy.types.Area) -> Steps:
    """Going online, then a key: a wrong one first."""
    yield 0.5
    shot("offline")
    yield from press_button(area, "extensions.userpref_allow_online")
    answer["online"] = bpy.app.online_access
    yield 0.5
    shot("no_key")
    yield from enter_key(area, "sk-wrong")
    yield from press_button(area, "aimocap.check_service")
    yield 2.0
    shot("refused_key")
    yield from enter_key(area, REQUEST["key"])
    yield from press_button(area, "aimocap.check_service")
    yield 2.0
    shot("accepted_key")


def enter_key(area: bpy.types.Area, key: str) -> Steps:
    """Into the field above the link to where keys are made."""
    yield from find_button(area, "wm.url_open")
    x, y = answer["pointer"]
    point_at(x, y + ROW_PIXELS)
    yield 0.3
    yield from type_in(key)


if __name__ == "__main__":
    main(globals())
