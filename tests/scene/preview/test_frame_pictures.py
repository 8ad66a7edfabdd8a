"""The pictures of a strip are the frames that it shows, at 30 fps or fewer, told by barcodes."""

import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import bpy
import numpy as np
import pytest

from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.preview.seeing import LONGEST_SIDE, FramePictures, movie_source
from aimocap_blender.scene.video.strips import StripSource, handles_of, video_of
from aimocap_blender.texts.faults import Fault
from tests.blender_versions import in_newest, in_oldest_and_newest
from tests.media.barcode import read_barcode
from tests.media.barcode_video import MOVIES, barcode_video
from tests.scene.video.sequencer_acts import (
    add_movie,
    effect,
    move_ends,
    pixels,
    plain_pictures,
    seen,
    set_rate,
    top_strips,
)

Movies = Callable[[Fraction], Path]

pytestmark = in_oldest_and_newest


def written(source: StripSource, folder: Path) -> FramePictures:
    pictures = FramePictures(source, folder / "frames", folder, folder / "frames.log").begin()
    while not pictures.poll():
        pass
    pictures.check()
    return pictures


def numbers_in(pictures: FramePictures) -> list[int]:
    """The barcodes of the pictures by their names, and that there are no others."""
    names = [f"frame_{pictures.first + k * pictures.step:04d}.jpg" for k in range(pictures.count)]
    assert sorted(file.name for file in pictures.folder.glob("*.jpg")) == sorted(names)
    return [read_barcode(pixels(pictures.folder / name)) for name in names]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fps", "step"), [(60, 2), *(pytest.param(*of, marks=in_newest) for of in ((25, 1), (30, 1), (120, 4)))]
)
def test_every_frame_or_as_many_as_30_a_second(fps: int, step: int, movies: Movies, tmp_path: Path) -> None:
    scene = bpy.context.scene
    plain_pictures(scene)
    set_rate(scene, 24)
    strip = add_movie(scene, movies(Fraction(fps)), adjusted=True)
    move_ends(strip, 4, -5)
    source = video_of(scene)
    pictures = written(source, tmp_path)
    assert numbers_in(pictures) == list(range(source.first_frame, source.last_frame + 1, step))
    assert pictures.fps == pytest.approx(fps / step)


@pytest.mark.slow
def test_frames_of_an_effect_strip_are_those_the_timeline_shows(movies: Movies, tmp_path: Path) -> None:
    scene = bpy.context.scene
    plain_pictures(scene)
    set_rate(scene, 60)
    strip = add_movie(scene, movies(Fraction(60)))
    scene.sequence_editor.active_strip = made = effect(scene, "GAUSSIAN_BLUR", strip)
    made.size_x = made.size_y = 0.0
    shown = seen(scene, range(*handles_of(made), 2), tmp_path)
    pictures = written(video_of(scene), tmp_path)
    assert numbers_in(pictures) == list(shown.values())
    assert pictures.fps == 30.0


def test_some_frames_of_a_scene_strip(movies: Movies, tmp_path: Path) -> None:
    scene = bpy.context.scene
    plain_pictures(scene)
    other = bpy.data.scenes.new("other")
    add_movie(other, movies(Fraction(25)), start=1)
    strip = top_strips(scene.sequence_editor).new_scene("take", other, channel=1, frame_start=5)
    strip.scene_input = "SEQUENCER"
    scene.sequence_editor.active_strip = strip
    private = tmp_path / "private"
    pictures = FramePictures(
        video_of(scene), private / "frames", private, private / "frames.log", chosen=lambda *_: [30, 2]
    )
    pictures.begin().wait(120).check()
    files = [pictures.folder / f"frame_{pictures.first + index:04d}.jpg" for index in (2, 30)]
    assert sorted(pictures.folder.glob("*.jpg")) == files
    assert [read_barcode(pixels(file)) for file in files] == [2, 30]


def test_a_whole_file_in_a_scene_without_strips(movies: Movies, tmp_path: Path) -> None:
    plain_pictures(bpy.context.scene)
    source = movie_source(movies(Fraction(25)), TimeMapping(7.0, 24.0))
    assert numbers_in(written(source, tmp_path)) == list(range(60))
    assert source.mapping.frames(np.array([1.0])) == [31.0]


@pytest.mark.slow
def test_large_frames_are_made_smaller_and_keep_their_shape(tmp_path: Path) -> None:
    movie = barcode_video(MOVIES, Fraction(25), 4, (1080, 1920))
    pictures = written(movie_source(movie, TimeMapping(1.0, 24.0)), tmp_path)
    shape = pixels(next(pictures.folder.glob("*.jpg"))).shape
    assert shape[:2] == (LONGEST_SIDE, LONGEST_SIDE * 1080 // 1920)


def test_a_video_that_is_gone_is_a_fault(movies: Movies, tmp_path: Path) -> None:
    movie = tmp_path / "gone.mp4"
    shutil.copy(movies(Fraction(25)), movie)
    source = movie_source(movie, TimeMapping(1.0, 24.0))
    movie.unlink()
    with pytest.raises(Fault, match="missing"):
        written(source, tmp_path)
