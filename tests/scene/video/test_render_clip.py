"""A rendered clip shows what the timeline shows, its time leads back there, and the open file stays as it was."""

import shutil
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path

import bpy
import numpy as np
import pytest

from aimocap_blender.scene.video.movie_files import movie_facts
from aimocap_blender.scene.video.render_clip import LONGEST_SIDE, ClipRendering, RenderedClip
from aimocap_blender.scene.video.strips import StripSource, video_of
from aimocap_blender.texts.faults import Fault
from tests.blender_versions import first_in_every, in_newest, in_oldest_and_newest
from tests.media.barcode import read_barcode
from tests.media.barcode_video import MOVIES, barcode_video
from tests.media.rendered_frames import rendered_frames
from tests.scene.scene_dump import changes, dump
from tests.scene.video.mp4_boxes import with_rotation, with_steps
from tests.scene.video.sequencer_acts import (
    SIZE,
    add_movie,
    all_strips,
    effect,
    in_sequencer,
    move_ends,
    plain_pictures,
    seen,
    set_rate,
    set_speed,
    top_strips,
)

FPS = Fraction(25)
NTSC = Fraction(30000, 1001)
Movies = Callable[[Fraction], Path]


def rendered(scene: bpy.types.Scene, folder: Path) -> tuple[StripSource, RenderedClip]:
    source = video_of(scene)
    return source, ClipRendering(source, folder / "clip").begin().wait(120).result


def numbers_in(clip: RenderedClip, pictures: Iterable[int], folder: Path) -> list[int]:
    """Barcodes of the clip's pictures; the open scene is replaced."""
    return [read_barcode(picture) for picture in rendered_frames(clip.path, pictures, SIZE, folder)]


def check_clip(clip: RenderedClip, fps: Fraction, frames: int) -> None:
    facts = movie_facts(clip.path)
    assert facts.codec == "avc1"
    assert (facts.frames, facts.variable_rate, facts.cut_by_edits, facts.first_frame_sec) == (frames, False, False, 0.0)
    assert clip.frames == frames
    assert clip.fps == pytest.approx(float(fps), rel=1e-5)
    assert clip.duration_sec == pytest.approx(float(frames / fps), rel=1e-5)


@pytest.mark.slow_cases
@pytest.mark.parametrize("fps", first_in_every([FPS, NTSC, Fraction(60)]), ids=str)
def test_a_plain_strip_keeps_each_picture_of_the_movie(fps: Fraction, movies: Movies, tmp_path: Path) -> None:
    scene = bpy.context.scene
    set_rate(scene, 24)
    strip = add_movie(scene, movies(fps), adjusted=True)
    move_ends(strip, 5, -6)
    strip.use_reverse_frames = True
    shown = seen(scene, range(strip.frame_final_start, strip.frame_final_end), tmp_path)
    first, last = min(shown.values()), max(shown.values())
    source, clip = rendered(scene, tmp_path)
    check_clip(clip, fps, last - first + 1)
    for frame, number in shown.items():
        placed = clip.mapping.frames(np.array([(number - first) / float(fps)]))[0]
        assert placed == pytest.approx(frame, abs=1.001)
    assert clip.mapping == source.mapping
    assert numbers_in(clip, range(clip.frames), tmp_path) == list(range(first, last + 1))


@pytest.mark.slow
def test_pictures_of_another_size(movies: Movies, tmp_path: Path) -> None:
    del movies
    movie = barcode_video(MOVIES, FPS, 6, (2048, 1154))
    scene = bpy.context.scene
    add_movie(scene, movie)
    _, clip = rendered(scene, tmp_path)
    size = bpy.data.movieclips.load(str(clip.path)).size
    assert tuple(size) == (LONGEST_SIDE, 1080)
    assert numbers_in(clip, range(6), tmp_path) == list(range(6))


@pytest.mark.slow
def test_colours_stay(movies: Movies, tmp_path: Path) -> None:
    scene = bpy.context.scene
    add_movie(scene, movies(FPS))
    scene.view_settings.exposure = -3.0  # must not reach a plain movie
    source, clip = rendered(scene, tmp_path)
    assert source.path
    before = rendered_frames(source.path, [30], SIZE, tmp_path)[0]
    after = rendered_frames(clip.path, [30], SIZE, tmp_path)[0]
    assert np.abs(before - after).mean() < 0.01


@in_oldest_and_newest
def test_a_varying_rate_becomes_an_even_one(movies: Movies, tmp_path: Path) -> None:
    movie = tmp_path / "phone.mp4"
    movie.write_bytes(with_steps(movies(FPS), [(30, 1), (30, 2)]))
    scene = bpy.context.scene
    strip = add_movie(scene, movie)
    shown = seen(scene, range(strip.frame_final_start, strip.frame_final_end), tmp_path)
    _, clip = rendered(scene, tmp_path)
    facts = movie_facts(clip.path)
    assert not facts.variable_rate
    frames = clip.mapping.frames(np.arange(clip.frames) / clip.fps)
    numbers = numbers_in(clip, range(clip.frames), tmp_path)
    assert [shown[round(frame)] for frame in frames] == numbers


@pytest.mark.slow_cases
@pytest.mark.parametrize("degrees", first_in_every([90, 180, 270]))
@in_oldest_and_newest
def test_a_turned_picture_is_upright_in_the_clip(degrees: int, movies: Movies, tmp_path: Path) -> None:
    movie = tmp_path / "turned.mp4"
    movie.write_bytes(with_rotation(movies(FPS), degrees))
    move_ends(add_movie(bpy.context.scene, movie), 0, -55)
    _, clip = rendered(bpy.context.scene, tmp_path)
    assert movie_facts(clip.path).rotation_deg == 0
    size = SIZE if degrees == 180 else SIZE[::-1]
    assert tuple(bpy.data.movieclips.load(str(clip.path)).size) == size
    pictures = rendered_frames(clip.path, range(5), size, tmp_path)
    as_stored = [np.rot90(picture[::-1], degrees // 90) for picture in pictures]  # turned back, anticlockwise
    assert [read_barcode(picture) for picture in as_stored] == list(range(5))


def check_timeline_clip(scene: bpy.types.Scene, folder: Path, shown: dict[int, int]) -> None:
    """The clip shows, picture by picture, what the timeline showed with nothing else in the way."""
    before = dump()
    dirty = bpy.data.is_dirty
    source, clip = rendered(scene, folder)
    assert not source.by_formula
    assert changes(before, dump()) == set()
    assert bpy.data.is_dirty == dirty
    frames = source.timeline_end - source.timeline_start
    check_clip(clip, Fraction(scene.render.fps) / Fraction(scene.render.fps_base).limit_denominator(100000), frames)
    placed = clip.mapping.frames(np.arange(frames) / clip.fps)
    assert placed == pytest.approx(np.arange(source.timeline_start, source.timeline_end), abs=1e-3)
    assert sorted(shown) == list(range(source.timeline_start, source.timeline_end))
    assert numbers_in(clip, range(frames), folder) == [shown[round(frame)] for frame in placed]


def shown_by(scene: bpy.types.Scene, folder: Path) -> dict[int, int]:
    source = video_of(scene)
    return seen(scene, range(source.timeline_start, source.timeline_end), folder)


def cover(scene: bpy.types.Scene) -> None:
    """Another strip above, which must not be in the clip, and a muted channel."""
    strips = top_strips(scene.sequence_editor)
    strips.new_movie("cover", all_strips(scene)[0].filepath, channel=9, frame_start=-20, fit_method="STRETCH")
    scene.sequence_editor.channels[1].mute = True


@pytest.mark.slow
def test_changing_speed(movies: Movies, tmp_path: Path) -> None:
    scene = bpy.context.scene
    set_rate(scene, 30000 / 1001)
    strip = add_movie(scene, movies(FPS))
    set_speed(scene, 80.0)
    strip.retiming_keys.add(timeline_frame=30)
    strip.retiming_keys[1].timeline_frame = 40
    move_ends(strip, 4, -10)
    shown = shown_by(scene, tmp_path)
    assert len(set(np.diff(list(shown.values())))) > 1
    cover(scene)
    scene.sequence_editor.active_strip = strip
    check_timeline_clip(scene, tmp_path, shown)


@pytest.mark.parametrize(("larger", "percent"), [pytest.param(17, 100, marks=pytest.mark.long), (3, 50)])
@in_newest
def test_all_of_a_large_picture_is_in_the_clip(larger: int, percent: int, movies: Movies, tmp_path: Path) -> None:
    scene = bpy.context.scene
    strip = add_movie(scene, movies(FPS))
    move_ends(strip, 0, -50)
    set_speed(scene, 50.0)
    render, size = scene.render, tuple(side * larger for side in SIZE)
    render.resolution_x, render.resolution_y = size
    render.resolution_percentage = percent
    strip.transform.scale_x = strip.transform.scale_y = float(larger)
    source, clip = rendered(scene, tmp_path)
    assert not source.by_formula
    shown = tuple(bpy.data.movieclips.load(str(clip.path)).size)
    assert max(shown) <= LONGEST_SIDE
    assert shown == pytest.approx(np.array(size) * min(percent / 100, LONGEST_SIDE / max(size)), rel=0.01)
    assert numbers_in(clip, [0, clip.frames - 1], tmp_path)[0] == 0


@pytest.mark.slow
def test_a_speed_control(movies: Movies, tmp_path: Path) -> None:
    scene = bpy.context.scene
    strip = add_movie(scene, movies(FPS))
    move_ends(strip, 0, -30)
    speed = effect(scene, "SPEED", strip)
    speed.speed_control, speed.speed_factor = "MULTIPLY", 1.5
    shown = shown_by(scene, tmp_path)
    assert max(shown.values()) > 40
    cover(scene)
    scene.sequence_editor.active_strip = strip
    check_timeline_clip(scene, tmp_path, shown)


@pytest.mark.slow
def test_a_meta_strip_of_a_saved_file_with_unsaved_changes(movies: Movies, tmp_path: Path) -> None:
    shutil.copy(movies(FPS), tmp_path / "walk.mp4")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "file.blend"))
    scene = bpy.context.scene
    set_rate(scene, 24)
    strip = add_movie(scene, tmp_path / "walk.mp4", adjusted=True)
    strip.filepath = "//walk.mp4"
    strip.select = True
    with in_sequencer(scene):
        bpy.ops.sequencer.meta_make()
    meta = scene.sequence_editor.active_strip
    assert meta.type == "META"
    move_ends(meta, 3, -5)
    shown = shown_by(scene, tmp_path)
    assert min(shown.values()) > 0
    strips = top_strips(scene.sequence_editor)
    strips.new_movie("cover", str(movies(FPS)), channel=9, frame_start=-20, fit_method="STRETCH")
    scene.sequence_editor.active_strip = meta
    scene.sequence_editor.channels[meta.channel].mute = True
    check_timeline_clip(scene, tmp_path, shown)


@in_oldest_and_newest
def test_an_image_sequence(movies: Movies, tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    rendered_frames(movies(FPS), range(20, 32), SIZE, images)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "file.blend"))
    scene = bpy.context.scene
    plain_pictures(scene)
    strips = top_strips(scene.sequence_editor)
    strip = strips.new_image("images", str(images / "20.bmp"), channel=2, frame_start=50, fit_method="STRETCH")
    strip.directory = "//images/"
    for number in range(21, 32):
        strip.elements.append(f"{number}.bmp")
    scene.sequence_editor.active_strip = strip
    shown = shown_by(scene, tmp_path)
    assert shown == dict(zip(range(50, 62), range(20, 32), strict=True))
    check_timeline_clip(scene, tmp_path, shown)


def test_a_scene_strip(movies: Movies, tmp_path: Path) -> None:
    scene = bpy.context.scene
    plain_pictures(scene)
    other = bpy.data.scenes.new("other")
    add_movie(other, movies(FPS), start=1)
    other.frame_start, other.frame_end = 11, 40
    strip = top_strips(scene.sequence_editor).new_scene("take", other, channel=1, frame_start=5)
    strip.scene_input = "SEQUENCER"
    scene.sequence_editor.active_strip = strip
    shown = shown_by(scene, tmp_path)
    assert shown[5] == 10
    check_timeline_clip(scene, tmp_path, shown)


def test_a_plain_strip_leaves_the_file_alone(movies: Movies, tmp_path: Path) -> None:
    scene = bpy.context.scene
    add_movie(scene, movies(FPS))
    cover(scene)
    scene.frame_set(17)
    before = dump()
    rendered(scene, tmp_path)
    assert changes(before, dump()) == set()


@in_newest
def test_progress_grows_to_the_end(movies: Movies, tmp_path: Path) -> None:
    add_movie(bpy.context.scene, movies(FPS))
    source = video_of(bpy.context.scene)
    rendering = ClipRendering(source, tmp_path / "clip").begin()
    assert rendering.frames == 60
    assert rendering.frames_done == 0
    rendering.wait(120)
    assert rendering.poll()
    assert rendering.frames_done == 60
    assert rendering.result.path.exists()


def test_a_movie_that_goes_away_is_a_fault(movies: Movies, tmp_path: Path) -> None:
    movie = tmp_path / "short-lived.mp4"
    shutil.copy(movies(FPS), movie)
    add_movie(bpy.context.scene, movie)
    source = video_of(bpy.context.scene)
    rendering = ClipRendering(source, tmp_path / "clip").begin()
    movie.unlink()
    with pytest.raises(Fault) as caught:
        rendering.wait(120).check()
    assert "Traceback" not in str(caught.value)


@in_newest
def test_killed_is_a_fault(movies: Movies, tmp_path: Path) -> None:
    add_movie(bpy.context.scene, movies(FPS))
    rendering = ClipRendering(video_of(bpy.context.scene), tmp_path / "clip").begin()
    rendering.kill()
    assert rendering.poll()
    with pytest.raises(Fault):
        _ = rendering.result


def test_a_folder_that_cannot_be_written_is_a_fault(movies: Movies, tmp_path: Path) -> None:
    add_movie(bpy.context.scene, movies(FPS))
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(Fault, match="can't be written"):
        ClipRendering(video_of(bpy.context.scene), tmp_path / "file" / "clip").begin()
