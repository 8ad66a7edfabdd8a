"""Every option whose name changed is known to the Blender that runs this by one of its names, or told to be missing."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import bpy
import pytest

from aimocap_blender.motion.time_mapping import MovieTiming, TimeMapping
from aimocap_blender.scene import operator_calls
from aimocap_blender.scene.operator_calls import EFFECT_END, FIRST_INPUT, MOVE_STRIPS, Option, name_of, passed
from aimocap_blender.scene.video import video_strips
from aimocap_blender.scene.video.movie_lengths import movie_at
from aimocap_blender.texts.faults import Fault
from tests.scene.scene_dump import changes, dump
from tests.scene.video.sequencer_acts import top_strips

ADDING = ("movie_strip_add", "image_strip_add", "sound_strip_add", "scene_strip_add", "effect_strip_add")


def new_effect() -> bpy.types.Function:
    return top_strips(bpy.context.scene.sequence_editor_create()).bl_rna.functions["new_effect"]


def test_every_option_that_is_kept_here_is_asked_for_below() -> None:
    kept = {name for name, value in vars(operator_calls).items() if isinstance(value, Option)}
    assert kept == {"MOVE_STRIPS", "FIRST_INPUT", "EFFECT_END"}


@pytest.mark.parametrize("operator", ADDING)
def test_a_strip_is_added_without_following_the_mouse(operator: str) -> None:
    """The option has its newest name that this Blender knows; earlier versions had no choice."""
    add = getattr(bpy.ops.sequencer, operator)
    known = add.get_rna_type().properties
    about_moving = {prop.identifier for prop in known if prop.identifier.startswith("move_")}
    arguments = passed(MOVE_STRIPS, add, value=False)
    assert arguments == dict.fromkeys(about_moving, False)
    assert len(arguments) == (bpy.app.version >= (5, 0))


@pytest.mark.parametrize("option", [FIRST_INPUT, EFFECT_END])
def test_an_effect_strip_has_its_options(option: Option) -> None:
    assert name_of(option, new_effect()) in new_effect().parameters


@pytest.mark.parametrize("of", ["operator", "function"])
def test_an_option_that_is_by_no_name_there_is_reported_with_the_version(of: str) -> None:
    call = bpy.ops.sequencer.movie_strip_add if of == "operator" else new_effect()
    renamed = Option(("keep_still", "stay"))
    for ask in (lambda: name_of(renamed, call), lambda: passed(renamed, call, value=False)):
        with pytest.raises(Fault) as raised:
            ask()
        assert bpy.app.version_string in raised.value.what
        assert "keep_still" in raised.value.what
        assert {"operator": "sequencer.movie_strip_add", "function": "new_effect"}[of] in raised.value.what
        assert "Blender" in raised.value.next_step


@pytest.mark.parametrize("option", ["MOVE_STRIPS", "FIRST_INPUT", "EFFECT_END"])
def test_nothing_is_added_in_a_blender_that_knows_it_by_no_name(
    option: str, movies: Callable[[Fraction], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, movie = bpy.context.scene, movie_at(movies(Fraction(25)))
    scene.sequence_editor_create()
    monkeypatch.setattr(video_strips, option, Option(("keep_still",)))
    before = dump()
    timing = MovieTiming.of_range(TimeMapping(10.0, 17.0), movie.fps, movie.frames, (0.2, 2.0))
    with pytest.raises(Fault, match="doesn't know the option “keep_still”"):
        video_strips.add_in_time(scene, movie, timing, "video")
    if option == "MOVE_STRIPS":
        with pytest.raises(Fault, match="doesn't know the option “keep_still”"):
            video_strips.open_video(scene, movie, set_frame_rate=True)
    assert changes(before, dump()) == set()


def test_an_option_of_a_later_blender_is_not_passed() -> None:
    later = Option(("keep_still",), since=(bpy.app.version[0] + 1, 0))
    assert passed(later, bpy.ops.sequencer.movie_strip_add, value=False) == {}
