"""Acts of a person in a window while a capture is under way. See `hands.py`.

Blender's console output goes into the file that the request names, until its end.
"""

import json
import sys
from contextlib import suppress
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
import hands

MOST_TRIES = 20
"""To leave Edit Mode, half a second apart, before it is taken for impossible."""


def rig() -> bpy.types.Object:
    return next(found for found in bpy.data.objects if found.type == "ARMATURE")


def watching() -> object:
    return sys.modules["bl_ext.user_default.aimocap_blender.ui.capture.watching"]


def many_things() -> hands.Steps:
    """One capture through all of it; a second one that Blender is quit over."""
    area = hands.area_of("VIEW_3D")
    bpy.ops.ed.undo_push(message="start")
    yield from hands.start_capture(area)
    yield lambda: hands.states() == ["running"]
    yield from save_by_itself()
    yield from undo_and_redo()
    yield from close_a_second_window()
    yield from reload_scripts()
    yield from render_an_animation()
    yield from leave_edit_mode()
    hands.answer["notes"] = [[note.sentence, note.failed] for note in hands.session().application.notes.values()]
    hands.answer["action"] = rig().animation_data.action.name
    hands.shot("applied")
    hands.tell_service("hold", status="processing")
    yield from hands.start_capture(hands.area_of("VIEW_3D"))
    yield lambda: hands.states() == ["running", "done"]
    hands.answer["at_the_end"] = hands.states()
    for picture in hands.pictures:
        picture.wait(20)
    Path(hands.REQUEST["answer"]).write_text(json.dumps(hands.answer))
    bpy.ops.wm.quit_blender()


def save_by_itself() -> hands.Steps:
    """Blender does so after a minute, though the job is followed."""
    paths, folder = bpy.context.preferences.filepaths, Path(bpy.app.tempdir).parent
    paths.use_auto_save_temporary_files, paths.auto_save_time = True, 1
    before = set(folder.glob("*_autosave.blend"))
    with bpy.context.temp_override(window=hands.window()):
        bpy.context.scene.cursor.location.x = 1.0
        bpy.ops.ed.undo_push(message="a change to save")
    yield lambda: bool(set(folder.glob("*_autosave.blend")) - before)
    paths.use_auto_save_temporary_files = False
    (saved,) = set(folder.glob("*_autosave.blend")) - before
    saved.unlink()
    hands.answer["saved"] = hands.states()


def undo_and_redo() -> hands.Steps:
    with bpy.context.temp_override(window=hands.window()):
        rig().location.x = 2.0
        bpy.ops.ed.undo_push(message="moved")
        bpy.ops.ed.undo()
        hands.answer["undone"] = rig().location.x
        yield 1.5
        bpy.ops.ed.redo()
        hands.answer["redone"] = rig().location.x
    yield 1.5
    hands.answer["after_undo"] = hands.states()


def close_a_second_window() -> hands.Steps:
    """Which has just begun to follow the capture."""
    with bpy.context.temp_override(window=hands.window()):
        bpy.ops.wm.window_new()
    yield 0.5
    second = bpy.context.window_manager.windows[1]
    yield lambda: not watching().WatchCaptures.alive
    with bpy.context.temp_override(window=second):
        bpy.ops.aimocap.watch_captures("INVOKE_DEFAULT")
        hands.answer["followed_in_the_second"] = len(second.modal_operators)
        bpy.ops.wm.window_close()
    hands.answer["windows"] = len(bpy.context.window_manager.windows)
    hands.answer["alive_after_closing"] = watching().WatchCaptures.alive
    yield 1.5


def reload_scripts() -> hands.Steps:
    before = hands.session()
    yield lambda: not watching().WatchCaptures.alive  # Blender reloads only while no modal operator runs
    with bpy.context.temp_override(window=hands.window()):
        bpy.ops.script.reload()
    watching().WatchCaptures.alive = True  # as if Blender had dropped the operator silently
    yield lambda: hands.session() is not None and hands.session() is not before and hands.states() == ["running"]
    yield 1.0
    hands.answer["after_reload"] = hands.states()


def render_an_animation() -> hands.Steps:
    """The motion arrives in the middle of it."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = 1, False  # not in all builds
    scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(scene.camera)
    scene.render.resolution_x = scene.render.resolution_y = 16
    scene.render.filepath = f"{bpy.app.tempdir}/frame_"
    scene.render.use_sequencer = False
    scene.frame_end = 100_000
    bpy.context.preferences.view.render_display_type = "NONE"
    with bpy.context.temp_override(window=hands.window()):
        bpy.ops.render.render("INVOKE_DEFAULT", animation=True)
    yield lambda: bpy.app.is_job_running("RENDER")
    hands.tell_service("release")
    yield lambda: hands.states() == ["done"]
    yield 1.0
    hands.answer["while_rendering"] = [bpy.app.is_job_running("RENDER"), rig().animation_data is not None]


def leave_edit_mode() -> hands.Steps:
    """The render is broken off while bones are edited: the motion comes when both are over."""
    while rig().mode != "EDIT":
        with (
            bpy.context.temp_override(window=hands.window(), area=hands.area_of("VIEW_3D")),
            suppress(RuntimeError),  # between two frames the render has the scene for itself
        ):
            bpy.ops.object.mode_set(mode="EDIT")
        yield 0.1
    while bpy.app.is_job_running("RENDER"):
        hands.press("Escape")  # a busy Blender may miss one
        yield 1.0
    yield 1.5
    hands.answer["while_editing"] = rig().animation_data is not None
    for _ in range(MOST_TRIES):
        if bones_are_left():
            break
        yield 0.5
    else:
        hands.answer["read_only"] = True
        hands.finish()
    yield lambda: bool(hands.session().application.notes)


def bones_are_left() -> bool:
    """Leave Edit Mode, unless Python may write nothing though the render is over.

    Blender notes in one place for all threads whether Python may write. Where the thread of a render and a panel that
    is drawn overlap, it may stay at no for timers as this one, until Blender is quit.
    """
    try:
        with bpy.context.temp_override(window=hands.window(), area=hands.area_of("VIEW_3D")):
            bpy.ops.object.mode_set(mode="OBJECT")
    except RuntimeError as error:
        hands.answer["bones_are_left"] = str(error)
    return rig().mode == "OBJECT"


def come_back() -> hands.Steps:
    """The file is open again, and nobody presses anything."""
    yield lambda: hands.states() == ["done", "done"] and bool(hands.session().application.notes)
    hands.answer["notes"] = [[note.sentence, note.failed] for note in hands.session().application.notes.values()]
    hands.answer["action"] = rig().animation_data.action.name


if __name__ == "__main__":
    hands.write_console(hands.REQUEST["console"])
    hands.main(globals())
