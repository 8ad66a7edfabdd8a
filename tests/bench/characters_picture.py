"""docs/eight_characters.png: one motion, as it was recorded and on eight characters that differ in everything."""

import tempfile
from collections.abc import Mapping
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

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
PICTURE = ROOT / "docs" / "eight_characters.png"
MOTION = "boxing_toes.bvh"
GREY = (0.7, 0.7, 0.72)
CHARACTERS = {
    "rocketbox_male17.fbx": (0.85, 0.35, 0.2),
    "gdquest_mannequiny.glb": (0.9, 0.65, 0.2),
    "kenney.fbx": (0.5, 0.7, 0.25),
    "quaternius_knight.glb": (0.2, 0.65, 0.5),
    "vrm_godette.vrm": (0.2, 0.6, 0.8),
    "quaternius_humanoid.glb": (0.25, 0.4, 0.85),
    "mh_mixamo.blend": (0.55, 0.4, 0.85),
    "smplx_wooden.blend": (0.85, 0.35, 0.6),
}
"""With the colour that each is shown in."""
SAMPLED = range(1, 1200, 4)
MOMENTS = (60, 140, 221)
WIDTH, HEIGHT = 168, 208


def picture_characters() -> None:
    """Write the picture, if the motion and the characters are here."""
    if not DATA.is_dir():
        print("no picture of eight characters: the real motions and characters are not here")
        return
    with tempfile.TemporaryDirectory() as folder:
        source = load(DATA / "motions" / MOTION, Path(folder))
        clip = sample(source, SAMPLED)
        columns = [_pictures(source, [SAMPLED[moment] for moment in MOMENTS], GREY)]
        for name, colour in CHARACTERS.items():
            obj = at_rest(load(DATA / "characters" / name, Path(folder)))
            put_clip_on(obj, clip, TimeMapping(0.0, 1.0 / float(clip.times[1])), RetargetOptions(), "Boxing")
            columns.append(_pictures(obj, list(MOMENTS), colour))
    save_png(np.concatenate([row_of(row) for row in reversed(list(zip(*columns, strict=True)))]), PICTURE)
    print(f"{PICTURE.relative_to(ROOT)}: {MOTION} and {len(CHARACTERS)} characters")


def _pictures(obj: bpy.types.Object, frames: list[int], colour: tuple[float, float, float]) -> list[Pixels]:
    scene = bpy.context.scene
    bones = detect_bones(skeleton_of(obj)).bones()
    if not any(is_of(mesh, obj) for mesh in bpy.data.objects):
        add_body(obj, bones)
    light(scene)
    scene.display.shading.color_type = "OBJECT"
    for mesh in (other for other in bpy.data.objects if other.type == "MESH"):
        mesh.hide_render = not is_of(mesh, obj)
        mesh.color = (*colour, 1.0)
    render = scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = WIDTH, HEIGHT, 100
    render.image_settings.file_format = "PNG"
    scene.frame_set(frames[0])
    scene.camera = _camera(obj, bones)
    return [rendered(scene, frame) for frame in frames]


def is_of(mesh: bpy.types.Object, armature: bpy.types.Object) -> bool:
    return mesh.type == "MESH" and (mesh.find_armature() == armature or mesh.parent_type == "BONE")


def extent(obj: bpy.types.Object) -> tuple[float, float]:
    """The lowest point of a character's meshes, and their height."""
    graph = bpy.context.evaluated_depsgraph_get()
    shown = [mesh.evaluated_get(graph) for mesh in bpy.data.objects if is_of(mesh, obj)]
    heights = [(mesh.matrix_world @ Vector(corner)).z for mesh in shown for corner in mesh.bound_box]
    return min(heights), max(heights) - min(heights)


def _camera(obj: bpy.types.Object, bones: Mapping[str, str]) -> bpy.types.Object:
    """In front of the figure and a little beside it, as near as its size asks for."""
    posed = {slot: obj.matrix_world @ obj.pose.bones[bone].head for slot, bone in bones.items()}
    low, height = extent(obj)
    left = posed["left_upper_leg"] - posed["right_upper_leg"]
    left = Vector((left.x, left.y, 0.0)).normalized()
    front = left.cross(Vector((0.0, 0.0, 1.0)))
    middle = Vector((posed["hips"].x, posed["hips"].y, low + 0.5 * height))
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.data.type, camera.data.ortho_scale = "ORTHO", 1.2 * height
    camera.data.clip_end = 100.0 * height
    camera.location = middle + (front + left * 0.35 + Vector((0.0, 0.0, 0.15))) * 4.0 * height
    camera.rotation_euler = (middle - camera.location).to_track_quat("-Z", "Y").to_euler()
    bpy.context.scene.collection.objects.link(camera)
    return camera


def add_body(obj: bpy.types.Object, bones: Mapping[str, str]) -> None:
    """A body of spindles from joint to joint, for a skeleton that comes without one."""
    rest = obj.data.bones
    size = (rest[bones["head"]].head_local - rest[bones["left_foot"]].head_local).length
    names = set(bones.values())
    for bone in (rest[name] for name in bones.values()):
        ends = [
            child.head_local
            for child in bone.children_recursive
            if child.name in names and _above(child, names) == bone
        ]
        for end in ends or [bone.tail_local]:
            along = end - bone.head_local
            if along.length < 0.01 * size:
                continue
            bpy.ops.mesh.primitive_uv_sphere_add(segments=16, ring_count=10, radius=1.0)
            part = bpy.context.object
            thickness = min(0.18 * along.length + 0.012 * size, 0.06 * size)
            part.scale = (thickness, thickness, 0.5 * along.length + 0.4 * thickness)
            part.rotation_euler = along.to_track_quat("Z", "Y").to_euler()
            part.location = bone.head_local + 0.5 * along
            bpy.ops.object.transform_apply()
            part.vertex_groups.new(name=bone.name).add(range(len(part.data.vertices)), 1.0, "REPLACE")
            part.modifiers.new("Armature", "ARMATURE").object = obj
            part.parent = obj


def _above(bone: bpy.types.Bone, names: set[str]) -> bpy.types.Bone | None:
    return next((parent for parent in bone.parent_recursive if parent.name in names), None)


if __name__ == "__main__":
    picture_characters()
