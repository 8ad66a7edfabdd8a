"""docs/hands.png: hands that touch in a recorded motion, on three characters, without and with Hold Hands."""

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

from .characters_picture import CHARACTERS, DATA, ROOT, add_body, extent, is_of

PICTURE = ROOT / "docs" / "hands.png"
MOTION = "boxing_toes.bvh"
SHOWN = ("quaternius_knight.glb", "gdquest_mannequiny.glb", "rocketbox_male17.fbx")
MOMENTS = {(1960, 2080): (2016,), (2380, 2700): (2500,)}
"""First and last frame of the motion that is applied, to those that are shown: clasped hands, hands on the floor."""
FLOOR = (0.55, 0.56, 0.6, 1.0)
WIDTH, HEIGHT = 230, 230


def picture_hands() -> None:
    """Write the picture, if the motion and the characters are here."""
    if not DATA.is_dir():
        print("no picture of hands: the real motions and characters are not here")
        return
    rows: tuple[list[Pixels], list[Pixels]] = ([], [])
    for (first, last), frames in MOMENTS.items():
        for name in SHOWN:
            with tempfile.TemporaryDirectory() as folder:
                source = load(DATA / "motions" / MOTION, Path(folder))
                clip = sample(source, range(first, last))
                obj = at_rest(load(DATA / "characters" / name, Path(folder)))
                if not any(is_of(mesh, obj) for mesh in bpy.data.objects):
                    add_body(obj, detect_bones(skeleton_of(obj)).bones())
                for row, hold in zip(rows, (False, True), strict=True):
                    put_clip_on(
                        obj,
                        clip,
                        TimeMapping(float(first), clip.fps),
                        RetargetOptions(contacts="BODY" if hold else "FEET"),
                        "Hands",
                    )
                    row += [_picture(obj, frame, CHARACTERS[name]) for frame in frames]
    save_png(np.concatenate([row_of(row) for row in reversed(rows)]), PICTURE)
    print(f"{PICTURE.relative_to(ROOT)}: {MOTION}, {len(SHOWN)} characters")


def _picture(obj: bpy.types.Object, frame: int, colour: tuple[float, float, float]) -> Pixels:
    scene = bpy.context.scene
    light(scene)
    scene.display.shading.color_type = "OBJECT"
    for mesh in (other for other in bpy.data.objects if other.type == "MESH"):
        mesh.hide_render = not is_of(mesh, obj)  # floors of earlier pictures too
        mesh.color = (*colour, 1.0)
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = WIDTH, HEIGHT, 100
    scene.render.image_settings.file_format = "PNG"
    scene.frame_set(frame)
    bones = detect_bones(skeleton_of(obj)).bones()
    points = [
        obj.matrix_world @ obj.pose.bones[bones[slot]].head for slot in ("hips", "head", "left_hand", "left_foot")
    ]
    middle = sum(points, Vector()) / len(points)
    size = extent(obj)[1]
    hips, across = points[0], obj.matrix_world @ obj.pose.bones[bones["left_upper_leg"]].head
    left = (across - hips) * Vector((1.0, 1.0, 0.0))
    left.normalize()
    ahead = left.cross(Vector((0.0, 0.0, 1.0)))
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.data.type, camera.data.ortho_scale, camera.data.clip_end = "ORTHO", 1.1 * size, 100.0 * size
    camera.location = middle + (ahead + left * 0.5 + Vector((0.0, 0.0, 0.25))) * 4.0 * size
    camera.rotation_euler = (middle - camera.location).to_track_quat("-Z", "Y").to_euler()
    scene.collection.objects.link(camera)
    scene.camera = camera
    bpy.ops.mesh.primitive_plane_add(size=20.0 * size, location=(middle.x, middle.y, 0.0))
    bpy.context.object.color = FLOOR
    return rendered(scene, frame)


if __name__ == "__main__":
    picture_hands()
