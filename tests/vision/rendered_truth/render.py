"""Renders a clip of rendered truth: `python -m tests.vision.rendered_truth.render RECIPE FOLDER`, in a Python with bpy.

RECIPE is a JSON object of the recipe's values.
"""

import json
import math
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import bpy
import numpy as np
from mathutils import Matrix

from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.skeleton import Clip
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.retargeting import put_clip_on
from tests.blender_parts import action_of, armature_of, pose_of
from tests.media.floor.clips import floor_clip
from tests.scene.characters import import_fbx, open_character, true_names
from tests.scene.real_files import at_rest, sample

from .hands import HandsRecipe, finger_names, move_hands, tips, vector
from .recipes import Recipe
from .truth import DATA

_CAMERA_AXES = np.diag([1.0, -1.0, -1.0])
"""Blender's cameras look along -Z with Y up; camera axes here are x right, y down, z away from the camera."""
_FLOOR = "floor/"
_CLOTHES = {
    "skin": (0.62, 0.40, 0.30),
    "shirt": (0.45, 0.10, 0.10),
    "trousers": (0.08, 0.12, 0.25),
    "shoes": (0.03, 0.03, 0.03),
}
_PLAIN = ("gdquest_mannequiny.glb", "ue4_run.fbx", "vrm_godette.vrm", "smplx_wooden.blend")
"""Characters that keep their own materials."""


def render(recipe: Recipe, folder: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        clip = None
        if recipe.motion:
            clip = _scripted(recipe) if recipe.motion.startswith(_FLOOR) else _sampled(recipe)
            obj = at_rest(open_character(DATA, f"characters/{recipe.character}", Path(scratch)))
            names = true_names(DATA, f"characters/{recipe.character}")
        else:
            bpy.ops.wm.read_factory_settings(use_empty=True)
            import_fbx(DATA / "motions" / recipe.character)
            obj = next(other for other in bpy.data.objects if other.type == "ARMATURE")
            names = true_names(DATA, f"motions/{recipe.character}")
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = recipe.fps, 1.0
    if clip is not None:
        options = RetargetOptions(contacts="BODY") if recipe.motion.startswith(_FLOOR) else RetargetOptions()
        put_clip_on(obj, clip, TimeMapping(1.0, float(recipe.fps)), options, "Truth")
        frames = range(1, len(clip.times) + 1)
    else:
        first, last = (int(edge) for edge in action_of(obj).frame_range)
        frames = [first + number % (last - first) for number in range(recipe.frames)]
    heads = _moved_hands(obj, names, recipe, frames) if isinstance(recipe, HandsRecipe) else _heads(obj, names, frames)
    for other in [other for other in bpy.data.objects if other.type in {"LIGHT", "CAMERA"}]:
        bpy.data.objects.remove(other)
    for mesh in [other for other in bpy.data.objects if other.type == "MESH"]:
        mesh.hide_render = not (mesh.find_armature() == obj or mesh.parent_type == "BONE")
        if recipe.character not in _PLAIN and not mesh.hide_render:
            _dress(mesh, obj, names)
    _surroundings(recipe, heads)
    _shade(scene, recipe)
    camera = _camera(recipe, heads)
    scene.camera = camera
    poses: list[Matrix] = []
    scene.render.image_settings.file_format = "PNG"
    resting = camera.matrix_world.copy()
    for number in range(len(frames)):
        swing = math.radians(recipe.pan) * math.sin(2.0 * math.pi * number / (3.0 * recipe.fps))
        turned = Matrix.Translation([*resting.translation.to_tuple()]) @ Matrix.Rotation(swing, 4, "Z")
        poses.append(turned @ Matrix.Translation([*(-resting.translation).to_tuple()]) @ resting)
    _save(recipe, folder, heads, np.array([pose.inverted() for pose in poses]))
    for number, (frame, pose) in enumerate(zip(frames, poses, strict=True)):
        picture = folder / f"{number:04d}.png"
        if picture.is_file():
            continue  # an earlier process got so far
        scene.frame_set(frame)
        camera.matrix_world = pose
        part = folder / "part.png"
        scene.render.filepath = str(part)
        bpy.ops.render.render(write_still=True)
        part.rename(picture)


def _scripted(recipe: Recipe) -> Clip:
    clip = floor_clip(recipe.motion.removeprefix(_FLOOR)).clip
    part = slice(recipe.start, recipe.start + recipe.frames)
    times = clip.times[part] - clip.times[recipe.start]
    return replace(clip, times=times, positions=clip.positions[part], rotations=clip.rotations[part])


def _sampled(recipe: Recipe) -> Clip:
    """The motion's frames at the clip's rate."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene, path = bpy.context.scene, DATA / "motions" / recipe.motion
    scene.render.fps = recipe.fps
    if path.suffix == ".bvh":
        bpy.ops.import_anim.bvh(filepath=str(path), use_fps_scale=True, global_scale=0.01)
    else:
        import_fbx(path)
        scene.render.fps, scene.render.fps_base = recipe.fps, 1.0
    source = next(obj for obj in bpy.data.objects if obj.type == "ARMATURE")
    first, last = action_of(source).frame_range
    start = math.ceil(first) + recipe.start
    return sample(source, range(start, min(start + recipe.frames, math.floor(last) + 1)))


def _heads(obj: bpy.types.Object, names: dict[str, str], frames: range | list[int]) -> dict[str, np.ndarray]:
    rows: dict[str, list[list[float]]] = {slot: [] for slot in names}
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        shown = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
        for slot, bone in names.items():
            rows[slot].append([*(shown.matrix_world @ pose_of(shown).bones[bone].head).to_tuple()])
    return {slot: np.array(row) for slot, row in rows.items()}


def _moved_hands(
    obj: bpy.types.Object, names: dict[str, str], recipe: HandsRecipe, frames: range | list[int]
) -> dict[str, np.ndarray]:
    """Move the hands, and return where all heads are then, with those of fingers and their tips."""
    names = {**names, **finger_names(obj, recipe.character)}
    move_hands(obj, names, recipe, frames)
    return _heads(obj, names, frames) | tips(obj, names, frames)


def _material(name: str, colour: tuple[float, ...]) -> bpy.types.Material:
    material = bpy.data.materials.new(name)
    material.diffuse_color = cast("Any", (*colour, 1.0))
    return material


def _dress(mesh: bpy.types.Object, obj: bpy.types.Object, names: dict[str, str]) -> None:
    """Colour each face by the part of the body that moves it most."""
    kinds = list(_CLOTHES)
    surface = mesh.data
    assert isinstance(surface, bpy.types.Mesh)
    surface.materials.clear()
    for kind, colour in _CLOTHES.items():
        surface.materials.append(_material(kind, colour))
    slots = {bone: slot for slot, bone in names.items()}

    def worn(group: str) -> int:
        bone = armature_of(obj).bones.get(group)
        while bone is not None and bone.name not in slots:
            bone = bone.parent
        slot = slots[bone.name] if bone is not None else "hips"
        if slot.endswith(("foot", "toes")):
            return kinds.index("shoes")
        if slot == "hips" or slot.endswith("leg"):
            return kinds.index("trousers")
        shirt = slot in {"spine", "chest", "upper_chest"} or slot.endswith(("shoulder", "upper_arm"))
        return kinds.index("shirt" if shirt else "skin")

    groups = [worn(group.name) for group in mesh.vertex_groups]
    shirt = kinds.index("shirt")
    of_vertex = [
        groups[max(vertex.groups, key=lambda each: each.weight).group] if vertex.groups else shirt
        for vertex in surface.vertices
    ]
    for face in surface.polygons:
        around: list[int] = [of_vertex[vertex] for vertex in cast("Any", face.vertices)]
        face.material_index = max(set(around), key=around.count)


def _sides(recipe: Recipe) -> tuple[np.ndarray, np.ndarray]:
    """The directions from the motion to the camera, and to the right as the camera sees it."""
    angle = math.radians(recipe.azimuth)
    return np.array([math.sin(angle), -math.cos(angle), 0.0]), np.array([math.cos(angle), math.sin(angle), 0.0])


def _ground(heads: dict[str, np.ndarray]) -> float:
    return float(min(track[:, 2].min() for track in heads.values()))


def _surroundings(recipe: Recipe, heads: dict[str, np.ndarray]) -> None:
    """A floor of tiles and a wall of coloured squares behind."""
    middle, ground = np.median(heads["hips"], axis=0), _ground(heads) - 0.02
    chance = np.random.default_rng(1)

    def square(corners: list[np.ndarray], colour: tuple[float, ...]) -> None:
        mesh = bpy.data.meshes.new("Square")
        mesh.from_pydata([tuple(corner) for corner in corners], [], [(0, 1, 2, 3)])
        mesh.materials.append(_material("Square", colour))
        bpy.context.scene.collection.objects.link(bpy.data.objects.new("Square", mesh))

    x, y, z = np.eye(3)
    for row in range(-8, 8):
        for column in range(-8, 8):
            grey = 0.25 + 0.12 * ((row + column) % 2) + chance.uniform(-0.04, 0.04)
            low = np.array([middle[0] + 0.8 * row, middle[1] + 0.8 * column, ground])
            square([low, low + 0.8 * x, low + 0.8 * (x + y), low + 0.8 * y], (1.1 * grey, 0.95 * grey, 0.8 * grey))
    back, right = _sides(recipe)
    for column in range(-8, 8):
        for row in range(4):
            corner = middle - 5.0 * back + 1.1 * column * right
            corner[2] = ground + 1.1 * row
            colour = tuple(chance.uniform(0.25, 0.6) for _ in range(3))
            square([corner, corner + 1.1 * right, corner + 1.1 * (right + z), corner + 1.1 * z], colour)


def _camera(recipe: Recipe, heads: dict[str, np.ndarray]) -> bpy.types.Object:
    """A camera that looks level or down at the motion and has all of it in view."""
    points = np.array(list(heads.values()))
    middle = np.median(heads["hips"], axis=0)
    low, high = points.min(axis=(0, 1))[2], points.max(axis=(0, 1))[2]
    across = float(np.linalg.norm(points[..., :2] - middle[:2], axis=-1).max()) + 0.25
    reach = max(across, (high - low) / 2.0 + 0.15)
    width, height = recipe.size
    focal = recipe.focal / 36.0 * width
    distance = max(reach * focal / (0.5 * height * recipe.fill), reach * focal / (0.5 * width * 0.95))
    place = middle + distance * _sides(recipe)[0]
    place[2] = _ground(heads) + recipe.height
    target = np.array([middle[0], middle[1], (low + high) / 2.0])
    lens = bpy.data.cameras.new("Camera")
    lens.lens, lens.sensor_width = recipe.focal, 36.0
    camera = bpy.data.objects.new("Camera", lens)
    turned = vector(target - place).to_track_quat("-Z", "Y").to_matrix().to_4x4()
    camera.matrix_world = (
        Matrix.Translation(place.tolist()) @ turned @ Matrix.Rotation(math.radians(recipe.roll), 4, "Z")
    )
    bpy.context.scene.collection.objects.link(camera)
    bpy.context.view_layer.update()
    return camera


def _shade(scene: bpy.types.Scene, recipe: Recipe) -> None:
    look = cast("Any", scene)  # its types know neither all engines nor that it has these
    look.render.engine = "BLENDER_WORKBENCH"
    look.view_settings.view_transform = "Standard"
    shading = look.display.shading
    shading.light, shading.studio_light, shading.color_type = "STUDIO", "outdoor.sl", "MATERIAL"
    look.display.render_aa = recipe.antialiasing
    shading.show_cavity, shading.background_type = True, "WORLD"
    scene.world = bpy.data.worlds.new("Backdrop")
    scene.world.color = (0.4, 0.4, 0.45)
    render = scene.render
    render.resolution_x, render.resolution_y = recipe.size
    render.resolution_percentage = 100


def _save(recipe: Recipe, folder: Path, heads: dict[str, np.ndarray], poses: np.ndarray) -> None:
    turn, shift = _CAMERA_AXES @ poses[:, :3, :3], poses[:, :3, 3] @ _CAMERA_AXES
    seen = {slot: np.einsum("fij,fj->fi", turn, track) + shift for slot, track in heads.items()}
    width, height = recipe.size
    focal = recipe.focal_in_pixels
    lens = np.array([[focal, 0.0, width / 2.0], [0.0, focal, height / 2.0], [0.0, 0.0, 1.0]])
    homographies = lens @ turn[0] @ np.swapaxes(turn, 1, 2) @ np.linalg.inv(lens)
    np.savez(
        folder / "truth.npz",
        slots=np.array(list(seen)),
        heads=np.stack(list(seen.values()), axis=1),
        up=turn[:, :, 2],
        homographies=homographies,
    )


if __name__ == "__main__":
    values: dict[str, Any] = json.loads(sys.argv[1])
    kind = HandsRecipe if "arms" in values else Recipe
    listed = {name: cast("list[Any]", each) for name, each in values.items() if isinstance(each, list)}
    values |= {name: tuple(each) for name, each in listed.items()}
    render(kind(**values), Path(sys.argv[2]))
    sys.stdout.flush()
    os._exit(0)  # without Blender's own clean-up, which can hang
