"""Strips of many shapes: trimmed, backwards, at another speed, in a meta strip, of images."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy

from tests.scene.video.sequencer_acts import (
    Strip,
    add_movie,
    cut_content,
    in_sequencer,
    move_ends,
    set_speed,
    top_strips,
)


def strips_of(scene: bpy.types.Scene) -> Any:
    return top_strips(scene.sequence_editor_create())


def pictures(folder: Path, count: int) -> list[Path]:
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{i:03}.png" for i in range(count)]
    image = bpy.data.images.new("picture", 8, 8)
    for path in paths:
        image.filepath_raw, image.file_format = str(path), "PNG"
        image.save()
    bpy.data.images.remove(image)
    return paths


def image_strip(scene: bpy.types.Scene, folder: Path, count: int) -> Any:
    paths = pictures(folder, count)
    strip = strips_of(scene).new_image("images", str(paths[0]), channel=1, frame_start=10)
    for path in paths[1:]:
        strip.elements.append(path.name)
    return strip


def make_meta(scene: bpy.types.Scene, movie: Path, folder: Path) -> Any:
    del folder
    add_movie(scene, movie).select = True
    with in_sequencer(scene):
        bpy.ops.sequencer.meta_make()
    return scene.sequence_editor.active_strip


Movies = Callable[[Fraction], Path]
Scene = Any


def plain(scene: Scene, movie: Path) -> Strip:
    return add_movie(scene, movie)


def trimmed(scene: Scene, movie: Path) -> Strip:
    strip = add_movie(scene, movie, -20)
    cut_content(strip, 5, 3)
    move_ends(strip, 7, -9)
    return strip


def backwards(scene: Scene, movie: Path) -> Strip:
    strip = add_movie(scene, movie)
    move_ends(strip, 7, -9)
    strip.use_reverse_frames = True
    return strip


def adjusted(scene: Scene, movie: Path) -> Strip:
    strip = add_movie(scene, movie, adjusted=True)
    move_ends(strip, 3, -4)
    return strip


def adjusted_backwards(scene: Scene, movie: Path) -> Strip:
    strip = add_movie(scene, movie, adjusted=True)
    strip.use_reverse_frames = True
    return strip


def sped_up(scene: Scene, movie: Path) -> Strip:
    strip = add_movie(scene, movie)
    set_speed(scene, 200.0)
    return strip


CASES = [
    (Fraction(25), 25.0, plain),
    (Fraction(25), 24.0, trimmed),
    (Fraction(25), 30.0, backwards),
    (Fraction(60), 24.0, adjusted),
    (Fraction(30000, 1001), 24.0, adjusted_backwards),
    (Fraction(25), 25.0, sped_up),
]
NAMES = [f"{movie_fps} in {fps} {shape.__name__}" for movie_fps, fps, shape in CASES]


def visible(strip: Strip) -> range:
    if hasattr(strip, "left_handle"):
        return range(strip.left_handle, strip.right_handle)
    return range(strip.frame_final_start, strip.frame_final_end)
