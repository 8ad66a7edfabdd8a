"""The character that is kept, the range's fields and the video in the viewport, by mouse; see `hands.py`."""

import sys
from pathlib import Path

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).parent))
from drive_characters import add_source
from hands import (
    REQUEST,
    Steps,
    answer,
    area_of,
    click,
    find_button,
    find_field,
    has_thumbnails,
    main,
    open_panel,
    open_tab,
    over_the_view,
    point_at,
    press,
    screen_pixels,
    shot,
    sidebar_of,
    taken,
    type_in,
    view_of,
    window,
    write_console,
)

from tests.media.plane_picture import number_on

Places = dict[str, tuple[float, float]]
STILL = 3
"""Pictures in a row that are the same: the sidebar is drawn."""
FRAMES = (40, 21, 55)
"""Of the timeline, on which the movie begins at 1."""


def look() -> Steps:
    """Each thing by its buttons, which are looked for once: they stay where they are."""
    write_console(REQUEST["console"])
    area = area_of("VIEW_3D")
    open_panel("existing_motion")
    yield from open_tab(area)
    yield has_thumbnails
    yield 0.5
    shot("follows")
    places: dict[str, tuple[float, float]] = {}
    yield from find_field(area, "range_start")
    places["start"] = answer["pointer"]
    for name, call, across in (
        ("edit", "edit_range", (0.2,)),
        ("video", "video_in_viewport", (0.42,)),
        ("pin", "keep_character", (0.82,)),
        ("retarget", "retarget_from", (0.3,)),
    ):
        yield from find_button(area, f"aimocap.{call}", below=answer["pointer"][1], across=across)
        places[name] = answer["pointer"]
    yield from keep_the_character(area, places)
    yield from trim_the_range(area, places)
    yield from see_the_video(area, places)
    yield from edit_the_range(places)


def press_at(place: tuple[float, float]) -> Steps:
    point_at(*place)
    yield 0.3
    click()
    yield 0.5


def keep_the_character(area: bpy.types.Area, places: Places) -> Steps:
    """Pin it, then select other things: no pixel of the sidebar changes. A button moves it all the same."""
    scene, character = window().scene, window().view_layer.objects.active
    yield from press_at(places["pin"])
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
        last = [sidebar_pixels(area)]
        while len(last) < STILL or any((one != last[-1]).any() for one in last[-STILL:]):
            yield 0.4
            last.append(sidebar_pixels(area))
        seen.append(last[-1])
    answer["changed"] = [int((other != seen[0]).sum()) for other in seen[1:]]
    shot("kept")
    dancer.select_set(state=True)
    yield 0.3
    yield from press_at(places["retarget"])
    yield lambda: character.animation_data is not None and character.animation_data.action is not None
    answer["moved"] = True
    scene.frame_current = 1


def trim_the_range(area: bpy.types.Area, places: Places) -> Steps:
    """Type the first frame into its field; one step back."""
    before = handles(window().scene.sequence_editor.active_strip)
    point_at(*places["start"])
    yield 0.3
    yield from type_in("30")
    shot("trimmed")
    answer["trimmed"] = [before[0], handles(window().scene.sequence_editor.active_strip)[0]]
    over_the_view(area)
    press("ctrl+z")
    yield 0.5
    answer["trimmed"].append(handles(window().scene.sequence_editor.active_strip)[0])


def see_the_video(area: bpy.types.Area, places: Places) -> Steps:
    """Turn it on, read it at some frames, turn it off."""
    scene = window().scene
    images = len(bpy.data.images)
    yield from press_at(places["video"])
    (plane,) = [thing for thing in scene.objects if thing.type == "EMPTY"]
    with bpy.context.temp_override(area=area, region=view_of(area)):
        bpy.ops.view3d.view_axis(type="FRONT")
        bpy.ops.view3d.view_all()
    answer["seen"] = []
    for frame in FRAMES:
        scene.frame_set(frame)
        yield 0.3
        answer["seen"].append(number_on(plane, tuple(REQUEST["size"])))
    over_the_view(area)
    yield 0.5
    shot("seen")
    yield taken
    yield from press_at(places["video"])
    answer["left"] = [
        [thing.name for thing in bpy.data.objects if thing.type == "EMPTY"],
        len(bpy.data.images) - images,
    ]


def edit_the_range(places: Places) -> Steps:
    """A sequencer opens below, once."""
    answer["sequencers"] = []
    for _ in range(2):
        yield from press_at(places["edit"])
        yield 0.7
        shown = [found for found in window().screen.areas if found.type == "SEQUENCE_EDITOR"]
        answer["sequencers"].append(len(shown))
    shot("edited")
    strip, region = window().scene.sequence_editor.active_strip, view_of(shown[0])
    ends = [region.view2d.view_to_region(end, strip.channel + 0.5, clip=False) for end in handles(strip)]
    answer["framed"] = [(ends[1][0] - ends[0][0]) / region.width, *(0 <= x < region.width for x, _ in ends)]


def handles(strip: object) -> tuple[int, int]:
    return strip.frame_final_start, strip.frame_final_end


def sidebar_pixels(area: bpy.types.Area) -> np.ndarray:
    region = sidebar_of(area)
    pixels = screen_pixels()
    bottom = len(pixels) - region.y
    return pixels[bottom - region.height + 40 : bottom - 250, region.x + 4 : region.x + region.width - 30]


if __name__ == "__main__":
    main(globals())
