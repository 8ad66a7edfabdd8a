"""A preview corrected by mouse and keys in the viewport; see `hands.py`."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).parent))
from hands import (
    Steps,
    answer,
    area_of,
    hold,
    let_go,
    over_the_view,
    point_at,
    press,
    shot,
    sidebar_of,
    taken,
    view_of,
    window,
)

from tests.bench.tall_character import add_tall_character

FRAME = 17
SCROLLBAR, ROW = 14, 16
"""Pixels below the rows of bars in the Timeline, and of a row."""


def correct_it(preview_id: str) -> Steps:
    """Each kind of correction, one undone; then the mode is left."""
    area = area_of("VIEW_3D")
    window().scene.frame_set(FRAME)
    answer["kinds"] = []
    with bpy.context.temp_override(window=window(), area=area, region=sidebar_of(area)):
        bpy.ops.aimocap.correct_preview("INVOKE_DEFAULT", preview_id=preview_id)
    yield lambda: mode()._mode.take_id == preview_id
    over_the_view(area)
    yield 0.5
    shot("begun")
    answer["off_the_video"] = off_the_video(area)
    yield from drag(area, "left_wrist", whole, (14.0, 22.0))
    shot("in_the_video")
    yield from let_it_auto_save(area)
    yield from drag(area, "right_wrist", side, (18.0, 0.0))
    shot("from_the_side")
    yield from press_on(area, "right_elbow", "x")
    yield from press_on(area, "left_ankle", "p")
    yield from turn_the_wheel(area, "left_elbow")
    answer["said"] = str(mode()._mode.said)
    shot("corrected")
    press("ctrl+z")
    yield from note_kinds()
    yield lambda: not mode()._mode.said  # of what is undone
    press("period")
    yield 1.0
    answer["doubt"] = [str(mode()._mode.said), window().scene.frame_current]
    shot("doubt")
    yield taken
    bpy.ops.wm.save_mainfile()
    press("Escape")
    yield lambda: not mode()._mode.take_id
    yield 0.4
    answer["left_as_it_was"] = viewport()
    shot("left")


def correct_the_capture(capture_id: str) -> Steps:
    """A drag over the video, one from the side, and one of a span's end in the Timeline; that one is undone."""
    area = area_of("VIEW_3D")
    window().scene.frame_set(FRAME)
    of_preview, answer["kinds"] = answer["kinds"], []
    with bpy.context.temp_override(window=window(), area=area, region=sidebar_of(area)):
        bpy.ops.aimocap.correct_preview("INVOKE_DEFAULT", capture_id=capture_id)
    yield lambda: mode()._mode.take_id == capture_id
    over_the_view(area)
    yield 0.5
    shot("capture_begun")
    yield from drag(area, "left_wrist", whole, (14.0, 22.0))
    yield from drag(area, "right_wrist", side, (18.0, 0.0))
    answer["capture_kinds"], answer["kinds"] = answer["kinds"], of_preview
    shot("capture_corrected")
    before = spans()
    yield from drag_the_end(1, 5)
    answer["spans"] = [before, spans()]
    shot("span_dragged")
    press("ctrl+z")
    yield lambda: spans() == before
    press("Escape")
    yield lambda: not mode()._mode.take_id
    yield 0.4
    answer["capture_left_as_it_was"] = viewport()


def spans() -> list[tuple[int, int]]:
    """The frames in which each correction holds."""
    bars = sys.modules["bl_ext.user_default.aimocap_blender.ui.capture.correction_bars"]
    known = sys.modules["bl_ext.user_default.aimocap_blender.scene.preview.action_trust"].corrections_on(
        character().animation_data.action
    )
    return [bars.bar_of(one, mode()._mode.figure.mapping) for one in known]


def drag_the_end(number: int, frames: int) -> Steps:
    """Of a correction's bar, which is in the lowest row, in the Timeline."""
    region, before = view_of(area_of("DOPESHEET_EDITOR")), spans()
    y, end = region.y + SCROLLBAR + 0.5 * ROW, before[number][1] - 0.5
    places = [region.x + region.view2d.view_to_region(at, 0.0, clip=False)[0] for at in (end, end + frames)]
    point_at(places[0] - 2.0, y)
    yield 0.3
    hold()
    yield 0.3
    for part in (0.5, 1.0):
        point_at(places[0] - 2.0 + part * (places[1] - places[0]), y)
        yield 0.2
    shot("span")
    let_go()
    yield lambda: spans() != before
    over_the_view(area_of("VIEW_3D"))
    yield 0.3


def reload_and_put_on_another(preview_id: str) -> Steps:
    """The file that was saved in the mode is opened again, and another character gets the preview, and goes again."""
    bpy.ops.wm.open_mainfile(filepath=bpy.data.filepath)
    yield lambda: bpy.context.window_manager is not None and bool(window().scene.objects)
    yield 0.5
    answer["reloaded"], answer["saved_as_it_was"] = kinds(), viewport()
    before = character()
    other = add_tall_character(window().scene, seed=7)
    with bpy.context.temp_override(window=window(), selected_objects=[other], active_object=other):
        for each in window().view_layer.objects:
            each.select_set(each == other)
        window().view_layer.objects.active = other
        bpy.ops.aimocap.apply_preview(preview_id=preview_id)
    answer["on_another"] = kinds(other)
    bpy.data.objects.remove(other)
    before.select_set(state=True)
    window().view_layer.objects.active = before


def viewport() -> list[object]:
    space = area_of("VIEW_3D").spaces.active
    return [space.use_local_camera, space.region_3d.view_perspective, space.shading.show_xray]


def drag(area: bpy.types.Area, joint: str, view: Any, shift: tuple[float, float]) -> Steps:
    x, y = place(area, joint, view)
    point_at(x, y)
    yield 0.2
    hold()
    yield 0.2
    for part in (0.5, 1.0):
        point_at(x + part * shift[0], y + part * shift[1])
        yield 0.2
    let_go()
    yield from note_kinds()


def let_it_auto_save(area: bpy.types.Area) -> Steps:
    """The operator that takes events pauses, as if it had run for long, when the pointer leaves the viewport."""
    longest, mode()._LONGEST_SEC = mode()._LONGEST_SEC, 0.0
    region = sidebar_of(area)
    point_at(region.x + 0.5 * region.width, region.y + 0.5 * region.height)
    yield lambda: mode()._mode.waits
    mode()._LONGEST_SEC = longest
    answer["modal_while_paused"] = modal_operators()
    yield lambda: not mode()._mode.waits
    answer["modal_again"] = modal_operators()


def modal_operators() -> list[str]:
    return [one.bl_idname for one in window().modal_operators if "correct" in one.bl_idname.lower()]


def press_on(area: bpy.types.Area, joint: str, key: str) -> Steps:
    point_at(*place(area, joint, whole))
    yield 0.2
    press(key)
    yield from note_kinds()


def turn_the_wheel(area: bpy.types.Area, joint: str) -> Steps:
    point_at(*place(area, joint, whole))
    yield 0.2
    subprocess.run(["xdotool", "click", "--repeat", "3", "--delay", "50", "4"], check=True)
    yield from note_kinds()


def note_kinds() -> Steps:
    """Wait until the corrections on the character are others, and note them."""
    before = answer["kinds"][-1] if answer["kinds"] else []
    for _ in range(100):
        if kinds() != before:
            break
        yield 0.1
    answer["kinds"].append(kinds())
    yield 0.1


def kinds(of: bpy.types.Object | None = None) -> list[str]:
    action = (of or character()).animation_data.action
    known = sys.modules["bl_ext.user_default.aimocap_blender.scene.preview.action_trust"].corrections_on(action)
    return [f"{one.kind.value} {one.joint}" for one in known]


def place(area: bpy.types.Area, joint: str, view: Any) -> tuple[float, float]:
    """Where the handle of a joint is in the window."""
    region, second = view_of(area), mode()._second(bpy.context)
    point = mode()._mode.figure.joints_at(second)[joints()[joint]]
    (found,) = view(mode()._views(area, second)).places(point[None])
    return region.x + float(found[0]), region.y + float(found[1])


def side(views: list[Any]) -> Any:
    return views[0]


def whole(views: list[Any]) -> Any:
    return views[1]


def off_the_video(area: bpy.types.Area) -> float:
    """How far the farthest handle is from where Blender's own camera shows its joint, pixels of the video."""
    figure, second = mode()._mode.figure, mode()._second(bpy.context)
    kept, (_, view) = figure._kept, mode()._views(area, second)
    local = figure.joints_at(second) @ kept.seen.turn[figure._row(second)].T
    pixels = kept.seen.focal * local[:, :2] / local[:, 2:] * [1.0, -1.0]
    camera = bpy.data.objects[figure.camera]
    corners = [camera.matrix_world @ corner for corner in camera.data.view_frame(scene=window().scene)]
    edges = [mode_view(area, corner) for corner in corners]
    frame = np.ptp(np.array(edges), axis=0)
    scale = float((frame / np.array(kept.frame)).min())
    middle = np.mean(edges, axis=0)
    return float(np.abs((view.places(figure.joints_at(second)) - middle) / scale - pixels).max())


def mode_view(area: bpy.types.Area, point: Any) -> tuple[float, float]:
    from bpy_extras.view3d_utils import location_3d_to_region_2d

    found = location_3d_to_region_2d(view_of(area), area.spaces.active.region_3d, point)
    return found.x, found.y


def mode() -> Any:
    return sys.modules["bl_ext.user_default.aimocap_blender.ui.capture.correct_mode"]


def joints() -> dict[str, int]:
    return sys.modules["bl_ext.user_default.aimocap_blender.vision.joints"].INDEX


def character() -> bpy.types.Object:
    return next(thing for thing in window().scene.objects if thing.type == "ARMATURE")
