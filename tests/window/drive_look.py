"""The character that is kept, the range's fields and the video in the viewport, by mouse; see `hands.py`."""

import subprocess
import sys
from pathlib import Path

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).parent))
from drive_characters import add_source
from hands import (
    REQUEST,
    STEP_PIXELS,
    Steps,
    answer,
    area_of,
    main,
    open_tab,
    over_the_view,
    pictures,
    point_at,
    press,
    press_button,
    shot,
    sidebar_of,
    type_in,
    view_of,
    window,
    write_console,
)

from tests.media.plane_picture import number_on

FRAMES = (40, 21, 55)
"""Of the timeline, on which the movie begins at 1."""


def look() -> Steps:
    """Each thing by its buttons."""
    write_console(REQUEST["console"])
    area = area_of("VIEW_3D")
    yield from open_tab(area)
    thumbnails = sys.modules["bl_ext.user_default.aimocap_blender.ui.preview.thumbnail_strip"]._shown.thumbnails
    yield lambda: not thumbnails.busy and any(thumbnails._made.values())
    yield 1.0
    yield from keep_the_character(area)
    yield from trim_the_range(area)
    yield from see_the_video(area)
    yield from edit_the_range()


def keep_the_character(area: bpy.types.Area) -> Steps:
    """Pin it, then select other things: no pixel of the sidebar changes. A button moves it all the same."""
    scene, character = window().scene, window().view_layer.objects.active
    shot("follows")
    yield from press_button(area, "aimocap.keep_character")
    answer["kept"] = scene.aimocap.character.name
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(camera)
    dancer = add_source(character)
    seen = []
    for active in (character, camera, None):
        for thing in scene.objects:
            thing.select_set(thing == active)
        window().view_layer.objects.active = active
        over_the_view(area)
        sidebar_of(area).tag_redraw()
        yield 0.8
        seen.append(sidebar_pixels(area))
    answer["changed"] = [int((other != seen[0]).sum()) for other in seen[1:]]
    shot("kept")
    dancer.select_set(state=True)
    yield 0.3
    yield from press_button(area, "aimocap.retarget_from")
    answer["moved"] = character.animation_data is not None and character.animation_data.action is not None
    bpy.data.objects.remove(dancer)
    scene.frame_current = 1


def trim_the_range(area: bpy.types.Area) -> Steps:
    """Type the first frame into its field; one step back."""
    strip = window().scene.sequence_editor.active_strip
    before = strip.frame_final_start
    yield from find_field(area, "range_start")
    yield from type_in("30")
    shot("trimmed")
    answer["trimmed"] = [before, strip.frame_final_start]
    over_the_view(area)
    press("ctrl+z")
    yield 0.5
    answer["trimmed"].append(window().scene.sequence_editor.active_strip.frame_final_start)


def see_the_video(area: bpy.types.Area) -> Steps:
    """Turn it on, read it at some frames, turn it off."""
    scene = window().scene
    images = len(bpy.data.images)
    yield from press_button(area, "aimocap.video_in_viewport")
    (plane,) = [thing for thing in scene.objects if thing.type == "EMPTY"]
    with bpy.context.temp_override(area=area, region=view_of(area)):
        bpy.ops.view3d.view_axis(type="FRONT")
        bpy.ops.view3d.view_all()
    answer["seen"] = []
    for frame in FRAMES:
        scene.frame_set(frame)
        yield 0.4
        answer["seen"].append(number_on(plane, tuple(REQUEST["size"])))
    shot("seen")
    yield lambda: pictures[-1].poll() is not None
    yield from press_button(area, "aimocap.video_in_viewport(show=False)", across=(0.47,))
    left = [thing.name for thing in bpy.data.objects if thing.type == "EMPTY"]
    answer["left"] = [left, len(bpy.data.images) - images]


def edit_the_range() -> Steps:
    """A sequencer opens below, once."""
    answer["sequencers"] = []
    for _ in range(2):
        yield from press_button(area_of("VIEW_3D"), "aimocap.edit_range")
        yield 1.0
        shown = [found for found in window().screen.areas if found.type == "SEQUENCE_EDITOR"]
        answer["sequencers"].append(len(shown))
    shot("edited")
    strip, region = window().scene.sequence_editor.active_strip, view_of(shown[0])
    ends = [region.view2d.view_to_region(end, strip.channel + 0.5, clip=False) for end in handles(strip)]
    answer["framed"] = [(ends[1][0] - ends[0][0]) / region.width, *(0 <= x < region.width for x, _ in ends)]


def handles(strip: object) -> tuple[int, int]:
    return strip.frame_final_start, strip.frame_final_end


def find_field(area: bpy.types.Area, name: str) -> Steps:
    """Move the pointer down the sidebar until it rests on the field of a property."""
    region, manager = sidebar_of(area), bpy.context.window_manager
    for y in np.arange(region.y + region.height - 30, region.y + 10, -STEP_PIXELS).tolist():
        for part in (0.3, 0.7):
            point_at(region.x + region.width * part, y)
            yield 0.1
            manager.clipboard = ""
            with bpy.context.temp_override(window=window(), area=area, region=region):
                if bpy.ops.ui.copy_data_path_button.poll():
                    bpy.ops.ui.copy_data_path_button()
            if name in manager.clipboard:
                return
    raise AssertionError(f"no field of {name}")


def sidebar_pixels(area: bpy.types.Area) -> np.ndarray:
    region = sidebar_of(area)
    width, height = REQUEST["screen"]
    screen = subprocess.run(["import", "-window", "root", "-depth", "8", "rgb:-"], check=True, stdout=subprocess.PIPE)
    pixels = np.frombuffer(screen.stdout, np.uint8).reshape(height, width, 3)
    bottom = height - region.y
    return pixels[bottom - region.height + 40 : bottom - 250, region.x + 4 : region.x + region.width - 30]


if __name__ == "__main__":
    main(globals())
