"""Movies that are put into the sequencer: what is seen when, read from the barcodes of rendered frames."""

import wave
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from aimocap_blender.motion.time_mapping import MovieTiming, TimeMapping
from aimocap_blender.scene.video.movie_lengths import movie_at
from aimocap_blender.scene.video.strips import handles_of, sequencer_scene, video_of
from aimocap_blender.scene.video.video_strips import add_in_time, open_video, trim
from aimocap_blender.texts.faults import Fault
from tests.blender_versions import first_in_every
from tests.scene.scene_dump import changes, dump
from tests.scene.video.sequencer_acts import (
    add_movie,
    all_strips,
    in_sequencer,
    move_ends,
    plain_pictures,
    seen,
    set_rate,
    set_speed,
    top_strips,
)

FRAMES = 60
Movies = Callable[[Fraction], Path]
Scene = Any
Strip = Any

each_rate = pytest.mark.parametrize(
    "fps", first_in_every([Fraction(25), Fraction(24), Fraction(30), Fraction(60)]), ids=str
)
each_scene = pytest.mark.parametrize(
    "scene_fps", first_in_every([Fraction(24), Fraction(30)]), ids=lambda fps: f"in {fps}"
)


def trimmed(scene: Scene, movie: Path) -> Strip:
    strip = add_movie(scene, movie)
    move_ends(strip, 7, -9)
    return strip


def backwards(scene: Scene, movie: Path) -> Strip:
    strip = trimmed(scene, movie)
    strip.use_reverse_frames = True
    return strip


def adjusted(scene: Scene, movie: Path) -> Strip:
    strip = add_movie(scene, movie, adjusted=True)
    move_ends(strip, 7, -5)
    return strip


def adjusted_backwards(scene: Scene, movie: Path) -> Strip:
    strip = adjusted(scene, movie)
    strip.use_reverse_frames = True
    return strip


def faster(scene: Scene, movie: Path) -> Strip:
    strip = trimmed(scene, movie)
    set_speed(scene, 137)
    return strip


def remove_all(scene: Scene) -> None:
    for strip in list(all_strips(scene)):
        top_strips(scene.sequence_editor).remove(strip)


def check_in_time(scene: Scene, mapping: TimeMapping, fps: float, range_sec: tuple[float, float], folder: Path) -> None:
    """The active strip shows the range alone, and in each frame the picture of the moment that the motion has there."""

    def moment(frame: int) -> float:
        return range_sec[0] + (frame - mapping.frame_at_zero) / mapping.frames_per_second

    half = 0.5 / fps
    left, right = handles_of(scene.sequence_editor.active_strip)
    shown = seen(scene, range(left, right), folder)
    assert len(shown) == right - left > 1
    assert all(abs(picture / fps - moment(frame)) <= half + 1e-6 for frame, picture in shown.items()), shown
    for outside in (left - 1, right):
        assert not range_sec[0] - half + 1e-6 < moment(outside) < range_sec[1] - half - 1e-6


@pytest.mark.slow_cases
@pytest.mark.parametrize("shape", [trimmed, backwards, adjusted, adjusted_backwards], ids=lambda shape: shape.__name__)
@each_scene
@each_rate
def test_the_source_is_seen_as_in_the_strip_that_was_captured(
    fps: Fraction,
    scene_fps: Fraction,
    shape: Callable[[Scene, Path], Strip],
    empty_scene: Scene,
    movies: Movies,
    tmp_path: Path,
) -> None:
    set_rate(empty_scene, float(scene_fps))
    frames = range(*handles_of(shape(empty_scene, movies(fps))))
    source, before = video_of(empty_scene), seen(empty_scene, frames, tmp_path)
    remove_all(empty_scene)

    range_sec = (source.trim_start_sec, source.trim_end_sec)
    timing = MovieTiming.of_range(source.mapping, source.fps, FRAMES, range_sec)
    assert add_in_time(empty_scene, movie_at(movies(fps)), timing, "Take").name == "Take"
    assert seen(empty_scene, frames, tmp_path) == before
    again = video_of(empty_scene)  # what is captured from it would be the same
    assert (again.by_formula, again.first_frame, again.last_frame) == (True, source.first_frame, source.last_frame)
    assert again.mapping.frame_at_zero == pytest.approx(source.mapping.frame_at_zero, abs=1e-4)
    assert again.mapping.frames_per_second == pytest.approx(source.mapping.frames_per_second, rel=1e-6)


@pytest.mark.slow_cases
@pytest.mark.parametrize("shape", [trimmed, backwards, adjusted, adjusted_backwards, faster], ids=lambda s: s.__name__)
@each_rate
def test_a_movie_of_another_rate_runs_with_the_motion(
    fps: Fraction, shape: Callable[[Scene, Path], Strip], empty_scene: Scene, movies: Movies, tmp_path: Path
) -> None:
    set_rate(empty_scene, 24.0)
    shape(empty_scene, movies(Fraction(25)))
    source = video_of(empty_scene)
    remove_all(empty_scene)
    range_sec = (0.0, min(source.trimmed_sec, FRAMES / float(fps)))
    timing = MovieTiming.of_range(source.mapping, float(fps), FRAMES, range_sec)
    add_in_time(empty_scene, movie_at(movies(fps)), timing, "Preview")
    check_in_time(empty_scene, source.mapping, float(fps), range_sec, tmp_path)
    everything = list(all_strips(empty_scene))
    assert all(strip.select for strip in everything)
    assert empty_scene.sequence_editor.active_strip.type == "MOVIE"
    assert sorted(strip.channel for strip in everything) == list(range(1, len(everything) + 1))


@pytest.mark.slow_cases
@each_scene
@each_rate
def test_real_time_from_the_strips_start(
    fps: Fraction, scene_fps: Fraction, empty_scene: Scene, movies: Movies, tmp_path: Path
) -> None:
    set_rate(empty_scene, float(scene_fps))
    trimmed(empty_scene, movies(fps))
    source = video_of(empty_scene)
    remove_all(empty_scene)
    range_sec = (source.trim_start_sec, source.trim_end_sec)
    timing = MovieTiming.of_range(source.real_time, float(fps), FRAMES, range_sec)
    add_in_time(empty_scene, movie_at(movies(fps)), timing, "Take")
    check_in_time(empty_scene, source.real_time, float(fps), range_sec, tmp_path)
    assert video_of(empty_scene).by_formula


def test_a_motion_of_less_than_a_frame_has_one(empty_scene: Scene, movies: Movies, tmp_path: Path) -> None:
    timing = MovieTiming.of_range(TimeMapping(12.4, 6.0), 25.0, FRAMES, (1.0, 1.04))
    plain_pictures(empty_scene)
    add_in_time(empty_scene, movie_at(movies(Fraction(25))), timing, "Take")
    assert handles_of(empty_scene.sequence_editor.active_strip) == (12, 13)
    assert abs(seen(empty_scene, [12], tmp_path)[12] - 25) <= 2


def open_movie(scene: Scene, movie: Path, *, set_frame_rate: bool = True) -> Strip:
    plain_pictures(scene)
    return open_video(scene, movie_at(movie), set_frame_rate=set_frame_rate)


def rate_of(scene: Scene) -> float:
    return scene.render.fps / scene.render.fps_base


@pytest.mark.parametrize("fps", [Fraction(25), Fraction(30000, 1001)], ids=str)
def test_in_an_untouched_file_the_scene_plays_as_the_movie(
    fps: Fraction, empty_scene: Scene, movies: Movies, tmp_path: Path
) -> None:
    empty_scene.frame_current, empty_scene.frame_end = 20, 30
    strip = open_movie(empty_scene, movies(fps))
    assert rate_of(empty_scene) == pytest.approx(float(fps), rel=1e-6)
    assert handles_of(strip) == (20, 80)
    assert empty_scene.frame_end == 79
    assert seen(empty_scene, [20, 41, 79], tmp_path) == {20: 0, 41: 21, 79: 59}
    assert empty_scene.sequence_editor.active_strip == strip
    assert strip.select


def animate(scene: Scene, movies: Movies) -> None:
    del scene, movies
    bpy.data.objects.new("Thing", None).keyframe_insert("location")


def add_another(scene: Scene, movies: Movies) -> None:
    add_movie(scene, movies(Fraction(24)), start=300)


def ask_not_to(scene: Scene, movies: Movies) -> None:
    del scene, movies


@pytest.mark.parametrize("before", [animate, add_another, ask_not_to], ids=lambda act: act.__name__)
def test_else_it_plays_in_real_time(
    before: Callable[[Scene, Movies], None], empty_scene: Scene, movies: Movies, tmp_path: Path
) -> None:
    empty_scene.frame_current, empty_scene.frame_end = 5, 30
    set_rate(empty_scene, 24.0)
    before(empty_scene, movies)
    open_movie(empty_scene, movies(Fraction(30)), set_frame_rate=before is not ask_not_to)
    assert rate_of(empty_scene) == 24.0
    assert empty_scene.frame_end == (5 + 47 if before is ask_not_to else 30)
    check_in_time(empty_scene, TimeMapping(5.0, 24.0), 30.0, (0.0, 2.0), tmp_path)


def test_the_scenes_end_is_not_brought_nearer(empty_scene: Scene, movies: Movies) -> None:
    open_movie(empty_scene, movies(Fraction(25)))
    assert empty_scene.frame_end == 250


def test_nothing_else_moves(empty_scene: Scene, movies: Movies) -> None:
    strips = top_strips(empty_scene.sequence_editor_create())
    taken = [
        strips.new_movie(f"{channel} {start}", str(movies(Fraction(25))), channel=channel, frame_start=start)
        for channel, start in ((1, 1), (2, 200), (3, -30))
    ]
    before = [(strip.channel, *handles_of(strip)) for strip in taken]
    empty_scene.frame_current = 50
    assert open_movie(empty_scene, movies(Fraction(24))).channel == 2
    empty_scene.frame_current = 10
    assert open_movie(empty_scene, movies(Fraction(24))).channel == 4
    assert [(strip.channel, *handles_of(strip)) for strip in taken] == before
    assert [strip.select for strip in taken] == [False] * 3


def test_into_the_meta_strip_that_is_open(empty_scene: Scene, movies: Movies) -> None:
    add_movie(empty_scene, movies(Fraction(25))).select = True
    with in_sequencer(empty_scene):
        bpy.ops.sequencer.meta_make()
        bpy.ops.sequencer.meta_toggle()
    meta = empty_scene.sequence_editor.meta_stack[-1]
    strip = open_movie(empty_scene, movies(Fraction(24)))
    assert strip.name in top_strips(meta)
    assert strip.channel == 2


def test_channels_that_are_not_seen_are_left_alone(empty_scene: Scene, movies: Movies) -> None:
    channels = empty_scene.sequence_editor_create().channels
    channels[1].mute, channels[2].lock = True, True
    assert open_movie(empty_scene, movies(Fraction(25))).channel == 3
    for channel in channels:
        channel.lock = True
    before = dump()
    with pytest.raises(Fault, match="No channel is free"):
        open_movie(empty_scene, movies(Fraction(25)))
    assert changes(before, dump()) == set()


def test_areas_stay_as_they_were(empty_scene: Scene, movies: Movies) -> None:
    areas = [area.ui_type for area in bpy.context.window.screen.areas]
    assert "SEQUENCE_EDITOR" not in areas
    open_movie(empty_scene, movies(Fraction(25)))
    assert [area.ui_type for area in bpy.context.window.screen.areas] == areas


@pytest.fixture
def movie_with_sound(empty_scene: Scene, movies: Movies, tmp_path: Path) -> Path:
    if not bpy.app.build_options.audaspace:
        pytest.skip("this Blender is built without sound")
    with wave.open(str(tmp_path / "tone.wav"), "wb") as tone:
        tone.setnchannels(1)
        tone.setsampwidth(2)
        tone.setframerate(48000)
        tone.writeframes((np.sin(np.arange(2 * 48000) / 20) * 9000).astype("<i2").tobytes())
    add_movie(empty_scene, movies(Fraction(30)), start=1)
    top_strips(empty_scene.sequence_editor).new_sound("tone", str(tmp_path / "tone.wav"), channel=2, frame_start=1)
    set_rate(empty_scene, 30.0)
    empty_scene.frame_start, empty_scene.frame_end = 1, FRAMES
    render = empty_scene.render
    if hasattr(render.image_settings, "media_type"):
        render.image_settings.media_type = "VIDEO"
    render.image_settings.file_format = "FFMPEG"
    render.ffmpeg.format, render.ffmpeg.codec, render.ffmpeg.audio_codec = "MPEG4", "H264", "AAC"
    render.use_file_extension, render.filepath = False, str(tmp_path / "sound.mp4")
    bpy.ops.render.render(animation=True)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    return tmp_path / "sound.mp4"


def test_sound_comes_along(movie_with_sound: Path, movies: Movies) -> None:
    scene = bpy.context.scene
    open_movie(scene, movies(Fraction(24)))
    scene.frame_current = 20
    strip = open_movie(scene, movie_with_sound)
    (sound,) = [other for other in all_strips(scene) if other.type == "SOUND"]
    assert (sound.channel, strip.channel) == (2, 3)
    assert handles_of(sound) == handles_of(strip) == (20, 68)
    trim(scene, strip, (30, 50))
    assert handles_of(sound) == handles_of(strip) == (30, 50)
    trim(scene, strip, (25, 50))
    assert handles_of(sound) == handles_of(strip) == (25, 50)
    trim(scene, sound, (28, 50))
    trim(scene, strip, (21, 60))  # the end that is the sound's own stays
    assert (handles_of(sound), handles_of(strip)) == ((28, 60), (21, 60))
    assert scene.sequence_editor.active_strip == strip
    assert sound.select
    assert strip.select


def test_from_5_0_the_workspace_names_the_scene(empty_scene: Scene, movies: Movies) -> None:
    workspace = bpy.context.workspace
    if not hasattr(workspace, "sequencer_scene"):
        pytest.skip("sequencers show the window's scene")
    workspace.sequencer_scene = None
    open_movie(empty_scene, movies(Fraction(25)))
    assert workspace.sequencer_scene == empty_scene
    workspace.sequencer_scene = edit = bpy.data.scenes.new("Edit")
    open_movie(sequencer_scene(bpy.context), movies(Fraction(25)))
    assert workspace.sequencer_scene == edit
    assert [len(all_strips(scene)) for scene in (empty_scene, edit)] == [1, 1]


def test_beside_a_saved_file_its_path_is_relative_as_the_preferences_have_it(
    movies: Movies, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"))
    for relative in (True, False):
        monkeypatch.setattr(bpy.context.preferences.filepaths, "use_relative_paths", relative)
        strip = open_movie(bpy.context.scene, movies(Fraction(25)))
        assert strip.filepath.startswith("//") == relative
        assert Path(bpy.path.abspath(strip.filepath)).samefile(movies(Fraction(25)))


def test_into_the_scene_that_a_script_names(empty_scene: Scene, movies: Movies) -> None:
    other = bpy.data.scenes.new("Other")
    with bpy.context.temp_override(scene=other):
        strip = open_movie(sequencer_scene(bpy.context), movies(Fraction(25)))
    assert [*top_strips(other.sequence_editor)] == [strip]
    assert empty_scene.sequence_editor is None or not len(top_strips(empty_scene.sequence_editor))
    assert bpy.context.scene == empty_scene
