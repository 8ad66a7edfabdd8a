"""One capture for a character and a robot: both play beside each other with the video, and either again by hand."""

from collections.abc import Iterator
from pathlib import Path

import bpy
import numpy as np
import pytest

from tests.blender_versions import in_newest
from tests.media.g1_json import make_g1_json
from tests.scene.scene_dump import changes
from tests.standin import StandIn
from tests.takes.delivered_motion import FPS, RANGE_SEC, check_robot
from tests.takes.killed_blender import LONGEST_SEC, Start, follow, kill
from tests.ui.acts import begin, captures, module, refusal, until, whole_state
from tests.ui.capture.drawn_rows import drawn
from tests.ui.posing import hips_at

BOTH = ["default", "unitree_g1"]

pytestmark = pytest.mark.usefixtures("strip", "sampled_once")


@pytest.fixture
def both(service: StandIn, tmp_path: Path) -> Iterator[Path]:
    """The robot's motion; the scene asks for both targets, and the service makes several."""
    service.generation = "B"
    service.results.motion_json = tmp_path / "walk.json"
    make_g1_json(service.results.motion_json, *RANGE_SEC, FPS)
    bpy.context.scene.aimocap.also_unitree_g1 = True
    yield service.results.motion_json
    bpy.context.scene.aimocap.also_unitree_g1 = False


def rigs() -> list[bpy.types.Object]:
    return [thing for thing in bpy.data.objects if module("scene.g1.rig").is_g1_rig(thing)]


def pelvis_of(rig: bpy.types.Object, frame: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the pelvis is, and where it faces."""
    bpy.context.scene.frame_set(frame)
    matrix = np.array(rig.matrix_world @ rig.pose.bones["floating_base_joint"].matrix)
    return matrix[:3, 3], matrix[:3, 0]


def test_both_play_beside_each_other(character: bpy.types.Object, both: Path, service: StandIn) -> None:
    turn = 1.9
    character.location = (3.0, -2.0, 0.5)
    character.rotation_euler.z = turn
    bpy.context.view_layer.update()
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    assert service.requests[0].body["targetIds"] == BOTH
    assert len(service.charges) == 1
    (rig,) = rigs()
    check_robot(rig, both)
    first = 17
    assert character.animation_data.action.frame_range[0] == pytest.approx(first, abs=0.1)
    assert rig.animation_data.action.frame_range[0] == pytest.approx(first, abs=0.1)
    (pelvis, facing), hips = pelvis_of(rig, first), hips_at(character, first)
    left, ahead = np.array([np.cos(turn), np.sin(turn)]), np.array([np.sin(turn), -np.cos(turn)])
    apart = (pelvis - hips)[:2]
    assert 1.2 < apart @ left < 2.5
    assert abs(apart @ ahead) < 0.3
    assert facing[:2] @ ahead > 0.95
    lowest = min((rig.matrix_world @ bone.tail).z for bone in rig.pose.bones)
    assert 0.3 < lowest < 0.7
    (view,) = captures()
    reported = module("takes.session").open_session().application.notes[view.id]
    assert any("to the left of Mannequin" in sentence for sentence in reported.details)
    assert view.applied


def test_the_selected_rig_takes_the_robots_motion_where_it_stands(character: bpy.types.Object, both: Path) -> None:
    bpy.ops.aimocap.add_g1_rig()
    (rig,) = rigs()
    rig.location = (0.0, 5.0, 0.0)
    rig.select_set(state=True)
    bpy.context.view_layer.objects.active = character
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    assert rigs() == [rig]
    assert tuple(rig.location) == (0.0, 5.0, 0.0)
    check_robot(rig, both)
    assert character.animation_data.action is not None


def test_again_on_either(character: bpy.types.Object, both: Path, service: StandIn) -> None:
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    asked, (view,), (rig,) = len(service.requests), captures(), rigs()
    for chosen, other in ((rig, character), (character, rig)):
        bpy.context.view_layer.objects.active = chosen
        before, untouched = chosen.animation_data.action, other.animation_data.action
        assert bpy.ops.aimocap.apply_capture(capture_id=view.id) == {"FINISHED"}
        assert chosen.animation_data.action != before
        assert other.animation_data.action == untouched
        assert rigs() == [rig]
    check_robot(rig, both)
    assert len(service.requests) == asked


def assert_said_after_it_was_applied(sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The card and the details of the motion, which is on its character, have the sentence."""
    assert any(sentence in text for _, text in drawn(monkeypatch))
    assert bpy.ops.aimocap.show_details(take_id=captures()[0].id) == {"FINISHED"}
    assert sentence in bpy.data.texts[-1].as_string()


def test_a_service_of_one_target_makes_the_characters(
    character: bpy.types.Object, both: Path, service: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    del both
    service.generation = "A"
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    assert rigs() == []
    assert character.animation_data.action is not None
    assert "one motion per job" in captures()[0].next_step
    assert_said_after_it_was_applied("one motion per job", monkeypatch)


@pytest.mark.parametrize("missing", BOTH)
def test_missing_motion_is_reported_and_the_other_is_applied(
    missing: str, character: bpy.types.Object, both: Path, service: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.failed_outputs = {missing}
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    if missing == "default":
        assert character.animation_data is None
        check_robot(rigs()[0], both)
    else:
        assert rigs() == []
        assert character.animation_data.action is not None
    assert "did not deliver" in captures()[0].next_step
    assert_said_after_it_was_applied("did not deliver", monkeypatch)


def test_a_character_that_cannot_take_it_leaves_the_scene_as_it_was(
    character: bpy.types.Object, both: Path, service: StandIn
) -> None:
    del both
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    (view,) = captures()
    bpy.data.objects.remove(rigs()[0])
    character.animation_data_clear()
    bpy.context.view_layer.objects.active = None
    character.scale = (1.0, 0.0, 1.0)
    bpy.context.view_layer.update()
    before = whole_state()
    assert refusal(bpy.ops.aimocap.apply_capture, capture_id=view.id, bound=True)
    assert changes(before, whole_state()) == set()
    assert len(service.charges) == 1


@pytest.mark.slow
@pytest.mark.usefixtures("character", "both")
@in_newest
def test_blender_is_killed_between_the_two_downloads(
    service: StandIn, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    started: Start = request.getfixturevalue("start")  # saves the file, so after the scene's settings
    held = service.faults.add(step="download", skip=1, hold="before")
    child = started("capture")
    try:
        assert held.reached.wait(LONGEST_SEC)
    finally:
        kill(child)
    assert [file.name for file in tmp_path.glob("captures/*/motion.*") if file.suffix != ".part"] == ["motion.fbx"]
    service.faults.clear()
    asked = len(service.requests)
    reported = follow(started, tmp_path)
    assert (reported["state"], reported["applied"]) == ("done", True)
    assert reported["actions"].keys() == {"Hero", "Unitree G1"}
    assert len({tuple(round(frame) for frame in frames) for frames in reported["frames"]}) == 1
    assert {request.method for request in service.requests[asked:]} == {"GET"}
    assert len(service.charges) == service.steps().count("complete_upload") == 1


def test_the_robot_alone_is_asked_for_once(both: Path, service: StandIn) -> None:
    bpy.context.scene.aimocap.target = "UNITREE_G1"
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    created = [request.body for request in service.requests if request.step == "create"]
    assert created[-1]["targetIds"] == ["unitree_g1"]
    check_robot(rigs()[0], both)


def test_a_robot_that_is_deleted_meanwhile_needs_no_selection(
    character: bpy.types.Object, both: Path, service: StandIn
) -> None:
    bpy.context.scene.aimocap.target = "UNITREE_G1"
    bpy.ops.aimocap.add_g1_rig()
    service.polls = ["processing", "completed"]
    service.hold("processing")
    begin()
    until(lambda: captures()[0].state == "running")
    bpy.data.objects.remove(rigs()[0])
    bpy.context.view_layer.objects.active = character
    service.release()
    until(lambda: captures()[0].state == "done")
    (view,) = captures()
    application = module("takes.session").open_session().application
    assert str(application.how_to_apply(view.id)) == "Press Apply for the selected robot or a new one."
    assert bpy.ops.aimocap.apply_capture(capture_id=view.id) == {"FINISHED"}
    check_robot(rigs()[0], both)
    assert len(service.charges) == 1


def test_a_robots_motion_stays_a_robots_while_a_human_is_selected(
    character: bpy.types.Object, both: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del both
    bpy.context.scene.aimocap.target = "UNITREE_G1"
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    assert bpy.context.view_layer.objects.active == character
    assert bpy.ops.aimocap.apply_capture(capture_id=captures()[0].id) == {"FINISHED"}
    names = {rig.animation_data.action.name for rig in rigs()}
    assert names
    assert not any(character.name in name for name in names)
    # applied once more it goes onto the same robot
    before = rigs()
    assert bpy.ops.aimocap.apply_capture(capture_id=captures()[0].id) == {"FINISHED"}
    assert rigs() == before
    next_ones = [operator for operator, _ in drawn(monkeypatch)]
    assert "aimocap.export_g1_motion" in next_ones
    assert "aimocap.export_motion" not in next_ones
