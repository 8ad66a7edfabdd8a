"""Two strips of one moment by mouse: one motion, cameras; one moved by hand, and solved as placed. See `hands.py`."""

import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from hands import (
    REQUEST,
    Steps,
    answer,
    area_of,
    main,
    open_tab,
    press_button,
    scroll_to_end,
    session,
    shot,
    taken,
    view_of,
    window,
)

FIRST, SECOND = 10, 40
"""Frames at which the strips begin."""
BY_HAND = 2
"""Frames by which the second one is moved."""
LOOKED_AT = (16, 28, 40)


def preview_together() -> Steps:
    """From two strips to a motion, and again after one was moved."""
    area = area_of("VIEW_3D")
    with bpy.context.temp_override(area=area, region=view_of(area)):
        bpy.ops.view3d.view_selected()
    first, second = add_strips()
    yield from open_tab(area)
    yield from press_button(area, "in_sync=False")
    yield lambda: len(session().application.notes) == 1
    yield 1.0
    shot("previewed")
    answer["lefts"] = [left_of(first), left_of(second)]
    answer["offsets"] = [offset()]
    answer["limbs"] = sorted(action()["aimocap_trust_films"])
    yield from scroll_to_end(area)
    yield from press_button(area, "aimocap.add_film_camera")
    yield from look_through_the_cameras(area)
    second.frame_start += BY_HAND
    bpy.context.scene.sequence_editor.active_strip = first
    first.select = second.select = True
    area.tag_redraw()
    yield 0.5
    yield from press_button(area, "in_sync=True")
    yield lambda: len(session().application.notes) == 2
    yield 1.0
    shot("as_placed")
    answer["lefts_by_hand"] = [left_of(first), left_of(second)]
    answer["offsets"].append(offset())
    yield taken


def add_strips() -> list[object]:
    scene = bpy.context.scene
    scene.render.fps, scene.frame_end = 25, 60
    scene.sequence_editor_clear()
    strips = scene.sequence_editor_create().sequences
    made = [
        strips.new_movie(Path(file).stem, file, channel, frame)
        for channel, (file, frame) in enumerate(zip(REQUEST["films"], (FIRST, SECOND), strict=True), 1)
    ]
    for strip in made:
        strip.select = True
    scene.sequence_editor.active_strip = made[0]
    bpy.ops.ed.undo_push(message="two strips")
    return made


def look_through_the_cameras(area: bpy.types.Area) -> Steps:
    """Each film with the character before it, at some moments."""
    scene = window().scene
    cameras = sorted((thing for thing in scene.objects if thing.type == "CAMERA"), key=film_of)
    answer["cameras"] = [Path(camera.data.background_images[0].image.filepath).name for camera in cameras]
    area.spaces.active.region_3d.view_perspective = "CAMERA"
    area.spaces.active.show_region_ui = False
    for number, camera in enumerate(cameras):
        scene.camera = camera
        for frame in LOOKED_AT:
            scene.frame_set(frame)
            yield 0.6
            shot(f"film{number}_{frame}")
            yield taken
    area.spaces.active.show_region_ui = True
    area.spaces.active.region_3d.view_perspective = "PERSP"
    yield 0.6


def film_of(camera: bpy.types.Object) -> str:
    return camera["aimocap_film_of"]


def left_of(strip: object) -> int:
    return strip.frame_final_start


def offset() -> float:
    """Seconds of the second film's clock at the first one's 0, of the newest preview."""
    previews = session().previews.kept
    return previews.solved(previews.records()[0].id)[0].beside[0].offset


def action() -> bpy.types.Action:
    return next(thing for thing in window().scene.objects if thing.type == "ARMATURE").animation_data.action


if __name__ == "__main__":
    main(globals())
