"""A person's hands in a real Blender: what the scenarios in `drive*.py` are made of.

A scenario runs in the window, one step a tick, and writes down what it saw: its script is started with --python, and
the request is the JSON file that AIMOCAP_WINDOW_REQUEST names. A test goes through the steps of its scenario by
`yield`: a number waits so many seconds, a function waits until it says True.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
import traceback
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from screen_dump import pixels_of

REQUEST = json.loads(Path(os.environ["AIMOCAP_WINDOW_REQUEST"]).read_text())
SHOTS = Path(REQUEST["screenshots"])
KEEPS_PICTURES = "AIMOCAP_SCREENSHOTS" in os.environ
ADDON = "bl_ext.user_default.aimocap_blender"
KNOWN = Path(REQUEST["known"])
"""A file that goes from one scenario to the next."""
LONGEST_SEC = 420.0
STEP_PIXELS = 16
"""Less than a button is high."""
REST_SEC = (0.04, 0.2, 0.8)
"""How long the pointer rests on each place, from one search of a sidebar to the next."""
DEFAULT_BUTTON, DIALOG = (71, 114, 179), (24, 24, 24)
"""Colours of the usual theme."""
LEAST_BUTTON = 150
OTHER_COLUMN = 150.0
BELOW_AN_ANSWER = 26
"""Pixels from an answer of a dialog to the next one."""
ONLINE_ABOVE, KEY_ABOVE, CHECK_ABOVE = 229, 170, 147
"""Pixels from the answers of the dialog that sets the service up to what is in it."""
DIALOG_PIXELS = 480
HIGH_UP = 0.75
"""Part of the viewport's height at which the redo panel fits below the pointer."""
SCROLLS = 40
"""Steps that any sidebar of the tests ends within."""

Steps = Iterator[float | Callable[[], bool]]

answer: dict[str, object] = {}
seen: dict[str, dict[str, tuple[float, float]]] = json.loads(KNOWN.read_text()) if KNOWN.exists() else {}
"""In which part of the width, and how far below the top, a kind of area's sidebar had buttons and fields."""
pictures: list[subprocess.Popen[bytes]] = []
opened: list[type[bpy.types.Panel]] = []
"""Panels that a scenario has open from the start, and the next one hasn't."""
waiting: list[Callable[[], bool]] = []
"""Conditions that the scenario waits for."""


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
    place = region.x + region.width * 0.3, region.y + region.height * HIGH_UP
    point_at(*place)
    return place


def click() -> None:
    count_click()
    subprocess.run(["xdotool", "click", "1"], check=True)


def confirm() -> None:
    """Press Return in place of a click on the button that it stands for."""
    count_click()
    press("Return")


def count_click() -> None:
    answer["clicks"] = answer.get("clicks", 0) + 1


@contextlib.contextmanager
def detour() -> Iterator[None]:
    """Clicks that nobody needs on the shortest way don't count."""
    before = answer.get("clicks", 0)
    yield
    answer["clicks"] = before


def hold() -> None:
    """Press the mouse's button, and keep it down."""
    subprocess.run(["xdotool", "mousedown", "1"], check=True)


def let_go() -> None:
    """Let go of the mouse's button."""
    subprocess.run(["xdotool", "mouseup", "1"], check=True)


def press(key: str) -> None:
    subprocess.run(["xdotool", "key", key], check=True)


def shot(name: str, *, read: bool = KEEPS_PICTURES, part: tuple[int, int, int, int] | None = None) -> Path:
    """Picture the screen, beside what Blender goes on doing, if anybody reads it; into which file.

    A part of it is counted from the upper left corner: left, top, width and height.
    """
    file = SHOTS / f"{REQUEST.get('name', REQUEST['scenario'])}_{name}.png"
    if read:
        crop = ["-crop", "{2}x{3}+{0}+{1}".format(*part), "+repage"] if part else []
        pictures.append(subprocess.Popen(["import", "-window", "root", *crop, str(file)]))
    return file


def taken() -> bool:
    """Whether no picture is still being taken."""
    return all(picture.poll() is not None for picture in pictures)


def open_tab(area: bpy.types.Area) -> Iterator[float]:
    """Open the area's sidebar at the AIMoCap tab."""
    area.spaces.active.show_region_ui = True
    area.tag_redraw()
    yield 0.6
    sidebar_of(area).active_panel_category = "AIMoCap"
    area.tag_redraw()
    yield 0.6


def scroll_to_end(area: bpy.types.Area) -> Iterator[float]:
    """Scroll the sidebar to its last panel, which a window of this height need not show."""
    with bpy.context.temp_override(window=window(), area=area, region=sidebar_of(area)):
        for _ in range(SCROLLS):  # one step each, whatever distance is given
            bpy.ops.view2d.scroll_down()
    yield 0.6


def find_button(
    area: bpy.types.Area, call: str, *, below: float | None = None, across: tuple[float, ...] = (0.3, 0.82)
) -> Steps:
    """Move the pointer over the sidebar, or below a height, until it rests on the button that calls an operator.

    Without a hint it goes down at each of these parts of the width in turn, as a row may hold two.
    """
    yield from look_for(area, call, call_of_button, below=below, across=across)
    answer.setdefault("buttons", []).append([area.type, call])


def call_of_button(area: bpy.types.Area, region: bpy.types.Region) -> str:
    """The call of the button under the pointer."""
    return copied(area, region, bpy.ops.ui.copy_python_command_button)


def find_field(area: bpy.types.Area, name: str, *, across: tuple[float, ...] = (0.3, 0.7)) -> Steps:
    """Move the pointer over the sidebar until it rests on the field of a property."""
    yield from look_for(area, name, path_of_field, across=across)
    answer.setdefault("fields", []).append(name)


def path_of_field(area: bpy.types.Area, region: bpy.types.Region) -> str:
    """Which property the field under the pointer is of."""
    return copied(area, region, bpy.ops.ui.copy_data_path_button)


def copied(area: bpy.types.Area, region: bpy.types.Region, copy: Any) -> str:
    """The text that an operator copies from under the pointer; nothing where there is nothing."""
    manager = bpy.context.window_manager
    manager.clipboard = ""
    with bpy.context.temp_override(window=window(), area=area, region=region):
        if copy.poll():
            copy()
    return manager.clipboard


def look_for(
    area: bpy.types.Area,
    wanted: str,
    read: Callable[[bpy.types.Area, bpy.types.Region], str],
    *,
    below: float | None = None,
    across: tuple[float, ...],
) -> Steps:
    """Move the pointer over the sidebar until what is read there contains what is wanted.

    The nearer to where it was seen before, in this scenario or another one, the sooner a place is tried: each costs a
    redraw. A busy machine may not have followed the pointer before it goes on: then all is gone through again, slower.
    """
    region = sidebar_of(area)
    # a button that the pointer came to while it was grey stays grey below it, and takes no click
    over_the_view(area)
    yield from settle(REST_SEC[0])
    top = region.y + region.height
    down = np.arange(top - 30 if below is None else below, region.y + 10, -STEP_PIXELS).tolist()
    places = [(part, y) for part in across for y in down]
    if below is None:
        hints = [(part, top - under) for text, (part, under) in seen.get(area.type, {}).items() if wanted in text]
        hints = [(part, y) for part, y in hints if part in across and region.y + 10 < y < top]
        if hints:
            places = sorted(hints + places, key=lambda place: min(far(place, hint) for hint in hints))
        if "pointer" in answer:  # the button there may be another one now
            x, y = answer["pointer"]
            places.insert(0, ((x - region.x) / region.width, y))
    for rest in REST_SEC:
        for part, y in places:
            point_at(region.x + region.width * part, y)
            yield from settle(rest)
            found = read(area, region)
            if found and part in across:
                seen.setdefault(area.type, {})[found] = (part, top - y)
            if wanted in found:
                yield REST_SEC[1]  # a window that lags behind still has the last place's
                if wanted in read(area, region):
                    answer["pointer"] = [region.x + region.width * part, y]
                    return
    raise AssertionError(f"nothing in the {area.type} sidebar is {wanted}")


def settle(rest: float) -> Steps:
    """Wait so long, and until events that have come by then are handled: a timer runs before them."""
    yield rest
    yield 0.0
    yield 0.0


def far(place: tuple[float, float], other: tuple[float, float]) -> float:
    """How unlikely what was at a place is at another one: rows move up and down, and hardly ever change columns."""
    return abs(place[1] - other[1]) + (0.0 if place[0] == other[0] else OTHER_COLUMN)


def press_button(area: bpy.types.Area, call: str, **where: Any) -> Steps:
    """Find a button, and click it."""
    yield from find_button(area, call, **where)
    click()
    yield 0.5


def open_panel(name: str, editor: str = "view_3d") -> None:
    """Have a panel of an editor's tab open when it is first drawn: a click on its header is Blender's own work."""
    panel = getattr(bpy.types, f"AIMOCAP_PT_{name}_{editor}")
    opened.append(panel)
    register_with(panel, {*panel.bl_options} - {"DEFAULT_CLOSED"})


def register_with(panel: type[bpy.types.Panel], options: set[str]) -> None:
    bpy.utils.unregister_class(panel)
    panel.bl_options = options
    bpy.utils.register_class(panel)


def in_dialog(above: int, across: float = 0.5) -> Steps:
    """Click in the dialog that sets the service up, so many pixels above its answers, a part of the width across."""
    left, right, y = default_button()
    wide = right - left if right - left > DIALOG_PIXELS / 2 else 2 * (right - left)
    point_at(right - wide * (1.0 - across), REQUEST["screen"][1] - 1 - y + above)
    yield from settle(0.4)
    click()
    yield from settle(0.5)


def allow_online() -> Steps:
    """Press its button in the dialog."""
    before = default_button()
    yield from in_dialog(ONLINE_ABOVE)
    yield lambda: bpy.app.online_access
    yield lambda: default_button() != before  # the dialog gets lower: a busy machine draws it late
    yield from settle(REST_SEC[-1])


def enter_key(key: str) -> Steps:
    """Type it into the dialog's field."""
    preferences = bpy.context.preferences.addons[ADDON].preferences
    yield from in_dialog(KEY_ABOVE)
    for rest in REST_SEC[1:]:
        press("ctrl+a")
        yield from settle(rest)
        yield from write(key)
        yield from settle(10 * rest)
        if preferences.api_key == key:
            break
        with detour():  # the field opened after a busy machine had lost the first letters
            yield from in_dialog(KEY_ABOVE)
    yield lambda: preferences.api_key == key
    yield from settle(0.5)


def check_key() -> Steps:
    """Press its button in the dialog, and wait for the service's answer."""
    check = sys.modules[f"{ADDON}.ui.setup.support"]._last_check
    check.subject = None
    yield from in_dialog(CHECK_ABOVE, 0.75)
    yield lambda: check.subject is not None
    subprocess.run(["xdotool", "mousemove_relative", "--", str(-DIALOG_PIXELS // 2), "0"], check=True)
    yield from settle(REST_SEC[-1])  # the pointer had the dialog drawn again, in one line more or less


def type_in(text: str) -> Iterator[float]:
    """Replace what stands in the field under the pointer."""
    count_click()
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


def has_thumbnails() -> bool:
    """Whether the panel shows frames of the active strip's range."""
    thumbnails = sys.modules[f"{ADDON}.ui.preview.thumbnail_strip"]._shown.thumbnails
    return not thumbnails.busy and any(thumbnails._made.values())


def is_at_work(operator: str) -> bool:
    """Whether a wait of this operator is shown."""
    return sys.modules[f"{ADDON}.ui.text.modal_work"].wait_for(f"aimocap.{operator}") is not None


@contextlib.contextmanager
def file_chosen(operator: str) -> Iterator[None]:
    """Have the file that this operator asks for chosen, in the call of it that is made in the block."""
    waits = sys.modules[f"{ADDON}.ui.text.modal_work"]._waits
    waits.again = f"aimocap.{operator}"
    yield
    waits.again = ""


def session() -> object:
    return sys.modules[f"{ADDON}.takes.session"].current_session()


def settle_soon() -> None:
    """Have a refusal believed after a second of looks, where a user waits for two minutes."""
    stepping = session().captures.runner._stepping
    object.__setattr__(stepping, "timing", replace(stepping.timing, settle_sec=1.0))


def states() -> list[str]:
    current = session()
    return [view.state for view in current.captures.runner.captures()] if current else []


def start_capture(area: bpy.types.Area) -> Iterator[float]:
    """Capture without the mouse, consent given."""
    yield from open_tab(area)
    addon = bpy.context.preferences.addons[ADDON]
    addon.preferences.consented_urls = REQUEST["service_url"]
    with bpy.context.temp_override(window=window(), area=area, region=sidebar_of(area)):
        bpy.ops.aimocap.capture_motion("INVOKE_DEFAULT", agreed=agreed())


def agreed() -> str:
    """The agreement to any question about the active strip."""
    return sys.modules[f"{ADDON}.ui.capture.before_capture"].agreement(planned())


def planned() -> list[Any]:
    """The captures that a press for the active strip begins."""
    wishes = bpy.context.scene.aimocap.wishes()
    return sys.modules[f"{ADDON}.takes.captures.planning"].plan_captures(bpy.context, wishes)


def choose(answer: int, *, return_cancels: bool = False) -> Iterator[float]:
    """Click an answer of the dialog that is open; the first one stands to the right of Cancel, the others below."""
    yield from asked()
    left, right, y = default_button()
    if return_cancels:
        left, right = right, 2 * right - left
    point_at((left + right) / 2, REQUEST["screen"][1] - 1 - y - answer * BELOW_AN_ANSWER)
    yield 0.3
    click()
    yield 0.5


def asked() -> Iterator[float]:
    """Wait until a dialog is drawn: a key or a click before that is lost on a busy machine."""
    while True:
        yield 0.5
        with contextlib.suppress(AssertionError):
            default_button()
            return


def default_button() -> tuple[int, int, int]:
    """Left and right end, and the middle from above, of the button that Return presses: the one that is coloured."""
    pixels = screen_pixels()
    coloured, dialog = (near(pixels, colour) for colour in (DEFAULT_BUTTON, DIALOG))
    for y in np.flatnonzero(coloured.sum(axis=1) > LEAST_BUTTON).tolist():
        left, length = longest_run(coloured[y])
        if length > LEAST_BUTTON and dialog[y, left - 5] and dialog[y, left + length + 4]:  # no list's selected row
            return left, left + length, y + 8
    raise AssertionError("no dialog is open")


def near(pixels: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Which pixels have a colour, but for a rounding of up to two steps."""
    least = np.array(colour, np.uint8) - 2
    return (pixels - least <= 4).all(axis=2)  # what is below wraps around to far above


def screen_pixels() -> np.ndarray:
    """The screen as it is now: rows from above × columns × (red, green, blue)."""
    return pixels_of(Path(REQUEST["pixels"]))


def longest_run(row: np.ndarray) -> tuple[int, int]:
    """Where the longest run of True begins, and its length."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], row, [False])).astype(int)))
    lengths = edges[1::2] - edges[::2]
    return (int(edges[::2][lengths.argmax()]), int(lengths.max())) if len(lengths) else (0, 0)


def write_console(file: str) -> None:
    """From now on, what Blender writes to its console goes into a file."""
    console = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(console, 1)
    os.dup2(console, 2)


def finish() -> None:
    for picture in pictures:
        picture.wait(20)
    Path(REQUEST["answer"]).write_text(json.dumps(answer))
    KNOWN.write_text(json.dumps(seen))
    sys.stdout.flush()
    os._exit(0)


def run(steps: Steps) -> None:
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
            shot("error", read=True)
            finish()
        return 0.05

    bpy.app.timers.register(tick, first_interval=2.0, persistent=True)


def watchdog() -> None:
    frames = {thread: traceback.format_stack(frame) for thread, frame in sys._current_frames().items()}
    answer["error"] = f"the scenario took too long; it waits for {waiting}, and the threads are in {frames}"
    shot("stuck", read=True)
    finish()


def in_turn(scenarios: list[Callable[[], Steps]]) -> Steps:
    """Each in the file as it was saved; the answer has what each saw by its name."""
    seen_in: dict[str, object] = {}
    file = bpy.data.filepath
    for scenario in scenarios:
        if seen_in:
            for panel in opened:
                register_with(panel, {*panel.bl_options, "DEFAULT_CLOSED"})
            opened.clear()
            bpy.ops.wm.open_mainfile(filepath=file)
            yield 1.0
        REQUEST["name"] = scenario.__name__
        yield from scenario()
        seen_in[scenario.__name__] = dict(answer)
        answer.clear()
    answer.update(seen_in)


def main(scenarios: dict[str, Any]) -> None:
    """Play the request's scenario, one of these, or several."""
    if host := os.environ.get("AIMOCAP_SHOWN_HOST"):  # in pictures for people, who know no stand-in
        sys.modules[f"{ADDON}.ui.setup.preferences"].service_host = lambda: host
    if not KEEPS_PICTURES:  # without a graphics card these are half of what a window costs
        bpy.context.preferences.system.viewport_aa = "OFF"
        bpy.context.preferences.system.use_region_overlap = False
    timer = threading.Timer(LONGEST_SEC, watchdog)
    timer.daemon = True
    timer.start()
    wanted = REQUEST["scenario"]
    run(scenarios[wanted]() if isinstance(wanted, str) else in_turn([scenarios[name] for name in wanted]))
