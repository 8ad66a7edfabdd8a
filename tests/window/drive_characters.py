"""A person's hands on a character's bones, and on the motion of another armature; see `hands.py`."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from hands import (
    answer,
    area_of,
    choose,
    click,
    find_button,
    main,
    open_panel,
    open_tab,
    over_the_view,
    point_at,
    press,
    press_button,
    screen_pixels,
    shot,
    sidebar_of,
    view_of,
    window,
)

ADVANCED, LEFT_ARM = (60, 212), (203, 485)
"""Pixels from the pointer, right and down, to these in the redo panel that opens there."""
NO_ARMS = tuple(f"{side}{part}" for side in ("Left", "Right") for part in ("Arm", "ForeArm", "Hand"))


def bones_by_mouse() -> Iterator[float | Callable[[], bool]]:
    """Open the Bones panel, click on a bone, search another one."""
    area = area_of("VIEW_3D")
    open_panel("bones")
    yield from open_tab(area)
    yield 0.5
    shot("bones")
    yield from find_button(area, "slot='left_shoulder'")
    shot("tooltip")
    click()
    yield 0.8
    for letter in "leftforearm":
        press(letter)
    yield 0.8
    shot("search")
    press("Return")
    yield 0.8
    shot("chosen")
    character = bpy.context.view_layer.objects.active
    answer["kept"] = character["aimocap_bone_map"]


def retarget_by_mouse() -> Iterator[float | Callable[[], bool]]:
    """Put another armature's motion on the character by a search, then choose otherwise in the redo panel."""
    character = bpy.context.view_layer.objects.active
    source = add_source(character)
    area = area_of("VIEW_3D")
    for panel in ("existing_motion", "edit_motion"):
        open_panel(panel)
    yield from open_tab(area)
    yield from find_button(area, "aimocap.retarget_from")
    click()
    yield 0.8
    shot("search")
    press("Return")
    yield lambda: character.animation_data is not None and character.animation_data.action is not None
    yield 0.8
    answer["action"] = character.animation_data.action.name
    answer["source_action"] = source.animation_data.action.name
    over_the_view(area)
    press("F9")
    yield 1.0
    shot("redo_panel")
    answer["operator"] = bpy.context.window_manager.operators[-1].bl_idname
    press("Escape")
    yield 0.5
    source.select_set(state=True)
    yield 0.5
    sidebar_of(area).tag_redraw()
    yield 0.5
    shot("two_selected")
    depsgraph = bpy.context.evaluated_depsgraph_get()
    for name, rig in (("source", source), ("character", character)):
        shown = rig.evaluated_get(depsgraph)
        answer[f"{name}_hand"] = list(shown.matrix_world @ shown.pose.bones["mixamorig:LeftHand"].head)
    yield from export_from_the_window(character)
    yield from clean_up_by_mouse(area, character)


def asked_by_mouse() -> Iterator[float | Callable[[], bool]]:
    """Retarget onto a figure without arms: called off at first, then applied anyway."""
    source = bpy.context.view_layer.objects.active
    source.pose.bones["mixamorig:LeftArm"].keyframe_insert("rotation_quaternion", frame=1)
    source.pose.bones["mixamorig:LeftArm"].keyframe_insert("rotation_quaternion", frame=10)
    walker = bpy.data.objects.new("Walker", source.data.copy())
    bpy.context.scene.collection.objects.link(walker)
    source.select_set(state=False)
    walker.select_set(state=True)
    bpy.context.view_layer.objects.active = walker
    area = area_of("VIEW_3D")
    with bpy.context.temp_override(window=window(), area=area):
        bpy.ops.object.mode_set(mode="EDIT")
        for bone in list(walker.data.edit_bones):
            if bone.name.removeprefix("mixamorig:").startswith(NO_ARMS):
                walker.data.edit_bones.remove(bone)
            else:
                bone.name = bone.name.removeprefix("mixamorig:")
        bpy.ops.object.mode_set(mode="OBJECT")
    open_panel("existing_motion")
    yield from open_tab(area)
    for act in ("called_off", "applied"):
        yield from find_button(area, "aimocap.retarget_from")
        click()
        yield 0.8
        press("Return")
        yield 1.0
        shot(act)
        if act == "called_off":
            press("Escape")
            yield 0.5
        else:
            yield from choose(1, return_cancels=True)
            yield lambda: walker.animation_data is not None
        answer[act] = walker.animation_data is not None


def several_files() -> Iterator[float | Callable[[], bool]]:
    """Drop two motions and a file that is none: a table says how each ended."""
    character = bpy.context.view_layer.objects.active
    source = add_source(character)
    folder = Path(tempfile.mkdtemp())
    area = area_of("VIEW_3D")
    with bpy.context.temp_override(window=window(), area=area, active_object=source, object=source):
        for name in ("one.bvh", "two.bvh"):
            bpy.ops.export_anim.bvh(filepath=str(folder / name), frame_start=1, frame_end=10)
    (folder / "none.bvh").write_text("no motion", encoding="utf-8")
    yield from open_tab(area)
    over_the_view(area)
    files = [{"name": name} for name in ("one.bvh", "none.bvh", "two.bvh")]
    with bpy.context.temp_override(window=window(), area=area, region=view_of(area)):
        bpy.ops.aimocap.import_motion_fbx("INVOKE_DEFAULT", directory=str(folder), files=files, onto=character.name)
    yield lambda: (data := character.animation_data) is not None and data.action.name == "two"
    yield 1.0
    shot("table")
    yield 1.0
    answer["actions"] = sorted(action.name for action in bpy.data.actions)
    answer["plays"] = character.animation_data.action.name


def parts_by_mouse() -> Iterator[float | Callable[[], bool]]:
    """Put a motion onto one arm: the body parts are below Advanced in the redo panel."""
    character = bpy.context.view_layer.objects.active
    add_take(character, "Walk", "mixamorig:RightArm")
    source = add_source(character)
    area = area_of("VIEW_3D")
    with bpy.context.temp_override(window=window(), area=area, region=view_of(area)):
        bpy.ops.aimocap.retarget_from("INVOKE_DEFAULT", source=source.name, onto=character.name)
    yield lambda: character.animation_data.action.name != "Walk"
    yield 0.8
    x, y = over_the_view(area)
    press("F9")
    yield 1.0
    shot("redo_panel")
    for name, (right, down) in (("advanced", ADVANCED), ("parts", LEFT_ARM)):
        point_at(x + right, y - down)
        yield 0.8
        click()
        yield 1.5
        shot(name)
    answer["parts"] = sorted(bpy.context.window_manager.operators[-1].properties.parts)


def clean_up_by_mouse(area: bpy.types.Area, character: bpy.types.Object) -> Iterator[float]:
    """Edit an arm that goes up and down three times in each way; look at redo panels, and undo each."""
    bpy.ops.object.mode_set(mode="OBJECT")
    name, arm = character.name, character.pose.bones["mixamorig:LeftArm"]
    arm.rotation_mode = "XYZ"
    track = character.animation_data.nla_tracks.new()
    track.strips.new("Before", 1, character.animation_data.action)
    track.mute = True
    character.animation_data.action = bpy.data.actions.new("Swinging")
    for number in range(7):
        arm.rotation_euler.x = float(number % 2)
        arm.keyframe_insert("rotation_euler", frame=1 + 15 * number)
    scene = bpy.context.scene
    scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, 20, 60
    with bpy.context.temp_override(window=window(), area=area):
        bpy.ops.ed.undo_push(message="Swinging")

    def state() -> list[object]:
        data = bpy.data.objects[name].animation_data
        action = data.action
        strips = [strip.name for track in data.nla_tracks for strip in track.strips]
        if action is None:
            return [None, strips]
        curves = action.fcurves if hasattr(action, "fcurves") else action.layers[0].strips[0].channelbags[0].fcurves
        keys = [round(key.co.y, 3) for curve in curves for key in curve.keyframe_points if curve.array_index == 0]
        return [action.name, *action.frame_range, action.use_cyclic, keys, strips]

    answer["untouched"] = state()
    shot("edit_motion")
    for act in ("make_loop", "smooth_motion", "trim_motion", "retime_motion", "mirror_motion", "blend_takes"):
        yield from press_button(area, f"aimocap.{act}")
        yield 0.5
        answer[act] = state()
        over_the_view(area)
        press("F9")
        yield 1.0
        shot(act)
        press("Escape")
        yield 0.5
        over_the_view(area)
        press("ctrl+z")
        yield 1.0
        answer[f"undone_{act}"] = state()


def export_from_the_window(character: bpy.types.Object) -> Iterator[float]:
    """Export in each format from Pose Mode, with another armature selected too."""
    bpy.context.view_layer.objects.active = character
    bpy.ops.object.mode_set(mode="POSE")
    yield 0.3

    def state() -> list[object]:
        scene, layer = bpy.context.scene, bpy.context.view_layer
        selected = sorted(obj.name for obj in layer.objects if obj.select_get())
        return [
            scene.frame_current,
            scene.frame_start,
            scene.frame_end,
            bpy.context.mode,
            selected,
            len(bpy.data.objects),
        ]

    before = state()
    first, last = character.animation_data.action.frame_range
    answer["frames"] = round(last - first) + 1
    with tempfile.TemporaryDirectory() as folder:
        for kind, suffix in (("FBX", "fbx"), ("GLB", "glb"), ("BVH", "bvh")):
            bpy.ops.aimocap.export_motion("EXEC_DEFAULT", filepath=str(Path(folder) / f"motion.{suffix}"), format=kind)
        answer["exported"] = {file.suffix: file.stat().st_size for file in Path(folder).iterdir()}
        answer["bvh"] = (Path(folder) / "motion.bvh").read_text()
    answer["stays"] = state() == before


def review_by_mouse() -> Iterator[float | Callable[[], bool]]:
    """Put a motion on a character whose arm is locked, and review its bones."""
    character = bpy.context.view_layer.objects.active
    source = add_source(character)
    locked = character.pose.bones["mixamorig:LeftArm"]
    locked.rotation_mode, locked.lock_rotation = "XYZ", (True, True, True)
    area = area_of("VIEW_3D")
    open_panel("existing_motion")
    yield from open_tab(area)
    source.select_set(state=True)
    yield 0.5
    yield from find_button(area, "aimocap.retarget_from")
    click()
    yield lambda: character.animation_data is not None and character.animation_data.action is not None
    yield 0.8
    answer["told"] = bpy.context.window_manager.operators[-1].told
    over_the_view(area)
    press("F9")
    yield 1.0
    shot("warning")
    press("Escape")
    yield 0.5
    over_the_view(area)
    with bpy.context.temp_override(window=window(), area=area, region=view_of(area)):
        bpy.ops.aimocap.review_bones("INVOKE_DEFAULT")
    yield 1.0
    shot("bones_in_a_popup")


def takes_by_mouse() -> Iterator[float | Callable[[], bool]]:
    """Compare two takes: see the ghost, flip them by a key, keep one by another, and undo it."""
    name = bpy.context.view_layer.objects.active.name
    for take, bone in (("Preview", "mixamorig:LeftArm"), ("Walk", "mixamorig:RightArm")):
        add_take(bpy.data.objects[name], take, bone)
    window().scene.frame_set(40)
    area = area_of("VIEW_3D")
    with bpy.context.temp_override(window=window(), area=area, region=view_of(area)):
        bpy.ops.view3d.view_selected()
        bpy.ops.ed.undo_push(message="Two takes")

    def plays() -> str:
        return bpy.data.objects[name].animation_data.action.name

    def shows_ghost() -> bool:
        return blue_pixels(area) > without_ghost + 1000

    open_panel("edit_motion")
    yield from open_tab(area)
    without_ghost = blue_pixels(area)
    yield from press_button(area, "aimocap.compare_takes")
    over_the_view(area)
    yield shows_ghost
    answer["plays"] = [plays()]
    shot("takes")
    press("f")
    yield lambda: plays() == "Preview"
    yield 0.5
    shot("takes_flipped")
    press("Escape")
    yield lambda: plays() == "Walk"
    yield lambda: not shows_ghost()
    yield from press_button(area, "aimocap.compare_takes")
    over_the_view(area)
    yield shows_ghost
    press("f")
    yield lambda: plays() == "Preview"
    press("Return")
    yield lambda: len(bpy.data.actions) == 1
    answer["plays"].append(plays())
    answer["tracks"] = len(bpy.data.objects[name].animation_data.nla_tracks)
    yield lambda: not shows_ghost()
    shot("take_kept")
    press("ctrl+z")
    yield lambda: len(bpy.data.actions) > 1
    answer["plays"].append(plays())
    answer["actions"] = sorted(action.name for action in bpy.data.actions)


def add_take(character: bpy.types.Object, name: str, bone: str) -> None:
    """A take that rotates one bone, as the add-on writes it."""
    keyframes = sys.modules["bl_ext.user_default.aimocap_blender.scene.keys.keyframes"]
    character.pose.bones[bone].rotation_mode = "XYZ"
    channel = keyframes.Channel(f'pose.bones["{bone}"].rotation_euler', 0, bone, np.array([0.0, -1.2]))
    keyframes.write_action(character, name, np.array([1.0, 40.0]), [channel])


def blue_pixels(area: bpy.types.Area) -> int:
    """How much of the viewport has the ghost's colour."""
    region, pixels = view_of(area), screen_pixels()[::-1].astype(int)
    red, green, blue = np.moveaxis(
        pixels[region.y : region.y + region.height, region.x : region.x + region.width], 2, 0
    )
    return int(((blue > 100) & (blue > red + 50) & (green > red + 25)).sum())


def add_source(character: bpy.types.Object) -> bpy.types.Object:
    """The character's double beside it, raising an arm."""
    source = bpy.data.objects.new("Dancer", character.data.copy())
    bpy.context.scene.collection.objects.link(source)
    source.location.x = 1.5
    bpy.context.view_layer.update()  # makes its pose
    arm = source.pose.bones["mixamorig:LeftArm"]
    arm.rotation_mode = "XYZ"
    for frame, angle in ((1, 0.0), (40, 1.0)):
        arm.rotation_euler.x = angle
        arm.keyframe_insert("rotation_euler", frame=frame)
    window().scene.frame_current = 40
    return source


if __name__ == "__main__":
    main(globals())
