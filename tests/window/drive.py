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
    asked,
    click,
    find_button,
    has_thumbnails,
    main,
    open_tab,
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
    yield from asked()
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
