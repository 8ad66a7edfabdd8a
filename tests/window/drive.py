"""A capture by mouse, and what may go on around it: scenarios of `hands`."""

import sys
import time
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
    has_thumbnails,
    main,
    open_tab,
    over_the_view,
    point_at,
    press,
    session,
    shot,
    sidebar_of,
    start_capture,
    states,
    view_of,
    window,
)

gaps: list[tuple[str, float]] = []
"""The capture's step, and the seconds for which the main loop did not tick."""


def capture_by_mouse() -> Steps:
    """The main scenario: find the button, click, agree, wait until the motion is on the character."""
    kind = REQUEST["editor"]
    area = area_of("VIEW_3D")
    if kind == "SEQUENCE_EDITOR":
        area.ui_type = "SEQUENCE_EDITOR"
        area.spaces.active.timeline_overlay.show_strip_source = False  # a path of this machine, in a picture
        yield 0.6
    else:
        with bpy.context.temp_override(area=area, region=view_of(area)):
            bpy.ops.view3d.view_selected()
    area = area_of(kind)
    yield from open_tab(area)
    yield has_thumbnails
    yield 0.5
    shot("ready")
    yield from find_button(area, "aimocap.capture_motion")
    click()
    yield 1.0
    shot("consent")
    press("Return")
    yield lambda: bool(states())
    yield 1.5
    shot("following")
    yield lambda: states()[:1] == ["done"] and bool(session().application.notes)
    yield 0.5
    shot("applied")
    answer["notes"] = [[note.sentence, note.failed] for note in session().application.notes.values()]
    rig = next(obj for obj in bpy.data.objects if obj.type == "ARMATURE" and obj.animation_data)
    answer["action"] = rig.animation_data.action.name
    answer["undo"] = [rig.name]
    with bpy.context.temp_override(window=window(), area=area):
        before = session().captures.runner.captures()
        bpy.ops.ed.undo()
    yield 0.5
    rig = bpy.data.objects.get(answer["undo"][0])
    answer["action_after_undo"] = bool(rig and rig.animation_data and rig.animation_data.action)
    answer["captures"] = len(before)


def measure_gaps() -> Steps:
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
    yield lambda: bool(states()) and states()[:1] == ["done"] and bool(session().application.notes)
    yield 0.5
    longest: dict[str, float] = {}
    for phase, gap in gaps:
        longest[phase] = max(longest.get(phase, 0.0), gap)
    answer["longest"] = longest


def repeat_and_redo() -> Steps:
    """After a capture: Repeat Last, and another choice in the redo panel."""
    area = area_of("VIEW_3D")
    yield from start_capture(area)
    yield lambda: states()[:1] == ["done"] and bool(session().application.notes)
    yield 1.0
    answer["last_operators"] = [operator.bl_idname for operator in bpy.context.window_manager.operators]
    over_the_view(area)
    press("shift+r")
    yield 1.5
    place = over_the_view(area)
    press("F9")
    yield 1.0
    answer["contacts"] = [bpy.context.window_manager.operators[-1].properties.contacts]
    point_at(place[0] + 137, place[1] - 119)  # Contacts, the third choice in the panel that opens at the pointer
    yield 0.4
    shot("redo_panel")
    click()
    yield 0.6
    press("o")  # Off
    yield 1.5
    answer["contacts"].append(bpy.context.window_manager.operators[-1].properties.contacts)
    answer["actions"] = [found.name for found in bpy.data.actions]
    answer["assets"] = [found.name for found in bpy.data.actions if found.asset_data is not None]


def auto_save() -> Steps:
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


def leave_in_the_middle() -> Steps:
    """Blender is gone, without a word, while the service works; the driver's end is no ordinary end of Blender."""
    yield from start_capture(area_of("VIEW_3D"))
    yield lambda: states() == ["running"]
    answer["state"] = states()


def come_back() -> Steps:
    """The file is open again, and nobody presses anything."""
    yield lambda: states() == ["done"] and bool(session().application.notes)
    answer["notes"] = [[note.sentence, note.failed] for note in session().application.notes.values()]
    rig = next(obj for obj in bpy.data.objects if obj.type == "ARMATURE")
    answer["action"] = rig.animation_data.action.name


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
    return "applied" if session().application.notes else "motion being read"


if __name__ == "__main__":
    main(globals())
