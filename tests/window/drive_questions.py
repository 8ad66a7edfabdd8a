"""A person's answers to what is asked before something is sent, paid or removed: scenarios of `hands`."""

import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from hands import (
    REQUEST,
    Steps,
    answer,
    area_of,
    choose,
    click,
    main,
    open_tab,
    over_the_view,
    point_at,
    press,
    press_button,
    scroll_to_end,
    session,
    shot,
    start_capture,
    states,
    view_of,
    window,
)

CAPTURE = "aimocap.capture_motion"
HORSE = (
    ("Hips", "", [(0.0, 0.0, 1.0)]),
    ("Spine Chest Neck Head", "Hips", [(0.0, -0.15, 1.0), (0.0, -0.3, 1.0), (0.0, -0.5, 1.1), (0.0, -0.6, 1.3)]),
    *(
        (" ".join(f"{side}{part}" for part in limb), parent, [(sign * 0.15, y + step, z) for step, z in joints])
        for side, sign in (("Left", 1), ("Right", -1))
        for limb, parent, y, joints in (
            (("Arm", "ForeArm", "Hand"), "Chest", -0.35, ((0.0, 0.9), (0.05, 0.5), (0.02, 0.1))),
            (("UpLeg", "Leg", "Foot"), "Hips", 0.05, ((0.0, 0.95), (-0.05, 0.55), (0.05, 0.1))),
        )
    ),
)
"""Its chains: names of the bones, the bone that they begin at, and where they are, metres."""
SECOND_ENTRY = 35
"""Pixels from the first entry of a menu to one below it and a line."""


def consent() -> Steps:
    """Called off; then only the range is sent, as the second button says."""
    area = area_of("VIEW_3D")
    yield from open_tab(area)
    yield from press_button(area, CAPTURE)
    yield 0.5
    shot("asked")
    press("Escape")
    yield 1.0
    answer["called_off"] = len(states())
    yield from press_button(area, CAPTURE)
    yield from choose(1)
    yield lambda: "done" in states() and bool(session().application.notes)
    answer["upload"] = bpy.context.scene.aimocap.upload
    answer["states"] = states()


def written() -> set[int]:
    """Which Actions there are, each by a number that no other one has."""
    return {action.session_uid for action in bpy.data.actions}


def again() -> Steps:
    """The button on a strip that was captured: called off, Return, changed behind the question, paid by the mouse."""
    area = area_of("VIEW_3D")
    yield from start_capture(area)
    yield lambda: states() == ["done"] and bool(session().application.notes)
    first = written()
    yield from press_button(area, CAPTURE)
    yield 0.5
    shot("asked")
    press("Escape")
    yield 1.0
    answer["called_off"] = [len(states()), len(written() - first)]
    yield from press_button(area, CAPTURE)
    yield 0.5
    press("Return")
    yield lambda: bool(written() - first)
    yield 0.5
    answer["by_return"] = [len(states()), len(written() - first)]
    shot("applied")
    strip = bpy.context.scene.sequence_editor.active_strip
    yield from press_button(area, CAPTURE)
    yield 0.5
    strip.frame_offset_start += 1
    strip.frame_offset_end -= 1  # as long as before
    yield from choose(1)
    yield 1.0
    answer["changed"] = len(states())
    shot("changed")
    strip.frame_offset_start -= 1
    strip.frame_offset_end += 1
    over_the_view(area)  # away from the message
    yield 1.0
    yield from press_button(area, CAPTURE)
    yield from choose(1)
    yield lambda: states() == ["done", "done"]


def several() -> Steps:
    """Two strips, of which one was captured: called off, then the other one by Return; then both once more."""
    area = area_of("VIEW_3D")
    yield from start_capture(area)
    yield lambda: states() == ["done"] and bool(session().application.notes)
    strips = bpy.context.scene.sequence_editor.sequences
    other = strips.new_movie("Take 2", REQUEST["video"], channel=1, frame_start=150)
    other.select = strips["Take 1"].select = True
    yield 1.0
    yield from press_button(area, "all_selected=True")
    yield 0.5
    shot("asked")
    press("Escape")
    yield 1.0
    answer["called_off"] = len(states())
    yield from press_button(area, "all_selected=True")
    yield 0.5
    press("Return")
    yield lambda: states() == ["done", "done"] and len(session().application.notes) == len(states())
    answer["titles"] = [view.title for view in session().captures.runner.captures()]
    yield from press_button(area, "all_selected=True")
    yield 0.5
    shot("asked_for_all")
    press("Return")
    yield 1.0
    answer["by_return"] = len(states())


def horse() -> Steps:
    """A capture for a horse: called off, reviewed, then paid nevertheless."""
    area = area_of("VIEW_3D")
    addon = bpy.context.preferences.addons["bl_ext.user_default.aimocap_blender"]
    addon.preferences.consented_urls = REQUEST["service_url"]
    add_horse(area)
    yield from open_tab(area)
    yield from press_button(area, CAPTURE)
    yield 0.5
    shot("asked")
    press("Return")
    yield 1.0
    answer["by_return"] = len(states())
    yield from press_button(area, CAPTURE)
    yield from choose(1, return_cancels=True)
    yield 0.5
    shot("reviewed")
    answer["reviewed"] = len(states())
    press("Escape")
    over_the_view(area)
    yield 0.5
    yield from press_button(area, CAPTURE)
    yield from choose(0, return_cancels=True)
    yield lambda: "done" in states() and bool(session().application.notes)
    yield 0.5
    shot("applied")
    answer["notes"] = [note.sentence for note in session().application.notes.values()]


def add_horse(area: bpy.types.Area) -> None:
    """An armature that stands on four legs, selected."""
    for obj in bpy.context.selected_objects:
        obj.select_set(state=False)
    made = bpy.data.objects.new("Horse", bpy.data.armatures.new("Horse"))
    bpy.context.scene.collection.objects.link(made)
    made.select_set(state=True)
    bpy.context.view_layer.objects.active = made
    with bpy.context.temp_override(window=window(), area=area):
        bpy.ops.object.mode_set(mode="EDIT")
        for name, parent, places in HORSE:
            for number, place in enumerate(places):
                bone = made.data.edit_bones.new(name.split()[number])
                bone.parent = made.data.edit_bones[name.split()[number - 1] if number else parent] if parent else None
                bone.head = place
                bone.tail = places[number + 1] if number + 1 < len(places) else (place[0], place[1] - 0.1, place[2])
        bpy.ops.object.mode_set(mode="OBJECT")


def forget() -> Steps:
    """Forget a paid capture: Return keeps it, the button forgets it, the menu brings it back."""
    area = area_of("VIEW_3D")
    yield from start_capture(area)
    yield lambda: states() == ["done"] and bool(session().application.notes)
    yield from press_button(area, "aimocap.forget_capture")
    yield 0.5
    shot("asked")
    press("Return")
    yield 1.0
    answer["by_return"] = states()
    yield from press_button(area, "aimocap.forget_capture")
    yield from choose(0, return_cancels=True)
    yield lambda: states() == []
    shot("forgotten")
    x, y = over_the_view(area)
    yield 0.3
    with bpy.context.temp_override(window=window(), area=area, region=view_of(area)):
        bpy.ops.wm.call_menu(name="AIMOCAP_MT_recover")
    yield 0.5
    point_at(x, y - SECOND_ENTRY)
    yield 0.3
    shot("menu")
    click()
    yield 1.0
    shot("restored")
    answer["restored"] = states()


def ended() -> Steps:
    """A job that failed, which Stop believes at once: its id is copied by a click, and it is checked again."""
    area = area_of("VIEW_3D")
    yield from start_capture(area)
    yield lambda: bool(states()) and session().captures.runner.captures()[0].checking_until is not None
    yield 1.0
    shot("checking")
    yield from press_button(area, "aimocap.stop_following")
    yield lambda: states() == ["failed"]
    yield 1.5
    shot("row")
    yield from scroll_to_end(area)
    yield from press_button(area, "aimocap.copy_job_id")
    answer["copied"] = bpy.context.window_manager.clipboard
    answer["job"] = session().captures.runner.captures()[0].job_id
    yield from press_button(area, "aimocap.check_again")
    yield lambda: states() == ["running"]


if __name__ == "__main__":
    main(globals())
