"""Acts of a user in the sequencer, and the frames then seen there, in any version of Blender."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from aimocap_blender.scene.operator_calls import EFFECT_END, FIRST_INPUT, MOVE_STRIPS, name_of, passed
from tests.media.barcode import NoBarcode, read_barcode

SIZE = (160, 120)
HANDLES = ("frame_final_start", "frame_final_end")  # until 5.1
Strip = Any  # its class, and the collections of strips, were renamed in 4.4
Strips = Any


def set_rate(scene: bpy.types.Scene, fps: float) -> None:
    whole = round(fps)
    scene.render.fps, scene.render.fps_base = whole, whole / fps


def plain_pictures(scene: bpy.types.Scene) -> None:
    """Small pictures, colours as in the movie, nothing cached (5.x shows a cached neighbour for some frames)."""
    scene.render.resolution_x, scene.render.resolution_y = SIZE
    scene.render.resolution_percentage = 100
    scene.view_settings.view_transform = "Standard"
    editor = scene.sequence_editor_create()
    for name in ("use_cache_raw", "use_cache_preprocessed", "use_cache_composite", "use_cache_final"):
        if hasattr(editor, name):
            setattr(editor, name, False)


def top_strips(parent: Strip | bpy.types.SequenceEditor) -> Strips:
    return parent.strips if hasattr(parent, "strips") else parent.sequences


def all_strips(scene: bpy.types.Scene) -> Strips:
    editor = scene.sequence_editor
    return editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all


@contextmanager
def in_sequencer(scene: bpy.types.Scene) -> Iterator[None]:
    window = bpy.context.window_manager.windows[0]
    area = window.screen.areas[0]
    area.type = "SEQUENCE_EDITOR"
    region = next(region for region in area.regions if region.type == "WINDOW")
    if hasattr(bpy.context.workspace, "sequencer_scene"):
        bpy.context.workspace.sequencer_scene = scene
    before, window.scene = window.scene, scene
    with bpy.context.temp_override(window=window, area=area, region=region):
        yield
    window.scene = before


def add_movie(scene: bpy.types.Scene, movie: Path, start: int = 10, *, adjusted: bool = False) -> Strip:
    plain_pictures(scene)
    with in_sequencer(scene):
        bpy.ops.sequencer.movie_strip_add(
            filepath=str(movie),
            frame_start=start,
            channel=1,
            adjust_playback_rate=adjusted,
            sound=False,
            use_framerate=False,
            fit_method="STRETCH",
            **passed(MOVE_STRIPS, bpy.ops.sequencer.movie_strip_add, value=False),
        )
    return scene.sequence_editor.active_strip


def effect(scene: bpy.types.Scene, kind: str, *inputs: Strip) -> Strip:
    """A new effect strip over its inputs."""
    strips = top_strips(scene.sequence_editor)
    known = strips.bl_rna.functions["new_effect"]
    names = ("input1", "input2") if name_of(FIRST_INPUT, known) == "input1" else ("seq1", "seq2")
    end = name_of(EFFECT_END, known)
    return strips.new_effect(
        name=kind,
        type=kind,
        channel=4,
        frame_start=10,
        **{end: 30 if end == "length" else 40},
        **dict(zip(names, inputs, strict=False)),
    )


def move_ends(strip: Strip, left: int, right: int) -> None:
    """Drag the strip's ends by timeline frames."""
    first, end = ("left_handle", "right_handle") if hasattr(strip, "left_handle") else HANDLES
    setattr(strip, first, getattr(strip, first) + left)
    setattr(strip, end, getattr(strip, end) + right)


def cut_content(strip: Strip, start: int, end: int) -> None:
    """Hide pictures at the movie's start and end for good."""
    if hasattr(strip, "content_trim_start"):
        strip.content_trim_start, strip.content_trim_end = start, end
    else:
        strip.animation_offset_start, strip.animation_offset_end = start, end


def split(scene: bpy.types.Scene, frame: int, part: int) -> Strip:
    """Cut the only strip; the part (0 left, 1 right) becomes the active one, the other one is muted."""
    for strip in all_strips(scene):
        strip.select = True
    with in_sequencer(scene):
        bpy.ops.sequencer.split(frame=frame, side="RIGHT")
    halves = sorted(all_strips(scene), key=lambda strip: getattr(strip, "left_handle", None) or strip.frame_final_start)
    scene.sequence_editor.active_strip = halves[part]
    halves[1 - part].mute = True
    return halves[part]


def slip(scene: bpy.types.Scene, strip: Strip, frames: int) -> None:
    for other in all_strips(scene):
        other.select = other == strip
    with in_sequencer(scene):
        bpy.ops.sequencer.slip(offset=frames)


def set_speed(scene: bpy.types.Scene, percent: float) -> None:
    with in_sequencer(scene):
        bpy.ops.sequencer.retiming_show()
        bpy.ops.sequencer.retiming_segment_speed_set(speed=percent)


def pixels(file: Path) -> np.ndarray:
    """(H, W, C) values of a picture on disk, from the bottom up."""
    image = bpy.data.images.load(str(file))
    values = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(values)
    width, height = image.size
    bpy.data.images.remove(image)
    return values.reshape(height, width, -1)


def seen(scene: bpy.types.Scene, frames: Iterable[int], folder: Path) -> dict[int, int]:
    """Timeline frame to the number in the barcode that the sequencer shows there; left out where there is none."""
    numbers: dict[int, int] = {}
    scene.render.image_settings.file_format = "TARGA_RAW"  # half the time of a compressed picture
    for frame in frames:
        scene.frame_set(frame)
        scene.render.filepath = str(folder / "seen.tga")
        bpy.ops.render.render(write_still=True, scene=scene.name)
        try:
            numbers[frame] = read_barcode(pixels(folder / "seen.tga"))
        except NoBarcode:
            continue
    return numbers
