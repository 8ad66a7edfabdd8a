"""A person's hands on videos: one opened from the viewport, those of a capture behind the character; see `drive.py`."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy
import gpu
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from drive import REQUEST, answer, area_of, main, open_tab, session, shot, start_capture, states, view_of, window

SIZE = (320, 240)
THUMBNAILS = 4


def open_in_the_viewport() -> Iterator[float | Callable[[], bool]]:
    """Open a video as one that is dropped onto the viewport, where no sequencer is to be seen."""
    scene = bpy.context.scene
    scene.sequence_editor_clear()
    bpy.ops.ed.undo_push(message="no strips")
    area = area_of("VIEW_3D")
    yield from open_tab(area)
    before = [(area.ui_type, area.x, area.width) for area in window().screen.areas]
    with bpy.context.temp_override(window=window(), area=area, region=view_of(area)):
        bpy.ops.aimocap.open_video("INVOKE_DEFAULT", True, filepath=REQUEST["video"])
    yield lambda: thumbnails_drawn() == THUMBNAILS
    shot("opened")
    answer["thumbnails"] = thumbnails_drawn()
    answer["areas_stay"] = before == [(area.ui_type, area.x, area.width) for area in window().screen.areas]
    answer["active"] = scene.sequence_editor.active_strip.name
    answer["rate"] = scene.render.fps / scene.render.fps_base
    bpy.ops.ed.undo()
    yield 0.5
    editor = bpy.context.scene.sequence_editor
    answer["after_undo"] = len(editor.sequences_all) if editor else 0


def thumbnails_drawn() -> int:
    """How many of them Blender has read for drawing."""
    shown = sys.modules["bl_ext.user_default.aimocap_blender.ui.preview.thumbnail_strip"]._shown
    return sum(all(shown.icons[str(file)].image_size) for file in shown.files)


def videos_of_a_capture() -> Iterator[float | Callable[[], bool]]:
    """The source behind the character, as the viewport draws it; then the folder, and the preview in a player."""
    area = area_of("VIEW_3D")
    yield from start_capture(area)
    yield lambda: states() == ["done"] and "preview" in view().files
    for thing in bpy.data.objects:
        thing.hide_viewport = True  # or it stands before the numbers
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    bpy.context.scene.collection.objects.link(camera)
    bpy.context.scene.camera = camera
    camera.data.show_passepartout = False
    bpy.context.scene.render.resolution_x, bpy.context.scene.render.resolution_y = SIZE
    with bpy.context.temp_override(window=window(), area=area, region=view_of(area)):
        bpy.ops.aimocap.show_video(capture_id=view().id, video="SOURCE", place="CAMERA")
    yield 1.0
    shot("behind")
    answer["perspective"] = area.spaces.active.region_3d.view_perspective
    answer["drawn"] = {frame: drawn(area, camera, frame) for frame in (60, 30, 31, 45, 77)}
    with bpy.context.temp_override(window=window(), area=area, region=view_of(area)):
        bpy.ops.aimocap.open_capture_folder(capture_id=view().id)
        bpy.ops.aimocap.play_preview(capture_id=view().id)
    answer["opened"] = Path(REQUEST["opened"]).read_text().splitlines()
    answer["files"] = [str(view().folder), str(view().files["preview"])]


def view() -> Any:
    return session().captures.runner.captures()[0]


def drawn(area: bpy.types.Area, camera: bpy.types.Object, frame: int) -> int:
    """The number in the video's picture that the viewport draws behind everything at a timeline frame."""
    scene = bpy.context.scene
    scene.frame_set(frame)
    lens = camera.calc_matrix_camera(bpy.context.evaluated_depsgraph_get(), x=SIZE[0], y=SIZE[1])
    place, space = camera.matrix_world.inverted(), area.spaces.active
    picture = gpu.types.GPUOffScreen(*SIZE)
    layer = window().view_layer
    picture.draw_view3d(scene, layer, space, view_of(area), place, lens, do_color_management=True)
    with picture.bind():
        pixels = gpu.state.active_framebuffer_get().read_color(0, 0, *SIZE, 4, 0, "UBYTE")
    picture.free()
    sys.path.append(str(Path(__file__).resolve().parents[2]))
    from tests.media.barcode import read_barcode

    return read_barcode(np.array(pixels.to_list(), dtype=np.uint8).reshape(SIZE[1], SIZE[0], 4))


if __name__ == "__main__":
    main(globals())
