"""A person's hands in a real Blender: runs in its window, one step a tick, and writes down what it saw.

Started with --python; the request is the JSON file that AIMOCAP_WINDOW_REQUEST names. A test goes through the steps
of its scenario by `yield`: a number waits so many seconds, a function waits until it says True.
"""

import json
import os
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import bpy

REQUEST = json.loads(Path(os.environ["AIMOCAP_WINDOW_REQUEST"]).read_text())
SHOTS = Path(REQUEST["screenshots"])
LONGEST_SEC = 150.0
STEP_PIXELS = 9

answer: dict[str, object] = {}
pictures: list[subprocess.Popen[bytes]] = []
gaps: list[tuple[str, float]] = []
"""What the capture was doing, and for how many seconds the main loop did not tick."""


def window() -> bpy.types.Window:
    return bpy.context.window_manager.windows[0]


def area_of(kind: str) -> bpy.types.Area:
    areas = [area for area in window().screen.areas if area.type == kind]
    return max(areas, key=lambda area: area.width * area.height)


def sidebar_of(area: bpy.types.Area) -> bpy.types.Region:
    return next(region for region in area.regions if region.type == "UI")


def point_at(x: float, y: float) -> None:
    """Move the pointer to a place of the window, counted from its lower left corner as Blender counts."""
    screen_height = REQUEST["screen"][1]
    subprocess.run(["xdotool", "mousemove", str(int(x)), str(int(screen_height - 1 - y))], check=True)


def click() -> None:
    subprocess.run(["xdotool", "click", "1"], check=True)


def press(key: str) -> None:
    subprocess.run(["xdotool", "key", key], check=True)


def shot(name: str) -> Path:
    """Picture the screen, beside what Blender goes on doing; into which file."""
    file = SHOTS / f"{REQUEST.get('name', REQUEST['scenario'])}_{name}.png"
    pictures.append(subprocess.Popen(["import", "-window", "root", str(file)]))
    return file


def view_of(area: bpy.types.Area) -> bpy.types.Region:
    return next(region for region in area.regions if region.type == "WINDOW")


def open_tab(area: bpy.types.Area) -> Iterator[float]:
    """Open the area's sidebar at the AIMoCap tab."""
    area.spaces.active.show_region_ui = True
    area.tag_redraw()
    yield 0.6
    sidebar_of(area).active_panel_category = "AIMoCap"
    area.tag_redraw()
    yield 0.6


def find_button(area: bpy.types.Area, call: str) -> Iterator[float]:
    """Move the pointer down the sidebar until it rests on the button that calls an operator."""
    region = sidebar_of(area)
    y = region.y + region.height - 30
    while y > region.y + 10:
        point_at(region.x + region.width * 0.45, y)
        yield 0.06
        window_manager = bpy.context.window_manager
        window_manager.clipboard = ""
        with bpy.context.temp_override(window=window(), area=area, region=region):
            if bpy.ops.ui.copy_python_command_button.poll():
                bpy.ops.ui.copy_python_command_button()
        if call in window_manager.clipboard:
            answer.setdefault("buttons", []).append([area.type, call])
            answer["pointer"] = [region.x + region.width * 0.45, y]
            return
        y -= STEP_PIXELS
    raise AssertionError(f"no button in the {area.type} sidebar calls {call}")


def session() -> object:
    return sys.modules["bl_ext.user_default.aimocap_blender.ui.following"].current()


def states() -> list[str]:
    current = session()
    return [view.state for view in current.runner.captures()] if current else []


def capture_by_mouse() -> Iterator[float | Callable[[], bool]]:
    """The main scenario: find the button, click, agree, wait until the motion is on the character."""
    kind = REQUEST["editor"]
    area = area_of("VIEW_3D")
    if kind == "SEQUENCE_EDITOR":
        area.ui_type = "SEQUENCE_EDITOR"
        yield 0.6
    else:
        with bpy.context.temp_override(area=area, region=view_of(area)):
            bpy.ops.view3d.view_selected()
    area = area_of(kind)
    yield from open_tab(area)
    yield 1.0
    shot("ready")
    yield from find_button(area, "aimocap.capture_motion")
    click()
    yield 1.0
    shot("consent")
    press("Return")
    yield lambda: bool(states())
    yield 1.5
    shot("following")
    yield lambda: states()[0] == "done" and bool(session().notes)
    yield 0.5
    shot("applied")
    answer["notes"] = [[note.sentence, note.failed] for note in session().notes.values()]
    rig = next(obj for obj in bpy.data.objects if obj.type == "ARMATURE" and obj.animation_data)
    answer["action"] = rig.animation_data.action.name
    answer["undo"] = [rig.name]
    with bpy.context.temp_override(window=window(), area=area):
        before = session().runner.captures()
        bpy.ops.ed.undo()
    yield 0.5
    rig = bpy.data.objects.get(answer["undo"][0])
    answer["action_after_undo"] = bool(rig and rig.animation_data and rig.animation_data.action)
    answer["captures"] = len(before)


def measure_gaps() -> Iterator[float | Callable[[], bool]]:
    """A capture while the time between ticks is taken, by what the capture does; first, without any capture."""
    area = area_of("VIEW_3D")
    yield from open_tab(area)
    bpy.context.scene.aimocap.target = REQUEST["target"]
    yield 2.0
    watch_gaps()
    for _ in range(30):  # the sidebar drawn as often as a capture draws it
        sidebar_of(area).tag_redraw()
        yield 0.1
    yield from start_capture(area)
    yield lambda: bool(states()) and states()[0] == "done" and bool(session().notes)
    yield 0.5
    longest: dict[str, float] = {}
    for phase, gap in gaps:
        longest[phase] = max(longest.get(phase, 0.0), gap)
    answer["longest"] = longest


def repeat_and_redo() -> Iterator[float | Callable[[], bool]]:
    """After a capture: Repeat Last, and another choice in the redo panel."""
    area = area_of("VIEW_3D")
    yield from start_capture(area)
    yield lambda: states()[0] == "done" and bool(session().notes)
    yield 1.0
    answer["last_operators"] = [operator.bl_idname for operator in bpy.context.window_manager.operators]
    over_the_view(area)
    press("shift+r")
    yield 1.5
    place = over_the_view(area)
    press("F9")
    yield 1.0
    answer["locked"] = [bpy.context.window_manager.operators[-1].properties.lock_feet]
    point_at(place[0] + 137, place[1] - 188)  # Lock Feet, the sixth choice in the panel that opens at the pointer
    yield 0.4
    shot("redo_panel")
    click()
    yield 1.5
    answer["locked"].append(bpy.context.window_manager.operators[-1].properties.lock_feet)
    answer["actions"] = [found.name for found in bpy.data.actions]
    answer["assets"] = [found.name for found in bpy.data.actions if found.asset_data is not None]


def auto_save() -> Iterator[float | Callable[[], bool]]:
    """A job that the service works on for minutes: Blender goes on saving by itself."""
    paths = bpy.context.preferences.filepaths
    paths.use_auto_save_temporary_files = True
    paths.auto_save_time = 1
    folder = Path(bpy.app.tempdir).parent
    before = set(folder.glob("*_autosave.blend"))
    yield from start_capture(area_of("VIEW_3D"))
    yield lambda: states() == ["running"]
    bpy.context.scene.cursor.location.x = 1.0
    bpy.ops.ed.undo_push(message="a change to save")
    yield lambda: set(folder.glob("*_autosave.blend")) - before
    answer["saved"] = sorted(str(file) for file in set(folder.glob("*_autosave.blend")) - before)
    answer["state"] = states()
    for file in answer["saved"]:
        Path(file).unlink()


def leave_in_the_middle() -> Iterator[float | Callable[[], bool]]:
    """Blender is gone, without a word, while the service works; the driver's end is no ordinary end of Blender."""
    yield from start_capture(area_of("VIEW_3D"))
    yield lambda: states() == ["running"]
    answer["state"] = states()


def come_back() -> Iterator[float | Callable[[], bool]]:
    """The file is open again, and nobody presses anything."""
    yield lambda: states() == ["done"] and bool(session().notes)
    answer["notes"] = [[note.sentence, note.failed] for note in session().notes.values()]
    rig = next(obj for obj in bpy.data.objects if obj.type == "ARMATURE")
    answer["action"] = rig.animation_data.action.name


def start_capture(area: bpy.types.Area) -> Iterator[float]:
    """Capture without the mouse, consent given."""
    yield from open_tab(area)
    addon = bpy.context.preferences.addons["bl_ext.user_default.aimocap_blender"]
    addon.preferences.consented_urls = REQUEST["service_url"]
    with bpy.context.temp_override(window=window(), area=area, region=sidebar_of(area)):
        bpy.ops.aimocap.capture_motion("INVOKE_DEFAULT")


def over_the_view(area: bpy.types.Area) -> tuple[float, float]:
    region = view_of(area)
    place = region.x + region.width * 0.3, region.y + region.height * 0.5
    point_at(*place)
    return place


def watch_gaps() -> None:
    """Note the time between ticks of the main loop, and what the capture was doing at its end."""
    last = [time.perf_counter()]

    def tick() -> float:
        now = time.perf_counter()
        gaps.append((phase(), now - last[0]))
        last[0] = now
        return 0.005

    bpy.app.timers.register(tick, persistent=True)


def phase() -> str:
    here = states()
    if not here:
        return "no capture"
    if here[0] != "done":
        return here[0]
    return "applied" if session().notes else "motion being read"


def finish() -> None:
    for picture in pictures:
        picture.wait(20)
    Path(REQUEST["answer"]).write_text(json.dumps(answer))
    sys.stdout.flush()
    os._exit(0)


def run(steps: Iterator[float | Callable[[], bool]]) -> None:
    waiting: list[Callable[[], bool]] = []

    def tick() -> float:
        try:
            while not waiting or waiting[0]():
                waiting.clear()
                wanted = next(steps)
                if callable(wanted):
                    waiting.append(wanted)
                else:
                    return wanted
        except StopIteration:
            finish()
        except BaseException:  # noqa: BLE001 -- the driver's own fault is an answer too
            answer["error"] = traceback.format_exc()
            shot("error")
            finish()
        return 0.05

    bpy.app.timers.register(tick, first_interval=2.0, persistent=True)


def watchdog() -> None:
    answer["error"] = "the scenario took too long"
    shot("stuck")
    finish()


def main(scenarios: dict[str, object]) -> None:
    """Play the request's scenario, one of these."""
    timer = threading.Timer(LONGEST_SEC, watchdog)
    timer.daemon = True
    timer.start()
    run(scenarios[REQUEST["scenario"]]())


if __name__ == "__main__":
    main(globals())
