"""Pictures of figures, and sheets of pictures."""

import math
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import bpy
import numpy as np
import numpy.typing as npt
from mathutils import Vector

from tests.blender_parts import pose_of
from tests.media.rendered_frames import rendered_frames

MOMENTS, COLUMNS = 6, 2
_GAP = 4
BACKGROUND = (0.055, 0.06, 0.07)
_LENS, _SENSOR = 50.0, 36.0  # millimetres
_FAR, _CORNERS = 40.0, 96  # of the ground: metres; round, so that the horizon is level from all sides
_LIGHT = math.radians(45)  # to the right of the camera
_MARGIN = 0.25  # metres around the joints: the body, and its shadow

Pixels = npt.NDArray[np.float32]


def contact_sheet(movie: Path, count: int, size: tuple[int, int], file: Path) -> None:
    """Write frames of a movie, spread evenly over it, row by row.

    Args:
        movie: the movie.
        count: of its frames.
        size: of a frame in the sheet, pixels.
        file: the PNG.
    """
    frames = [math.floor(count * (moment + 0.5) / MOMENTS) for moment in range(MOMENTS)]
    with tempfile.TemporaryDirectory() as folder:
        pictures = [picture[..., :3] for picture in rendered_frames(movie, frames, size, Path(folder))]
    rows = [row_of(pictures[start : start + COLUMNS]) for start in range(0, MOMENTS, COLUMNS)]
    save_png(np.concatenate(rows[::-1]), file)


def rendered(scene: bpy.types.Scene, frame: int) -> Pixels:
    """(height, width, 3) of one frame, from the bottom up; with an alpha where its film is transparent."""
    scene.frame_set(frame)
    with tempfile.TemporaryDirectory() as folder:
        scene.render.filepath = str(Path(folder) / "frame.png")
        bpy.ops.render.render(write_still=True)
        image = bpy.data.images.load(scene.render.filepath)
        values: Any = image.pixels
        pixels = np.empty(len(values), np.float32)
        values.foreach_get(pixels)
        width, height = cast("Any", image.size)
        bpy.data.images.remove(image)
    channels = 4 if scene.render.film_transparent else 3
    return pixels.reshape(height, width, -1)[:, :, :channels]


def row_of(pictures: Sequence[Pixels]) -> Pixels:
    """Pictures side by side, with a margin around each."""
    framed: list[Pixels] = []
    for picture in pictures:
        board = np.empty((picture.shape[0] + 2 * _GAP, picture.shape[1] + 2 * _GAP, 3), np.float32)
        board[:] = BACKGROUND
        board[_GAP:-_GAP, _GAP:-_GAP] = picture
        framed.append(board)
    return np.concatenate(framed, axis=1)


def save_png(pixels: Pixels, file: Path) -> None:
    """Write rows of pixels, from the bottom up, opaque or with an alpha."""
    height, width, channels = pixels.shape
    image = bpy.data.images.new("Contact Sheet", width, height, alpha=channels == 4)
    opaque = np.ones((height, width, 4 - channels), np.float32)
    cast("Any", image.pixels).foreach_set(np.dstack([pixels, opaque]).astype(np.float32).ravel())
    image.filepath_raw, image.file_format = str(file), "PNG"
    image.save()
    bpy.data.images.remove(image)


def light(scene: bpy.types.Scene) -> None:
    """Workbench, a backdrop and a ground."""
    look = cast("Any", scene)  # its types know neither all engines nor that it has these
    look.render.engine = "BLENDER_WORKBENCH"
    look.view_settings.view_transform = "Standard"
    shading = look.display.shading
    shading.light, shading.studio_light, shading.color_type = "STUDIO", "outdoor.sl", "MATERIAL"
    shading.show_cavity = shading.show_shadows = True
    shading.background_type = "WORLD"
    scene.world = bpy.data.worlds.new("Backdrop")
    scene.world.color = (0.06, 0.075, 0.11)
    mesh = bpy.data.meshes.new("Ground")
    around = [2 * math.pi * corner / _CORNERS for corner in range(_CORNERS)]
    mesh.from_pydata(
        [(_FAR * math.cos(angle), _FAR * math.sin(angle), 0.0) for angle in around], [], [tuple(range(_CORNERS))]
    )
    material = bpy.data.materials.new("Ground")
    material.diffuse_color = cast("Any", (0.3, 0.34, 0.42, 1.0))
    mesh.materials.append(material)
    scene.collection.objects.link(bpy.data.objects.new("Ground", mesh))


def light_from(scene: bpy.types.Scene, around: float) -> None:
    """Let shadows fall away from there: radians about Z, from -Y."""
    slope = math.sqrt(1 / 3)
    across = math.sqrt(2 / 3)
    # Blender's order is x, up, towards -Y.
    cast("Any", scene.display).light_direction = (across * math.sin(around), slope, across * math.cos(around))


def joints(scene: bpy.types.Scene, armature: bpy.types.Object, frames: Sequence[int]) -> npt.NDArray[np.float64]:
    """Both ends of all bones at the frames, (N, 3) in the world."""
    points: list[Vector] = []
    for frame in frames:
        scene.frame_set(frame)
        points += [armature.matrix_world @ end for bone in pose_of(armature).bones for end in (bone.head, bone.tail)]
    return np.array(points)


def cameras_around(
    scene: bpy.types.Scene, points: npt.NDArray[np.float64], shots: Sequence[tuple[int, float]], aspect: float
) -> list[bpy.types.Object]:
    """Cameras as `camera_around` makes, of several shots each bound to the first frame of its own: (frame, around)."""
    cameras = [camera_around(scene, points, around, aspect) for _, around in shots]
    if len(shots) > 1:
        for (frame, _), camera in zip(shots, cameras, strict=True):
            scene.timeline_markers.new(camera.name, frame=frame).camera = camera
    return cameras


def camera_around(
    scene: bpy.types.Scene, points: npt.NDArray[np.float64], around: float, aspect: float
) -> bpy.types.Object:
    """A camera that has all points in view, a little from above.

    Args:
        scene: gets it.
        points: (N, 3) in the world, metres.
        around: where it stands: radians about Z, from -Y.
        aspect: width to height of the picture.
    """
    lens = bpy.data.cameras.new("Camera")
    lens.lens, lens.sensor_width = _LENS, _SENSOR
    camera = bpy.data.objects.new("Camera", lens)
    middle = Vector((points.min(axis=0) + points.max(axis=0)) / 2)
    down = math.radians(7)
    towards = Vector((math.sin(around) * math.cos(down), -math.cos(around) * math.cos(down), math.sin(down)))
    camera.rotation_euler = towards.to_track_quat("Z", "Y").to_euler()
    axes = np.array(camera.rotation_euler.to_matrix())
    right, up, near = ((points - np.array(middle)) @ axes).T
    widest = _SENSOR / (2 * _LENS) * np.array([min(aspect, 1.0), min(1 / aspect, 1.0)])
    away = [near + (abs(across) + _MARGIN) / half for across, half in zip((right, up), widest, strict=True)]
    camera.location = middle + towards * float(np.max(away))
    scene.collection.objects.link(camera)
    return camera
