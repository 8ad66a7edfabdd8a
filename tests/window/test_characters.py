"""A character's bone and another armature's motion, chosen by mouse in the search popups."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.standin import StandIn
from tests.window.conftest import Drive
from tests.window.real_window import Screen, play

pytestmark = pytest.mark.slow  # what they do without a popup and a mouse, tests/ui/ shows

IN_ONE = ("bones_by_mouse", "review_by_mouse", "takes_by_mouse", "asked_by_mouse")


@pytest.fixture(scope="module")
def answers(display: Screen, video: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    with StandIn("A") as service:
        return play(display, service, IN_ONE, tmp_path_factory.mktemp("window"), video, script="drive_characters.py")


def test_a_click_on_a_bone_searches_another_one(answers: dict[str, Any]) -> None:
    answer = answers["bones_by_mouse"]
    slots = json.loads(answer["kept"])["slots"]
    assert slots["left_shoulder"]["bone"] == "mixamorig:LeftForeArm"
    assert slots["right_shoulder"]["bone"] == "mixamorig:RightForeArm"


def test_the_motion_of_an_armature_that_is_searched_for(drive: Drive) -> None:
    with StandIn("A") as service:
        answer = drive(service, "retarget_by_mouse", script="drive_characters.py")
    assert answer["operator"] == "AIMOCAP_OT_retarget_from"
    assert answer["action"].startswith(answer["source_action"])
    apart = [theirs - ours for theirs, ours in zip(answer["source_hand"], answer["character_hand"], strict=True)]
    assert apart == pytest.approx([1.5, 0.0, 0.0], abs=1e-3)  # as they stand
    assert answer["exported"].keys() == {".fbx", ".glb", ".bvh"}
    assert min(answer["exported"].values()) > 10_000
    *_, moved, at_last = [line.split() for line in answer["bvh"].splitlines() if line]
    assert f"Frames: {answer['frames']}\n" in answer["bvh"]
    assert moved != at_last  # not one pose throughout
    assert answer["stays"]
    untouched = answer["untouched"]
    name, first, last, cyclic, *_ = answer["make_loop"]
    assert (name, last - first, cyclic) == ("Swinging Loop", 30.0, True)
    assert answer["smooth_motion"][:3] == untouched[:3]
    assert answer["smooth_motion"] != untouched
    assert answer["trim_motion"][:3] == ["Swinging", 20.0, 60.0]
    assert answer["retime_motion"][:3] == ["Swinging", 1.0, 131.0]
    assert answer["mirror_motion"][:3] == untouched[:3]
    assert answer["mirror_motion"] != untouched
    assert answer["blend_takes"][0] is None
    assert answer["blend_takes"][1][-1] == "Swinging Moved"
    for act in ("make_loop", "smooth_motion", "trim_motion", "retime_motion", "mirror_motion", "blend_takes"):
        assert answer[f"undone_{act}"] == untouched, act


def test_a_limb_that_is_held_is_a_warning_whose_bones_are_reviewed(answers: dict[str, Any]) -> None:
    answer = answers["review_by_mouse"]
    assert "{part} deviates from the motion" in answer["told"]
    assert "Left upper arm" in answer["told"]


def test_two_takes_are_flipped_by_a_key_and_one_is_kept(answers: dict[str, Any]) -> None:
    answer = answers["takes_by_mouse"]
    assert answer["plays"] == ["Walk", "Preview", "Walk"]  # at first, kept, undone
    assert answer["tracks"] == 0
    assert answer["actions"] == ["Preview", "Walk"]


def test_body_parts_are_below_advanced(drive: Drive) -> None:
    with StandIn("A") as service:
        answer = drive(service, "parts_by_mouse", script="drive_characters.py")
    assert answer["parts"] == ["left_arm"]


def test_a_figure_without_arms_is_asked_about(answers: dict[str, Any]) -> None:
    answer = answers["asked_by_mouse"]
    assert (answer["called_off"], answer["applied"]) == (False, True)


def test_several_dropped_files_each_become_an_action(drive: Drive) -> None:
    with StandIn("A") as service:
        answer = drive(service, "several_files", script="drive_characters.py")
    assert {"one", "two"} <= set(answer["actions"])
    assert answer["plays"] == "two"
