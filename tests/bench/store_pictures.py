"""docs/store/featured.png and docs/store/icon.png: what the extension store shows of the add-on.

`python -m tests.bench.store_pictures` takes some minutes. All in them is made here: frames of the stick figure's video,
the demo's mannequin and the robot's shapes (the store's zip has no meshes), all at one moment of the performance, put
on the two by the add-on itself.
"""

import tempfile
from fractions import Fraction
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix, Vector

from aimocap_blender.motion.g1.motion import read_g1_motion
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.fbx.fbx_sampling import FbxSampling
from aimocap_blender.scene.g1.keys import apply_g1_motion
from aimocap_blender.scene.g1.rig import ROOT_BONE, add_g1_rig
from aimocap_blender.scene.retargeting import put_clip_on
from tests.demo.character import PREFIX, add_character
from tests.demo.contact_sheet import Pixels, rendered, save_png
from tests.media.g1_json import make_g1_json
from tests.media.metahuman_fbx import make_metahuman_fbx
from tests.media.performance import Performance
from tests.media.stick_figure import FrameMaker

from .film_strip import Film, Picture, add_film

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "store"
FPS = 25
FRAME, FRAMES_APART, FRAMES_SHOWN = 25, 6, 7
"""The moment, which the film's middle picture shows, and the others around it."""
ORANGE = (0.9, 0.36, 0.09)
SLATE, SKY = (0.035, 0.045, 0.07), (0.05, 0.065, 0.1)
LIGHTS = (  # place in metres, watts, size in metres, linear colour
    ((-3.5, -4.5, 4.5), 300.0, 2.0, (1.0, 0.93, 0.85)),
    ((4.5, -2.5, 3.0), 140.0, 2.0, (0.75, 0.87, 1.0)),
    ((-2.6, 1.6, 3.4), 160.0, 1.0, (1.0, 0.85, 0.7)),
    ((2.6, 1.6, 3.4), 160.0, 1.0, (0.7, 0.85, 1.0)),
)
ICON_FRAME, ICON_SIZE, FINER, HOLES = 38, 256, 4, 5
FILM, HOLE = np.array((0.07, 0.08, 0.1)), np.array((0.93, 0.92, 0.88))  # as in a PNG, like the next
BACKDROP_LOW, BACKDROP_HIGH = np.array((0.22, 0.5, 0.82)), np.array((0.1, 0.24, 0.5))


def picture_featured() -> None:
    """Both figures before the film that they move as."""
    scene = _empty_scene()
    add_film(scene, Film(1.55, 4.2, (0.0, -2.4, 0.42), 0.12 - FRAMES_SHOWN / 2.0), _frames())
    with tempfile.TemporaryDirectory() as folder:
        character, robot = _character(Path(folder), FRAME), _robot(Path(folder), FRAME)
    _stand(character, PREFIX + "Hips", FRAME, (-0.66, 0.0), 24.0)
    _stand(robot, ROOT_BONE, FRAME, (0.7, 0.1), 24.0)
    _light(scene)
    floor = bpy.data.meshes.new("Floor")
    floor.from_pydata([(-40, -40, 0), (40, -40, 0), (40, 40, 0), (-40, 40, 0)], [], [(0, 1, 2, 3)])
    floor.materials.append(_shiny(SLATE))
    scene.collection.objects.link(bpy.data.objects.new("Floor", floor))
    _look(scene, (0.0, -5.6, 1.2), (0.0, 0.0, 0.88))
    scene.render.resolution_x, scene.render.resolution_y = 1920, 1080
    save_png(rendered(scene, FRAME), FOLDER / "featured.png")


def _frames() -> list[Picture]:
    """Pictures of the video, without what is far from the figure."""
    numbers = [FRAME + FRAMES_APART * (number - FRAMES_SHOWN // 2) for number in range(FRAMES_SHOWN)]
    maker = FrameMaker(1040, 780, Fraction(FPS), numbers[-1] + 1)
    return [maker.picture(number)[180:, :800] for number in numbers]


def _empty_scene() -> bpy.types.Scene:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    render = scene.render
    render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.seed, scene.cycles.use_denoising = 32, 1, True
    scene.view_settings.view_transform = "Standard"
    render.image_settings.file_format = "PNG"
    render.dither_intensity = 0.0  # it would double the file
    scene.world = bpy.data.worlds.new("Sky")
    scene.world.use_nodes = True
    scene.world.node_tree.nodes["Background"].inputs["Color"].default_value = (*SKY, 1.0)
    return scene


def _shiny(colour: tuple[float, float, float]) -> bpy.types.Material:
    """A smooth surface of that linear colour."""
    material = bpy.data.materials.new("Shiny")
    material.use_nodes = True
    inputs = material.node_tree.nodes["Principled BSDF"].inputs
    inputs["Base Color"].default_value = (*colour, 1.0)
    inputs["Roughness"].default_value = 0.38
    return material


def _character(folder: Path, frame: int) -> bpy.types.Object:
    """The mannequin, with the performance until that frame, smoother and in other colours than in the viewport."""
    fbx = folder / "performance.fbx"
    make_metahuman_fbx(fbx, 0.0, (frame + 1) / FPS, FPS)
    sampling = FbxSampling(fbx, folder / "sampling").begin()
    sampling.wait()
    character = add_character(bpy.context.scene)
    put_clip_on(character, sampling.clip(), TimeMapping(0.0, FPS), RetargetOptions(), "Performance")
    (body,) = character.children
    body.modifiers.new("Smooth", "SUBSURF").render_levels = 2
    for number, colour in enumerate((ORANGE, tuple(body.data.materials[1].diffuse_color[:3]))):
        body.data.materials[number] = _shiny(colour)
    return character


def _robot(folder: Path, frame: int) -> bpy.types.Object:
    file = folder / "performance.json"
    make_g1_json(file, 0.0, (frame + 1) / FPS, FPS)
    robot = add_g1_rig(bpy.context, meshes=folder / "none")
    apply_g1_motion(robot, read_g1_motion(file), TimeMapping(0.0, FPS), "Performance")
    return robot


def _stand(figure: bpy.types.Object, root: str, frame: int, place: tuple[float, float], facing: float) -> None:
    """At that frame have a figure stand at a place on the ground, and face so many degrees to its left of -Y."""
    bpy.context.scene.frame_set(frame)
    turned = float(Performance().heading(np.array(frame / FPS)))
    figure.matrix_world = Matrix.Rotation(np.radians(facing) - turned, 4, "Z") @ figure.matrix_world
    stood = figure.matrix_world @ figure.pose.bones[root].head
    figure.matrix_world = Matrix.Translation((place[0] - stood.x, place[1] - stood.y, 0.0)) @ figure.matrix_world


def _light(scene: bpy.types.Scene) -> None:
    for place, watts, size, colour in LIGHTS:
        light = bpy.data.objects.new("Light", bpy.data.lights.new("Light", "AREA"))
        light.data.energy, light.data.size, light.data.color = watts, size, colour
        light.location = place
        light.rotation_euler = (Vector((0.0, 0.0, 0.9)) - light.location).to_track_quat("-Z", "Y").to_euler()
        scene.collection.objects.link(light)


def _look(scene: bpy.types.Scene, place: tuple[float, float, float], at: tuple[float, float, float]) -> None:
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.location = place
    camera.rotation_euler = (Vector(at) - camera.location).to_track_quat("-Z", "Y").to_euler()
    scene.collection.objects.link(camera)
    scene.camera = camera


def picture_icon() -> None:
    """The mannequin waving out of a film's picture."""
    scene = _empty_scene()
    with tempfile.TemporaryDirectory() as folder:
        character = _character(Path(folder), ICON_FRAME)
    _stand(character, PREFIX + "Hips", ICON_FRAME, (0.0, 0.0), 12.0)
    _light(scene)
    _look(scene, (0.0, -4.0, 1.22), (-0.06, 0.0, 1.2))
    scene.camera.data.type, scene.camera.data.ortho_scale = "ORTHO", 1.1
    scene.render.film_transparent = True
    scene.render.resolution_x = scene.render.resolution_y = ICON_SIZE * FINER
    figure = rendered(scene, ICON_FRAME)
    rows = np.linspace(0.0, 1.0, ICON_SIZE * FINER)[:, None, None]
    card = _box(0.0, 0.0, 1.0, 1.0, 0.17)
    icon = np.empty((*card.shape[:2], 3), np.float32)
    icon[:] = FILM
    _over(icon, _box(0.06, 0.2, 0.94, 0.8, 0.03), BACKDROP_LOW + rows * (BACKDROP_HIGH - BACKDROP_LOW))
    for middle in (np.arange(HOLES) + 0.5) / HOLES:
        for low in (0.055, 0.845):
            _over(icon, _box(middle - 0.055, low, middle + 0.055, low + 0.1, 0.025), HOLE)
    _over(icon, figure[..., 3:], figure[..., :3])
    parts = (ICON_SIZE, FINER, ICON_SIZE, FINER, -1)
    alpha = card.reshape(parts).mean((1, 3))
    colours = (icon * card).reshape(parts).mean((1, 3)) / np.maximum(alpha, 1e-6)
    save_png(np.dstack([colours, alpha]), FOLDER / "icon.png")


def _box(left: float, low: float, right: float, high: float, radius: float) -> Pixels:
    """(S, S, 1) how much of each fine pixel lies in a rectangle with round corners; shares of the icon, from below."""
    y, x = (np.indices((ICON_SIZE * FINER, ICON_SIZE * FINER)) + 0.5) / (ICON_SIZE * FINER)
    across, up = np.abs(x - (left + right) / 2.0), np.abs(y - (low + high) / 2.0)
    outside = np.hypot(
        np.maximum(across - (right - left) / 2.0 + radius, 0.0), np.maximum(up - (high - low) / 2.0 + radius, 0.0)
    )
    return (outside <= radius).astype(np.float32)[..., None]


def _over(icon: Pixels, cover: Pixels, colour: Pixels) -> None:
    icon += cover * (colour - icon)


if __name__ == "__main__":
    picture_featured()
    picture_icon()
