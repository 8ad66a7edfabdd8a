"""A monkey at the window: random clicks on all panels, with random selections, undos and files; see `hands.py`."""

import contextlib
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from hands import (
    REQUEST,
    Steps,
    answer,
    click,
    main,
    point_at,
    press,
    shot,
    sidebar_of,
    start_capture,
    tell_service,
    view_of,
    window,
    write_console,
)

EDITORS = ("VIEW_3D", "SEQUENCE_EDITOR")
MODES = ("OBJECT", "POSE", "EDIT")
rng = random.Random(REQUEST["seed"])  # noqa: S311 -- no secret


def monkey() -> Steps:
    """Play so many steps; the console tells them, so that an error stands below what caused it."""
    write_console(REQUEST["console"])
    begun = time.monotonic()
    for number in range(REQUEST["steps"]):
        area = yield from _at_home()
        (act,) = rng.choices(list(ACTS), weights=list(ACTS.values()))
        print(f"step {number} at {time.monotonic() - begun:.1f} s: {act.__name__} in {area.type}", flush=True)
        with contextlib.suppress(RuntimeError, TypeError):  # operators that may not be called just now
            yield from act(area)
        answer["steps"] = number + 1
        if number % 200 == 0:
            shot(f"{number:04}")


def _at_home() -> Steps:
    """Close what hides the editor, and open the tab in it; return the editor."""
    for other in list(bpy.context.window_manager.windows)[1:]:
        with bpy.context.temp_override(window=other), contextlib.suppress(RuntimeError):
            bpy.ops.wm.window_close()
    while not (areas := [area for area in window().screen.areas if area.type in EDITORS]):
        press("Escape")
        yield 0.2
        if not any(area.type in EDITORS for area in window().screen.areas):
            max(window().screen.areas, key=lambda area: area.width * area.height).type = "VIEW_3D"
            yield 0.2
    area = max(areas, key=lambda area: area.width * area.height)
    if not area.spaces.active.show_region_ui or sidebar_of(area).active_panel_category != "AIMoCap":
        area.spaces.active.show_region_ui = True
        yield 0.2
        with contextlib.suppress(TypeError):  # not drawn yet
            sidebar_of(area).active_panel_category = "AIMoCap"
        area.tag_redraw()
        yield 0.2
    return area


def _somewhere(area: bpy.types.Area) -> Steps:
    region = sidebar_of(area)
    point_at(region.x + rng.uniform(8, region.width - 25), region.y + rng.uniform(8, region.height - 8))
    yield 0.06


def click_somewhere(area: bpy.types.Area) -> Steps:
    yield from _somewhere(area)
    click()
    yield 0.06


def click_and_answer(area: bpy.types.Area) -> Steps:
    yield from click_somewhere(area)
    yield 0.15
    press(rng.choice(("Return", "Escape", "Escape")))
    yield 0.1


def double_click_and_type(area: bpy.types.Area) -> Steps:
    yield from _somewhere(area)
    subprocess.run(["xdotool", "click", "--repeat", "2", "--delay", "40", "1"], check=True)
    yield 0.1
    subprocess.run(["xdotool", "type", "--delay", "5", "--", rng.choice(("1", "-3", "Jump", "sk-x"))], check=True)
    press(rng.choice(("Return", "Escape")))
    yield 0.1


def scroll(area: bpy.types.Area) -> Steps:
    yield from _somewhere(area)
    subprocess.run(["xdotool", "click", "--repeat", str(rng.randint(1, 8)), rng.choice("45")], check=True)
    yield 0.1


def select(_: bpy.types.Area) -> Steps:
    layer, scene = window().view_layer, window().scene
    things = list(layer.objects)
    layer.objects.active = rng.choice([None, *things])
    for thing in things:
        thing.select_set(state=rng.random() < 0.5)
    editor = scene.sequence_editor
    strips = list(getattr(editor, "strips", None) or getattr(editor, "sequences", ())) if editor else []
    if editor:
        editor.active_strip = rng.choice([None, *strips])
        for strip in strips:
            strip.select = rng.random() < 0.7
    yield 0.05


def trim(_: bpy.types.Area) -> Steps:
    editor = window().scene.sequence_editor
    if editor and editor.active_strip:
        editor.active_strip.frame_offset_start = rng.randint(0, 60)
        editor.active_strip.frame_offset_end = rng.randint(0, 30)
    yield 0.05


def change_mode(area: bpy.types.Area) -> Steps:
    if area.type == "VIEW_3D":
        with bpy.context.temp_override(window=window(), area=area, region=view_of(area)):
            bpy.ops.object.mode_set(mode=rng.choice(MODES))
    yield 0.1


def undo_or_redo(area: bpy.types.Area) -> Steps:
    with bpy.context.temp_override(window=window(), area=area, region=view_of(area)):
        rng.choice((bpy.ops.ed.undo, bpy.ops.ed.undo, bpy.ops.ed.redo))()
    yield 0.1


def change_editor(area: bpy.types.Area) -> Steps:
    area.ui_type = rng.choice(EDITORS)
    yield 0.2


def load_file(_: bpy.types.Area) -> Steps:
    press("Escape")  # with a popup open nobody can open a file, and Blender may crash where a script does
    yield 0.3
    if rng.random() < 0.7:
        bpy.ops.wm.open_mainfile(filepath=REQUEST["blend"])
    else:
        bpy.ops.wm.read_homefile(use_empty=rng.random() < 0.5)
    yield 0.5


def capture(area: bpy.types.Area) -> Steps:
    tell_service("switch", credits=rng.choice((0, None, None)))
    tell_service("release")
    if rng.random() < 0.3:
        tell_service("hold", status="processing")
    with contextlib.suppress(Exception):  # there may be no strip or no character
        yield from start_capture(area)
    yield rng.choice((0.1, 0.5, 1.5))


def redo_panel(area: bpy.types.Area) -> Steps:
    region = view_of(area)
    point_at(region.x + region.width * 0.3, region.y + region.height * 0.5)
    yield 0.06
    press(rng.choice(("F9", "F3")))
    yield 0.2
    press("Escape")
    yield 0.1


ACTS: dict[Callable[[bpy.types.Area], Steps], float] = {
    click_somewhere: 50,
    click_and_answer: 15,
    double_click_and_type: 5,
    scroll: 10,
    select: 8,
    trim: 3,
    change_mode: 2,
    undo_or_redo: 5,
    change_editor: 3,
    load_file: 1,
    capture: 3,
    redo_panel: 2,
}
"""By how often each is done."""

if __name__ == "__main__":
    main(globals())
