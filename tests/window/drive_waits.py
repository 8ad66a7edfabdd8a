"""Every wait in the window: what its bar says in the place where it began, and what stops it. See `hands.py`.

First a preview is left half-way, as by a Blender that is killed; the second scenario resumes it, and goes through the
other waits. What is over too soon to be looked at is held up for a while.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from drawn_labels import drawn_now, note_labels, press_label
from hands import (
    REQUEST,
    Steps,
    answer,
    area_of,
    file_chosen,
    has_thumbnails,
    is_at_work,
    main,
    open_panel,
    open_tab,
    session,
    shot,
    sidebar_of,
    start_capture,
    states,
    taken,
    tell_service,
    view_of,
    window,
    write_console,
)

ADDON = "bl_ext.user_default.aimocap_blender"
DRAW_BARS = ("text.modal_work", "panels", "capture.details", "preview.drawing")
"""Modules that draw bars."""
HALF_WAY = 0.35
"""Of a preview, whose person is followed from 0 to 0.7."""
HELD_TICKS = 20
"""Of a tenth of a second."""
shares: list[float] = []
"""How far each bar was since the last wait began."""
bars: list[tuple[str, bool]] = []
"""Words of each bar that was drawn since the last wait began, and whether it can be stopped."""


def leave_a_preview() -> Steps:
    """Check the video; Blender is gone while the preview that follows is being made."""
    area = yield from begun()
    yield has_thumbnails
    yield from wait("Check Video", press_label(area, "Check Video"), lambda: not session().video_checks.busy)
    yield from wait("Free Preview", press_label(area, "Free Preview"), is_half_way)
    answer["notes"] = len(session().application.notes)


def is_half_way() -> bool:
    (running,) = session().previews.running.values()
    seen = session().previews.kept.folder.glob("*/seen/*.npz")
    return any(seen) and running.progress.share > HALF_WAY


def come_back() -> Steps:
    """The same file is opened again: the unfinished preview is there, and goes on."""
    for panel in ("existing_motion", "edit_motion"):
        open_panel(panel)
    area = yield from begun()
    yield has_thumbnails
    yield lambda: any(said == "Resume" for said, _ in drawn_now())
    answer["unfinished"] = [said for said, _ in drawn_now()]
    yield from pictured(area, "unfinished")
    press_resume = press_label(area, "Resume")
    yield from wait("Resume", press_resume, lambda: len(session().application.notes) == 1)
    answer["shares"] = list(shares)
    answer["previews"] = [len(session().previews.kept.records()), len(session().previews.kept.unfinished)]
    hold_up()
    yield from wait_of("Review Clip", "render_review", filepath=str(Path(REQUEST["console"]).with_name("review.mp4")))
    yield from wait_of("Import Motion", "import_motion_fbx", filepath=REQUEST["motion"])
    yield from onto_a_rig(area)
    yield from wait_of("Smooth Motion", "smooth_motion")
    yield from exports(area)


def onto_a_rig(area: bpy.types.Area) -> Steps:
    """A constraint makes the character a rig: a motion that is put onto it is stopped, then put onto it."""
    character = window().view_layer.objects.active
    hips = next(bone for bone in character.pose.bones if bone.parent is not None)
    limit = hips.constraints.new("LIMIT_ROTATION")
    before = character.animation_data.action.session_uid
    sys.modules[f"{ADDON}.takes.applying"]._SHORT = 0  # as if it had very many bones
    bars.clear()
    with context():
        bpy.ops.aimocap.import_motion_fbx("INVOKE_DEFAULT", filepath=REQUEST["motion"])
    yield lambda: any(said.startswith("Retargeting since") for said, _ in bars)
    bpy.ops.aimocap.stop_work(work="aimocap.import_motion_fbx")
    yield lambda: not is_at_work("import_motion_fbx")
    area.tag_redraw()
    answer["retargeting_stopped"] = character.animation_data.action.session_uid == before
    yield from wait_of("Import Motion onto a rig", "import_motion_fbx", filepath=REQUEST["motion"])
    answer["retargeted"] = character.animation_data.action.session_uid != before
    hips.constraints.remove(limit)


def exports(area: bpy.types.Area) -> Steps:
    """The motion is exported; then another export is stopped by the cross beside its bar, and the file stays."""
    file = Path(REQUEST["console"]).with_name("walk.fbx")
    yield from wait_of("Export", "export_motion", filepath=str(file))
    answer["exported"], before = file.stat().st_size, file.read_bytes()
    bars.clear()
    with context(), file_chosen("export_motion"):
        bpy.ops.aimocap.export_motion("INVOKE_DEFAULT", filepath=str(file))
    yield lambda: bool(bars)
    bpy.ops.aimocap.stop_work(work="aimocap.export_motion")
    yield lambda: not is_at_work("export_motion")
    area.tag_redraw()
    answer["export_stopped"] = file.read_bytes() == before and not list(file.parent.glob(".walk*"))


def capture_and_robots() -> Steps:
    """The same file once more: a capture, and what robots wait for."""
    area = yield from begun()
    hold_up()
    yield from capture_slowly(area)
    yield from robots_waits(area)


def capture_slowly(area: bpy.types.Area) -> Steps:
    """A capture that is queued, then processed."""
    for status in ("queued", "processing"):
        tell_service("hold", status=status)
        if status == "queued":
            yield from start_capture(area)
        yield lambda status=status: any(view.events and status in view.events[-1].lower() for view in views())
        yield from wait(f"Capture Motion, {status}", iter(()), lambda: True)
    tell_service("release")
    yield lambda: states() == ["done"] and len(session().application.notes) == 1


def views() -> Any:
    return session().captures.runner.captures()


def robots_waits(area: bpy.types.Area) -> Steps:
    """A robot's motion is imported, checked, adjusted; another one is put on it, and a folder is checked."""
    with context():
        bpy.ops.aimocap.add_g1_rig()
    yield from wait_of("Import, a robot's motion", "import_g1_motion", filepath=REQUEST["robot"])
    rig = window().view_layer.objects.active
    yield from wait_of("Check Motion", "check_g1_motion")
    yield from wait_of("Export, a robot's", "export_g1_motion", filepath=REQUEST["robot"] + ".out")
    action = rig.animation_data.action
    yield from wait_of("Adjust Motion", "fix_g1_motion", step="FEET")
    answer["adjusted"] = rig.animation_data.action != action
    yield from wait_of("Retarget Motion", "retarget_to_g1", filepath=REQUEST["motion"])
    yield from wait_of("Folder…", "import_g1_folder", directory=str(Path(REQUEST["robot"]).parent))
    yield from stop_an_adjustment(area, rig)


def stop_an_adjustment(area: bpy.types.Area, rig: bpy.types.Object) -> Steps:
    """By the cross beside its bar: nothing has changed."""
    action = rig.animation_data.action
    bars.clear()
    with context():
        bpy.ops.aimocap.fix_g1_motion("INVOKE_DEFAULT", step="ALL")
    yield lambda: bool(bars)
    bpy.ops.aimocap.stop_work(work="aimocap.fix_g1_motion")
    yield lambda: not is_at_work("fix_g1_motion")
    area.tag_redraw()
    yield 0.5
    answer["stopped"] = rig.animation_data.action == action


def begun() -> Steps:
    """The area, with the tab open and what its panels draw noted."""
    write_console(REQUEST["console"])
    note_labels()
    for name in DRAW_BARS:
        module = sys.modules[f"{ADDON}.ui.{name}"]
        module.draw_bar = noted(module.draw_bar)
    answer["waits"] = {}
    area = area_of("VIEW_3D")
    yield from open_tab(area)
    return area


def noted(draw: Callable[[object, Any], None]) -> Callable[[object, Any], None]:
    def drawing(layout: object, bar: Any) -> None:
        bars.append((str(bar.text), bool(bar.stop[0])))
        shares.append(bar.done)
        draw(getattr(layout, "real", layout), bar)

    return drawing


def hold_up() -> None:
    """Have modal work rest after its first step, and files be read for a while."""
    modal, reading = (sys.modules[f"{ADDON}.{name}"] for name in ("ui.text.modal_work", "takes.reading"))
    go_on, poll = modal.ModalWork._go_on, reading.MotionReading.poll

    def held(self: Any, context: bpy.types.Context, steps: object) -> object:
        ticks = getattr(steps_seen, self._name, 0)
        setattr(steps_seen, self._name, ticks + 1)
        if self._name == "aimocap.watch_captures" or not 1 <= ticks <= HELD_TICKS:
            return go_on(self, context, steps)
        return None

    def read(self: Any) -> bool:
        self.looks = getattr(self, "looks", 0) + 1
        return self.looks > HELD_TICKS and poll(self)

    modal.ModalWork._go_on, reading.MotionReading.poll = held, read


class steps_seen:  # noqa: N801 -- a place for numbers
    """How many steps an operator has taken."""


def wait_of(name: str, operator: str, **options: object) -> Steps:
    """The wait of an operator that is called as by its button."""
    setattr(steps_seen, f"aimocap.{operator}", 0)

    def call() -> Steps:
        with context(), file_chosen(operator):
            getattr(bpy.ops.aimocap, operator)("INVOKE_DEFAULT", True, **options)
        yield 0.2

    yield from wait(name, call(), lambda: not is_at_work(operator))
    yield 0.5


def context() -> Any:
    area = area_of("VIEW_3D")
    return bpy.context.temp_override(window=window(), area=area, region=view_of(area))


def wait(name: str, begin: Steps, over: Callable[[], bool]) -> Steps:
    """Begin it, look at its bar, and wait until it is over."""
    area = area_of("VIEW_3D")
    bars.clear()
    shares.clear()
    yield from begin
    yield lambda: bool(bars)
    yield from pictured(area, name)
    yield over
    answer["waits"][name] = [list(one) for one in dict.fromkeys(bars)]


def pictured(area: bpy.types.Area, name: str) -> Steps:
    """The sidebar alone."""
    region, height = sidebar_of(area), REQUEST["screen"][1]
    shot(
        name.lower().replace(" ", "_"), part=(region.x, height - region.y - region.height, region.width, region.height)
    )
    yield taken


if __name__ == "__main__":
    main(globals())
