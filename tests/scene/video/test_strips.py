"""The range that is sent is the range that the sequencer shows, and the motion runs with it: read from barcodes."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from aimocap_blender.scene.video.strips import StripSource, must_render, sequencer_scene, video_of
from aimocap_blender.texts.faults import Fault
from tests.blender_versions import first_in_every
from tests.scene.video.sequencer_acts import (
    add_movie,
    all_strips,
    cut_content,
    move_ends,
    seen,
    set_rate,
    set_speed,
    slip,
    split,
    top_strips,
)

FRAMES = 60
NTSC = Fraction(30000, 1001)
Scene = Any


def plain(scene: Scene, movie: Path) -> None:
    add_movie(scene, movie)


def trimmed(scene: Scene, movie: Path) -> None:
    move_ends(add_movie(scene, movie), 7, -9)


def split_left(scene: Scene, movie: Path) -> None:
    add_movie(scene, movie)
    split(scene, 33, 0)


def split_right(scene: Scene, movie: Path) -> None:
    add_movie(scene, movie)
    split(scene, 33, 1)


def slipped(scene: Scene, movie: Path) -> None:
    strip = add_movie(scene, movie)
    move_ends(strip, 7, -9)
    slip(scene, strip, -4)


def content_cut(scene: Scene, movie: Path) -> None:
    strip = add_movie(scene, movie)
    cut_content(strip, 6, 11)
    move_ends(strip, 0, -3)


def backwards(scene: Scene, movie: Path) -> None:
    add_movie(scene, movie).use_reverse_frames = True


def backwards_trimmed(scene: Scene, movie: Path) -> None:
    strip = add_movie(scene, movie)
    move_ends(strip, 7, -9)
    strip.use_reverse_frames = True


def held(scene: Scene, movie: Path) -> None:
    move_ends(add_movie(scene, movie, start=30), -5, 6)


def adjusted(scene: Scene, movie: Path) -> None:
    add_movie(scene, movie, adjusted=True)


def adjusted_trimmed(scene: Scene, movie: Path) -> None:
    move_ends(add_movie(scene, movie, adjusted=True), 7, -9)


def adjusted_split(scene: Scene, movie: Path) -> None:
    add_movie(scene, movie, adjusted=True)
    split(scene, 27, 1)


def adjusted_backwards(scene: Scene, movie: Path) -> None:
    strip = add_movie(scene, movie, adjusted=True)
    move_ends(strip, 7, -9)
    strip.use_reverse_frames = True


def slower(scene: Scene, movie: Path) -> None:
    add_movie(scene, movie)
    set_speed(scene, 50.0)


def faster_trimmed(scene: Scene, movie: Path) -> None:
    strip = add_movie(scene, movie)
    set_speed(scene, 150.0)
    move_ends(strip, 3, -4)


def slower_backwards(scene: Scene, movie: Path) -> None:
    strip = add_movie(scene, movie)
    set_speed(scene, 80.0)
    strip.use_reverse_frames = True


SHAPES = (
    plain, trimmed, split_left, split_right, slipped, content_cut, backwards, backwards_trimmed, held,
    adjusted, adjusted_trimmed, adjusted_split, adjusted_backwards, slower, faster_trimmed, slower_backwards,
)  # fmt: skip


def selected(source: StripSource, fps: Fraction) -> list[int]:
    """Pictures of the file whose time lies in the trimmed range: what the service works on."""
    start, end = Fraction(source.trim_start_sec), Fraction(source.trim_end_sec)
    slack = Fraction(1, 1000)  # of a second: the fps that Blender tells is rounded
    return [i for i in range(FRAMES) if start - slack <= i / fps < end - slack]


def check(
    scene: Scene, source: StripSource, fps: Fraction, folder: Path, *, tolerance: int = 0, ends_are_held: bool = False
) -> None:
    left, right = source.timeline_start, source.timeline_end
    samples = {left, left + 1, left + 2, (left + right) // 2, right - 3, right - 2, right - 1}
    numbers = seen(scene, sorted(samples), folder)
    assert len(numbers) >= min(7, right - left)
    assert not seen(scene, (left - 1, right), folder)
    sent = selected(source, fps)
    assert sent[0] == pytest.approx(min(numbers.values()), abs=tolerance)
    assert sent[-1] == pytest.approx(max(numbers.values()), abs=tolerance)
    assert (source.first_frame, source.last_frame) == (sent[0], sent[-1])
    assert source.trim_end_sec <= source.duration_sec == pytest.approx(float(FRAMES / fps), abs=1e-4)
    held_pictures = {0, FRAMES - 1} if ends_are_held else set()
    for frame, number in numbers.items():
        if number not in held_pictures:
            placed = source.mapping.frames(np.array([(number - sent[0]) / float(fps)]))[0]
            assert placed == pytest.approx(frame, abs=max(1.0, 0.5 / rate_of(source)) + 1e-3)


def rate_of(source: StripSource) -> float:
    """Pictures to a timeline frame."""
    return source.fps / abs(source.mapping.frames_per_second)


@pytest.mark.slow_cases
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
@pytest.mark.parametrize(
    "scene_fps", first_in_every([Fraction(24), Fraction(30), NTSC]), ids=["in 24", "in 30", "in 29.97"]
)
@pytest.mark.parametrize("fps", first_in_every([NTSC, Fraction(25)]), ids=["29.97 fps", "25 fps"])
def test_sent_frames_are_the_shown_ones(
    fps: Fraction,
    scene_fps: Fraction,
    shape: Callable[[Scene, Path], None],
    movies: Callable[[Fraction], Path],
    tmp_path: Path,
) -> None:
    scene = bpy.context.scene
    set_rate(scene, float(scene_fps))
    shape(scene, movies(fps))
    source = video_of(scene)
    assert source.needs_clip is None
    assert source.by_formula
    assert source.warnings == ()
    assert source.path == movies(fps).resolve()
    check(scene, source, fps, tmp_path, ends_are_held=shape is held)


@pytest.mark.parametrize("scene_fps", [24, 30])
@pytest.mark.parametrize("speed", [60.0, 140.0])
def test_adjusted_and_retimed_is_right_within_a_picture(
    scene_fps: int, speed: float, movies: Callable[[Fraction], Path], tmp_path: Path
) -> None:
    scene = bpy.context.scene
    set_rate(scene, scene_fps)
    strip = add_movie(scene, movies(Fraction(25)), adjusted=True)
    set_speed(scene, speed)
    assert len(strip.retiming_keys) == 2
    check(scene, video_of(scene), Fraction(25), tmp_path, tolerance=1, ends_are_held=True)


@pytest.mark.parametrize("is_adjusted", [False, True])
def test_a_fast_movie_in_a_slow_scene(*, is_adjusted: bool, movies: Callable[[Fraction], Path], tmp_path: Path) -> None:
    scene = bpy.context.scene
    set_rate(scene, 24)
    add_movie(scene, movies(Fraction(60)), adjusted=is_adjusted)
    source = video_of(scene)
    assert source.timeline_end - source.timeline_start == (24 if is_adjusted else 60)
    assert source.mapping.frames_per_second == pytest.approx(24 if is_adjusted else 60, rel=1e-5)
    assert source.real_time.frames_per_second == 24
    check(scene, source, Fraction(60), tmp_path)


def test_backwards_runs_backwards(movies: Callable[[Fraction], Path]) -> None:
    scene = bpy.context.scene
    set_rate(scene, 25)
    backwards(scene, movies(Fraction(25)))
    source = video_of(scene)
    assert source.mapping.frames(np.array([0.0, 59 / 25])).tolist() == pytest.approx([69.0, 10.0])
    assert source.real_time.frames(np.array([0.0, 1.0])).tolist() == [10.0, 35.0]


def test_nothing_in_the_file_changes(movies: Callable[[Fraction], Path]) -> None:
    scene = bpy.context.scene
    add_movie(scene, movies(Fraction(25)))
    before = {name: list(getattr(bpy.data, name)) for name in ("movieclips", "scenes", "images", "sounds", "texts")}
    video_of(scene)
    assert {name: list(getattr(bpy.data, name)) for name in before} == before
    assert not bpy.data.movieclips


def test_a_path_relative_to_the_blend_file(movies: Callable[[Fraction], Path], tmp_path: Path) -> None:
    movie = tmp_path / "shots" / "walk é.mp4"
    movie.parent.mkdir()
    movie.write_bytes(movies(Fraction(25)).read_bytes())
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "file.blend"))
    strip = add_movie(bpy.context.scene, movie)
    strip.filepath = "//shots/walk é.mp4"
    assert video_of(bpy.context.scene).path == movie.resolve()


def test_the_workspace_names_the_sequencers_scene(movies: Callable[[Fraction], Path]) -> None:
    here = bpy.context.scene
    other = bpy.data.scenes.new("edit")
    editor = other.sequence_editor_create()
    theirs = top_strips(editor).new_movie("theirs", str(movies(Fraction(25))), channel=1, frame_start=1)
    editor.active_strip = theirs
    add_movie(here, movies(Fraction(25))).name = "mine"
    if hasattr(bpy.context.workspace, "sequencer_scene"):
        bpy.context.workspace.sequencer_scene = other
        assert (video_of(bpy.context).scene, video_of(bpy.context).name) == ("edit", "theirs")
        third = bpy.data.scenes.new("a script's")
        with bpy.context.temp_override(scene=third):
            assert sequencer_scene(bpy.context) == third
        bpy.context.workspace.sequencer_scene = None
    assert (video_of(bpy.context).scene, video_of(bpy.context).name) == (here.name, "mine")
    assert video_of(other).name == "theirs"


def test_the_newer_names_do_not_warn(movies: Callable[[Fraction], Path], recwarn: pytest.WarningsRecorder) -> None:
    add_movie(bpy.context.scene, movies(Fraction(25)))
    recwarn.clear()
    video_of(bpy.context.scene)
    assert not [warning for warning in recwarn if issubclass(warning.category, DeprecationWarning)]


def test_upload_modes(movies: Callable[[Fraction], Path]) -> None:
    add_movie(bpy.context.scene, movies(Fraction(25)))
    whole = video_of(bpy.context.scene)
    assert must_render(whole, "AUTO") is None
    assert must_render(whole, "WHOLE_FILE") is None
    assert must_render(whole, "TRIMMED_CLIP")
    odd = replace(whole, needs_clip="a reason")
    assert must_render(odd, "AUTO") == "a reason"
    assert must_render(odd, "TRIMMED_CLIP") == "a reason"
    with pytest.raises(Fault, match="a reason"):
        must_render(odd, "WHOLE_FILE")


def test_splitting_leaves_one_active(movies: Callable[[Fraction], Path]) -> None:
    split_right(bpy.context.scene, movies(Fraction(25)))
    names = {strip.name for strip in all_strips(bpy.context.scene)}
    assert len(names) == 2
    assert video_of(bpy.context.scene).timeline_start == 33
