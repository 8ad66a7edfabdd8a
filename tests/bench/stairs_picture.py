"""docs/stairs.png: a recorded walk, bent to go up stairs, on eight characters; the steps are drawn where feet stand."""

import math
import tempfile
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.armatures import skeleton_of
from aimocap_blender.scene.retargeting import put_clip_on
from tests.demo.contact_sheet import Pixels, light, rendered, row_of, save_png
from tests.scene.real_files import at_rest, load, sample
from tests.scene.retarget_judge import SIDES, joints_of_motion
from tests.scene.stairs import up_stairs

from .characters_picture import CHARACTERS, DATA, ROOT, add_body, extent, is_of

PICTURE = ROOT / "docs" / "stairs.png"
MOTION, FIRST, FRAMES = "fair1_zombie.bvh", 70, 110
MOMENTS = (0.2, 0.5, 0.8)
"""Of each character's time on the stairs."""
STEP_COLOUR = (0.55, 0.56, 0.6, 1.0)
WIDTH, HEIGHT = 190, 230


def picture_stairs() -> None:
    """Write the picture, if the motion and the characters are here."""
    if not DATA.is_dir():
        print("no picture of stairs: the real motions and characters are not here")
        return
    with tempfile.TemporaryDirectory() as folder:
        source = load(DATA / "motions" / MOTION, Path(folder))
        source.rotation_euler.x -= math.pi / 2  # its file hangs along Y
        bpy.context.view_layer.update()
        clip, rises = up_stairs(sample(source, range(FIRST, FIRST + FRAMES)))
        unit = 1.0 / joints_of_motion(clip).size
        columns = []
        for name, colour in CHARACTERS.items():
            obj = at_rest(load(DATA / "characters" / name, Path(folder)))
            if not any(is_of(mesh, obj) for mesh in bpy.data.objects):
                add_body(obj, detect_bones(skeleton_of(obj)).bones())
            _, height = extent(obj)
            scale = put_clip_on(obj, clip, TimeMapping(0.0, clip.fps), RetargetOptions(), "Stairs").report.scale
            stances = [
                (side, start, stop, float(rises[side][start]) * unit * scale)
                for side in SIDES
                for start, stop in _spans(~np.isnan(rises[side]))
            ]
            columns.append(_pictures(obj, stances, colour, height))
    save_png(np.concatenate([row_of(row) for row in reversed(list(zip(*columns, strict=True)))]), PICTURE)
    print(f"{PICTURE.relative_to(ROOT)}: {MOTION} on stairs, {len(CHARACTERS)} characters")


def _spans(those: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], those.astype(int), [0]])))
    return [(int(start), int(stop) - 1) for start, stop in edges.reshape(-1, 2)]


def _pictures(
    obj: bpy.types.Object,
    stances: list[tuple[str, int, int, float]],
    colour: tuple[float, float, float],
    size: float,
) -> list[Pixels]:
    scene, bones = bpy.context.scene, detect_bones(skeleton_of(obj)).bones()
    light(scene)
    scene.display.shading.color_type = "OBJECT"
    for mesh in (other for other in bpy.data.objects if other.type == "MESH"):
        mesh.hide_render = not is_of(mesh, obj)
        mesh.color = (*colour, 1.0)
    _, start, stop, _ = min(stances, key=lambda stance: stance[3])
    scene.frame_set((start + stop) // 2)
    ground, _ = extent(obj)
    places = []
    for side, start, stop, height in stances:
        scene.frame_set((start + stop) // 2)
        places.append((obj.matrix_world @ obj.pose.bones[bones[f"{side}_foot"]].head, ground + height))
    hips = obj.pose.bones[bones["hips"]]
    scene.frame_set(0)
    first = obj.matrix_world @ hips.head
    scene.frame_set(FRAMES - 1)
    ahead = (obj.matrix_world @ hips.head - first) * Vector((1.0, 1.0, 0.0))
    ahead.normalize()
    _add_steps(places, ahead, size)
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = WIDTH, HEIGHT, 100
    scene.render.image_settings.file_format = "PNG"
    shown = []
    for moment in MOMENTS:
        frame = round(moment * (FRAMES - 1))
        scene.frame_set(frame)
        middle = obj.matrix_world @ hips.head
        middle.z = extent(obj)[0] + 0.5 * size
        scene.camera = _camera_beside(middle, ahead, size)
        shown.append(rendered(scene, frame))
    return shown


def _add_steps(places: list[tuple[Vector, float]], ahead: Vector, size: float) -> None:
    """A block under each stance, as wide as the stairs, from its foot's heel to the next one's."""
    along = sorted((float(place @ ahead), height, place) for place, height in places)
    across = ahead.cross(Vector((0.0, 0.0, 1.0)))
    middle = sum((float(place @ across) for place, _ in places)) / len(places)
    edges = [ankle - 0.1 * size for ankle, _, _ in along]
    for number, (ankle, height, _) in enumerate(along):
        start, end = edges[number], edges[number + 1] if number + 1 < len(along) else ankle + 0.4 * size
        thick = height - along[0][1] + 0.3 * size
        bpy.ops.mesh.primitive_cube_add(size=1.0)
        block = bpy.context.object
        block.rotation_euler = ahead.to_track_quat("X", "Z").to_euler()
        block.scale = (max(end - start, 1e-3), 0.9 * size, thick)
        block.location = ahead * (start + end) / 2 + across * middle + Vector((0.0, 0.0, height - thick / 2))
        block.color = STEP_COLOUR


def _camera_beside(middle: Vector, ahead: Vector, size: float) -> bpy.types.Object:
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.data.type, camera.data.ortho_scale = "ORTHO", 1.55 * size
    camera.data.clip_end = 100.0 * size
    beside = ahead.cross(Vector((0.0, 0.0, 1.0)))
    camera.location = middle + (beside + ahead * 0.35 + Vector((0.0, 0.0, 0.2))) * 4.0 * size
    camera.rotation_euler = (middle - camera.location).to_track_quat("-Z", "Y").to_euler()
    bpy.context.scene.collection.objects.link(camera)
    return camera


if __name__ == "__main__":
    picture_stairs()
