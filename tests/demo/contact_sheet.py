"""A picture of video frames above, and the character at the same moments below."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import bpy
import numpy as np
import numpy.typing as npt
from mathutils import Vector

_WIDTH, _HEIGHT = 320, 240
_GAP = 4
_BACKGROUND = (0.055, 0.06, 0.07)

Pixels = npt.NDArray[np.float32]


def contact_sheet(scene: bpy.types.Scene, armature: bpy.types.Object, frames: Sequence[int], file: Path) -> None:
    """Render the sequencer and the viewport at these timeline frames into one PNG."""
    light(scene)
    scene.camera = _camera(scene, armature, frames)
    render = scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = _WIDTH, _HEIGHT, 100
    render.image_settings.file_format = "PNG"
    rows = []
    for use_sequencer in (True, False):
        render.use_sequencer = use_sequencer
        rows.append([rendered(scene, frame) for frame in frames])
    save_png(np.concatenate([row_of(pictures) for pictures in reversed(rows)]), file)


def rendered(scene: bpy.types.Scene, frame: int) -> Pixels:
    """(height, width, 3) of one frame, from the bottom up; with an alpha where its film is transparent."""
    scene.frame_set(frame)
    with tempfile.TemporaryDirectory() as folder:
        scene.render.filepath = str(Path(folder) / "frame.png")
        bpy.ops.render.render(write_still=True)
        image = bpy.data.images.load(scene.render.filepath)
        pixels = np.empty(len(image.pixels), np.float32)
        image.pixels.foreach_get(pixels)
        size = tuple(image.size)
        bpy.data.images.remove(image)
    channels = 4 if scene.render.film_transparent else 3
    return pixels.reshape(size[1], size[0], -1)[:, :, :channels]


def row_of(pictures: Sequence[Pixels]) -> Pixels:
    """Pictures side by side, with a margin around each."""
    framed = []
    for picture in pictures:
        board = np.empty((picture.shape[0] + 2 * _GAP, picture.shape[1] + 2 * _GAP, 3), np.float32)
        board[:] = _BACKGROUND
        board[_GAP:-_GAP, _GAP:-_GAP] = picture
        framed.append(board)
    return np.concatenate(framed, axis=1)


def save_png(pixels: Pixels, file: Path) -> None:
    """Write rows of pixels, from the bottom up, opaque or with an alpha."""
    height, width, channels = pixels.shape
    image = bpy.data.images.new("Contact Sheet", width, height, alpha=channels == 4)
    opaque = np.ones((height, width, 4 - channels), np.float32)
    image.pixels.foreach_set(np.dstack([pixels, opaque]).astype(np.float32).ravel())
    image.filepath_raw, image.file_format = str(file), "PNG"
    image.save()
    bpy.data.images.remove(image)


def light(scene: bpy.types.Scene) -> None:
    """Workbench, a backdrop and a ground."""
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.view_settings.view_transform = "Standard"
    shading = scene.display.shading
    shading.light, shading.studio_light, shading.color_type = "STUDIO", "outdoor.sl", "MATERIAL"
    shading.show_cavity = shading.show_shadows = True
    shading.background_type = "WORLD"
    scene.world = bpy.data.worlds.new("Backdrop")
    scene.world.color = (0.06, 0.075, 0.11)
    mesh = bpy.data.meshes.new("Ground")
    mesh.from_pydata([(-40, -40, 0), (40, -40, 0), (40, 40, 0), (-40, 40, 0)], [], [(0, 1, 2, 3)])
    material = bpy.data.materials.new("Ground")
    material.diffuse_color = (0.3, 0.34, 0.42, 1.0)
    mesh.materials.append(material)
    scene.collection.objects.link(bpy.data.objects.new("Ground", mesh))


def _camera(scene: bpy.types.Scene, armature: bpy.types.Object, frames: Sequence[int]) -> bpy.types.Object:
    """A camera in front that has the character in view at all the frames."""
    points = []
    for frame in frames:
        scene.frame_set(frame)
        points += [armature.matrix_world @ bone.head for bone in armature.pose.bones]
    low = Vector(min(point[axis] for point in points) for axis in range(3))
    high = Vector(max(point[axis] for point in points) for axis in range(3))
    height = high.z - low.z
    across = max(high.x - low.x, (high.z - low.z) * _WIDTH / _HEIGHT) + 0.42 * height
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.data.lens, camera.data.sensor_width = 50.0, 36.0
    middle = (low + high) * 0.5
    camera.location = (middle.x + 0.25 * across, low.y - across * 50.0 / 36.0, middle.z + 0.42 * height)
    camera.rotation_euler = (middle - camera.location).to_track_quat("-Z", "Y").to_euler()
    scene.collection.objects.link(camera)
    return camera
