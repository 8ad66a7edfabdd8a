"""The demo's pictures: the film, the character and the G1 side by side in an MP4, and a sheet of frames of that.

Run by `child.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import bpy

from tests.demo.child import Saying, answering
from tests.demo.contact_sheet import BACKGROUND, cameras_around, contact_sheet, joints, light, light_from
from tests.demo.figures_child import CHARACTER, FIRST, ROBOT

if TYPE_CHECKING:
    from collections.abc import Iterator

LABELS = {
    "film": "The film: {name}",
    CHARACTER: "Free preview, on a character",
    ROBOT: "Free preview, on a Unitree G1",
}
CELL_PIXELS = 440 * 330
_EXTREME = 2.4
"""Width to height of the most stretched cells; pictures beyond that get bars."""
BAND = 28
"""Pixels above each cell, with its label."""
GAP = 4
"""Pixels between cells."""
_SHEET_SCALE = 0.75
_LIGHT = math.radians(45)  # to the right of the camera
OLD_HANDLES = ("frame_final_start", "frame_final_end")
"""Names until Blender 5.1."""


@dataclass(frozen=True)
class Cell:
    """Where a part is in the picture: pixels, from the left and the top."""

    part: str
    left: int
    top: int
    width: int
    height: int


def layout(width: int, height: int, large: str = "") -> tuple[tuple[int, int], list[Cell]]:
    """The size of the whole picture, and the cells: side by side, or the others above each other beside a large one.

    Args:
        width: of the film, pixels.
        height: of the film, pixels.
        large: the part to show large; '' for none.
    """
    aspect, pixels = min(max(width / height, 1 / _EXTREME), _EXTREME), CELL_PIXELS / (2 if large else 1)
    wide, high = (2 * round(math.sqrt(area) / 2) for area in (pixels * aspect, pixels / aspect))
    across, down = wide + GAP, high + BAND
    if not large:
        cells = [Cell(part, number * across, BAND, wide, high) for number, part in enumerate(LABELS)]
        return (3 * wide + 2 * GAP, down), cells
    small = [part for part in LABELS if part != large]
    cells = [Cell(part, 0, number * down + BAND, wide, high) for number, part in enumerate(small)]
    return (3 * wide + GAP, 2 * down), [*cells, Cell(large, across, BAND, 2 * wide, 2 * high + BAND)]


def main(request: dict[str, Any], saying: Saying) -> dict[str, Any]:
    """Make what the request says; return the number of frames and their size."""
    bpy.ops.wm.open_mainfile(filepath=request["blend"])
    video, spans = Path(request["video"]), request["spans"]
    movie = bpy.data.movieclips.load(str(video))
    width, height = cast("Any", movie.size)
    size, cells = layout(width, height, request["large"])
    count = sum(end - start for start, end in spans)
    scenes = {cell.part: _stage(cell, spans, request["shots"]) for cell in cells if cell.part != "film"}
    side_by_side = _side_by_side(size, cells, scenes, video, spans, request["name"])
    done = 0

    def tell(*_: object) -> None:
        nonlocal done
        done += 1
        saying.do(f"frame {done} of {count} of the MP4")

    bpy.app.handlers.render_write.append(tell)
    _render(side_by_side, request["mp4"])
    bpy.app.handlers.render_write.remove(tell)
    saying.do("the contact sheet")
    in_sheet = round(_SHEET_SCALE * size[0]), round(_SHEET_SCALE * size[1])
    contact_sheet(Path(request["mp4"]), count, in_sheet, Path(request["sheet"]))
    return {"frames": count, "size": size}


def _stage(cell: Cell, spans: list[list[int]], shots: list[tuple[int, float]]) -> Any:
    """A scene of one figure, seen from where the film's camera stood in each shot."""
    shown, armature = bpy.context.scene, bpy.data.objects[cell.part]
    scene = bpy.data.scenes.new(cell.part)
    scene.render.fps, scene.render.fps_base = shown.render.fps, shown.render.fps_base
    scene.frame_start, scene.frame_end = shown.frame_start, shown.frame_end
    scene.render.resolution_x, scene.render.resolution_y = cell.width, cell.height
    for part in (armature, *armature.children_recursive):
        scene.collection.objects.link(part)
    light(scene)
    cast("Any", scene.display).render_aa = "FXAA"  # a third of the time
    throws_streaks = cell.part == ROBOT and bpy.app.version >= (5, 0)  # its meshes are open
    if throws_streaks or len(shots) > 1:  # the light is one shot's: in another it throws streaks
        cast("Any", scene.display).shading.show_shadows = False
    frames = [frame + FIRST for start, end in spans for frame in (*range(start, end, 3), end - 1)]
    points = joints(shown, armature, frames)
    scene.camera = cameras_around(scene, points, shots, cell.width / cell.height)[0]
    light_from(scene, shots[0][1] + _LIGHT)
    return scene


def _side_by_side(
    size: tuple[int, int], cells: list[Cell], scenes: dict[str, Any], video: Path, spans: list[list[int]], name: str
) -> Any:
    """A scene that shows each part in its cell below its label, the spans one after the other."""
    of = bpy.context.scene.render
    scene = bpy.data.scenes.new("Side by Side")
    scene.render.fps, scene.render.fps_base = of.fps, of.fps_base
    scene.render.resolution_x, scene.render.resolution_y = size
    cast("Any", scene.view_settings).view_transform = "Standard"
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else cast("Any", editor).sequences
    scene.frame_start, scene.frame_end = 1, sum(end - start for start, end in spans)
    _effect(strips, "COLOR", 1, scene.frame_end).color = BACKGROUND
    for number, cell in enumerate(cells):
        x, y = cell.left + cell.width / 2 - size[0] / 2, size[1] / 2 - cell.top - cell.height / 2
        for strip in _strips_of(strips, cell.part, scenes.get(cell.part), video, spans, 2 + number):
            strip.blend_type = "ALPHA_OVER"
            strip.transform.offset_x, strip.transform.offset_y = x, y
            if cell.part == "film":
                movie = strip.elements[0]
                scale = min(cell.width / movie.orig_width, cell.height / movie.orig_height)
                strip.transform.scale_x = strip.transform.scale_y = scale
        text = _effect(strips, "TEXT", 5 + number, scene.frame_end)
        text.text, text.font_size = LABELS[cell.part].format(name=name), 0.6 * BAND
        text.location = (cell.left + cell.width / 2) / size[0], 1.0 - (cell.top - BAND / 2) / size[1]
        _centre(text)
        text.blend_type = "ALPHA_OVER"
    return scene


def _strips_of(strips: Any, part: str, scene: Any, video: Path, spans: list[list[int]], channel: int) -> Iterator[Any]:
    """Yield a strip for each span, one after the other."""
    place = 1
    for start, end in spans:
        if scene is None:
            begins = place - start
            strip = strips.new_movie(part, str(video), channel=channel, frame_start=begins, fit_method="ORIGINAL")
        else:
            begins = place - (start + FIRST - scene.frame_start)
            strip = strips.new_scene(part, scene, channel=channel, frame_start=begins)
            strip.scene_input = "CAMERA"
        left, right = ("left_handle", "right_handle") if hasattr(strip, "left_handle") else OLD_HANDLES
        setattr(strip, right, place + end - start)
        setattr(strip, left, place)
        place += end - start
        yield strip


def _effect(strips: Any, kind: str, channel: int, frames: int) -> Any:
    has_length = "length" in strips.bl_rna.functions["new_effect"].parameters  # from 5.1 on
    end = {"length": frames} if has_length else {"frame_end": frames + 1}
    return strips.new_effect(name=kind, type=kind, channel=channel, frame_start=1, **end)


def _centre(text: Any) -> None:
    if hasattr(text, "anchor_x"):  # from 4.4 on
        text.anchor_x, text.anchor_y = "CENTER", "CENTER"
    else:
        text.align_x, text.align_y = "CENTER", "CENTER"


def _render(scene: Any, file: str) -> None:
    """Write the scene's frames as H.264."""
    bpy.context.window_manager.windows[0].scene = scene
    for each in bpy.data.scenes:
        for name in ("use_cache_raw", "use_cache_preprocessed", "use_cache_composite", "use_cache_final"):
            if hasattr(each.sequence_editor, name):
                setattr(each.sequence_editor, name, False)
    render = scene.render
    settings = render.image_settings
    if hasattr(settings, "media_type"):  # from 5.0 on
        settings.media_type = "VIDEO"
    settings.file_format, settings.color_mode = "FFMPEG", "RGB"
    ffmpeg = render.ffmpeg
    ffmpeg.format, ffmpeg.codec, ffmpeg.audio_codec = "MPEG4", "H264", "NONE"
    ffmpeg.constant_rate_factor, ffmpeg.ffmpeg_preset, ffmpeg.gopsize = "HIGH", "GOOD", 12
    render.use_sequencer, render.use_file_extension = True, False
    render.filepath = file
    bpy.ops.render.render(animation=True, scene=scene.name)


if __name__ == "__main__":
    answering(main)
