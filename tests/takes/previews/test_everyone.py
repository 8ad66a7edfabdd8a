"""A preview of everyone: a take for each person, on the characters in order, all in one world."""

import json
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from tests.blender_versions import in_newest
from tests.demo.character import bring_character
from tests.media.figure.film import FILMS, crossing, filmed_person
from tests.scene.video.sequencer_acts import add_movie, move_ends
from tests.standin import StandIn
from tests.ui.acts import module
from tests.with_networks import needs_networks

pytestmark = [in_newest, needs_networks, pytest.mark.slow]

FRAMES = 13
"""One second in which both walkers are in view."""


@pytest.fixture
def film(service: StandIn, temporary: Path) -> Path:
    del service, temporary
    return filmed_person(FILMS, crossing())


def hips(armature: bpy.types.Object) -> np.ndarray:
    bpy.context.scene.frame_set(2)
    return np.array(armature.matrix_world @ armature.pose.bones["mixamorig:Hips"].head)


def test_each_selected_character_gets_a_persons_motion(
    film: Path, character: bpy.types.Object, character_blend: Path
) -> None:
    bpy.context.scene.render.fps = 12
    move_ends(add_movie(bpy.context.scene, film), 0, FRAMES - crossing().frames)
    other = bring_character(character_blend)
    for thing in bpy.context.view_layer.objects:
        thing.select_set(thing in (character, other))
    bpy.context.view_layer.objects.active = character
    assert bpy.ops.aimocap.preview_motion(everyone=True) == {"FINISHED"}
    previews = module("takes.session").open_session().previews
    assert [record.people for record in previews.kept.records()] == [2, 2]
    sources = [module("scene.action_source").source_of(one.animation_data.action).preview for one in (character, other)]
    assert set(sources) == {record.id for record in previews.kept.records()}
    truth = crossing()
    first = truth.performance.ground(truth.times[1:2])[0]
    apart = np.linalg.norm((truth.others[0].at(first) - first)[:2])
    assert np.linalg.norm((hips(character) - hips(other))[:2]) == pytest.approx(apart, rel=0.3)


def test_the_command_line_writes_a_file_for_each_person(
    call: Any,
    film: Path,
    character_blend: Path,
    tmp_path: Path,
) -> None:
    moved = tmp_path / "moved.blend"
    arguments = ("preview", film, "--end", str(FRAMES / 12), "--everyone", "--character", character_blend)
    status, output, errors = call(*arguments, "--output", moved, "--json")
    assert status == 0, errors
    done = [
        each
        for each in map(json.loads, filter(lambda line: line.startswith("{"), output.splitlines()))
        if each["step"] == "done"
    ]
    assert [Path(each["output"]).name for each in done] == ["moved.blend", "moved_2.blend"]
    begun = []
    for each in done:
        bpy.ops.wm.open_mainfile(filepath=each["output"], load_ui=False)
        (armature,) = [found for found in bpy.data.objects if found.type == "ARMATURE"]
        assert module("scene.action_source").source_of(armature.animation_data.action).preview == each["preview"]
        begun.append(hips(armature))
    assert np.linalg.norm((begun[0] - begun[1])[:2]) > 1.0
