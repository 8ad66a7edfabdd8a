"""The sidebar in each state that it can be in, to be looked at or compared; see `hands.py`."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from drive_sidebars import use_theme, widen
from hands import (
    HIGH_UP,
    REQUEST,
    REST_SEC,
    SHOTS,
    Steps,
    answer,
    area_of,
    call_of_button,
    find_button,
    main,
    open_panel,
    open_tab,
    over_the_view,
    point_at,
    press,
    session,
    settle_soon,
    sidebar_of,
    start_capture,
    states,
    tell_service,
    view_of,
    window,
    write_console,
)

ADDON = "bl_ext.user_default.aimocap_blender"
STAY = ("edit_range", "keep_character", "check_video", "preview_motion", "capture_motion")
"""Buttons that stay where they are whatever becomes of captures."""
FIRST = 0.2
"""Part of the width at which the first button below the list of captures is."""


def all_states() -> Steps:
    """Picture what there is before a capture, bring all captures about, then picture each state, or compare places."""
    write_console(REQUEST["console"])
    area, system, view = area_of("VIEW_3D"), bpy.context.preferences.system, bpy.context.preferences.view
    preferences().api_key = REQUEST["key"]
    use_theme(REQUEST["theme"])
    system.viewport_aa, view.ui_scale = "OFF", REQUEST["scale"]
    view.language = REQUEST["language"]
    area.spaces.active.overlay.show_overlays = False  # quick to draw
    yield 0.5
    yield from open_tab(area)
    yield from widen(area, REQUEST["width"] * REQUEST["scale"])
    answer["width"], answer["jumped"] = sidebar_of(area).width / REQUEST["scale"], []
    if not REQUEST["pictures"]:
        yield from make_captures(area)
        yield from in_state(area, "done")
        yield from compare_places(area)
        return
    for name in BEFORE:
        yield from in_state(area, name)
        yield from pictured(sidebar_of(area), name)
    yield from make_captures(area)
    for name in STATES:
        yield from in_state(area, name)
        yield from pictured(sidebar_of(area), name)
    yield from in_state(area, "done")
    yield from redo(area)
    for name in ("bones", "options"):
        open_panel(name, "sequence_editor")
    area.ui_type = "SEQUENCE_EDITOR"
    yield 0.5
    yield from open_tab(area)
    yield from widen(area, REQUEST["width"] * REQUEST["scale"])
    yield from pictured(sidebar_of(area), "opened")


def make_captures(area: bpy.types.Area) -> Steps:
    """One that failed, one that was refused, one that is done, one that was stopped, one that runs."""
    tell_service("switch", polls=["failed"])
    yield from start_capture(area)
    yield lambda: bool(states()) and session().captures.runner.captures()[0].checking_until is not None
    session().captures.runner.stop_following(session().captures.runner.captures()[0].id)
    yield lambda: states() == ["failed"]
    tell_service("switch", polls=["processing", "completed"], credits=0)
    settle_soon()
    yield from start_capture(area)
    yield lambda: states()[:1] == ["rejected"]
    tell_service("switch", credits=None)
    yield from start_capture(area)
    yield lambda: states()[:1] == ["done"] and bool(session().application.notes)
    tell_service("hold", status="processing")
    for count in (4, 5):
        yield from start_capture(area)
        yield lambda count=count: len(states()) == count and states()[:1] == ["running"]
        if count == 4:
            session().captures.runner.stop_following(session().captures.runner.captures()[0].id)
            yield lambda: not session().captures.runner.captures()[0].followed


def usual() -> None:
    """As it is while somebody captures."""
    bpy.context.preferences.system.use_online_access = True
    preferences().api_key = REQUEST["key"]
    window().scene = next(scene for scene in bpy.data.scenes if scene.sequence_editor)
    for other in set(bpy.data.scenes) - {window().scene}:
        bpy.data.scenes.remove(other)
    scene, layer = window().scene, window().view_layer
    scene.aimocap.target = "DEFAULT"
    scene.aimocap.upload = "AUTO"
    strips = scene.sequence_editor
    strips.active_strip = next(iter(strips.sequences if hasattr(strips, "sequences") else strips.strips))
    character = next(thing for thing in scene.objects if thing.type == "ARMATURE" and thing.name == "Mannequin")
    for thing in scene.objects:
        thing.select_set(thing == character)
    layer.objects.active = character


def first_run() -> None:
    window().scene = bpy.data.scenes.new("New")


def offline() -> None:
    bpy.context.preferences.system.use_online_access = False


def no_key() -> None:
    preferences().api_key = ""


def no_video() -> None:
    window().scene.sequence_editor.active_strip = None


def no_character() -> None:
    for thing in window().scene.objects:
        thing.select_set(False)
    window().view_layer.objects.active = None


def range_alone() -> None:
    window().scene.aimocap.upload = "TRIMMED_CLIP"


def robot() -> None:
    """A motion with faults on a Unitree G1, which was checked."""
    scene, layer = window().scene, window().view_layer
    scene.aimocap.target = "UNITREE_G1"
    rigs = [thing for thing in scene.objects if thing.type == "ARMATURE" and thing.name.startswith("Unitree")]
    area = area_of("VIEW_3D")
    view = next(region for region in area.regions if region.type == "WINDOW")
    with bpy.context.temp_override(window=window(), area=area, region=view):
        if not rigs:
            bpy.ops.aimocap.import_g1_motion(filepath=REQUEST["robot"])
            rigs = [layer.objects.active]
            bpy.ops.aimocap.check_g1_motion()
    for thing in scene.objects:
        thing.select_set(thing == rigs[0])
    layer.objects.active = rigs[0]


def doubtful() -> None:
    selected("done")()
    notes, words = session().application.notes, sys.modules[f"{ADDON}.takes.applying"]
    ((take, note),) = notes.items()
    foot = words.Text.of("right foot")
    warning = words.Text(words._UNDER, part=foot, cm=6.0, frame=21.0)
    notes[take] = replace(note, warning=warning, doubtful_bones=True, frame=21.0)


def many() -> None:
    """There are previews, too."""
    selected("done")()
    kept, manager = session().previews.kept, bpy.context.window_manager
    record = sys.modules[f"{ADDON}.takes.previews.kept"].PreviewRecord
    binding = session().take(manager.aimocap_captures[manager.aimocap_capture_index].name).binding.to_json()
    for number in range(MANY - len(states())):
        since = time.time() - HOUR_SEC * number
        kept.add(record(f"preview-{number}", "Take 1", "dance.mp4", (0.4 * number, 0.4 * number + 3.0), since, binding))
    sys.modules[f"{ADDON}.ui.capture.list"].update_list()


def selected(state: str, *, followed: bool = False) -> Callable[[], None]:
    """A capture in this state is selected in the list."""

    def select() -> None:
        manager = bpy.context.window_manager
        found = next(
            view for view in session().captures.runner.captures() if view.state == state and view.followed == followed
        )
        manager.aimocap_capture_index = manager.aimocap_captures.find(found.id)

    return select


BEFORE: dict[str, Callable[[], None]] = {"first_run": first_run, "ready": lambda: None}
STATES: dict[str, Callable[[], None]] = {
    "running": selected("running", followed=True),
    "done": selected("done"),
    "refused": selected("rejected"),
    "failed": selected("failed"),
    "stopped": selected("running"),
    "range": range_alone,
    "offline": offline,
    "no_key": no_key,
    "no_video": no_video,
    "no_character": no_character,
    "robot": robot,
    "doubtful": doubtful,
    "many": many,
}
OF_CAPTURES = ("running", "done", "refused", "failed", "stopped")


def in_state(area: bpy.types.Area, name: str) -> Steps:
    usual()
    for view in session().captures.runner.captures() if session() else ():
        if view.state == "blocked":  # as it was without a key before
            session().captures.runner.follow(view.id)
    yield lambda: "blocked" not in states()
    (BEFORE | STATES)[name]()
    for redrawn in area.regions:
        redrawn.tag_redraw()
    over_the_view(area)
    yield 0.2
    point_at(area.x + 60, area.y + 200)  # away from a message, which then goes
    yield 0.8


def redo(area: bpy.types.Area) -> Steps:
    """The panel that F9 opens after a capture was applied."""
    done = next(view.id for view in session().captures.runner.captures() if view.state == "done")
    with bpy.context.temp_override(window=window(), area=area, region=view_of(area)):
        bpy.ops.aimocap.apply_capture("EXEC_DEFAULT", True, capture_id=done)
    yield 0.5
    point_at(area.x + 200, area.y + area.height * HIGH_UP)  # where the panel opens whole
    yield 0.5
    press("F9")
    yield 1.0
    yield from pictured(view_of(area), "redo")


MOST_PICTURES = 5
"""Of one state: the time that has passed changes every second."""
MANY, HOUR_SEC = 16, 3600.0


def compare_places(area: bpy.types.Area) -> Steps:
    """Which buttons are elsewhere in another state of captures than they are in the first one."""
    places: dict[str, list[float]] = {}
    yield from find_all(area, places)
    for name in OF_CAPTURES:
        yield from in_state(area, name)
        if name == OF_CAPTURES[0]:
            yield from find_button(area, "aimocap.stop_following", below=places["capture_motion"][1], across=(FIRST,))
            places["first"] = answer["pointer"]
        for call, place in places.items():
            wanted = FIRST_CALLS[name] if call == "first" else call
            yield from is_at(area, wanted, place, f"{call} in {name}")


FIRST_CALLS = {
    "running": "stop_following",
    "done": "apply_capture",
    "refused": "wm.url_open",
    "failed": "check_again",
    "stopped": "follow_capture",
}


def find_all(area: bpy.types.Area, places: dict[str, list[float]]) -> Steps:
    """Find all buttons that stay."""
    for call in STAY:
        yield from find_button(area, call, across=(0.25, 0.6, 0.82, 0.9))
        places[call] = answer["pointer"]


def is_at(area: bpy.types.Area, call: str, place: list[float], name: str) -> Steps:
    seen = ""
    for nudge, rest in enumerate(REST_SEC):
        point_at(place[0] + nudge, place[1])
        yield rest
        seen = call_of_button(area, sidebar_of(area))
        if call in seen:
            return
    answer["jumped"].append([name, seen])


def pictured(region: bpy.types.Region, name: str) -> Steps:
    """The region alone, when what it shows has stopped moving."""
    height = REQUEST["screen"][1]
    part = f"{region.width}x{region.height}+{region.x}+{height - region.y - region.height}"
    theme, language = REQUEST["theme"].removeprefix("Blender_").lower(), REQUEST["language"].partition("_")[0]
    file = SHOTS / f"states_{theme}_{language}_{REQUEST['scale']:.0f}x_{name}_{REQUEST['width']}.png"
    before = b""
    for _ in range(MOST_PICTURES):
        picture = subprocess.Popen(["import", "-window", "root", "-crop", part, "+repage", f"rgb:{file}.rgb"])
        yield lambda picture=picture: picture.poll() is not None
        now = Path(f"{file}.rgb").read_bytes()
        if now == before:
            break
        before = now
        yield 0.3
    Path(f"{file}.rgb").unlink()
    picture = subprocess.Popen(["import", "-window", "root", "-crop", part, "+repage", str(file)])
    yield lambda: picture.poll() is not None


def preferences() -> bpy.types.AddonPreferences:
    return bpy.context.preferences.addons[ADDON].preferences


if __name__ == "__main__":
    main(globals())
