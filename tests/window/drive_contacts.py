"""Foot contacts on the Timeline by mouse: moved, cut, added, undone; see `hands.py`."""

import json
import subprocess
import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).parent))
from drive_preview import grow_the_timeline
from hands import (
    REQUEST,
    Steps,
    answer,
    area_of,
    click,
    find_field,
    hold,
    let_go,
    main,
    open_panel,
    open_tab,
    over_the_view,
    point_at,
    press,
    press_button,
    shot,
    view_of,
    window,
    write_console,
)

from tests.bench.tall_character import add_tall_character
from tests.media.walk import put_walk_on

BALL = "mixamorig:LeftToeBase"
SCROLLBAR, ROW = 14, 16


def contacts() -> Steps:
    write_console(REQUEST["console"])
    area = area_of("VIEW_3D")
    yield from grow_the_timeline()
    character = add_tall_character(window().scene, seed=7)
    put_walk_on(character, 2.5)
    character.select_set(state=True)
    name = character.name
    window().scene.frame_end = 75
    bpy.ops.ed.undo_push(message="Walk")
    with bpy.context.temp_override(window=window(), area=timeline(), region=view_of(timeline())):
        bpy.ops.action.view_all()
    open_panel("edit_motion")
    yield from open_tab(area)
    yield from find_field(area, "show_contacts")
    point_at(*answer["pointer"])
    yield 0.5
    click()
    yield lambda: window().scene.aimocap.show_contacts
    over_the_view(area)
    yield 0.8
    shot("shown")
    found = bars(name)
    (first, second), rest = found[:2], found[2:]
    answer["found"] = found
    yield from watch("before", name)
    yield from drag(second[1] - 0.6, second[1] + 3.4, "moving")
    yield from watch("moved", name)
    yield from drag(second[0] + 4, second[0] + 8, "cutting", "ctrl")
    yield from watch("cut", name)
    middle = (first[1] + second[0]) // 2
    yield from drag(middle - 2, middle + 2, "adding")
    yield from watch("added", name)
    yield from drag(middle, middle, "clicked")
    yield from drag(middle, middle - 1, "shifting")
    yield from watch("shifted", name)
    for step in ("added", "cut", "moved", "before"):
        yield from press_undo(f"undone_to_{step}", name)
    answer["rest"] = rest
    yield from press_button(area, "aimocap.compare_feet")
    over_the_view(area)
    yield 1.0
    shot("compared")
    press("f")
    yield lambda: "aimocap_contacts" not in bpy.data.objects[name].animation_data.action
    press("Return")
    yield lambda: len(bpy.data.actions) == 2  # the walker's own, and the one that was kept
    yield from watch("free", name)
    yield from press_undo("undone_to_locked", name)


def timeline() -> bpy.types.Area:
    return area_of("DOPESHEET_EDITOR")


def drag(start: float, end: float, name: str, key: str = "") -> Steps:
    """Drag the left foot's row, the upper one, from frame to frame."""
    region = view_of(timeline())
    y = region.y + SCROLLBAR + 1.5 * ROW
    places = [region.x + region.view2d.view_to_region(frame, 0.0, clip=False)[0] for frame in (start, end)]
    point_at(places[0], y)
    yield 0.3
    if key:
        subprocess.run(["xdotool", "keydown", key], check=True)
    hold()
    yield 0.3
    for part in (0.3, 0.7, 1.0):
        point_at(places[0] + part * (places[1] - places[0]), y)
        yield 0.15
    shot(name)
    yield 0.5
    let_go()
    yield 0.3
    if key:
        subprocess.run(["xdotool", "keyup", key], check=True)
    yield 0.5


def press_undo(step: str, name: str) -> Steps:
    over_the_view(area_of("VIEW_3D"))
    yield 0.3
    press("ctrl+z")
    yield 0.6
    yield from watch(step, name)


def watch(step: str, name: str) -> Steps:
    """Note the stored contacts, and where the ball of the left foot is in each frame."""
    character, scene = bpy.data.objects[name], window().scene
    path: list[list[float]] = []
    for frame in range(1, 76):
        scene.frame_set(frame)
        path.append(list(character.matrix_world @ character.pose.bones[BALL].head))
    answer[step] = {"bars": bars(name), "path": path}
    scene.frame_set(1)
    yield 0.3
    shot(step)
    yield 0.4


def bars(name: str) -> list[list[int]]:
    action = bpy.data.objects[name].animation_data.action
    return json.loads(action.get("aimocap_contacts", '{"feet": {"left": []}}'))["feet"]["left"]


if __name__ == "__main__":
    main(globals())
