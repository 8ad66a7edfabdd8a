"""A person's hands on a G1: a table is imported, asked about, checked and adjusted; see `hands.py`."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import bpy
from mathutils import Euler

sys.path.insert(0, str(Path(__file__).parent))
from drawn_labels import drawn_now, note_labels, press_beside, press_label, shown
from hands import (
    REQUEST,
    answer,
    area_of,
    asked,
    click,
    find_button,
    main,
    open_tab,
    point_at,
    press,
    scroll_to_end,
    shot,
    taken,
    view_of,
    window,
)


def table_by_drop() -> Iterator[float | Callable[[], bool]]:
    """Drop a file: it is read beside the window, then asked about; then check by the button."""
    area = area_of("VIEW_3D")
    note_labels()
    with bpy.context.temp_override(window=window(), area=area, region=view_of(area)):
        bpy.ops.aimocap.import_g1_motion("INVOKE_DEFAULT", filepath=REQUEST["table"])
    window().scene.frame_set(50)  # what is done while it is read moves the motion to no other frame
    answer["at_once"] = [rig.name for rig in bpy.data.objects if rig.name.startswith("Unitree")]
    yield from asked()
    shot("asked")
    answer["while_asked"] = [rig.name for rig in bpy.data.objects if rig.name.startswith("Unitree")]
    press("Return")
    yield lambda: any(rig.name.startswith("Unitree") and rig.animation_data for rig in bpy.data.objects)
    yield 1.0
    rig = next(rig for rig in bpy.data.objects if rig.name.startswith("Unitree") and rig.animation_data)
    action = rig.animation_data.action
    answer["fps"], answer["first_frame"] = action["aimocap_fps"], action.frame_range[0]
    answer["range"] = playback_range()
    layer, seen = window().view_layer, area.spaces.active.region_3d
    answer["selected"] = [other.name == rig.name for other in [*layer.objects.selected, layer.objects.active]]
    answer["view"] = {
        "from_pelvis": (seen.view_location - rig.pose.bones["floating_base_joint"].head).length,
        "distance": seen.view_distance,
    }
    for other in layer.objects:
        other.select_set(state=other == rig)
        other.hide_set(rig not in {other, other.parent})
    window().view_layer.objects.active = rig
    with bpy.context.temp_override(window=window(), area=area, region=view_of(area)):
        bpy.ops.view3d.view_selected()
    yield from open_tab(area)
    yield 1.0
    yield from press_label(area, "Check Motion")
    yield 3.0
    yield from heat_is_shown(area)
    yield from fix_a_fault(area)
    another_file()
    yield 1.0
    yield from table_in_a_new_file()


def retarget_by_button() -> Iterator[float | Callable[[], bool]]:
    """A motion in the scene put onto the robot by its button: first stopped by Esc, then to the end."""
    area, ticks = area_of("VIEW_3D"), [0]

    def tick() -> float:
        ticks[0] += 1
        return 0.02

    with bpy.context.temp_override(window=window(), area=area, region=view_of(area)):
        bpy.ops.import_anim.bvh(filepath=REQUEST["motion"])
        source = bpy.context.view_layer.objects.active
        bpy.ops.aimocap.add_g1_rig()
        rig = bpy.context.view_layer.objects.active
        source.select_set(state=True)
        bpy.ops.ed.undo_push(message="before")
    yield from open_tab(area)
    yield 1.0
    bpy.app.timers.register(tick)
    yield from scroll_to_end(area)
    yield from find_button(area, "aimocap.retarget_to_g1")
    click()
    yield 1.5
    press("Escape")
    yield 4.0
    answer["stopped"] = rig.animation_data is not None and rig.animation_data.action is not None
    yield from find_button(area, "aimocap.retarget_to_g1")
    before = ticks[0]
    click()
    yield 2.0
    answer["ticks"] = ticks[0] - before
    yield lambda: rig.animation_data is not None and rig.animation_data.action is not None
    yield 1.0
    shot("retargeted")
    answer["name"], answer["source"] = rig.animation_data.action["aimocap_armature"], source.name
    with bpy.context.temp_override(window=window(), area=area, region=view_of(area)):
        bpy.ops.ed.undo()
    robot = next(other for other in bpy.data.objects if other.name.startswith("Unitree") and other.type == "ARMATURE")
    answer["undone"] = robot.animation_data is None or robot.animation_data.action is None
    with bpy.context.temp_override(window=window(), area=area, region=view_of(area)):
        started = bpy.ops.aimocap.retarget_to_g1("INVOKE_DEFAULT", filepath=REQUEST["motion"])
    answer["reading"] = [*started, *of_file()]
    window().scene.frame_set(50)  # what is done while it is read moves the motion to no other frame
    yield 1.0
    shot("reading")
    yield lambda: bool(of_file())
    answer["of_file"] = of_file()[0]


def folder_by_mouse() -> Iterator[float | Callable[[], bool]]:
    """A folder's list in the sidebar, and a motion imported from it by its button."""
    area, manager = area_of("VIEW_3D"), bpy.context.window_manager
    note_labels()
    yield from open_tab(area)
    with bpy.context.temp_override(window=window(), area=area, region=view_of(area)):
        answer["started"] = [*bpy.ops.aimocap.import_g1_folder("INVOKE_DEFAULT", directory=REQUEST["lab"])]
    yield lambda: len(manager.aimocap_robot_motions) > 0
    yield 1.0
    answer["worst"] = [said for said, _ in shown["G1FolderPanel"]]
    answer["count"] = len(manager.aimocap_robot_motions)
    yield from scroll_to_end(area)
    shot("listed")
    yield taken
    manager.aimocap_robot_motion = answer["count"] - 1
    area.tag_redraw()
    yield 1.0
    answer["best"] = [said for said, _ in shown["G1FolderPanel"]]
    yield from find_button(area, REQUEST["best"])
    click()
    yield lambda: any(rig.name.startswith("Unitree") and rig.animation_data for rig in bpy.data.objects)
    yield 1.0
    shot("imported")
    yield taken


def of_file() -> list[float]:
    """The first frame of each motion that came from the file."""
    return [action.frame_range[0] for action in bpy.data.actions if action.get("aimocap_file")]


def table_in_a_new_file() -> Iterator[float | Callable[[], bool]]:
    """The same table in a file that nobody has used, whose range is the motion's then."""
    area, before = area_of("VIEW_3D"), playback_range()
    with bpy.context.temp_override(window=window(), area=area, region=view_of(area)):
        bpy.ops.aimocap.import_g1_motion("INVOKE_DEFAULT", filepath=REQUEST["table"])
    yield from asked()
    press("Return")
    yield lambda: any(rig.name.startswith("Unitree") and rig.animation_data for rig in bpy.data.objects)
    yield 1.0
    answer["range_of_new_file"] = [before, playback_range()]


def playback_range() -> list[int]:
    return [window().scene.frame_start, window().scene.frame_end]


def heat_is_shown(area: bpy.types.Area) -> Iterator[float | Callable[[], bool]]:
    """Faults in colours: at two of them, the timeline moved, after an edit, its undo, switched off."""
    scene, sheet = window().scene, area_of("DOPESHEET_EDITOR")
    for nudge in (0, 1):  # an editor's edge moves only with the pointer on it
        point_at(sheet.x + 200 + nudge, sheet.y + sheet.height)
        yield 0.2
    with bpy.context.temp_override(window=window(), screen=window().screen, area=None, region=None):
        bpy.ops.screen.area_move(x=sheet.x + 200, y=sheet.y + sheet.height, delta=75)
    overlay, scene.frame_end = area.spaces.active.overlay, at_row(155)
    overlay.show_cursor = overlay.show_object_origins = False
    area.spaces.active.region_3d.view_rotation = Euler((1.4, 0.0, 0.9)).to_quaternion()
    scene.frame_set(at_row(REQUEST["bent_row"]))
    yield 0.5
    with bpy.context.temp_override(window=window(), area=area, region=view_of(area)):
        bpy.ops.view3d.view_selected()
    area.spaces.active.region_3d.view_distance *= 1.15
    window().view_layer.objects.active.select_set(state=False)  # its rings are as orange as faults
    with bpy.context.temp_override(window=window(), area=sheet, region=view_of(sheet)):
        bpy.ops.action.view_all()
        bpy.ops.view2d.pan(deltax=-60)
    point_at(area.x + 200, area.y + 300)
    yield 1.0
    yield from pictured("checked", area, sheet)
    with bpy.context.temp_override(window=window(), area=area, region=view_of(area)):
        bpy.ops.aimocap.go_to_g1_fault(kind="self_collision")
    yield 1.0
    yield from pictured("collision", area, sheet)
    scene.frame_set(at_row(90))
    with bpy.context.temp_override(window=window(), area=sheet, region=view_of(sheet)):
        bpy.ops.view2d.zoom_in(zoomfacx=0.3, zoomfacy=0.0)
        bpy.ops.view2d.pan(deltax=90)
    yield 1.0
    yield from pictured("zoomed", area, sheet)
    scene.frame_set(at_row(REQUEST["bent_row"]))
    with bpy.context.temp_override(window=window(), area=area, region=view_of(area)):
        bpy.ops.ed.undo_push(message="before")
        bpy.ops.aimocap.fix_g1_motion("EXEC_DEFAULT", True, step="MIRROR")
    yield 1.0
    yield from pictured("changed", area, sheet)
    with bpy.context.temp_override(window=window(), area=area, region=view_of(area)):
        bpy.ops.ed.undo()
    yield 1.0
    yield from pictured("undone", area, sheet)
    window().scene.frame_set(at_row(REQUEST["bent_row"]))
    bpy.context.window_manager.aimocap_g1_heat = False
    yield 1.0
    yield from pictured("off", area, sheet)


def fix_a_fault(area: bpy.types.Area) -> Iterator[float | Callable[[], bool]]:
    """By the icon beside the first one; the motion is checked again by itself."""
    rig = window().view_layer.objects.active
    rig.select_set(state=True)
    yield 0.5
    before, action = with_a_fix(), rig.animation_data.action
    yield from press_beside(area, before[0])
    yield lambda: rig.animation_data.action != action
    yield 1.0
    answer["fixed"] = [before[0], with_a_fix()]


def with_a_fix() -> list[str]:
    """The faults that are shown with a button that repairs them."""
    drawn = drawn_now()
    return [drawn[row - 1][0] for row, one in enumerate(drawn) if one == ("", "aimocap.fix_g1_motion")]


def another_file() -> None:
    """How much is drawn over the editors before and after a new file."""
    heat = sys.modules["bl_ext.user_default.aimocap_blender.ui.g1.heat"]
    bpy.context.window_manager.aimocap_g1_heat = True
    answer["drawn"] = [sum(overlay.is_shown for overlay in heat._OVERLAYS)]
    bpy.ops.wm.read_homefile()
    answer["drawn"].append(sum(overlay.is_shown for overlay in heat._OVERLAYS))


def at_row(row: int) -> int:
    """The timeline frame of a frame of the motion, that of 30 fps in a scene of 24."""
    return window().scene.frame_start + round(0.8 * row)


def pictured(name: str, area: bpy.types.Area, sheet: bpy.types.Area) -> Iterator[float | Callable[[], bool]]:
    """Picture the screen; where the regions are on it, and the timeline's frames, go into the answer."""
    file = shot(name, read=True)
    view, strip = view_of(area), view_of(sheet)
    frames = [strip.x + strip.view2d.view_to_region(at_row(0) + 0.8 * row, 0.0, clip=False)[0] for row in range(150)]
    now = strip.x + strip.view2d.view_to_region(window().scene.frame_current, 0.0, clip=False)[0]
    answer[name] = {"frames": frames, "now": now, "file": str(file)} | {
        kind: [region.x, region.y, region.width, region.height] for kind, region in (("view", view), ("strip", strip))
    }
    yield taken


if __name__ == "__main__":
    main(globals())
