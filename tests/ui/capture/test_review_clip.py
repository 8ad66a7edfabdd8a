"""The review clip shows, at each moment, the video's picture and the character's pose of the same timeline frame."""

import random
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from tests.media.barcode import read_barcode
from tests.media.rendered_frames import rendered_frames
from tests.scene.scene_dump import changes
from tests.scene.video.sequencer_acts import SIZE, add_movie, move_ends, seen
from tests.special_files import special_file
from tests.ui.acts import capture_ids, files_below, module, refusal, whole_state

Movies = Callable[[Fraction], Path]
Strip = Any
FRAMES = range(30, 36)
"""Timeline frames that the strip still shows when the clip is rendered."""
HALF = (320, 240)


def jumping(character: bpy.types.Object) -> None:
    """Put the character onto something that jumps sideways at each frame, each time by another distance."""
    mover = bpy.data.objects.new("Mover", None)
    bpy.context.scene.collection.objects.link(mover)
    character.parent = mover
    steps = random.Random(1)  # noqa: S311 -- no secret
    for frame in range(FRAMES.start - 2, FRAMES.stop + 2):
        mover.location.x = steps.uniform(-0.6, 0.6)
        mover.keyframe_insert("location", frame=frame)


def places(character: bpy.types.Object, bone: str) -> np.ndarray:
    """(F,) where the bone's head is across the picture of a camera in front, metres."""
    found = []
    for frame in FRAMES:
        bpy.context.scene.frame_set(frame)
        found.append((character.matrix_world @ character.pose.bones[bone].head).x)
    return np.array(found)


def column_of_red(picture: np.ndarray) -> float:
    red = np.clip(picture[..., 0] - picture[..., 1] - 0.35, 0.0, None).sum(axis=0)
    assert red.sum() > 1.0
    return float(red @ np.arange(len(red)) / red.sum())


@pytest.mark.long
@pytest.mark.usefixtures("sampled_once")
def test_video_and_character_are_in_time(strip: Strip, character: bpy.types.Object, tmp_path: Path) -> None:
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    worst = character.animation_data.action["aimocap_worst"]
    details = module("takes.session").current_session().application.notes[capture_ids()[0]].details
    (reported,) = [found for line in details if (found := re.match(r"Worst part: (.+), ([\d.]+)° off", str(line)))]
    assert (worst["slot"].replace("_", " "), worst["degrees"]) == (
        reported[1],
        pytest.approx(float(reported[2]), abs=0.01),
    )
    bpy.context.scene.render.resolution_x, bpy.context.scene.render.resolution_y = HALF
    strip.transform.scale_x = strip.transform.scale_y = HALF[0] / SIZE[0]
    move_ends(strip, FRAMES.start - 17, FRAMES.stop - 61)
    jumping(character)
    strip.name = "Tänze 1 拍"
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"))
    pictures = seen(bpy.context.scene, FRAMES, tmp_path)
    where = places(character, worst["bone"])
    before, there = whole_state(), set(files_below(tmp_path))
    assert bpy.ops.aimocap.render_review() == {"FINISHED"}
    assert changes(before, whole_state()) == set()
    clip = tmp_path / "Tänze_1_拍-review.mp4"
    assert set(files_below(tmp_path)) - there == {clip, tmp_path / "captures" / ".previews" / "review.log"}
    facts = module("scene.video.movie_files").movie_facts(clip)
    assert (facts.codec, facts.frames, facts.fps) == ("avc1", len(FRAMES), pytest.approx(30))
    width, height = HALF
    shown = rendered_frames(clip, range(len(FRAMES)), (2 * width, height), tmp_path, keep_addons=True)
    assert [read_barcode(picture[:, :width]) for picture in shown] == [pictures[frame] for frame in FRAMES]
    columns = np.array([column_of_red(picture[:, width:]) for picture in shown])
    straight = np.polyval(np.polyfit(where, columns, 1), where)
    assert np.ptp(columns) > 20.0
    assert np.abs(straight - columns).max() < 2.5


def test_missing_strip_motion_or_place_is_reported(
    addon: object, movies: Movies, character_blend: Path, tmp_path: Path
) -> None:
    del addon
    from tests.demo.character import bring_character

    def reported(**options: str) -> str:
        before = whole_state()
        said = refusal(bpy.ops.aimocap.render_review, **options)
        assert said.count(". ") == 1
        assert changes(before, whole_state()) == set()
        return said

    wanted = str(tmp_path / "review.mp4")
    bpy.context.scene.sequence_editor_create()
    assert "strip" in reported(filepath=wanted)
    movie = movies(Fraction(25))
    add_movie(bpy.context.scene, movie)
    assert "No character" in reported(filepath=wanted)
    character = bring_character(character_blend)
    assert "has no motion" in reported(filepath=wanted)
    for frame in (200, 210):
        character.keyframe_insert("location", frame=frame)
    assert "isn't where strip" in reported(filepath=wanted)
    character.keyframe_insert("location", frame=20)
    assert "isn't saved" in reported()
    assert "is the video itself" in reported(filepath=str(movie))
    assert "no such folder" in reported(filepath=str(tmp_path / "none" / "review.mp4"))
    assert files_below(tmp_path) == []
    pipe = special_file("pipe", tmp_path / "review.mp4")
    assert "pipe or a device" in reported(filepath=wanted)
    assert list(tmp_path.iterdir()) == [pipe]


def test_a_robot_with_motion_of_the_same_capture_is_shown_too(addon: object) -> None:
    del addon
    scene = bpy.context.scene
    rigs = []
    for capture in ("one", "two", "one"):
        assert bpy.ops.aimocap.add_g1_rig() == {"FINISHED"}
        rig = bpy.context.object
        rig.keyframe_insert("location", frame=1)
        rig.animation_data.action["aimocap_capture"] = capture
        rigs.append(rig)
    assert module("scene.video.render_clip").same_capture(scene, rigs[0]) == [rigs[2]]
    del rigs[0].animation_data.action["aimocap_capture"]
    assert module("scene.video.render_clip").same_capture(scene, rigs[0]) == []
