"""Strips that need a clip, strips that can't be used, files as phones make them, and what panels may ask for."""

import math
import wave
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from aimocap_blender.scene.video import movie_lengths
from aimocap_blender.scene.video.render_clip import ClipRendering
from aimocap_blender.scene.video.strips import must_render, peek, selected_videos, video_of
from aimocap_blender.texts.faults import Fault
from tests.media.gif import gif
from tests.media.raw_avi import write_raw_avi
from tests.scene.video.mp4_boxes import changed, cut_off, with_edits, with_rotation, with_steps
from tests.scene.video.sequencer_acts import (
    SIZE,
    add_movie,
    effect,
    in_sequencer,
    move_ends,
    set_rate,
    set_speed,
    top_strips,
)
from tests.scene.video.strip_shapes import image_strip, make_meta, strips_of

FPS = Fraction(25)
Movies = Callable[[Fraction], Path]


def make_image(scene: bpy.types.Scene, movie: Path, folder: Path) -> Any:
    del movie
    return image_strip(scene, folder / "images", 12)


def make_scene(scene: bpy.types.Scene, movie: Path, folder: Path) -> Any:
    del movie, folder
    other = bpy.data.scenes.new("other")
    other.frame_start, other.frame_end = 1, 30
    return strips_of(scene).new_scene("scene", other, channel=1, frame_start=10)


def make_clip(scene: bpy.types.Scene, movie: Path, folder: Path) -> Any:
    del folder
    return strips_of(scene).new_clip("clip", bpy.data.movieclips.load(str(movie)), channel=1, frame_start=10)


def make_mask(scene: bpy.types.Scene, movie: Path, folder: Path) -> Any:
    del movie, folder
    return strips_of(scene).new_mask("mask", bpy.data.masks.new("mask"), channel=1, frame_start=10)


def make_effect(scene: bpy.types.Scene, movie: Path, folder: Path) -> Any:
    del folder
    return effect(scene, "GLOW", add_movie(scene, movie))


def make_sped_up(scene: bpy.types.Scene, movie: Path, folder: Path) -> Any:
    del folder
    strip = add_movie(scene, movie)
    effect(scene, "SPEED", strip)
    return strip


def make_three_keys(scene: bpy.types.Scene, movie: Path, folder: Path) -> Any:
    del folder
    strip = add_movie(scene, movie)
    set_speed(scene, 80.0)
    strip.retiming_keys.add(timeline_frame=30)
    assert len(strip.retiming_keys) == 3
    return strip


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (make_image, "image sequence"),
        (make_meta, "meta"),
        (make_scene, "scene"),
        (make_clip, "movie clip"),
        (make_mask, "mask"),
        (make_effect, "effect"),
        (make_sped_up, "speed control"),
        (make_three_keys, "speed changes"),
    ],
)
def test_strip_without_a_formula_needs_a_clip(
    make: Callable[[bpy.types.Scene, Path, Path], Any], reason: str, movies: Movies, tmp_path: Path
) -> None:
    scene = bpy.context.scene
    set_rate(scene, 30000 / 1001)
    scene.sequence_editor_create()
    strip = make(scene, movies(FPS), tmp_path)
    scene.sequence_editor.active_strip = strip
    source = video_of(scene)
    assert source.needs_clip
    assert reason in source.needs_clip
    assert not source.by_formula
    assert must_render(source, "AUTO") == source.needs_clip
    with pytest.raises(Fault, match="whole file"):
        must_render(source, "WHOLE_FILE")
    frames = source.timeline_end - source.timeline_start
    assert source.fps == pytest.approx(30000 / 1001)
    assert (source.first_frame, source.last_frame) == (0, frames - 1)
    assert source.trimmed_sec == source.duration_sec == pytest.approx(frames * 1001 / 30000)
    times = np.array([0.0, source.trim_end_sec])
    assert source.mapping.frames(times) == pytest.approx([source.timeline_start, source.timeline_end])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda movie: with_steps(movie, [(30, 1), (30, 2)]), "frame rate varies"),
        (lambda movie: with_edits(movie, [(1.0, 1.0)]), "edit list"),
        (lambda movie: with_edits(movie, [(0.5, None), (2.4, 0.0)]), "first frame is shown 0.50 s"),
        (lambda _movie: gif(16), "GIF"),
    ],
)
def test_a_phones_file_needs_a_clip_and_keeps_its_range(
    change: Callable[[Path], bytes], reason: str, movies: Movies, tmp_path: Path
) -> None:
    movie = tmp_path / "phone.mp4"
    movie.write_bytes(change(movies(FPS)))
    move_ends(add_movie(bpy.context.scene, movie), 3, -4)
    source = video_of(bpy.context.scene)
    assert source.needs_clip
    assert reason in source.needs_clip
    assert source.by_formula
    assert source.first_frame == 3
    with pytest.raises(Fault, match=reason):
        must_render(source, "WHOLE_FILE")


def test_a_turned_picture_is_warned_of(movies: Movies, tmp_path: Path) -> None:
    movie = tmp_path / "turned.mp4"
    movie.write_bytes(with_rotation(movies(FPS), 90))
    add_movie(bpy.context.scene, movie)
    source = video_of(bpy.context.scene)
    assert source.needs_clip is None
    assert ["90°" in warning for warning in source.warnings] == [True]


def test_a_mirrored_strip_is_warned_of(movies: Movies) -> None:
    add_movie(bpy.context.scene, movies(FPS)).use_flip_x = True
    assert ["mirrored" in warning for warning in video_of(bpy.context.scene).warnings] == [True]


@pytest.mark.parametrize("looks", ["cropped", "rotated", "scaled"])
def test_a_strip_that_shows_less_than_its_file_or_another_side_up_is_warned_of(movies: Movies, looks: str) -> None:
    strip = add_movie(bpy.context.scene, movies(FPS))
    if looks == "cropped":
        strip.crop.max_x = 40
    elif looks == "rotated":
        strip.transform.rotation = math.pi / 2
    else:
        strip.transform.scale_x = strip.transform.scale_y = 2.0
    warned = ["meta strip" in warning for warning in video_of(bpy.context.scene).warnings]
    assert warned == ([] if looks == "scaled" else [True])


def test_a_strip_that_is_rotated_as_its_file_asks_is_not_warned_of_twice(movies: Movies, tmp_path: Path) -> None:
    movie = tmp_path / "turned.mp4"
    movie.write_bytes(with_rotation(movies(FPS), 90))
    add_movie(bpy.context.scene, movie).transform.rotation = -math.pi / 2
    assert ["90°" in warning for warning in video_of(bpy.context.scene).warnings] == [True]


def test_another_container_is_warned_of(tmp_path: Path) -> None:
    movie = tmp_path / "raw.avi"
    grey = np.full((SIZE[1], SIZE[0], 3), 90, dtype=np.uint8)
    write_raw_avi(movie, (grey for _ in range(20)), 20, *SIZE, FPS)
    add_movie(bpy.context.scene, movie)
    source = video_of(bpy.context.scene)
    assert source.needs_clip is None
    assert ["doesn't say" in warning for warning in source.warnings] == [True]
    assert source.duration_sec == pytest.approx(0.8)


def fault(scene: bpy.types.Scene) -> Fault:
    with pytest.raises(Fault) as caught:
        video_of(scene)
    with pytest.raises(Fault) as peeked:
        peek(scene)
    assert str(peeked.value) == str(caught.value)
    assert caught.value.what.endswith(".")
    assert caught.value.next_step.endswith(".")
    return caught.value


def test_no_sequencer_and_no_strip() -> None:
    scene = bpy.context.scene
    scene.sequence_editor_clear()
    assert "No video strip is active" in fault(scene).what
    assert scene.sequence_editor is None
    scene.sequence_editor_create()
    assert "No video strip is active" in fault(scene).what


@pytest.mark.skipif(not bpy.app.build_options.audaspace, reason="this bpy was built without sound")
def test_a_sound_strip(movies: Movies, tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16000))
    scene = bpy.context.scene
    strip = strips_of(scene).new_sound("noise", str(tmp_path / "a.wav"), channel=1, frame_start=1)
    scene.sequence_editor.active_strip = strip
    assert "noise is a sound strip and has no video" in fault(scene).what
    movie = add_movie(scene, movies(FPS))
    scene.sequence_editor.active_strip = strip
    movie.select = strip.select = True
    assert video_of(scene).name == movie.name  # they were clicked together
    strip.select = False
    assert "noise is a sound strip and has no video" in fault(scene).what


@pytest.mark.parametrize("kind", ["COLOR", "TEXT", "ADJUSTMENT", "MULTICAM"])
def test_strips_without_a_picture_of_people(kind: str) -> None:
    scene = bpy.context.scene
    scene.sequence_editor_create()
    strip = effect(scene, kind)
    scene.sequence_editor.active_strip = strip
    assert "has no video" in fault(scene).what


def test_a_missing_file(movies: Movies, tmp_path: Path) -> None:
    movie = tmp_path / "gone.mp4"
    movie.write_bytes(movies(FPS).read_bytes())
    add_movie(bpy.context.scene, movie)
    assert video_of(bpy.context.scene)
    movie.unlink()
    assert "gone.mp4 is missing" in fault(bpy.context.scene).what
    movie.mkdir()
    assert "can't play" in fault(bpy.context.scene).what


def test_a_missing_image(tmp_path: Path) -> None:
    scene = bpy.context.scene
    strip = image_strip(scene, tmp_path / "images", 5)
    scene.sequence_editor.active_strip = strip
    assert video_of(scene).movie_frames == 5
    (tmp_path / "images" / "000.png").unlink()
    assert "000.png is missing" in fault(scene).what


def test_a_missing_image_that_is_shown_is_not_rendered(tmp_path: Path) -> None:
    """It would be sent, and paid, as a colour."""
    scene = bpy.context.scene
    strip = image_strip(scene, tmp_path / "images", 5)
    scene.sequence_editor.active_strip = strip
    (tmp_path / "images" / "003.png").unlink()
    with pytest.raises(Fault, match=r"003\.png is missing"):
        ClipRendering(video_of(scene), tmp_path / "clip")
    strip.use_reverse_frames = True  # it is the second one then
    move_ends(strip, 2, 0)
    ClipRendering(video_of(scene), tmp_path / "clip")
    strip.use_reverse_frames = False
    with pytest.raises(Fault, match=r"003\.png is missing"):
        ClipRendering(video_of(scene), tmp_path / "clip")
    move_ends(strip, -2, -2)
    ClipRendering(video_of(scene), tmp_path / "clip")


@pytest.mark.parametrize("around", ["meta", "effect"])
def test_a_damaged_or_missing_movie_within_another_strip_is_not_rendered(
    movies: Movies, tmp_path: Path, around: str
) -> None:
    scene, movie = bpy.context.scene, tmp_path / "gone.mp4"
    movie.write_bytes(movies(FPS).read_bytes())
    if around == "meta":
        scene.sequence_editor.active_strip = make_meta(scene, movie, tmp_path)
    else:
        scene.sequence_editor.active_strip = effect(scene, "GAUSSIAN_BLUR", add_movie(scene, movie))
    movie.write_bytes(cut_off(movie, 0.5))
    with pytest.raises(Fault, match=r"“gone\.mp4” is damaged or incomplete"):
        ClipRendering(video_of(scene), tmp_path / "clip")
    movie.unlink()
    with pytest.raises(Fault, match=r"gone\.mp4 is missing"):
        ClipRendering(video_of(scene), tmp_path / "clip")


@pytest.mark.skipif(bpy.app.version < (4, 4, 0), reason="Blender 4.2 doesn't tell a strip's movie clip")
def test_a_missing_movie_clip_within_a_meta_strip_is_not_rendered(movies: Movies, tmp_path: Path) -> None:
    scene, movie = bpy.context.scene, tmp_path / "gone.mp4"
    movie.write_bytes(movies(FPS).read_bytes())
    scene.sequence_editor_create()
    make_clip(scene, movie, tmp_path).select = True
    with in_sequencer(scene):
        bpy.ops.sequencer.meta_make()
    movie.unlink()
    with pytest.raises(Fault, match=r"gone\.mp4 is missing"):
        ClipRendering(video_of(scene), tmp_path / "clip")


def test_a_missing_movie_in_a_sequencer_that_a_scene_strip_shows_is_not_rendered(
    movies: Movies, tmp_path: Path
) -> None:
    scene, movie, other = bpy.context.scene, tmp_path / "gone.mp4", bpy.data.scenes.new("other")
    movie.write_bytes(movies(FPS).read_bytes())
    inner = add_movie(other, movie, start=20)
    other.frame_start, other.frame_end = 11, 40
    strip = strips_of(scene).new_scene("scene", other, channel=1, frame_start=5)
    strip.scene_input = "SEQUENCER"
    strips_of(other).new_scene("back", scene, channel=3, frame_start=1).scene_input = "SEQUENCER"
    scene.sequence_editor.active_strip = strip
    ClipRendering(video_of(scene), tmp_path / "clip")
    movie.unlink()
    with pytest.raises(Fault, match=r"gone\.mp4 is missing"):
        ClipRendering(video_of(scene), tmp_path / "clip")
    move_ends(strip, 0, -21)  # frame 19 of the other scene is the last one then
    ClipRendering(video_of(scene), tmp_path / "clip")
    move_ends(strip, 0, 1)
    with pytest.raises(Fault, match=r"gone\.mp4 is missing"):
        ClipRendering(video_of(scene), tmp_path / "clip")
    inner.mute = True
    ClipRendering(video_of(scene), tmp_path / "clip")


def test_a_meta_strip_without_a_picture_is_refused(movies: Movies, tmp_path: Path) -> None:
    """It would be rendered, and paid, as black frames."""
    scene = bpy.context.scene
    meta = make_meta(scene, movies(FPS), tmp_path)
    assert video_of(scene).name == meta.name
    top_strips(meta)[0].mute = True
    assert fault(scene).what == f"The active strip {meta.name} is a meta strip and has no video."
    assert selected_videos(scene) == []


def test_a_single_image(tmp_path: Path) -> None:
    scene = bpy.context.scene
    strip = image_strip(scene, tmp_path / "images", 1)
    scene.sequence_editor.active_strip = strip
    assert "single frame" in fault(scene).what


def test_a_strip_cut_down_to_one_picture(movies: Movies) -> None:
    move_ends(add_movie(bpy.context.scene, movies(FPS)), 59, 0)
    video = bpy.context.scene
    with pytest.raises(Fault, match="single frame"):
        video_of(video)


def test_a_file_that_is_no_video(movies: Movies, tmp_path: Path) -> None:
    strip = add_movie(bpy.context.scene, movies(FPS))
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"this is no video" * 100)
    strip.filepath = str(broken)
    with pytest.raises(Fault, match=r"can't play the video file broken\.mp4"):
        video_of(bpy.context.scene)


def test_a_file_with_sound_alone(movies: Movies, tmp_path: Path) -> None:
    """No conversion gives it a picture."""
    strip = add_movie(bpy.context.scene, movies(FPS))
    sound = tmp_path / "sound.mp4"
    handler = (b"moov", b"trak", b"mdia", b"hdlr")
    sound.write_bytes(changed(movies(FPS).read_bytes(), handler, lambda old: old[:8] + b"soun" + old[12:]))
    strip.filepath = str(sound)
    with pytest.raises(Fault, match=r"sound\.mp4” has sound and no picture"):
        video_of(bpy.context.scene)


def test_peek_opens_nothing_and_knows_later(movies: Movies, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    movie = tmp_path / "new.mp4"
    movie.write_bytes(movies(FPS).read_bytes())
    scene = bpy.context.scene
    add_movie(scene, movie)
    opened: list[Path] = []
    really_open = movie_lengths._open

    def note(path: Path) -> movie_lengths.Movie | None:
        opened.append(path)
        return really_open(path)

    monkeypatch.setattr(movie_lengths, "_open", note)
    assert peek(scene) is None
    assert peek(scene) is None
    assert opened == []
    assert bpy.app.timers.is_registered(movie_lengths._open_asked_for)
    movie_lengths._open_asked_for()  # what Blender's timer calls when it is idle
    bpy.app.timers.unregister(movie_lengths._open_asked_for)
    known = peek(scene)
    assert known is not None
    assert known == video_of(scene)
    assert opened == [movie]

    movie.write_bytes(movies(Fraction(60)).read_bytes() + bytes(8))  # another file at the same place
    assert peek(scene) is None
    bpy.app.timers.unregister(movie_lengths._open_asked_for)
    assert video_of(scene).fps == 60.0
