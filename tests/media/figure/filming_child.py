"""Films the person: run by a Python that has bpy, or by Blender itself. Arguments: one JSON object, see `film.py`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.media.figure.blobs import skin_of
from tests.media.figure.camera import SENSOR, Camera
from tests.media.figure.film import Another
from tests.media.figure.parts import person_parts
from tests.media.figure.room import room_faces
from tests.media.performance import Performance
from tests.media.posing import pose

SHADOW = (0.17, 0.155, 0.135)
LIGHT = np.array([-0.25, -0.45, 1.0])  # towards it, for each metre up


def add_mesh(name: str, points: np.ndarray, faces: np.ndarray, colours: list[tuple[float, float, float]]) -> Any:
    """A mesh with a colour for each face."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(points.tolist(), [], faces.tolist())
    kinds = list(dict.fromkeys(colours))
    for kind in kinds:
        material = bpy.data.materials.new(name)
        material.diffuse_color = (*kind, 1.0)
        material.roughness = 0.7
        mesh.materials.append(material)
    mesh.polygons.foreach_set("material_index", [kinds.index(colour) for colour in colours])
    made = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(made)
    return mesh


def add_person(times: np.ndarray, performance: Performance, other: dict[str, Any] | None = None) -> None:
    """The person, or another one, posed whenever the scene comes to a frame; frame 1 is the first of these times."""
    skins = [skin_of(part) for part in person_parts()]
    starts = np.cumsum([0, *(len(skin.points) for skin in skins)])
    faces = np.concatenate([skin.quads + start for skin, start in zip(skins, starts[:-1], strict=True)])
    colours = [skin.colour if other is None else skin.colour[::-1] for skin in skins for _ in skin.quads]
    mesh = add_mesh("Person", np.concatenate([skin.points for skin in skins]), faces, colours)
    mesh.polygons.foreach_set("use_smooth", np.ones(len(faces), dtype=bool))
    shadow = add_mesh("Shadow", np.zeros((starts[-1], 3)), faces, [SHADOW] * len(faces))

    def pose_it(scene: Any, *_: object) -> None:
        posed = pose(times[scene.frame_current - 1 : scene.frame_current], performance)
        points = np.concatenate([skin.posed(posed)[0] for skin in skins])
        points = points if other is None else Another(**other).at(points)
        mesh.vertices.foreach_set("co", points.astype(np.float32).ravel())
        mesh.update()
        on_ground = points - points[:, 2:] * LIGHT + (0.0, 0.0, 0.003)
        shadow.vertices.foreach_set("co", on_ground.astype(np.float32).ravel())
        shadow.update()

    bpy.app.handlers.frame_change_pre.append(pose_it)


def add_camera(camera: Camera) -> None:
    data = bpy.data.cameras.new("Camera")
    data.lens, data.sensor_width, data.sensor_fit = camera.lens, SENSOR, "AUTO"
    seeing = bpy.data.objects.new("Camera", data)
    right, down, away = camera.axes
    seeing.matrix_world = Matrix.Translation(camera.place) @ Matrix(np.stack([right, -down, -away], 1)).to_4x4()
    bpy.context.scene.collection.objects.link(seeing)
    bpy.context.scene.camera = seeing


def set_look(scene: Any) -> None:
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.view_settings.view_transform = "Standard"
    scene.display.render_aa = "FXAA"
    shading = scene.display.shading
    shading.light, shading.studio_light, shading.color_type = "STUDIO", "paint.sl", "MATERIAL"
    shading.show_cavity = shading.show_shadows = shading.show_specular_highlight = False


def set_output(scene: Any, request: dict[str, Any]) -> None:
    render = scene.render
    render.resolution_x, render.resolution_y = request["camera"]["size"]
    render.resolution_percentage = 100
    render.fps, render.fps_base = request["fps"], request["fps_base"]
    scene.frame_start, scene.frame_end = 1, request["frames"]
    if hasattr(render.image_settings, "media_type"):
        render.image_settings.media_type = "VIDEO"
    render.image_settings.file_format = "FFMPEG"
    ffmpeg = render.ffmpeg
    ffmpeg.format, ffmpeg.codec, ffmpeg.audio_codec = "MPEG4", "H264", "NONE"
    ffmpeg.constant_rate_factor = "HIGH"
    ffmpeg.ffmpeg_preset = "REALTIME"
    ffmpeg.gopsize = 12
    render.use_file_extension = False
    render.filepath = request["output"]


def film(request: dict[str, Any]) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    frames = request["frames"]
    times = request["late_sec"] + np.arange(frames) * request["fps_base"] / request["fps"]
    camera = Camera(**{name: tuple(v) if isinstance(v, list) else v for name, v in request["camera"].items()})
    for other in (None, *request["others"]):
        add_person(times, Performance(**request["performance"]), other)
    add_mesh("Room", *room_faces(camera))
    add_camera(camera)
    set_look(scene)
    set_output(scene, request)
    bpy.ops.render.render(animation=True)


try:
    film(json.loads(sys.argv[-1]))
except Exception as error:  # noqa: BLE001 - told to the parent, whatever it is
    print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
    os._exit(1)
os._exit(0)  # some versions hang while the interpreter ends
