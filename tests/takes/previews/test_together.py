"""Strips of one moment, previewed together: one motion, strips in sync, a camera for each film."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view

from tests.blender_versions import in_oldest_and_newest
from tests.media.figure.film import FILMS, Film, filmed_person
from tests.scene.video.sequencer_acts import add_movie
from tests.standin import StandIn
from tests.ui.acts import module
from tests.with_networks import needs_networks

pytestmark = [in_oldest_and_newest, needs_networks, pytest.mark.slow]
LATE_FRAMES = 6


def left_of(strip: object) -> int:
    return module("scene.video.strips").handles_of(strip)[0]


def head_over_hips(character: bpy.types.Object, frame: int) -> float:
    bpy.context.scene.frame_set(frame)
    head, hips = (character.pose.bones[f"mixamorig:{name}"].head for name in ("Head", "Hips"))
    return float(((character.matrix_world @ head) - (character.matrix_world @ hips)).z)


def take_other_offset_and_go_back(preview_id: str, character: bpy.types.Object, strips: Sequence[object]) -> None:
    """As if they fitted as well 10 frames later, and showed the person upside down there."""
    kept, sightings = module("takes.session").open_session().previews.kept, module("vision.sighting")
    file = kept.motion_of(preview_id)
    ours = sightings.sighting_in(file)
    (film,) = ours.beside
    later = replace(film, offset=film.offset - 10 / 25, other=film.offset)
    over = sightings.in_world(ours.clip, np.diag([1.0, -1.0, -1.0, 1.0]))
    other = replace(ours, clip=over, beside=(later,))
    np.savez(file.with_name("other_offset.npz"), **sightings.arrays_of(other))
    kept.change(preview_id, has_other_offset=True)
    first, second = map(left_of, strips)
    for moved, upright in ((10, False), (0, True)):
        assert bpy.ops.aimocap.take_other_offset(preview_id=preview_id) == {"FINISHED"}
        assert list(map(left_of, strips)) == [first, second + moved]
        assert (head_over_hips(character, 30) > 0.0) == upright
    words = module("scene.preview.action_trust").doubts_in_words(other)
    assert "Moved by -0.40 s, video 2 fits about as well." in map(str, words)
    exchange_and_be_killed(kept, preview_id)
    take_other_offset_and_undo(kept, preview_id, character.name)


def take_other_offset_and_undo(kept: Any, preview_id: str, name: str) -> None:
    bpy.ops.ed.undo_push(message="before")
    ours = kept.motion_of(preview_id).read_bytes()
    assert bpy.ops.aimocap.take_other_offset("EXEC_DEFAULT", True, preview_id=preview_id) == {"FINISHED"}
    for is_upright, act in ((False, bpy.ops.ed.undo), (True, bpy.ops.ed.redo), (False, bpy.ops.ed.undo), (True, None)):
        assert (head_over_hips(bpy.data.objects[name], 30) > 0.0) == is_upright
        assert (kept.motion_of(preview_id).read_bytes() == ours) == is_upright
        if act is not None:
            act()


def rename_until_killed(left: Iterator[int], path: Path, to: Path) -> None:
    next(left)
    path.replace(to)


def exchange_and_be_killed(kept: Any, preview_id: str) -> None:
    """Before each of its renames: the next press brings the other of the two motions, whichever is there."""
    for whole in range(2):
        ours, other = (kept.motion_of(preview_id).with_name(name) for name in ("motion.npz", "other_offset.npz"))
        both = ours.read_bytes(), other.read_bytes()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module("takes.previews.kept"), "renamed", partial(rename_until_killed, iter(range(whole))))
            with pytest.raises(StopIteration):
                kept.take_other_offset(preview_id)
        kept.take_other_offset(preview_id)
        if whole:  # the first rename had exchanged them
            kept.take_other_offset(preview_id)
        assert (other.read_bytes(), ours.read_bytes()) == both
        kept.take_other_offset(preview_id)
        assert (ours.read_bytes(), other.read_bytes()) == both
        assert {file.name for file in ours.parent.iterdir() if file.is_file()} == {
            ours.name,
            other.name,
            "preview.json",
        }


def test_strips_of_one_moment_give_one_motion_and_play_in_sync(
    service: StandIn, character: bpy.types.Object, temporary: Path
) -> None:
    scene = bpy.context.scene
    scene.render.fps = 25
    films = [
        filmed_person(FILMS, Film(frames=42)),
        filmed_person(FILMS, Film(frames=40, late_sec=LATE_FRAMES / 25, beside=70.0)),
    ]
    second = add_movie(scene, films[1], 40)
    first = add_movie(scene, films[0], 10)
    first.select = second.select = True
    scene.sequence_editor.active_strip = first
    assert bpy.ops.aimocap.preview_motion(together=True) == {"FINISHED"}
    assert not service.requests
    assert not list(temporary.iterdir())
    assert left_of(first) == 10
    assert abs(left_of(second) - (10 + LATE_FRAMES)) <= 1

    session = module("takes.session").open_session()
    (record,) = session.previews.kept.records()
    assert record.beside == (second.name,)
    action = character.animation_data.action
    assert tuple(action.frame_range) == (10.0, 51.0)

    assert bpy.ops.aimocap.add_film_camera(preview_id=record.id) == {"FINISHED"}
    cameras = [scene.camera, *(obj for obj in bpy.data.objects if obj.type == "CAMERA" and obj != scene.camera)]
    assert [Path(camera.data.background_images[0].image.filepath).name for camera in cameras] == [
        film.name for film in films
    ]
    kept = session.previews.kept.solved(record.id)[1]
    scene.render.resolution_x, scene.render.resolution_y = kept.frame
    frame = 30
    scene.frame_set(frame)
    hips = character.matrix_world @ character.pose.bones["mixamorig:Hips"].head
    for camera, seen in zip(cameras, kept.seen.films, strict=True):
        x, y, _ = world_to_camera_view(scene, camera, hips)
        joints = module("vision.joints").INDEX
        shown = seen.pixels[frame - 10, [joints["left_hip"], joints["right_hip"]]].mean(axis=0)
        off = np.array([x - 0.5, 0.5 - y]) * kept.frame - shown
        assert np.linalg.norm(off) < 0.05 * float(np.median(seen.size))

    planning, choices = module("takes.previews.planning"), module("takes.binding").choices_of(scene.aimocap)
    placed = left_of(second) - left_of(first)
    plan = planning.plan_preview(bpy.context, choices, together=True, in_sync=True)
    assert plan.offsets == pytest.approx((-placed / 25,))
    second.select = False
    with pytest.raises(module("texts.faults").Fault, match="Only one strip is selected"):
        planning.plan_preview(bpy.context, choices, together=True)
    take_other_offset_and_go_back(record.id, character, (first, second))
