"""A free preview by mouse, offline and without a key; then a capture takes its place. See `hands.py`."""

import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from drawn_labels import drawn_now, note_labels, press_beside, press_label
from drive_correcting import correct_it, correct_the_capture, reload_and_put_on_another
from drive_first_run import choose_the_character, open_a_video, open_the_tab
from hands import (
    REQUEST,
    Steps,
    allow_online,
    answer,
    area_of,
    asked,
    click,
    confirm,
    detour,
    enter_key,
    find_button,
    hold,
    let_go,
    main,
    over_the_view,
    point_at,
    press,
    press_button,
    screen_pixels,
    scroll_to_end,
    session,
    shot,
    sidebar_of,
    states,
    taken,
    view_of,
    window,
    write_console,
)

STOP = "aimocap.stop_preview"
TALLER_PIXELS, ROWS_PIXELS = 70, 40
"""By how much the Timeline is made taller, and the height of rows of limbs in doubt above its scrollbar."""

CARD_PIXELS = 220
"""From the lower edge of the sidebar to the upper one of the result's card."""
LINGER_TICKS = 15
"""Of a tenth of a second, for which a bar that is soon over stays, to be seen."""

said: list[str] = []
"""The sentences of the panels' last drawing."""


def preview_free() -> Steps:
    """Check, preview, stop; preview to its end; go online and capture."""
    write_console(REQUEST["console"])
    note_labels()
    note_what_is_said()
    area = area_of("VIEW_3D")
    yield from grow_the_timeline()
    yield from open_the_tab()
    yield from open_a_video()
    with detour():
        yield from choose_the_character()
    with bpy.context.temp_override(area=area, region=view_of(area)):
        bpy.ops.view3d.view_selected()
    shot("offline")
    with detour():
        yield from check(area)
        yield from stop_in_the_middle(area)
    yield from preview_to_its_end(area)
    yield from capture_the_same(area_of("VIEW_3D"))  # another one, as the file was opened again


def check(area: bpy.types.Area) -> Steps:
    yield from press_label(area, "Check Video")
    answer["checking"] = session().video_checks.busy
    shot("checking")
    yield lambda: not session().video_checks.busy
    yield 0.5
    shot("checked")
    answer["checked"] = list(said)


def stop_in_the_middle(area: bpy.types.Area) -> Steps:
    yield from press_label(area, "Free Preview")
    (running,) = session().previews.running.values()
    below = answer["pointer"][1]
    yield lambda: running.progress.share > 0
    running.run.seeing._process.send_signal(signal.SIGSTOP)  # it waits until the pointer is there
    yield from find_button(area, STOP, below=below)
    shot("following")
    answer["following"] = list(said)
    answer["private"] = temporary()
    click()
    yield lambda: not session().previews.running
    answer["left"] = temporary()
    answer["after_stop"] = [len(session().previews.kept.records()), action_name()]


def preview_to_its_end(area: bpy.types.Area) -> Steps:
    answer["heat_before"] = heat_in_the_timeline()
    yield from press_label(area, "Free Preview")
    yield lambda: bool(session().application.notes)
    answer["clicks_to_motion"] = answer["clicks"]
    yield 1.0
    shot("previewed")
    yield taken
    answer["closed"] = list(said)
    details = sys.modules["bl_ext.user_default.aimocap_blender.ui.capture.details"]
    answer["previewed"] = list(details._sentences(session(), next(iter(session().application.notes))))
    yield from look_at_a_doubt(area)
    with detour():
        (preview,) = session().previews.kept.records()
        yield from correct_it(preview.id)
    answer["preview"] = action_name()
    yield from export_it(area)
    yield from review(area)
    answer["left"] += temporary()
    answer["heat"] = heat_in_the_timeline()
    yield from reload_and_put_on_another(preview.id)


def look_at_a_doubt(area: bpy.types.Area) -> Steps:
    """From the verdict to the frame that it is about; this motion is good, so a doubt is put into its card."""
    notes = session().application.notes
    ((take, note),) = notes.items()
    answer["verdict"] = note.warning
    notes[take] = replace(note, warning="Right foot is 6 cm under the ground in frame 21.", frame=21.0)
    yield from scroll_to_end(area)
    with detour():
        yield from press_beside(area, "Look at it: ", below=sidebar_of(area).y + CARD_PIXELS)
    answer["looked_at"] = window().scene.frame_current
    notes[take] = note
    area.tag_redraw()


def export_it(area: bpy.types.Area) -> Steps:
    """By the button of the result, under the name that is offered."""
    exporting = sys.modules["bl_ext.user_default.aimocap_blender.ui.motion.motion_files"].ExportMotion
    work = exporting.work

    def waiting(self: object, context: bpy.types.Context) -> Iterator[tuple[float, object]]:
        begun = work(self, context)
        first = next(begun)
        for _ in range(LINGER_TICKS):
            yield first
        return (yield from begun)

    exporting.work = waiting
    with detour():
        yield from press_label(area, "Export…", across=(0.65,), below=sidebar_of(area).y + CARD_PIXELS)
        yield 1.0
        confirm()
    bar = [said for said, _ in drawn_now()]
    while not any(said.startswith("Exporting to ") for said in bar):
        yield 0.1
        bar = [said for said, _ in drawn_now()]
    answer["waited"] = [said for said in bar if said.startswith("Export")]
    shot("exporting")
    folder = Path(bpy.data.filepath).parent
    yield lambda: any(folder.glob("Preview*.fbx"))
    yield lambda: not any(said.startswith("Exporting to ") for said, _ in drawn_now())
    answer["exported"] = [file.name for file in folder.glob("*.fbx")]


def review(area: bpy.types.Area) -> Steps:
    """The review clip: first stopped by Esc, then to the end."""
    clip = Path(REQUEST["console"]).with_name("review.mp4")
    window().scene.render.resolution_percentage = 10
    with bpy.context.temp_override(window=window(), area=area, region=view_of(area)):
        bpy.ops.aimocap.render_review("INVOKE_DEFAULT", filepath=str(clip))
    yield 0.5
    press("Escape")
    yield lambda: not any("private" in name for name in temporary())
    answer["review_stopped"] = clip.exists()
    with bpy.context.temp_override(window=window(), area=area, region=view_of(area)):
        bpy.ops.aimocap.render_review("INVOKE_DEFAULT", filepath=str(clip))
    yield clip.exists
    yield 0.5
    answer["reviewed"] = clip.read_bytes()[4:8].decode()


def capture_the_same(area: bpy.types.Area) -> Steps:
    yield from press_button(area, "aimocap.capture_motion")
    yield 1.0
    yield from allow_online()
    shot("no_key")
    yield from enter_key(REQUEST["key"])
    yield from asked()
    shot("consent")
    press("Return")
    yield lambda: states() == ["done"] and len(session().application.notes) == 2  # the preview has one too
    yield 1.0
    shot("captured")
    answer["captured"] = action_name()
    data = character().animation_data
    answer["tracks"] = [[track.mute, [strip.action.name for strip in track.strips]] for track in data.nla_tracks]
    with detour():
        yield from correct_the_capture(session().captures.listed()[0].id)
    yield from scroll_to_end(area)
    yield from press_button(area, 'aimocap.select_capture(capture_id="preview-')
    over_the_view(area)
    yield 0.5
    shot("superseded")
    answer["superseded"] = list(said)


def note_what_is_said() -> None:
    """Keep the sentences that the panels draw, each time that the Capture panel begins."""
    base = "bl_ext.user_default.aimocap_blender.ui"
    drawing, panel = sys.modules[f"{base}.preview.drawing"], sys.modules[f"{base}.panels"]
    outcome = sys.modules[f"{base}.motion.outcome_words"]
    say, draw = drawing.say, panel.CapturePanel.draw

    def noted(layout: object, sentence: object, *more: object, **options: object) -> None:
        said.append(str(sentence))
        say(layout, sentence, *more, **options)

    def drawn(self: object, context: bpy.types.Context) -> None:
        said.clear()
        draw(self, context)

    drawing.say = outcome.say = noted
    panel.CapturePanel.draw = drawn


def grow_the_timeline() -> Steps:
    """So high that it has a row for each limb."""
    view, sheet = area_of("VIEW_3D"), area_of("DOPESHEET_EDITOR")
    x, edge = view.x + view.width * 0.3, (sheet.y + sheet.height + view.y) / 2
    point_at(x, edge - 8)
    yield 0.2
    point_at(x, edge)
    yield 0.3
    hold()
    yield 0.2
    for up in (20, 50, TALLER_PIXELS):
        point_at(x, edge + up)
        yield 0.2
    let_go()
    yield 0.4


def heat_in_the_timeline() -> int:
    """Pixels of the colours of doubt above the Timeline's scrollbar."""
    region = view_of(area_of("DOPESHEET_EDITOR"))
    pixels = screen_pixels().astype(int)
    bottom = len(pixels) - region.y - 14
    rows = pixels[bottom - ROWS_PIXELS : bottom, region.x : region.x + region.width]
    return int((rows[..., 0] - rows[..., 2] > 100).sum())


def temporary() -> list[str]:
    """The private folders in the folder for temporary files, but that of the panel's thumbnails."""
    shown = sys.modules["bl_ext.user_default.aimocap_blender.ui.preview.thumbnail_strip"]._shown
    kept = shown.thumbnails._folder.path.name
    return sorted(file.name for file in Path(REQUEST["temporary"]).glob("aimocap*") if file.name != kept)


def character() -> bpy.types.Object:
    return next(thing for thing in window().scene.objects if thing.type == "ARMATURE")


def action_name() -> str:
    data = character().animation_data
    return data.action.name if data and data.action else ""


if __name__ == "__main__":
    main(globals())
