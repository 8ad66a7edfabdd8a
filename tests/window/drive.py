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
LONGEST_SEC = 240.0
STEP_PIXELS = 9

answer: dict[str, object] = {"log": []}
gaps: list[float] = []


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


def shot(name: str) -> None:
    file = SHOTS / f"{REQUEST['name']}_{name}.png"
    subprocess.run(["import", "-window", "root", str(file)], check=True)


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
    area = area_of(kind)
    yield from open_tab(area)
    yield 1.0
    shot("ready")
    yield from find_button(area, "aimocap.capture_motion")
    watch_gaps()
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
    answer["gap"] = max(gaps[1:])
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


def redo_and_repeat() -> Iterator[float | Callable[[], bool]]:
    """After a capture: the redo panel's choices and Repeat Last go through apply_capture, and send nothing."""
    yield from capture_by_mouse()


def watch_gaps() -> None:
    """Note the time between ticks of the main loop."""
    last = [time.perf_counter()]

    def tick() -> float:
        now = time.perf_counter()
        gaps.append(now - last[0])
        last[0] = now
        return 0.005

    bpy.app.timers.register(tick, persistent=True)


def finish() -> None:
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
        except BaseException:  # the driver's own fault is an answer too
            answer["error"] = traceback.format_exc()
            shot("error")
            finish()
        return 0.05

    bpy.app.timers.register(tick, first_interval=2.0, persistent=True)


def watchdog() -> None:
    answer["error"] = "the scenario took too long"
    shot("stuck")
    finish()


timer = threading.Timer(LONGEST_SEC, watchdog)
timer.daemon = True
timer.start()
run({"capture_by_mouse": capture_by_mouse}[REQUEST["scenario"]]())
