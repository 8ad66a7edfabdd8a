"""A person's hands in a real Blender: what the scenarios in `drive*.py` are made of.

A scenario runs in the window, one step a tick, and writes down what it saw: its script is started with --python, and
the request is the JSON file that AIMOCAP_WINDOW_REQUEST names. A test goes through the steps of its scenario by
`yield`: a number waits so many seconds, a function waits until it says True.
"""

import json
import os
import subprocess
import sys
import threading
import traceback
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import bpy

REQUEST = json.loads(Path(os.environ["AIMOCAP_WINDOW_REQUEST"]).read_text())
SHOTS = Path(REQUEST["screenshots"])
LONGEST_SEC = 240.0
STEP_PIXELS = 9

Steps = Iterator[float | Callable[[], bool]]

answer: dict[str, object] = {}
pictures: list[subprocess.Popen[bytes]] = []


def window() -> bpy.types.Window:
    return bpy.context.window_manager.windows[0]


def area_of(kind: str) -> bpy.types.Area:
    areas = [area for area in window().screen.areas if area.type == kind]
    return max(areas, key=lambda area: area.width * area.height)


def sidebar_of(area: bpy.types.Area) -> bpy.types.Region:
    return next(region for region in area.regions if region.type == "UI")


def view_of(area: bpy.types.Area) -> bpy.types.Region:
    return next(region for region in area.regions if region.type == "WINDOW")


def point_at(x: float, y: float) -> None:
    """Move the pointer to a place of the window, counted from its lower left corner as Blender counts."""
    screen_height = REQUEST["screen"][1]
    subprocess.run(["xdotool", "mousemove", str(int(x)), str(int(screen_height - 1 - y))], check=True)


def over_the_view(area: bpy.types.Area) -> tuple[float, float]:
    region = view_of(area)
    place = region.x + region.width * 0.3, region.y + region.height * 0.5
    point_at(*place)
    return place


def click() -> None:
    subprocess.run(["xdotool", "click", "1"], check=True)


def hold() -> None:
    """Press the mouse's button, and keep it down."""
    subprocess.run(["xdotool", "mousedown", "1"], check=True)


def let_go() -> None:
    """Let go of the mouse's button."""
    subprocess.run(["xdotool", "mouseup", "1"], check=True)


def press(key: str) -> None:
    subprocess.run(["xdotool", "key", key], check=True)


def shot(name: str) -> Path:
    """Picture the screen, beside what Blender goes on doing; into which file."""
    file = SHOTS / f"{REQUEST.get('name', REQUEST['scenario'])}_{name}.png"
    pictures.append(subprocess.Popen(["import", "-window", "root", str(file)]))
    return file


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
        for part in (0.45, 0.82):  # a row may hold two
            point_at(region.x + region.width * part, y)
            yield 0.04
            if call in call_of_button(area, region):
                answer.setdefault("buttons", []).append([area.type, call])
                answer["pointer"] = [region.x + region.width * part, y]
                return
        y -= STEP_PIXELS
    raise AssertionError(f"no button in the {area.type} sidebar calls {call}")


def call_of_button(area: bpy.types.Area, region: bpy.types.Region) -> str:
    """What the button under the pointer calls."""
    manager = bpy.context.window_manager
    manager.clipboard = ""
    with bpy.context.temp_override(window=window(), area=area, region=region):
        if bpy.ops.ui.copy_python_command_button.poll():
            bpy.ops.ui.copy_python_command_button()
    return manager.clipboard


def press_button(area: bpy.types.Area, call: str) -> Iterator[float]:
    """Find a button, and click it."""
    yield from find_button(area, call)
    click()
    yield 0.5


def type_in(text: str) -> Iterator[float]:
    """Replace what stands in the field under the pointer."""
    subprocess.run(["xdotool", "click", "--repeat", "2", "--delay", "60", "1"], check=True)
    yield 0.4
    press("ctrl+a")
    yield from write(text)


def write(text: str) -> Iterator[float]:
    """Into what has the keyboard; then Return."""
    subprocess.run(["xdotool", "type", "--delay", "20", text], check=True)
    yield 0.3
    press("Return")
    yield 0.5


def tell_service(command: str, **body: object) -> None:
    """Switch something in the stand-in service."""
    data = json.dumps(body).encode()
    urllib.request.urlopen(f"{REQUEST['control']}/{command}", data=data).close()  # noqa: S310 -- our own


def session() -> object:
    return sys.modules["bl_ext.user_default.aimocap_blender.session.session"].current()


def states() -> list[str]:
    current = session()
    return [view.state for view in current.runner.captures()] if current else []


def start_capture(area: bpy.types.Area) -> Iterator[float]:
    """Capture without the mouse, consent given."""
    yield from open_tab(area)
    addon = bpy.context.preferences.addons["bl_ext.user_default.aimocap_blender"]
    addon.preferences.consented_urls = REQUEST["service_url"]
    with bpy.context.temp_override(window=window(), area=area, region=sidebar_of(area)):
        known = len(states())
        bpy.ops.aimocap.capture_motion("INVOKE_DEFAULT")
    if known:
        yield from pay_again(known)


def pay_again(known: int) -> Iterator[float]:
    """Say yes to the question, however long it takes to come up, until there is one more capture than were known."""
    while len(states()) <= known:
        yield 1.0
        press("Return")


def write_console(file: str) -> None:
    """From now on, what Blender writes to its console goes into a file."""
    console = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(console, 1)
    os.dup2(console, 2)


def finish() -> None:
    for picture in pictures:
        picture.wait(20)
    Path(REQUEST["answer"]).write_text(json.dumps(answer))
    sys.stdout.flush()
    os._exit(0)


def run(steps: Steps) -> None:
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
    if host := os.environ.get("AIMOCAP_SHOWN_HOST"):  # in pictures for people, who know no stand-in
        sys.modules["bl_ext.user_default.aimocap_blender.ui.setup.preferences"].service_host = lambda: host
    timer = threading.Timer(LONGEST_SEC, watchdog)
    timer.daemon = True
    timer.start()
    run(scenarios[REQUEST["scenario"]]())
