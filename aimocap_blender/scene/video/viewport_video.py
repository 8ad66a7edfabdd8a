"""A video in the viewport, in time with its strip or a motion: on a plane beside the character, or behind it."""

import re
import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import bpy
import numpy as np
from bpy.app.handlers import persistent
from mathutils import Matrix, Vector

from ...motion.time_mapping import MovieTiming
from ...texts.faults import Fault
from ...texts.text import Text
from ...while_enabled import lasting
from ..armatures import driven_paths, skeleton_of
from ..g1.rig import horizontal, is_g1_rig, left_and_facing
from ..scene_values import scene_fps
from .movie_lengths import Movie
from .strips import (
    Strip,
    all_strips,
    content_of,
    cut_off,
    even_timing,
    handles_of,
    retiming_keys_of,
    shown_image,
    shown_strip,
    video_of,
)

_PLANE = "aimocap_video"
"""Custom property of the scene: its plane. Of the plane: the strip's name."""
_OF_SCENE = "aimocap_video_scene"
"""Custom property of the plane: name of the scene with the strip, if it is another one."""

_EARLIEST, _MOST_FRAMES = -100_000, 1_048_574
"""Timeline frame from which on the image user counts, and how far."""
_GAP = 0.1
"""Between the character and the plane, of the height."""
_USUAL_HEIGHT = 1.8
"""Metres."""
_LAST_NUMBER = re.compile(r"(\d+)(?=\D*$)")

_WITHOUT_END = 1_048_574  # as many frames as an image user can have
_ROOM = 1.3  # around the character


@dataclass(frozen=True)
class _Media:
    """A strip's file as an image, and which of its frames is shown when.

    Attributes:
        path: of the movie, or of the first picture.
        source: how Blender reads it.
        frame_at: returns for a timeline frame the movie's frame from 1 on, or the number in the picture's name.
    """

    path: Path
    source: Literal["MOVIE", "SEQUENCE"]
    frame_at: Callable[[int], int]


@dataclass(frozen=True)
class _Timing:
    """Frames of a strip, and the facts that they were computed from."""

    facts: Hashable
    frame_at: Callable[[int], int]


@dataclass
class _Known:
    """Timings by the `session_uid` of the planes."""

    timings: dict[int, _Timing] = field(default_factory=dict[int, _Timing])


_known = lasting(_Known)


def plane_in(scene: bpy.types.Scene) -> bpy.types.Object | None:
    """Return the plane with a video in a scene; None if there is none."""
    plane = scene.get(_PLANE)
    return plane if isinstance(plane, bpy.types.Object) and scene in plane.users_scene else None


def strip_shown_on(plane: bpy.types.Object) -> str:
    """Return the name of the strip whose video a plane shows."""
    return str(plane.get(_PLANE, ""))


def show_in_viewport(
    scene: bpy.types.Scene, sequencer: bpy.types.Scene, character: bpy.types.Object | None
) -> bpy.types.Object:
    """Show the video of the strip that is captured, in time with it, on a plane to the character's right.

    The plane is an empty, which no render shows. It replaces an earlier one, and follows when the strip is moved or
    trimmed. Outside the strip it stands still.

    Args:
        scene: the one with the plane.
        sequencer: the scene whose sequencer has the strip.
        character: to stand beside, as high and facing the same way; None for the world's origin.

    Returns:
        The plane.

    Raises:
        Fault: the strip has no file or changes its speed, or the scene is linked. Nothing has changed then.
    """
    if not scene.is_editable:
        raise Fault(Text("The scene {scene} is linked.", scene=scene.name), "Make it local, then try again.")
    # opens the movie
    video_of(sequencer)
    strip = shown_strip(sequencer)[1]
    media = _media_of(sequencer, strip)
    try:
        # loaded before an earlier plane is removed, which stays if this file can't be shown
        image: Any = bpy.data.images.load(str(media.path))
    except RuntimeError as error:
        raise Fault(
            Text("Blender can't show {file}.", file=media.path.name), "Choose a strip with another file."
        ) from error
    image.source = media.source
    earlier: Any = plane_in(scene)
    opacity: float = earlier.color[3] if earlier is not None else 1.0
    hide_in_viewport(scene)
    plane: Any = bpy.data.objects.new(f"{strip.name} (Video)", None)  # the stubs know no empties with images
    plane.empty_display_type, plane.data = "IMAGE", image
    # without alpha the opacity in the panel would change nothing
    plane.use_empty_image_alpha = plane.hide_render = True
    plane.color[3] = opacity
    user = plane.image_user
    user.frame_start, user.frame_duration = _EARLIEST, _MOST_FRAMES
    user.use_cyclic, user.use_auto_refresh = False, True
    user.frame_offset = _offset(media.frame_at, scene.frame_current)
    plane[_PLANE] = strip.name
    if sequencer != scene:
        plane[_OF_SCENE] = sequencer.name
    _place(plane, image.size[0] / max(image.size[1], 1), character)
    scene.collection.objects.link(plane)
    scene[_PLANE] = plane
    return plane


def hide_in_viewport(scene: bpy.types.Scene) -> None:
    """Remove the plane of a scene, and its image unless something else uses it."""
    plane = scene.get(_PLANE)
    if not isinstance(plane, bpy.types.Object):
        return
    image = plane.data
    del scene[_PLANE]
    bpy.data.objects.remove(plane)
    if isinstance(image, bpy.types.Image) and not image.users:
        bpy.data.images.remove(image)


def _media_of(scene: bpy.types.Scene, strip: Strip) -> _Media:
    """Return the file of a strip, and its timing.

    Raises:
        Fault: it has no file, or its timing isn't known.
    """
    timing = even_timing(scene, strip) if strip.type == "MOVIE" else None
    if timing is not None:
        path = Path(bpy.path.abspath(strip.filepath, library=scene.library)).resolve()
        first, last = timing.shown_movie_frames
        return _Media(path, "MOVIE", lambda frame: min(max(timing.movie_frame_at(frame), first), last) + 1)
    if strip.type == "IMAGE" and not retiming_keys_of(strip):
        folder = Path(bpy.path.abspath(strip.directory, library=scene.library))
        path = (folder / strip.elements[0].filename).resolve()
        first, image_at = _first_number(strip), shown_image(strip)
        return _Media(path, "SEQUENCE", lambda frame: first + image_at(frame))
    raise Fault(
        Text("The strip {strip} has no file that plays at one speed.", strip=strip.name),
        "Look at it in the Video Sequencer.",
    )


def _offset(frame_at: Callable[[int], int], frame: int) -> int:
    """Return the image user's offset with which it shows the picture of a timeline frame.

    It is set before each frame is evaluated: a driver would be evaluated at the same time as what reads it.
    """
    return frame_at(frame) - (frame - _EARLIEST + 1)


def _first_number(strip: Strip) -> int:
    """Return the number in the name of an image strip's first picture.

    Raises:
        Fault: the names are not numbered in sequence.
    """
    numbers: list[int] = []
    for element in strip.elements:
        match = _LAST_NUMBER.search(element.filename)
        numbers += [] if match is None else [int(match[1])]
    first = numbers[0] if numbers else 0
    if numbers != [*range(first, first + len(strip.elements))]:
        raise Fault(
            Text("The images of the strip {strip} are not numbered in sequence.", strip=strip.name),
            "Look at it in the Video Sequencer.",
        )
    return first


def _place(plane: bpy.types.Object, aspect: float, character: bpy.types.Object | None) -> None:
    """Move and size a plane so that it stands beside the character; width by height of the image is its aspect."""
    left, facing = np.array([1.0, 0.0, 0.0]), np.array([0.0, -1.0, 0.0])
    low, high = np.array([-0.5, -0.5, 0.0]), np.array([0.5, 0.5, _USUAL_HEIGHT])
    if character is not None:
        # in Edit Mode, or hidden: at the origin
        with suppress(Fault):
            skeleton = skeleton_of(character)
            ends = np.concatenate([skeleton.heads, skeleton.world_tails])
            left, facing = left_and_facing(character, skeleton)
            if is_g1_rig(character):
                # it is made to face along its X
                facing = horizontal(skeleton.world[:3, 0])
                left = np.cross([0.0, 0.0, 1.0], facing)
            low, high = ends.min(axis=0), ends.max(axis=0)
    height = float(high[2] - low[2]) or _USUAL_HEIGHT
    half = float(np.abs((high - low)[:2]) @ np.abs(left[:2])) / 2.0
    middle = (low + high) / 2.0 - (half + _GAP * height + aspect * height / 2.0) * left
    up = np.array([0.0, 0.0, 1.0])
    turned = np.eye(4)
    turned[:3, :3] = np.column_stack([left, up, facing])
    turned[:3, 3] = middle[0], middle[1], low[2] + height / 2.0
    plane.matrix_world = Matrix(turned.tolist())
    plane.empty_display_size = height * max(aspect, 1.0)


@persistent
def _keep_in_time(scene: bpy.types.Scene, *_: object) -> None:
    """Have a plane show the picture of the scene's current frame; before Blender evaluates the frame."""
    plane: Any = plane_in(scene)
    # a render changes frames, too
    if plane is None or threading.current_thread() is not threading.main_thread():
        return
    frame_at = _frames_of(scene, plane)
    if frame_at is not None:
        offset = _offset(frame_at, scene.frame_current)
        if plane.image_user.frame_offset != offset:
            plane.image_user.frame_offset = offset


@persistent
def _follow(scene: bpy.types.Scene, *_: object) -> None:
    """Keep a plane in time with its strip after a change; remove what is left of a plane that was deleted."""
    if scene.get(_PLANE) is None or threading.current_thread() is not threading.main_thread():
        return
    if plane_in(scene) is None:
        hide_in_viewport(scene)
    else:
        _keep_in_time(scene)


def _frames_of(scene: bpy.types.Scene, plane: bpy.types.Object) -> Callable[[int], int] | None:
    """Return the frames of a plane's strip, computed again if its timing changed; None if they aren't known."""
    sequencer = bpy.data.scenes.get(plane.get(_OF_SCENE, scene.name))
    strips = all_strips(sequencer) if sequencer is not None and sequencer.sequence_editor is not None else ()
    strip = next((strip for strip in strips if strip.name == strip_shown_on(plane)), None)
    if sequencer is None or strip is None or strip.type not in {"MOVIE", "IMAGE"}:
        return None
    # asked at each frame that plays: the timing itself would look at the file each time
    plays = strip.use_reverse_frames, retiming_keys_of(strip)
    facts = handles_of(strip), content_of(strip), cut_off(strip), scene_fps(sequencer), plays
    known = _known.timings.get(plane.session_uid)
    if known is None or known.facts != facts:
        try:
            frame_at = _media_of(sequencer, strip).frame_at
        except Fault:
            return None
        known = _known.timings[plane.session_uid] = _Timing(facts, frame_at)
    return known.frame_at


def register() -> None:
    """Keep planes in time from now on."""
    bpy.app.handlers.frame_change_pre.append(_keep_in_time)
    bpy.app.handlers.depsgraph_update_post.append(_follow)


def unregister() -> None:
    """Leave planes as they are."""
    bpy.app.handlers.depsgraph_update_post.remove(_follow)
    bpy.app.handlers.frame_change_pre.remove(_keep_in_time)


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
    driven = driven_paths(camera)
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
