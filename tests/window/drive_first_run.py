"""Somebody who has just installed the zip: mouse and keyboard alone, from nothing to a motion; see `hands.py`."""

import subprocess
import sys
from pathlib import Path

import bpy
from bpy_extras.view3d_utils import location_3d_to_region_2d

sys.path.insert(0, str(Path(__file__).parent))
from drawn_labels import note_labels, press_label
from hands import (
    REQUEST,
    Steps,
    allow_online,
    answer,
    area_of,
    check_key,
    choose,
    click,
    confirm,
    count_click,
    detour,
    enter_key,
    find_button,
    find_field,
    has_thumbnails,
    hold,
    let_go,
    main,
    over_the_view,
    point_at,
    press,
    press_button,
    scroll_to_end,
    session,
    settle_soon,
    shot,
    sidebar_of,
    states,
    tell_service,
    type_in,
    view_of,
    window,
    write,
)

ROOT_MOTION, CONTACTS, KEYFRAMES = -96, -119, -188
"""Pixels from the pointer to rows of the redo panel that opens there."""
FIRST_FRAME = "10"
"""Of the range that is captured."""
FIRST_FILE, ROW = 35, 20
"""Pixels from the top of a file browser's list to its first file, and from one to the next."""


def first_run() -> Steps:
    """All of it, in the order in which it comes."""
    labels = note_labels()
    yield from open_the_tab()
    yield 0.5
    shot("first")
    with detour():
        yield from find_button(area_of("VIEW_3D"), "aimocap.open_sample")
    yield from open_a_video()
    with detour():
        yield from choose_the_character()
        for call in ("aimocap.check_video", "aimocap.preview_motion"):
            yield from find_button(area_of("VIEW_3D"), call)
        for field in ("range_end", "range_start"):
            yield from find_field(area_of("VIEW_3D"), field)
        place = answer["pointer"]
        over_the_view(area_of("VIEW_3D"))
        yield has_thumbnails
        yield 0.5
        shot("ready")
        point_at(*place)
        yield 0.3
        yield from type_in(FIRST_FRAME)  # all of the film would do
    yield from capture_with_a_pause()
    yield from choose_otherwise()
    yield from run_out_of_credits()
    yield from lose_the_network()
    yield from drop_files()
    answer["labels"] = labels


def open_the_tab() -> Steps:
    """The sidebar by its key, then the tab by a click on it."""
    over_the_view(area_of("VIEW_3D"))
    press("n")
    yield lambda: sidebar_of(area_of("VIEW_3D")).width > 100
    region = sidebar_of(area_of("VIEW_3D"))
    y = region.y + region.height - 20
    while region.active_panel_category != "AIMoCap":
        assert y > region.y, "no tab AIMoCap"
        point_at(region.x + region.width - 10, y)
        yield 0.1
        with detour():
            click()
        yield 0.1
        y -= 15
    count_click()  # the last of them


def open_a_video() -> Steps:
    """By the button, in the file browser that it opens."""
    yield from press_label(area_of("VIEW_3D"), "Open…")
    yield 1.0
    files = view_of(area_of("FILE_BROWSER"))
    point_at(files.x + files.width * 0.5, files.y + files.height * 0.5)
    press("ctrl+f")
    yield 0.5
    yield from write("dance")
    yield 1.0
    point_at(files.x + 60, files.y + files.height - FIRST_FILE)
    yield 0.3
    click()
    yield 0.5
    shot("choose_video")
    confirm()
    yield lambda: bool(window().scene.sequence_editor)
    yield 1.0
    answer["chosen"] = window().view_layer.objects.active.name
    answer["in_viewport"] = [thing.name for thing in window().scene.objects if thing.type == "EMPTY"]


def choose_the_character() -> Steps:
    """By a click on it, though it is the only one."""
    yield has_thumbnails
    area = area_of("VIEW_3D")
    region = view_of(area)
    area.spaces.active.region_3d.view_distance /= 2.0  # so near that the pointer hits the mesh and no bone
    yield 0.5
    chest = location_3d_to_region_2d(region, area.spaces.active.region_3d, (0.0, 0.0, 1.1))
    point_at(region.x + chest.x, region.y + chest.y)
    yield 0.3
    click()
    yield 0.5
    answer["character"] = window().view_layer.objects.active.name


def capture_with_a_pause() -> Steps:
    """Agreed to, stopped while the service works, and followed again to its end."""
    tell_service("hold", status="processing")
    yield from press_label(area_of("VIEW_3D"), "Capture Motion")
    yield 0.5
    shot("offline")
    yield from allow_online()
    answer["online"] = bpy.app.online_access
    shot("no_key")
    with detour():
        yield from enter_key("sk-wrong")
        yield from check_key()
        shot("refused_key")
    yield from enter_key(REQUEST["key"])
    with detour():
        yield from check_key()
    shot("accepted_key")
    confirm()
    yield lambda: states() == ["running"]
    yield 1.5
    shot("working")
    with detour():
        yield from press_button(area_of("VIEW_3D"), "aimocap.stop_following")
        yield 1.0
        shot("stopped")
        answer["stopped"] = [view.followed for view in session().captures.runner.captures()]
        tell_service("release")
        yield from press_button(area_of("VIEW_3D"), "aimocap.follow_capture")
    yield lambda: states() == ["done"] and bool(session().application.notes)
    answer["clicks_to_motion"] = answer["clicks"]
    yield 1.0
    shot("applied")
    yield from find_button(area_of("VIEW_3D"), "aimocap.apply_capture")
    answer["notes"] = [[note.sentence, note.failed] for note in session().application.notes.values()]


def choose_otherwise() -> Steps:
    """By Repeat Last, then in the redo panel: each change puts the motion on anew, in place."""
    actions = sorted(action.name for action in bpy.data.actions)
    x, y = over_the_view(area_of("VIEW_3D"))
    press("shift+r")
    yield 1.5
    answer["repeated"] = [operator.bl_idname for operator in bpy.context.window_manager.operators]
    press("F9")
    yield 1.0
    shot("redo_panel")
    for row, button in ((ROOT_MOTION, "5"), (KEYFRAMES, "4")):
        point_at(x + 220, y + row)
        yield 0.4
        subprocess.run(["xdotool", "keydown", "ctrl", "click", button, "keyup", "ctrl"], check=True)
        yield 1.5
    point_at(x + 137, y + CONTACTS)
    yield 0.4
    click()
    yield 0.6
    press("o")  # Off
    yield 1.5
    shot("redone")
    chosen = bpy.context.window_manager.operators[-1].properties
    answer["redone"] = [chosen.root_motion, chosen.sampling, chosen.contacts]
    answer["actions_the_same"] = sorted(action.name for action in bpy.data.actions) == actions
    over_the_view(area_of("VIEW_3D"))
    point_at(area_of("VIEW_3D").x + 200, area_of("VIEW_3D").y + 100)
    yield 0.5


def run_out_of_credits() -> Steps:
    """The service refuses the next one, which a message tells."""
    tell_service("switch", credits=0)
    settle_soon()
    yield from press_button(area_of("VIEW_3D"), "aimocap.capture_motion")
    yield from choose(1)
    yield lambda: len(states()) == 2 and states()[:1] == ["rejected"]
    yield 1.5
    shot("no_credits")
    answer["refused"] = session().captures.runner.captures()[0].what
    tell_service("switch", credits=None)
    over_the_view(area_of("VIEW_3D"))  # away from the message
    yield 1.0


def lose_the_network() -> Steps:
    """The refused one is tried again, and all connections are reset for a while."""
    tell_service("faults", step="*", reset=True, times=None)
    yield from scroll_to_end(area_of("VIEW_3D"))
    yield from press_button(area_of("VIEW_3D"), "aimocap.try_again")
    yield from choose(1)
    yield lambda: len(states()) == 3 and bool(session().captures.runner.captures()[0].trouble)
    yield 1.5
    shot("no_network")
    answer["lost"] = session().captures.runner.captures()[0].what
    tell_service("clear_faults")
    yield lambda: states()[:1] == ["done"] and len(session().application.notes) == 2
    yield 1.0
    shot("network_again")


def drop_files() -> Steps:
    """Dragged from a file browser into the viewport: first one that has no motion, then a robot's."""
    browser = area_of("PROPERTIES")
    browser.ui_type = "FILES"
    yield 1.0
    browser.spaces.active.show_region_toolbar = browser.spaces.active.show_region_ui = False
    params = browser.spaces.active.params
    params.directory = str(Path(REQUEST["robot"]).parent).encode()
    params.use_filter = False
    params.display_type = "LIST_VERTICAL"
    yield 1.0
    answer["wrong"] = wrong = note_refusals()
    before = everything()
    yield from drop(browser, 0)
    yield lambda: bool(wrong)
    yield 0.5
    shot("wrong_file")
    answer["wrong_adds"] = sorted(everything() - before)
    yield from drop(browser, 1)
    yield lambda: any(thing.name.startswith("Unitree G1") for thing in bpy.data.objects)
    yield 1.0
    shot("dropped")
    rigs = [thing.name for thing in bpy.data.objects if thing.type == "ARMATURE"]
    answer["robot"] = [name for name in rigs if name.startswith("Unitree G1")]


def drop(browser: bpy.types.Area, row: int) -> Steps:
    files, view = view_of(browser), view_of(area_of("VIEW_3D"))
    x, y = files.x + 50, files.y + files.height - FIRST_FILE - row * ROW
    point_at(x, y)
    yield 0.5
    hold()
    yield 0.2
    for part in (0.02, 0.3, 0.6, 1.0):
        point_at(x + part * (view.x + view.width * 0.3 - files.x), y)
        yield 0.2
    yield 0.5
    let_go()


def note_refusals() -> list[str]:
    """From now on, what is said of a file that can't be imported."""
    said: list[str] = []
    module = sys.modules["bl_ext.user_default.aimocap_blender.ui.g1.files"]
    notify = module.notify

    def noted(title: str, sentence: object, icon: str) -> None:
        said.append(str(sentence))
        notify(title, sentence, icon)

    module.notify = noted
    return said


def everything() -> set[str]:
    """All objects, Actions and strips by name."""
    editor = window().scene.sequence_editor
    strips = editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all
    return {one.name for found in (bpy.data.objects, bpy.data.actions, strips) for one in found}


if __name__ == "__main__":
    main(globals())
