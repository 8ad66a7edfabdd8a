"""The strip's ends as numbers of the movie's frames: what is set is what the sequencer then shows first and last."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy
import pytest

from aimocap_blender.scene.video.strips import video_of
from aimocap_blender.scene.video.video_strips import Trimming, trim, trimming_of
from aimocap_blender.texts.faults import Fault
from tests.blender_versions import in_oldest_and_newest
from tests.scene.video.sequencer_acts import Strip, add_movie, effect, seen, set_rate, set_speed
from tests.scene.video.strip_shapes import (
    CASES,
    NAMES,
    Movies,
    Scene,
    adjusted,
    adjusted_backwards,
    backwards,
    image_strip,
    make_meta,
    plain,
    trimmed,
    visible,
)


def known(scene: Scene) -> Trimming:
    video_of(scene)  # opens the movie
    trimming = trimming_of(scene)
    assert trimming is not None
    return trimming


def ends_seen(scene: Scene, strip: Strip, folder: Path) -> list[int]:
    frames = visible(strip)
    return sorted(seen(scene, (frames[0], frames[-1]), folder).values())


@in_oldest_and_newest
@pytest.mark.parametrize(("movie_fps", "fps", "shape"), CASES[1:5], ids=NAMES[1:5])
def test_trimmed_ends_are_the_frames_seen(
    movie_fps: Fraction,
    fps: float,
    shape: Callable[[Scene, Path], Strip],
    empty_scene: Scene,
    movies: Movies,
    tmp_path: Path,
) -> None:
    set_rate(empty_scene, fps)
    strip = shape(empty_scene, movies(movie_fps))
    before = known(empty_scene)
    assert [before.first, before.last] == ends_seen(empty_scene, strip, tmp_path)
    trim(empty_scene, strip, before.from_first(20))
    trim(empty_scene, strip, known(empty_scene).from_last(33))
    after = known(empty_scene)
    step = (
        1 + float(movie_fps) / fps if shape in (adjusted, adjusted_backwards) else 2
    )  # movie frames between two shown
    assert abs(after.first - 20) <= step / 2
    assert abs(after.last - 33) <= step / 2
    assert [after.first, after.last] == ends_seen(empty_scene, strip, tmp_path)


@pytest.mark.parametrize("shape", [plain, trimmed, backwards], ids=lambda shape: shape.__name__)
def test_no_number_leaves_the_movie_or_passes_the_other_end(
    shape: Callable[[Scene, Path], Strip], empty_scene: Scene, movies: Movies
) -> None:
    strip = shape(empty_scene, movies(Fraction(25)))
    for number in (-5, 10_000, -5):
        trim(empty_scene, strip, known(empty_scene).from_first(number))
        trimming = known(empty_scene)
        assert trimming.first == (0 if number < 0 and shape is not trimmed else trimming.first)
        assert 0 <= trimming.first < trimming.last < 60
        assert trimming.first == (trimming.last - 1 if number > 0 else trimming.first)
    for number in (10_000, -5, 10_000):
        trim(empty_scene, strip, known(empty_scene).from_last(number))
        trimming = known(empty_scene)
        assert 0 <= trimming.first < trimming.last < 60
    assert (trimming.first, trimming.last) == ((5, 56) if shape is trimmed else (0, 59))
    video_of(empty_scene)


@pytest.mark.parametrize("kind", ["images", "meta", "retimed"])
def test_other_strips_count_their_own_frames(kind: str, empty_scene: Scene, movies: Movies, tmp_path: Path) -> None:
    if kind == "images":
        strip = empty_scene.sequence_editor_create() and image_strip(empty_scene, tmp_path / "images", 12)
        empty_scene.sequence_editor.active_strip = strip
    elif kind == "meta":
        strip = make_meta(empty_scene, movies(Fraction(25)), tmp_path)
    else:
        strip = add_movie(empty_scene, movies(Fraction(25)))
        set_speed(empty_scene, 200.0)
        strip.retiming_keys.add(timeline_frame=20)
    frames = visible(strip)
    before = known(empty_scene)
    assert (before.first, before.last, before.frames) == (0, len(frames) - 1, len(frames))
    trim(empty_scene, strip, before.from_first(3))
    trim(empty_scene, strip, known(empty_scene).from_last(7))
    assert visible(strip) == range(frames[3], frames[8])


def test_an_effect_is_as_long_as_its_strip(empty_scene: Scene, movies: Movies) -> None:
    strip = add_movie(empty_scene, movies(Fraction(25)))
    empty_scene.sequence_editor.active_strip = effect(
        empty_scene, "TRANSFORM" if bpy.app.version < (5, 0) else "GAUSSIAN_BLUR", strip
    )
    assert trimming_of(empty_scene) is None


def test_a_single_frame_is_refused() -> None:
    single = Trimming(1, 2, (1, 2), lambda frame: frame - 1, 1)
    for act in (single.from_first, single.from_last):
        with pytest.raises(Fault, match="single frame"):
            act(0)


def test_a_strip_in_another_scene_s_sequencer(empty_scene: Scene, movies: Movies) -> None:
    other: Any = bpy.data.scenes.new("Edit")
    strip = add_movie(other, movies(Fraction(25)))
    assert trimming_of(empty_scene) is None
    trim(empty_scene, strip, known(other).from_first(9))
    assert known(other).first == 9
