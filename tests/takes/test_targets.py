"""Each target ends where it belongs: an avatar's motion as it is on its own skeleton, a robot's on a G1 rig."""

import threading
from pathlib import Path

import bpy
import numpy as np
import pytest

from tests.media.g1_json import make_g1_json
from tests.scene.characters import import_fbx
from tests.standin import StandIn
from tests.takes.delivered_motion import FPS, RANGE_SEC, check_robot
from tests.ui.acts import captures, module
from tests.ui.posing import Array, world_matrices


def as_imported(file: Path, bones: list[str], seconds: Array) -> tuple[dict[str, Array], dict[str, Array]]:
    """World matrices of an FBX's bones at seconds of its motion, and at rest, by Blender's import into a new scene."""
    home = bpy.context.window.scene
    scene = bpy.data.scenes.new("imported")
    bpy.context.window.scene = scene
    before = set(bpy.data.objects)
    fps = import_fbx(file)
    (armature,) = [thing for thing in set(bpy.data.objects) - before if thing.type == "ARMATURE"]
    first = armature.animation_data.action.frame_range[0]
    rest = {name: np.array(armature.matrix_world @ armature.data.bones[name].matrix_local)[None] for name in bones}
    posed = world_matrices(armature, bones, first + seconds * fps)
    bpy.context.window.scene = home
    return posed, rest


def turned(posed: Array, rest: Array) -> Array:
    """(F, 3, 3) turns from rest, whatever axes an importer gives the bones."""
    unit = [matrix[:, :3, :3] / np.linalg.norm(matrix[:, :3, :3], axis=1, keepdims=True) for matrix in (posed, rest)]
    return unit[0] @ np.swapaxes(unit[1], 1, 2)


def degrees(one: Array, other: Array) -> Array:
    between = one @ np.swapaxes(other, 1, 2)
    sine = np.linalg.norm(between - np.swapaxes(between, 1, 2), axis=(1, 2)) / np.sqrt(8)
    return np.degrees(np.arctan2(sine, (np.trace(between, axis1=1, axis2=2) - 1) / 2))


@pytest.mark.usefixtures("strip")
def test_an_avatars_motion_goes_over_as_it_is(character: bpy.types.Object, service: StandIn, avatar_fbx: Path) -> None:
    service.results.avatars = {"hero-7": avatar_fbx}
    settings = bpy.context.scene.aimocap
    settings.target, settings.avatar_id, settings.timing = "AVATAR", " hero-7 ", "REAL_TIME"
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    assert service.requests[0].body["targetId"] == "avatar:hero-7"

    names = character.data.bones.keys()
    rest = {name: np.array(character.matrix_world @ character.data.bones[name].matrix_local)[None] for name in names}
    first = character.animation_data.action.frame_range[0]
    seconds = np.arange(0, 52, 3) / FPS
    ours = world_matrices(character, names, first + seconds * FPS)
    theirs, their_rest = as_imported(avatar_fbx, names, seconds)
    moved = max(np.ptp(ours[name][:, :3, 3], axis=0).max() for name in names)
    assert moved > 0.3
    for name in names:
        apart = np.linalg.norm(ours[name][:, :3, 3] - theirs[name][:, :3, 3], axis=1)
        assert apart.max() < 1e-3, name
        assert degrees(turned(ours[name], rest[name]), turned(theirs[name], their_rest[name])).max() < 0.1, name


@pytest.fixture
def g1_json(service: StandIn, tmp_path: Path) -> Path:
    service.results.motion_json = tmp_path / "walk.json"
    make_g1_json(service.results.motion_json, *RANGE_SEC, FPS)
    return service.results.motion_json


@pytest.mark.usefixtures("strip")
def test_a_robots_motion_on_the_selected_rig(service: StandIn, g1_json: Path) -> None:
    assert bpy.ops.aimocap.add_g1_rig() == {"FINISHED"}
    rig = bpy.context.view_layer.objects.active
    armatures, objects = bpy.data.armatures.keys(), bpy.data.objects.keys()
    bpy.context.scene.aimocap.target = "UNITREE_G1"
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    assert service.requests[0].body["targetId"] == "unitree_g1"
    assert (bpy.data.armatures.keys(), bpy.data.objects.keys()) == (armatures, objects)
    assert bpy.context.view_layer.objects.active == rig
    check_robot(rig, g1_json)


@pytest.mark.usefixtures("strip", "service")
@pytest.mark.parametrize("somebody_is_selected", [False, True])
def test_a_robots_motion_on_a_new_rig(
    *, somebody_is_selected: bool, g1_json: Path, request: pytest.FixtureRequest
) -> None:
    human = request.getfixturevalue("character") if somebody_is_selected else None
    bpy.context.scene.aimocap.target = "UNITREE_G1"
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    (rig,) = [thing for thing in bpy.data.objects if thing.type == "ARMATURE" and thing != human]
    check_robot(rig, g1_json)
    assert human is None or human.animation_data is None
    assert bpy.context.view_layer.objects.active == human


@pytest.mark.usefixtures("strip", "character", "sampled_once")
@pytest.mark.parametrize("ends_well", [True, False])
def test_without_a_window_nothing_is_left_running(*, ends_well: bool, service: StandIn) -> None:
    service.polls = ["processing", "completed" if ends_well else "failed"]
    if ends_well:
        assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    else:
        with pytest.raises(RuntimeError):
            bpy.ops.aimocap.capture_motion()
    assert [len(window.modal_operators) for window in bpy.context.window_manager.windows] == [0]
    assert not module("ui.capture.watching").WatchCaptures.alive
    assert not bpy.app.timers.is_registered(module("ui.capture.watching")._wake)
    assert not any(capture.followed for capture in captures())
    module("takes.session").close_session()
    assert not [thread.name for thread in threading.enumerate() if "aimocap" in thread.name]
