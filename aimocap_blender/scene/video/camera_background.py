"""A movie behind the character: a camera background in time with a motion."""

from collections.abc import Iterator
from typing import Any

import bpy
import numpy as np
from mathutils import Vector

from ...motion.movie_timing import MovieTiming
from ...texts.faults import Fault
from ...texts.text import Text
from ..armatures import drivers_of, skeleton_of
from ..robot_placement import left_and_facing
from .movie_lengths import Movie

_WITHOUT_END = 1_048_574  # as many frames as an image user can have
_ROOM = 1.3  # around the character


def show_behind(scene: bpy.types.Scene, movie: Movie, timing: MovieTiming, character: bpy.types.Object | None) -> str:
    """Show a movie in the scene's camera so that each timeline frame shows the movie frame of that moment.

    A driver sets the movie frame, because an image by itself shows one movie frame per timeline frame. A background
    with the same movie is reused, and other driven ones are hidden. A scene without a camera gets one, in front of the
    character.

    Returns:
        The camera's name.

    Raises:
        Fault: there is no camera and no character to place one for, or it can't be changed. Nothing has changed
            then.
    """
    shown_by = scene.camera or _add_camera(scene, character)
    put_behind(shown_by, movie, timing)
    return shown_by.name


def put_behind(shown_by: bpy.types.Object, movie: Movie, timing: MovieTiming) -> None:
    """Show a movie in a camera's background, see `show_behind`.

    Raises:
        Fault: it can't be changed. Nothing has changed then.
    """
    camera = shown_by.data
    if not isinstance(camera, bpy.types.Camera) or not camera.is_editable:
        raise Fault(
            Text(
                "The scene's camera {camera} can't have a background: it is linked, or it is not a camera.",
                camera=shown_by.name,
            ),
            "Choose another camera, or make it local.",
        )
    # the same movie again is one image, or each press would add another one to the file
    image = bpy.data.images.load(str(movie.path), check_existing=True)
    background = next((one for one in camera.background_images if one.image == image), None)
    if background is None:
        background = camera.background_images.new()
        background.source, background.image = "IMAGE", image
        background.alpha, background.display_depth, background.frame_method = 1.0, "BACK", "FIT"
    for other in _driven(camera):
        other.show_background_image = False
    background.show_background_image = camera.show_background_images = True
    start = min(timing.frames[0], 0)
    user: Any = background.image_user
    user.frame_start, user.frame_duration = start, _WITHOUT_END
    user.use_cyclic, user.use_auto_refresh = False, True
    user.driver_add("frame_offset").driver.expression = f"{timing.expression} - floor(frame) + {start}"


def _driven(camera: bpy.types.Camera) -> Iterator[bpy.types.CameraBackgroundImage]:
    """Yield the backgrounds that were shown in time with a motion."""
    driven = {curve.data_path for curve in drivers_of(camera)}
    for index, background in enumerate(camera.background_images):
        # a driver outlives its background, and would be taken for that of the one that has its place now
        is_movie = background.image is not None and background.image.source == "MOVIE"
        if is_movie and f"background_images[{index}].image_user.frame_offset" in driven:
            yield background


def _add_camera(scene: bpy.types.Scene, character: bpy.types.Object | None) -> bpy.types.Object:
    if character is None:
        raise Fault(
            Text("The scene {scene} has no camera, and no character to place one in front of.", scene=scene.name),
            "Select the character, or add a camera.",
        )
    skeleton = skeleton_of(character)
    _, facing = left_and_facing(character, skeleton)
    ends = np.concatenate([skeleton.heads, skeleton.world_tails])
    middle = (ends.min(axis=0) + ends.max(axis=0)) / 2.0
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(camera)
    camera.rotation_euler = Vector((-facing).tolist()).to_track_quat("-Z", "Y").to_euler()
    around = middle + _ROOM * (ends - middle)
    camera.location, _ = camera.camera_fit_coords(bpy.context.evaluated_depsgraph_get(), around.ravel().tolist())
    scene.camera = camera
    return camera
