"""docs/g1_robot.png: the robot with its own meshes at four moments of a real clip, on a floor of half-metre squares.

docs/h1_robot.png, docs/t1_robot.png: other robots, with the tests' walk.
"""

from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.g1.motion import G1Motion, read_g1_motion
from aimocap_blender.motion.g1_retargeting.onto_g1 import retargeted_to_g1
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.g1.keys import apply_g1_motion
from aimocap_blender.scene.g1.rig import add_g1_rig
from tests.demo.contact_sheet import rendered, row_of, save_png
from tests.media.performance_clip import performance_clip
from tools.g1_assets import made_g1_meshes

ROOT = Path(__file__).resolve().parents[2]
CLIP = ROOT.parent / "shared" / "data" / "g1" / "kimodo_dance.json"
PICTURE = ROOT / "docs" / "g1_robot.png"
FRAMES = (20, 58, 96, 134)
OTHERS = {"unitree_h1": ("h1_robot.png", 0.88), "booster_t1": ("t1_robot.png", 0.6)}
"""Robot → its picture in docs/, and the height at which it is seen, metres."""
WALK_FRAMES = (20, 110, 160, 210)
WIDTH, HEIGHT = 270, 360
SQUARE = 0.5


def picture_robot() -> None:
    """Write the picture, if the clip and the robot's meshes are here."""
    meshes = made_g1_meshes(ROOT)
    if meshes is None or not CLIP.is_file():
        print("no picture of the robot: its meshes (`make zip` makes them) or the real clip are not here")
        return
    _picture(read_g1_motion(CLIP), FRAMES, 0.64, PICTURE, meshes)


def picture_other_robots() -> None:
    """Write the pictures of other robots, if their meshes are here."""
    meshes = made_g1_meshes(ROOT)
    if meshes is None:
        print("no picture of other robots: their meshes (`make zip` makes them) are not here")
        return
    walk = performance_clip(0.0, 8.0)
    for robot, (picture, height) in OTHERS.items():
        motion = retargeted_to_g1(walk, detect_bones(walk.skeleton), robot).motion
        _picture(motion, WALK_FRAMES, height, ROOT / "docs" / picture, meshes)


def _picture(motion: G1Motion, frames: tuple[int, ...], height: float, file: Path, meshes: Path) -> None:
    """Write a row of a motion's moments, seen at a height in metres."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    rig = add_g1_rig(bpy.context, motion.variant, meshes)
    apply_g1_motion(rig, motion, TimeMapping(0.0, motion.fps), "Motion")
    scene = bpy.context.scene
    _stage(scene)
    pictures = []
    for frame in frames:
        middle = motion.root_pos[frame] * (1.0, 1.0, 0.0) + (0.0, 0.0, height)
        scene.camera.location = Vector(middle) + Vector((3.5, -1.6, 0.7)) * (height / 0.64)
        scene.camera.rotation_euler = (Vector(middle) - scene.camera.location).to_track_quat("-Z", "Y").to_euler()
        pictures.append(rendered(scene, frame))
    save_png(row_of(pictures), file)
    print(f"{file.relative_to(ROOT)}: frames {', '.join(map(str, frames))}")


def _stage(scene: bpy.types.Scene) -> None:
    """A floor at height 0, a sun, a sky and a camera."""
    floor = bpy.data.meshes.new("Floor")
    corners = np.arange(-20, 21) * SQUARE
    floor.from_pydata([(x, y, 0.0) for x in corners for y in corners], [], _squares(len(corners)))
    for tone in (0.16, 0.22):
        material = bpy.data.materials.new("Floor")
        material.use_nodes = True
        inputs = material.node_tree.nodes["Principled BSDF"].inputs
        inputs["Base Color"].default_value = (tone, tone, 1.1 * tone, 1.0)
        inputs["Specular IOR Level"].default_value = 0.0
        floor.materials.append(material)
    for index, face in enumerate(floor.polygons):
        face.material_index = (index + index // 40) % 2
    scene.collection.objects.link(bpy.data.objects.new("Floor", floor))
    sun = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
    sun.data.energy, sun.data.angle = 2.6, 0.1
    sun.rotation_euler = Vector((-0.5, 0.75, -1.0)).to_track_quat("-Z", "Y").to_euler()
    scene.collection.objects.link(sun)
    scene.world = bpy.data.worlds.new("Sky")
    scene.world.use_nodes = True
    scene.world.node_tree.nodes["Background"].inputs["Color"].default_value = (0.45, 0.5, 0.58, 1.0)
    scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.camera.data.lens = 84.0
    scene.collection.objects.link(scene.camera)
    render = scene.render
    render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.seed, scene.cycles.use_denoising = 32, 1, True
    scene.view_settings.view_transform = "Standard"
    render.resolution_x, render.resolution_y, render.resolution_percentage = WIDTH, HEIGHT, 100
    render.image_settings.file_format = "PNG"
    render.dither_intensity = 0.0  # it would double the file


def _squares(side: int) -> list[tuple[int, int, int, int]]:
    starts = [row * side + column for row in range(side - 1) for column in range(side - 1)]
    return [(start, start + side, start + side + 1, start + 1) for start in starts]


if __name__ == "__main__":
    picture_robot()
    picture_other_robots()
