"""docs/floor.png: scripted motion that rests on more than feet, on its own figure and on four characters.

python -m tests.bench.floor_picture [FILE]
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.retargeting import put_clip_on
from tests.demo.contact_sheet import Pixels, light, rendered, row_of, save_png
from tests.media.floor.bvh import CM, bvh_of
from tests.media.floor.clips import floor_clip
from tests.media.floor.figure import BONES
from tests.media.floor.script import FPS, FloorClip
from tests.scene.body_contact_judge import Body
from tests.scene.real_files import at_rest, load

from .characters_picture import CHARACTERS, DATA, GREY, ROOT, add_body, extent, is_of

PICTURE = ROOT / "docs" / "floor.png"
SHOWN = ("quaternius_knight.glb", "gdquest_mannequiny.glb", "rocketbox_male17.fbx", "kenney.fbx")
MOMENTS = {
    "crawl": (44, 84, 116),
    "roll": (36, 55, 72),
    "cartwheel": (33, 45, 58),
    "get_up": (12, 52, 84),
    "climb": (46, 84, 102),
    "clap": (24, 35, 90),
}
"""Samples of each motion."""
FROM_THE_FRONT = ("cartwheel", "clap")
LEDGE = (0.55, 0.56, 0.6, 1.0)
WIDTH, HEIGHT = 132, 132


def picture_floor(file: Path = PICTURE) -> None:
    """Write the picture, if the characters are here."""
    if not DATA.is_dir():
        print("no picture of the floor: the real characters are not here")
        return
    rows: dict[str, list[Pixels]] = {name: [] for name in MOMENTS}
    with tempfile.TemporaryDirectory() as folder:
        for name in MOMENTS:
            rows[name] += _figure(floor_clip(name), Path(folder))
        for character in SHOWN:
            body = Body(at_rest(load(DATA / "characters" / character, Path(folder))))
            _, height = extent(body.obj)
            for name in MOMENTS:
                floor = floor_clip(name)
                at_rest(body.obj)
                outcome = put_clip_on(
                    body.obj, floor.clip, TimeMapping(1.0, FPS), RetargetOptions(contacts="BODY"), "Floor"
                )
                scale, colour = outcome.report.scale, CHARACTERS[character]
                rows[name] += _pictures(body.obj, body.bones, floor, scale, height, colour)
    save_png(np.concatenate([row_of(pictures) for pictures in reversed(rows.values())]), file)
    print(f"{file}: {len(MOMENTS)} motions, {len(SHOWN)} characters")


def _figure(floor: FloorClip, folder: Path) -> list[Pixels]:
    """The motion's own figure, from its BVH file."""
    file = folder / f"{floor.name}.bvh"
    file.write_text(bvh_of(floor), encoding="utf-8")
    obj = load(file, folder)
    obj.scale = (1.0 / CM,) * 3
    add_body(obj, BONES)
    return _pictures(obj, BONES, floor, 1.0, 1.75, GREY)


def _pictures(
    obj: bpy.types.Object,
    bones: dict[str, str],
    floor: FloorClip,
    scale: float,
    size: float,
    colour: Sequence[float],
) -> list[Pixels]:
    """Pictures of a character whose motion is keyed from frame 1 on."""
    scene = bpy.context.scene
    for mesh in (other for other in bpy.data.objects if other.type == "MESH"):  # grounds of earlier pictures too
        mesh.hide_render = not is_of(mesh, obj)
        mesh.color = (*colour, 1.0)
    light(scene)
    scene.display.shading.color_type = "OBJECT"
    render = scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = WIDTH, HEIGHT, 100
    render.image_settings.file_format = "PNG"
    scene.frame_set(1)
    if floor.ledge:
        _add_ledge(obj.matrix_world @ obj.pose.bones[bones["left_foot"]].head, floor.ledge, scale)
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.data.type, camera.data.ortho_scale, camera.data.clip_end = "ORTHO", 1.5 * size, 100.0 * size
    scene.collection.objects.link(camera)
    scene.camera = camera
    towards = Vector((0.3, -1.0, 0.1) if floor.name in FROM_THE_FRONT else (1.0, -0.35, 0.12))
    shown = []
    for moment in MOMENTS[floor.name]:
        scene.frame_set(1 + moment)
        points = [obj.matrix_world @ obj.pose.bones[bone].head for bone in bones.values()]
        middle = Vector([(min(axis) + max(axis)) / 2 for axis in zip(*points, strict=True)])
        middle.z = max(middle.z, 0.35 * size)
        camera.location = middle + towards * 4.0 * size
        camera.rotation_euler = towards.to_track_quat("Z", "Y").to_euler()
        shown.append(rendered(scene, 1 + moment))
    return shown


def _add_ledge(foot: Vector, ledge: tuple[float, float], scale: float) -> None:
    """A block ahead of where a foot stands at first."""
    ahead, high = (length * scale for length in ledge)
    bpy.ops.mesh.primitive_cube_add(size=1.0)
    block = bpy.context.object
    block.scale = (1.2 * scale, 1.2 * scale, high)
    block.location = (0.0, foot.y - ahead - 0.6 * scale, high / 2)
    block.color = LEDGE


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=PICTURE)
    picture_floor(parser.parse_args().file)
