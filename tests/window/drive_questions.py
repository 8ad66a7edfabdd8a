"""A person's answers to what is asked before something is sent, paid or removed: scenarios of `hands`."""

import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from hands import (
    REQUEST,
    SCROLLS,
    Steps,
    answer,
    area_of,
    asked,
    choose,
    click,
    main,
    open_tab,
    over_the_view,
    planned,
    point_at,
    press,
    press_button,
    scroll_to_end,
    session,
    shot,
    sidebar_of,
    start_capture,
    states,
    tell_service,
    view_of,
    window,
)

CAPTURE = "aimocap.capture_motion"
SECOND_ENTRY = 35
"""Pixels from the first entry of a menu to one below it and a line."""


def questions() -> Steps:
    """All of them, one after the other; each says how many captures there were then."""
    area = area_of("VIEW_3D")
    yield from open_tab(area)
    for ask in (consent, again, several, forget, ended):
        before = len(states())
        yield from ask(area, before)
        with bpy.context.temp_override(window=window(), area=area, region=sidebar_of(area)):
            for _ in range(SCROLLS):
                bpy.ops.view2d.scroll_up()
        yield 0.6


def consent(area: bpy.types.Area, _before: int) -> Steps:
    """Called off; then only the range is sent, as the second button says, and its motion is one undo step."""
    yield from press_button(area, CAPTURE)
    yield 0.5
    shot("asked")
    press("Escape")
    yield 1.0
    answer["called_off"] = len(states())
    yield from press_button(area, CAPTURE)
    yield from choose(1)
    yield lambda: applied(1)
    answer["upload"] = bpy.context.scene.aimocap.upload
    answer["moved"] = [has_action()]
    for step in (bpy.ops.ed.undo, bpy.ops.ed.redo):
        yield 0.5
        with bpy.context.temp_override(window=window(), area=area):
            step()
        answer["moved"].append(has_action())
    yield 0.5


def has_action() -> bool:
    """Whether the character plays an Action."""
    return any(thing.animation_data and thing.animation_data.action for thing in bpy.data.objects)


def applied(count: int) -> bool:
    """Whether there are so many captures, all of which were applied."""
    return states() == ["done"] * count and len(session().application.notes) == count


def written() -> set[int]:
    """Which Actions there are, each by a number that no other one has."""
    return {action.session_uid for action in bpy.data.actions}


def again(area: bpy.types.Area, before: int) -> Steps:
    """The button on a strip that was captured: called off, Return, changed or begun elsewhere meanwhile, paid."""
    yield from start_capture(area)
    before += 1
    yield lambda: applied(before)
    first = written()
    yield from press_button(area, CAPTURE)
    yield from asked()
    shot("asked_again")
    press("Escape")
    yield 1.0
    answer["again_called_off"] = [len(states()) - before, len(written() - first)]
    yield from press_button(area, CAPTURE)
    yield from asked()
    press("Return")
    yield lambda: bool(written() - first)
    yield 0.5
    answer["again_by_return"] = [len(states()) - before, len(written() - first)]
    shot("applied")
    strip = bpy.context.scene.sequence_editor.active_strip
    yield from press_button(area, CAPTURE)
    yield from asked()
    strip.frame_offset_start += 1
    strip.frame_offset_end -= 1  # as long as before
    yield from choose(1)
    yield 1.0
    answer["changed"] = len(states()) - before
    shot("changed")
    strip.frame_offset_start -= 1
    strip.frame_offset_end += 1
    over_the_view(area)  # away from the message
    yield 1.0
    yield from press_button(area, CAPTURE)
    yield from asked()
    begin_elsewhere()
    yield lambda: applied(before + 1)
    yield from choose(1)
    yield 1.0
    answer["begun_elsewhere"] = len(states()) - before
    over_the_view(area)
    yield 1.0
    yield from press_button(area, CAPTURE)
    yield from choose(1)
    yield lambda: applied(before + 2)


def begin_elsewhere() -> None:
    """Begin the same as another Blender does that shares the folder, and is closed at once."""
    runner = session().captures.runner
    folder = runner.captures()[0].folder.parent
    other = type(runner)(folder, runner._context.connect, runner._default_base_url, lambda: True, lambda *_: None)
    other.begin(planned()[0].request)
    other.close()


def several(area: bpy.types.Area, before: int) -> Steps:
    """Two strips, of which one was captured: called off, then the other one by Return; then both once more."""
    strips = bpy.context.scene.sequence_editor.sequences
    other = strips.new_movie("Take 2", REQUEST["video"], channel=1, frame_start=150)
    other.select = strips["Take 1"].select = True
    yield 1.0
    yield from press_button(area, "all_selected=True")
    yield from asked()
    shot("asked_for_several")
    press("Escape")
    yield 1.0
    answer["several_called_off"] = len(states()) - before
    yield from press_button(area, "all_selected=True")
    yield from asked()
    press("Return")
    yield lambda: applied(before + 1)
    answer["titles"] = [view.title for view in session().captures.runner.captures()]
    yield from press_button(area, "all_selected=True")
    yield from asked()
    shot("asked_for_all")
    press("Return")
    yield 1.0
    answer["several_by_return"] = len(states()) - before


def forget(area: bpy.types.Area, before: int) -> Steps:
    """Forget a paid capture: Return keeps it, the button forgets it, the menu brings it back."""
    yield from scroll_to_end(area)
    yield from press_button(area, "aimocap.forget_capture")
    yield from asked()
    shot("asked_to_forget")
    press("Return")
    yield 1.0
    answer["kept_by_return"] = len(states()) - before
    yield from press_button(area, "aimocap.forget_capture")
    yield from choose(0, return_cancels=True)
    yield lambda: len(states()) == before - 1
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
    answer["restored"] = len(states()) - before


def ended(area: bpy.types.Area, _before: int) -> Steps:
    """A job that failed, which Stop believes at once: its id is copied by a click, and it is checked again."""
    tell_service("switch", polls=["failed"])
    yield from start_capture(area)
    yield lambda: session().captures.runner.captures()[0].checking_until is not None
    yield 1.0
    shot("checking")
    yield from press_button(area, "aimocap.stop_following")
    yield lambda: states()[0] == "failed"
    yield 1.5
    shot("row")
    yield from scroll_to_end(area)
    yield from press_button(area, "aimocap.copy_job_id")
    answer["copied"] = bpy.context.window_manager.clipboard
    yield from press_button(area, "aimocap.check_again")
    yield lambda: states()[0] == "running"


if __name__ == "__main__":
    main(globals())
