"""A script for a background Blender: renders a strip's range to an H.264 clip, or to pictures.

See ``render_clip.py`` and ``preview/seeing.py``.
"""

import contextlib
import importlib
import math
from pathlib import Path
from typing import Any, cast

import bpy
import numpy as np

Strip = Any  # its class was renamed in 4.4
Request = dict[str, Any]

_LOOKS = 8
"""Frames that are looked at before a clip is rendered: a film that fades in or out shows something in some of them."""

_ONE_COLOUR = 8 / 255
"""The most that a channel of one colour varies by within a frame: JPEG's rounding is 1 or 2 of 255."""


def movie_scene(request: Request) -> bpy.types.Scene:
    """Make a scene in which timeline frame n shows the movie's frame n - 1."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    whole = max(round(request["fps"]), 1)
    scene.render.fps, scene.render.fps_base = whole, whole / request["fps"]
    # the movie's own colours
    cast("Any", scene.view_settings).view_transform = "Standard"
    width, height, rotation = request["width"], request["height"], request["rotation_deg"]
    on_its_side = rotation in (90, 270)
    set_size(scene, *((height, width) if on_its_side else (width, height)), request)
    strips = top_strips(scene.sequence_editor_create())
    strip = strips.new_movie("movie", request["movie"], channel=1, frame_start=1, fit_method="ORIGINAL")
    # before 4.4 Blender doesn't apply the rotation that a file asks players for
    strip.transform.rotation = -math.radians(rotation)
    across, up = scene.render.resolution_x, scene.render.resolution_y
    strip.transform.scale_x = (up if on_its_side else across) / width
    strip.transform.scale_y = (across if on_its_side else up) / height
    scene.frame_start, scene.frame_end = 1 + request["first"], 1 + request["last"]
    return scene


def timeline_scene(request: Request) -> bpy.types.Scene:
    """Open the copied scene and leave only the strip to be seen."""
    copy = Path(request["blend"])
    bpy.ops.wm.open_mainfile(filepath=str(copy), load_ui=False, use_scripts=False)
    # it may be large
    with contextlib.suppress(OSError):
        copy.unlink()
    scenes: Any = bpy.data.scenes
    scene: bpy.types.Scene = scenes[request["scene"]]
    leave_only(scene.sequence_editor, request["strip"])
    shrink(scene, request)
    scene.frame_start, scene.frame_end = request["start"], request["end"]
    return scene


def top_strips(editor: Any) -> Any:  # noqa: ANN401 -- renamed in 4.4
    """Return the strips directly in a sequence editor or a meta strip."""
    return editor.strips if hasattr(editor, "strips") else editor.sequences


def leave_only(editor: Any, name: str) -> None:  # noqa: ANN401 -- renamed in 4.4
    """Mute everything but the named strip, its inputs and its speed controls.

    A strip in a meta strip is shown as inside it, regardless of the meta strip's settings.
    """
    everything = editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all
    strip = next(strip for strip in everything if strip.name == name)
    around: Strip | None = strip.parent_meta()
    level = around or editor
    editor.display_stack(around)
    # a muted level above would render nothing
    while around is not None:
        outside: Strip | None = around.parent_meta()
        around.mute = (outside or editor).channels[around.channel].mute = False
        around = outside
    others = list(top_strips(level))
    seen = [strip, *(s for s in others if s.type == "SPEED" and s.input_1.name == name and not s.mute)]
    # grows in the loop
    for shown in seen:
        for made_of in (getattr(shown, "input_1", None), getattr(shown, "input_2", None)):
            if made_of is not None and made_of not in seen:
                seen.append(made_of)
    for other in others:
        other.mute = other not in seen
    level.channels[strip.channel].mute = False


def set_size(scene: bpy.types.Scene, width: float, height: float, request: Request) -> None:
    """Set the render size: even, as H.264 needs it, and within the limit."""
    scale = min(1.0, request["longest_side"] / max(width, height))
    render = scene.render
    render.resolution_x = max(int(width * scale) // 2 * 2, request["least_side"])
    render.resolution_y = max(int(height * scale) // 2 * 2, request["least_side"])
    render.resolution_percentage = 100


def shrink(scene: bpy.types.Scene, request: Request) -> None:
    """Set the render size likewise, of a timeline by its percentage: strips keep their pixels in another resolution."""
    render = scene.render
    longest = max(render.resolution_x, render.resolution_y)
    percent = min(render.resolution_percentage, 100, max(100 * request["longest_side"] // longest, 1))
    for side in ("resolution_x", "resolution_y"):
        pixels = max(getattr(render, side) * percent // 200 * 2, request["least_side"])
        setattr(render, side, before_percentage(pixels, percent))
    render.resolution_percentage = percent


def before_percentage(pixels: int, percent: int) -> int:
    """Return the resolution of which a percentage is a number of pixels."""
    return -(-100 * pixels // percent)


def size_of(scene: bpy.types.Scene) -> tuple[int, int]:
    """Return the render size in pixels."""
    render = scene.render
    percent = render.resolution_percentage
    return render.resolution_x * percent // 100, render.resolution_y * percent // 100


def set_output(scene: bpy.types.Scene) -> None:
    """Set the output to every frame once, without overlays."""
    render = scene.render
    render.image_settings.color_mode = "RGB"
    render.use_sequencer = True
    render.use_multiview = render.use_stamp = render.use_border = False
    # a timeline that is stretched for rendering would show other frames
    render.frame_map_old = render.frame_map_new = 100
    render.pixel_aspect_x = render.pixel_aspect_y = 1.0
    scene.frame_step = 1


def set_clip(scene: bpy.types.Scene, clip: str) -> None:
    """Set the format to silent H.264 in an MP4."""
    render = scene.render
    settings: Any = render.image_settings
    # from 5.0 on
    if hasattr(settings, "media_type"):
        settings.media_type = "VIDEO"
    settings.file_format = "FFMPEG"
    ffmpeg: Any = render.ffmpeg
    ffmpeg.format, ffmpeg.codec, ffmpeg.audio_codec = "MPEG4", "H264", "NONE"
    ffmpeg.constant_rate_factor, ffmpeg.ffmpeg_preset = "HIGH", "GOOD"
    ffmpeg.use_max_b_frames = ffmpeg.use_autosplit = ffmpeg.use_lossless_output = False
    ffmpeg.gopsize = 12
    render.filepath = clip
    render.use_file_extension = False


def set_pictures(scene: bpy.types.Scene, pictures: str, step: int) -> None:
    """Set the format to numbered JPEG files of every `step`-th frame."""
    render = scene.render
    settings: Any = render.image_settings
    # from 5.0 on
    if hasattr(settings, "media_type"):
        settings.media_type = "IMAGE"
    settings.file_format = "JPEG"
    settings.quality = 92
    render.filepath = pictures
    render.use_file_extension = True
    render.use_overwrite, render.use_placeholder = True, False
    scene.frame_step = step


def keep_no_frames() -> None:
    """Turn off the sequencer caches: 5.x may take a cached neighbour, and each frame is used only once."""
    for scene in bpy.data.scenes:
        for name in ("use_cache_raw", "use_cache_preprocessed", "use_cache_composite", "use_cache_final"):
            if hasattr(scene.sequence_editor, name):
                setattr(scene.sequence_editor, name, False)


def count_frames(progress: Path) -> None:
    """Write the number of rendered frames to a file after each."""
    done = 0

    def count(*_: object) -> None:
        nonlocal done
        done += 1
        progress.write_text(str(done), encoding="ascii")

    bpy.app.handlers.render_write.append(count)


def render_each(scene: bpy.types.Scene, frames: list[int]) -> None:
    """Render these frames, each as a range: in a still of a scene that no window shows, scene strips are black."""
    whole = scene.frame_start, scene.frame_end
    for frame in frames:
        scene.frame_start = scene.frame_end = frame
        bpy.ops.render.render(animation=True, scene=scene.name)
    scene.frame_start, scene.frame_end = whole


def refuse_plain(scene: bpy.types.Scene, request: Request) -> None:
    """Raise if some frames of the whole range are each of one colour: nobody is seen, and the clip would be paid."""
    pictures = request["clip"] + "_"
    frames = sorted(set(np.linspace(scene.frame_start, scene.frame_end, _LOOKS).round().astype(int).tolist()))
    set_pictures(scene, pictures, 1)
    render_each(scene, frames)
    looks = [shows_something(Path(f"{pictures}{frame:04d}.jpg")) for frame in frames]
    if not any(looks):
        raise fault(
            "All frames would be of one colour.",
            "Look in the Video Sequencer at opacity, muted strips and muted channels.",
        )


def shows_something(picture: Path) -> bool:
    """Return whether a picture has more than one colour, and delete it."""
    image: Any = bpy.data.images.load(str(picture))
    pixels = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    picture.unlink()
    return bool(np.ptp(pixels.reshape(-1, 4), axis=0).max() > _ONE_COLOUR)


def fault(what: str, next_step: str, **values: str) -> Exception:
    """Return a fault in words of its own."""
    faults: Any = importlib.import_module("aimocap.texts.faults")
    return faults.Fault(faults.Text(what, **values), next_step)


def main(request: Request) -> Request:
    """Render what the request says."""
    movie = request.get("movie")
    scene = movie_scene(request) if movie else timeline_scene(request)
    keep_no_frames()
    set_output(scene)
    if "pictures" in request:
        set_pictures(scene, request["pictures"], request["step"])
    else:
        refuse_plain(scene, request)
        set_clip(scene, request["clip"])
    count_frames(Path(request["progress"]))
    if "frames" in request:
        render_each(scene, request["frames"])
    else:
        bpy.ops.render.render(animation=True, scene=scene.name)
    # Blender renders a placeholder then
    if movie and not Path(movie).is_file():
        raise fault(
            "The video file {file} was removed during rendering.", "Put it back and try again.", file=Path(movie).name
        )
    return {"first": scene.frame_start, "size": list(size_of(scene))}
