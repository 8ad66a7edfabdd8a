"""docs/g1_retargeted.png: six moments of three recorded motions, each beside the robot that does the same."""

import tempfile
from pathlib import Path

import bpy
import numpy as np
from mathutils import Quaternion, Vector

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.g1.motion import G1Motion
from aimocap_blender.motion.g1_retargeting.onto_g1 import retargeted_to_g1
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.armatures import skeleton_of
from aimocap_blender.scene.g1.keys import apply_g1_motion
from aimocap_blender.scene.g1.rig import add_g1_rig
from tests.demo.contact_sheet import Pixels, light, rendered, row_of, save_png
from tests.scene.real_files import load, sample, shifted
from tools.g1_assets import made_g1_meshes

from .characters_picture import add_body

ROOT = Path(__file__).resolve().parents[2]
MOTIONS = ROOT.parent / "shared" / "data" / "motions"
PICTURE = ROOT / "docs" / "g1_retargeted.png"
SHOWN = {
    "cmu1_jumping_jacks.bvh": (30.0, range(1, 126), (0, 20, 36, 48, 62, 79)),
    "rokoko_jesse_dance.bvh": (50.0, range(1, 1007, 2), (40, 85, 170, 252, 335, 420)),
    "boxing_toes.bvh": (25.0, range(1, 2900, 4), (60, 140, 221, 400, 590, 640)),
}
"""File, its samples' rate, the sampled frames, and which of the samples are shown."""
WIDTH, HEIGHT = 156, 180
SOURCE, ROBOT = (0.75, 0.5, 0.3), (0.55, 0.6, 0.66)
ROBOT_HEIGHT = 1.35


def picture_retargeting() -> None:
    """Write the picture, if the motions are here."""
    if not MOTIONS.is_dir():
        print("no picture of motion on the robot: the real motions are not here")
        return
    rows: list[list[Pixels]] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, (fps, frames, moments) in SHOWN.items():
            source = load(MOTIONS / name, Path(folder))
            clip = shifted(sample(source, frames), fps)
            bones = detect_bones(clip.skeleton)
            column = {slot: clip.skeleton.names.index(bone) for slot, bone in bones.bones().items()}
            rows.append(_source(source, clip.positions, column, [frames[moment] for moment in moments], moments))
            outcome = retargeted_to_g1(clip, bones)
            bpy.ops.wm.read_factory_settings(use_empty=True)
            meshes = made_g1_meshes(ROOT)
            rig = add_g1_rig(bpy.context, **({"meshes": meshes} if meshes else {}))
            apply_g1_motion(rig, outcome.motion, TimeMapping(0.0, fps), name)
            rows.append(_robot(outcome.motion, moments))
    save_png(np.concatenate([row_of(row) for row in reversed(rows)]), PICTURE)
    print(f"{PICTURE.relative_to(ROOT)}: {', '.join(SHOWN)}")


def _source(
    obj: bpy.types.Object,
    positions: np.ndarray,
    column: dict[str, int],
    frames: list[int],
    moments: tuple[int, ...],
) -> list[Pixels]:
    add_body(obj, detect_bones(skeleton_of(obj)).bones())
    heads = {slot: positions[:, place] for slot, place in column.items()}
    left = Vector((heads["left_upper_leg"] - heads["right_upper_leg"])[0]) * Vector((1.0, 1.0, 0.0))
    front = left.normalized().cross(Vector((0.0, 0.0, 1.0)))
    floor = float(min(heads[f"{side}_foot"][:, 2].min() for side in ("left", "right")))
    height = float((heads["head"] - heads["left_foot"])[:, 2].max()) * 1.12
    return pictured([Vector(heads["hips"][moment]) for moment in moments], frames, front, floor, height, SOURCE)


def _robot(motion: G1Motion, moments: tuple[int, ...]) -> list[Pixels]:
    ahead = Quaternion(motion.root_quat[0].tolist()) @ Vector((1.0, 0.0, 0.0)) * Vector((1.0, 1.0, 0.0))
    middles = [Vector(motion.root_pos[moment]) for moment in moments]
    return pictured(middles, list(moments), ahead.normalized(), 0.0, ROBOT_HEIGHT, ROBOT)


def pictured(
    middles: list[Vector],
    frames: list[int],
    front: Vector,
    floor: float,
    height: float,
    colour: tuple[float, float, float],
) -> list[Pixels]:
    """Pictures of what is in the scene at frames, each aimed at its middle over a floor; metres."""
    scene = bpy.context.scene
    light(scene)
    scene.display.shading.color_type = "OBJECT"
    for mesh in (other for other in bpy.data.objects if other.type == "MESH" and other.parent is not None):
        mesh.color = (*colour, 1.0)
    render = scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = WIDTH, HEIGHT, 100
    render.image_settings.file_format = "PNG"
    render.dither_intensity = 0.0  # it would double the file
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.data.type, camera.data.ortho_scale, camera.data.clip_end = "ORTHO", 1.3 * height, 100.0 * height
    scene.collection.objects.link(camera)
    scene.camera = camera
    side = Vector((-front.y, front.x, 0.0))
    pictures = []
    for middle, frame in zip(middles, frames, strict=True):
        aim = Vector((middle.x, middle.y, floor + 0.5 * height))
        camera.location = aim + (front + side * 0.5 + Vector((0.0, 0.0, 0.15))) * 4.0 * height
        camera.rotation_euler = (aim - camera.location).to_track_quat("-Z", "Y").to_euler()
        pictures.append(rendered(scene, frame))
    return pictures


if __name__ == "__main__":
    picture_retargeting()
