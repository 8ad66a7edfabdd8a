"""A person's hands on the list of captures; see `hands.py`."""

import subprocess
import sys
import time
from pathlib import Path

import bpy
from bpy_extras.view3d_utils import location_3d_to_region_2d

sys.path.insert(0, str(Path(__file__).parent))
from drawn_labels import note_labels, press_label
from hands import (
    Steps,
    answer,
    area_of,
    click,
    find_button,
    find_field,
    main,
    open_tab,
    over_the_view,
    point_at,
    press,
    press_button,
    session,
    shot,
    start_capture,
    states,
    type_in,
    view_of,
    window,
    write,
)

FIRST_TILE = 50
"""Pixels from the left of the asset shelf to its first tile."""


def shelf() -> Steps:
    """A range is captured, a part of it is applied, the rest of another is offered; it is renamed, and F3 is used."""
    note_labels()
    area = area_of("VIEW_3D")
    yield from open_tab(area)
    yield lambda: bool(thumbnails()._made)
    yield from start_capture(area)
    yield lambda: states() == ["done"] and bool(session().application.notes)
    answer["picture"] = (session().captures.runner.captures()[0].folder / "picture.jpg").is_file()
    whole = action().frame_range[0]
    active_strip().frame_offset_start += 5
    yield 0.5
    yield from press_button(area, 'strip="')  # Apply Earlier, not Apply
    yield lambda: action().frame_range[0] > whole
    answer["part"] = action().frame_range[0] - whole
    active_strip().frame_offset_start -= 10
    yield 0.5
    yield from find_button(area, "only_missing=True")
    shot("rest")
    yield from find_field(area, "aimocap_capture_index", across=(0.4, 0.15))
    subprocess.run(["xdotool", "click", "--repeat", "2", "--delay", "60", "1"], check=True)
    yield 0.5
    press("ctrl+a")
    yield from write("Her best jump")
    answer["titles"] = [view.title for view in session().captures.runner.captures()]
    yield from find_it_for_another(area)
    over_the_view(area)
    press("F3")
    yield 0.5
    yield from write("detect bones")
    yield lambda: last_operator() == "AIMOCAP_OT_detect_bones"
    yield from apply_from_the_asset_shelf(area)
    area.ui_type = "SEQUENCE_EDITOR"
    yield 0.5
    with bpy.context.temp_override(window=window(), area=area, region=view_of(area)):
        bpy.ops.sequencer.view_all()
    yield 1.0
    shot("bars")


def find_it_for_another(area: bpy.types.Area) -> Steps:
    """Among sixteen takes it is searched for, and put onto a second character."""
    character, (taken,) = window().view_layer.objects.active, session().captures.listed()
    kept, binding = session().previews.kept, taken.binding.to_json()
    record = sys.modules["bl_ext.user_default.aimocap_blender.takes.previews.kept"].PreviewRecord
    for number in range(15):
        kept.add(record(f"preview-{number}", "Take 1", "dance.mp4", (number, number + 1.0), time.time(), binding))
    sys.modules["bl_ext.user_default.aimocap_blender.ui.capture.list"].update_list()
    other = character.copy()
    other.animation_data_clear()
    other.location.x = 1.0
    window().scene.collection.objects.link(other)
    yield 0.5
    shot("sixteen")
    region = view_of(area)
    chest = location_3d_to_region_2d(region, area.spaces.active.region_3d, (1.0, 0.0, 1.1))
    point_at(region.x + chest.x, region.y + chest.y)
    yield 0.3
    click()
    yield lambda: window().view_layer.objects.active == other
    yield from find_field(area, "aimocap_shelf.text")
    yield from type_in("jump")
    shot("searched")
    yield from press_label(area, "Apply", below=answer["pointer"][1])
    yield lambda: other.animation_data is not None and other.animation_data.action is not None
    shot("second")
    answer["second"] = [one.animation_data.action["aimocap_capture"] == taken.id for one in (character, other)]
    bpy.data.objects.remove(other)
    character.select_set(state=True)
    window().view_layer.objects.active = character
    yield from find_field(area, "aimocap_shelf.text")
    yield from type_in("")


def apply_from_the_asset_shelf(area: bpy.types.Area) -> Steps:
    """By a click on the only tile, at the bottom of the viewport, onto the character without motion.

    With motion, its Action would be replaced: Blender 4.3 may end if one is removed while a thread of it lists assets.
    """
    character = window().view_layer.objects.active
    character.animation_data_clear()
    area.spaces.active.show_region_asset_shelf = True
    yield 2.0
    region = next(region for region in area.regions if region.type == "ASSET_SHELF")
    point_at(region.x + FIRST_TILE, region.y + region.height / 2)
    yield 0.5
    click()
    yield lambda: last_operator() == "AIMOCAP_OT_retarget_asset"
    shot("asset_shelf")
    answer["from_the_shelf"] = character.animation_data.action["aimocap_capture"]
    area.spaces.active.show_region_asset_shelf = False
    yield 0.5


def last_operator() -> str:
    operators = bpy.context.window_manager.operators
    return operators[-1].bl_idname if operators else ""


def action() -> bpy.types.Action:
    return window().view_layer.objects.active.animation_data.action


def active_strip() -> object:
    return window().scene.sequence_editor.active_strip


def thumbnails() -> object:
    return sys.modules["bl_ext.user_default.aimocap_blender.ui.preview.thumbnail_strip"]._shown.thumbnails


if __name__ == "__main__":
    main(globals())
