"""A strip in a meta strip is captured as the sequencer shows it inside, whatever the meta strip makes of it outside."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from aimocap_blender.scene.video.render_clip import ClipRendering
from aimocap_blender.scene.video.strips import peek, video_of
from aimocap_blender.texts.faults import Fault
from tests.media.barcode import read_barcode
from tests.media.rendered_frames import rendered_frames
from tests.scene.video.sequencer_acts import (
    SIZE,
    add_movie,
    all_strips,
    in_sequencer,
    move_ends,
    seen,
    set_rate,
    set_speed,
    top_strips,
)

FPS = Fraction(25)
Movies = Callable[[Fraction], Path]
Strip = Any  # its class was renamed in 4.4


def in_meta(scene: bpy.types.Scene) -> Strip:
    """Put the selected strips in a meta strip."""
    with in_sequencer(scene):
        bpy.ops.sequencer.meta_make()
    return scene.sequence_editor.active_strip


def click(scene: bpy.types.Scene, strip: Strip) -> None:
    """Make a strip active and the only selected one: from 5.3 on a meta strip that isn't selected is not opened."""
    for other in all_strips(scene):
        other.select = other == strip
    scene.sequence_editor.active_strip = strip


def enter(scene: bpy.types.Scene, meta: Strip) -> Strip:
    """Open the meta strip, as a user does, and click its only strip."""
    click(scene, meta)
    with in_sequencer(scene):
        bpy.ops.sequencer.meta_toggle()
    assert [*scene.sequence_editor.meta_stack][-1] == meta
    (strip,) = top_strips(meta)
    click(scene, strip)
    return strip


def plain(scene: bpy.types.Scene) -> None:
    del scene


def cut(scene: bpy.types.Scene) -> None:
    move_ends(scene.sequence_editor.active_strip, 12, -9)


def sped_up(scene: bpy.types.Scene) -> None:
    set_speed(scene, 50.0)


def in_another(scene: bpy.types.Scene) -> None:
    cut(scene)
    move_ends(in_meta(scene), 5, -5)


def opened(scene: bpy.types.Scene, movie: Path, outside: Callable[[bpy.types.Scene], None]) -> Strip:
    """A trimmed movie in a meta strip, which is changed outside and then opened, with all that are around it."""
    set_rate(scene, 25)
    strip = add_movie(scene, movie)
    move_ends(strip, 6, -4)
    strip.select = True
    in_meta(scene)
    outside(scene)
    inner = enter(scene, scene.sequence_editor.active_strip)
    return enter(scene, inner) if inner.type == "META" else inner


@pytest.mark.parametrize("outside", [plain, cut, sped_up, in_another])
def test_it_is_captured_as_it_is_shown_inside(
    outside: Callable[[bpy.types.Scene], None], movies: Movies, tmp_path: Path
) -> None:
    scene = bpy.context.scene
    strip = opened(scene, movies(FPS), outside)
    source = video_of(scene)
    assert (source.name, source.needs_clip, source.by_formula) == (strip.name, None, True)
    assert bool(source.warnings) == (outside is sped_up)
    shown = seen(scene, range(source.timeline_start, source.timeline_end), tmp_path)
    assert [*shown.values()] == list(range(source.first_frame, source.last_frame + 1))
    seconds = np.arange(len(shown)) / source.fps
    assert source.mapping.frames(seconds) == pytest.approx([*shown], abs=1e-3)


@pytest.mark.parametrize("is_open", [0, 1])
def test_a_strip_that_a_meta_strip_hides_is_refused(movies: Movies, *, is_open: int) -> None:
    """A script can make it active; the sequencer shows other pictures than those of the strip."""
    scene = bpy.context.scene
    strip = opened(scene, movies(FPS), in_another)
    outside = [*scene.sequence_editor.meta_stack]
    scene.sequence_editor.display_stack(outside[0] if is_open else None)
    scene.sequence_editor.active_strip = strip
    for ask in (video_of, peek):
        with pytest.raises(Fault, match=f"{strip.name} is not shown .* a meta strip hides it"):
            ask(scene)
    scene.sequence_editor.active_strip = outside[is_open]
    assert video_of(scene).needs_clip == "a meta strip is not a video file"


def test_a_strip_outside_of_the_open_meta_strip_is_refused(movies: Movies) -> None:
    scene = bpy.context.scene
    opened(scene, movies(FPS), plain)
    (meta,) = scene.sequence_editor.meta_stack
    scene.sequence_editor.active_strip = meta
    with pytest.raises(Fault, match="Open or leave the meta strip"):
        video_of(scene)


def hide(scene: bpy.types.Scene, strip: Strip) -> None:
    """Mute all meta strips around a strip, and their channels."""
    while (meta := strip.parent_meta()) is not None:
        meta.mute = True
        (meta.parent_meta() or scene.sequence_editor).channels[meta.channel].mute = True
        strip = meta


@pytest.mark.slow_cases
@pytest.mark.parametrize(
    ("outside", "is_open"), [(plain, True), (cut, False), (sped_up, False), (in_another, True), (in_another, False)]
)
def test_its_clip_shows_what_is_shown_inside(
    outside: Callable[[bpy.types.Scene], None], movies: Movies, tmp_path: Path, *, is_open: bool
) -> None:
    scene = bpy.context.scene
    strip = opened(scene, movies(FPS), outside)
    strip.select = True
    set_speed(scene, 80.0)
    strip.retiming_keys.add(timeline_frame=30)
    strip.retiming_keys[1].timeline_frame = 40
    source = video_of(scene)
    assert not source.by_formula
    shown = seen(scene, range(source.timeline_start, source.timeline_end), tmp_path)
    hide(scene, strip)
    if not is_open:
        scene.sequence_editor.display_stack(None)
    clip = ClipRendering(source, tmp_path / "clip").begin().wait(120).result
    pictures = rendered_frames(clip.path, range(len(shown)), SIZE, tmp_path)
    assert [read_barcode(picture) for picture in pictures] == [*shown.values()]


def transparent(meta: Strip) -> None:
    meta.blend_alpha = 0.0


def without_its_channel(meta: Strip) -> None:
    meta.channels[top_strips(meta)[0].channel].mute = True


@pytest.mark.parametrize("hidden", [transparent, without_its_channel])
def test_a_clip_of_one_colour_is_refused(hidden: Callable[[Strip], None], movies: Movies, tmp_path: Path) -> None:
    scene = bpy.context.scene
    set_rate(scene, 25)
    add_movie(scene, movies(FPS)).select = True
    meta = in_meta(scene)
    hidden(meta)
    clip = ClipRendering(video_of(scene), tmp_path / "clip").begin().wait(120)
    with pytest.raises(Fault, match=r"^All frames would be of one colour"):
        _ = clip.result
    assert not [*tmp_path.rglob("*.mp4"), *tmp_path.rglob("*.jpg")]


def test_a_clip_that_shows_something_at_its_end_is_rendered(movies: Movies, tmp_path: Path) -> None:
    scene = bpy.context.scene
    set_rate(scene, 25)
    strip = add_movie(scene, movies(FPS))
    strip.select = True
    meta = in_meta(scene)
    for frame, alpha in ((0, 0.0), (0.8, 0.0), (0.85, 1.0)):
        meta.blend_alpha = alpha
        meta.keyframe_insert("blend_alpha", frame=strip.frame_final_start + frame * strip.frame_final_duration)
    source = video_of(scene)
    assert ClipRendering(source, tmp_path / "clip").begin().wait(120).result.frames == strip.frame_final_duration


@pytest.mark.parametrize(
    ("inside", "outside", "filled"), [(1.0, 1.0, 1.0), (0.2, 1.0, 0.2), (0.5, 0.4, 0.2), (0.2, 2.0, 0.4)]
)
def test_a_video_far_too_small_in_what_is_rendered_is_told_before_it_is_paid(
    inside: float, outside: float, filled: float, movies: Movies
) -> None:
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = SIZE
    strip = add_movie(scene, movies(FPS), 1)
    strip.transform.scale_x = strip.transform.scale_y = inside
    # what is sent of the movie itself has its own frames
    assert video_of(scene).warnings == ()
    meta = in_meta(scene)
    meta.transform.scale_x = meta.transform.scale_y = outside
    for source in (video_of(scene), peek(scene)):
        assert [warning.partition(" of the")[0] for warning in source.warnings] == (
            [f"The video fills only {filled:.0%}"] if filled < 0.3 else []
        )
