"""Which motions the command line asks for, where each of them goes, and what makes a capture another one."""

import json
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.blender_parts import action_of, the_armature
from tests.blender_versions import in_newest
from tests.command.captures_on_disk import records
from tests.standin import StandIn

BOTH = ["default", "unitree_g1"]


def created(service: StandIn) -> dict[str, Any]:
    """The last draft that was asked for."""
    return [request.body for request in service.requests if request.step == "create"][-1]


def robot_in(file: Path) -> str:
    return str(json.loads(file.read_text())["robotType"])


@in_newest
def test_two_motions_of_one_job_go_beside_each_other(
    call: Any,
    service: StandIn,
    video: Path,
    motion_fbx: Path,
    tmp_path: Path,
) -> None:
    service.generation = "B"
    places = {"a.fbx": ("a.fbx", "a.json"), "b.json": ("b.fbx", "b.json"), "all": ("all/take.fbx", "all/take.json")}
    for named, expected in places.items():
        status, output, errors = call("capture", video, "--also-unitree-g1", "--output", tmp_path / named, "--json")
        assert (status, errors) == (0, "")
        done = json.loads(output.splitlines()[-1])
        fbx, robot = (tmp_path / name for name in expected)
        assert (done["output"], done["outputs"]) == (str(fbx), [str(fbx), str(robot)])
        assert fbx.read_bytes() == motion_fbx.read_bytes()
        assert robot_in(robot) == "unitree_g1"
        assert done["credits"] == pytest.approx(2.4)
    assert created(service)["targetIds"] == BOTH
    assert len(service.charges) == 1


def test_the_character_moves_in_its_file_and_the_robot_s_motion_is_beside_it(
    call: Any,
    service: StandIn,
    video: Path,
    character_blend: Path,
    tmp_path: Path,
) -> None:
    service.generation = "B"
    moved, robot = tmp_path / "moved.blend", tmp_path / "moved.json"
    asked = ("capture", video, "--also-unitree-g1", "--character", character_blend, "--output", moved)
    robot.write_text("work")
    status, _, errors = call(*asked)
    assert (status, service.requests, moved.exists()) == (1, [], False)
    assert "--overwrite" in errors
    robot.unlink()
    assert call(*asked)[0] == 0
    assert robot_in(robot) == "unitree_g1"
    bpy.ops.wm.open_mainfile(filepath=str(moved))
    assert action_of(the_armature())


@in_newest
@pytest.mark.parametrize("generation", ["A", "B"])
def test_a_motion_that_is_not_to_be_had_is_no_success(
    generation: str,
    call: Any,
    service: StandIn,
    video: Path,
    tmp_path: Path,
) -> None:
    service.generation, service.failed_outputs = generation, {"unitree_g1"}
    asked = ("capture", video, "--also-unitree-g1", "--output", tmp_path / "a.fbx")
    for _ in range(2):
        status, _, errors = call(*asked)
        assert status == 1
        assert "no motion for the Unitree G1" in errors
        assert str(tmp_path / "a.fbx") in errors
        assert [(tmp_path / f"a{suffix}").exists() for suffix in (".fbx", ".json")] == [True, False]
    service.failed_outputs = set()
    assert call(*asked)[0] == (0 if generation == "B" else 1)
    assert (tmp_path / "a.json").exists() == (generation == "B")
    assert len(service.charges) == 1


OTHERS = (
    (("--fps", "60"), ("exportFps", 60)),
    (("--body", "upper_body"), ("mocapType", "upper_body")),
    (("--also-unitree-g1",), ("targetIds", BOTH)),
    (("--target", "unitree_g1"), ("targetIds", ["unitree_g1"])),
)


@in_newest
def test_options_that_change_the_result_make_another_capture(call: Any, service: StandIn, video: Path) -> None:
    service.generation = "B"
    assert call("capture", video)[0] == 0
    for number, (options, field) in enumerate(OTHERS, 2):
        for _ in range(2):
            assert call("capture", video, *options)[0] == 0
        assert field in created(service).items()
        assert len(service.charges) == number
    assert call("capture", video)[0] == 0
    assert len(service.charges) == 1 + len(OTHERS)


@in_newest
def test_defaults_of_the_service_and_a_title_make_no_other_capture(
    call: Any,
    service: StandIn,
    video: Path,
    tmp_path: Path,
) -> None:
    service.generation = "B"
    assert call("capture", video, "--title", "Walk")[0] == 0
    assert created(service)["title"] == "Walk"
    assert created(service).keys().isdisjoint({"exportFps", "mocapType"})
    for options in (("--fps", "30"), ("--body", "full_body"), ("--title", "Run"), ()):
        status, output, _ = call("capture", video, *options, "--json")
        assert (status, json.loads(output.splitlines()[-1])["title"]) == (0, "Walk")
    assert len(service.charges) == len(records(tmp_path)) == 1


@in_newest
def test_a_setting_that_the_service_does_not_know_is_reported(call: Any, service: StandIn, video: Path) -> None:
    service.generation = "A"
    status, output, _ = call("capture", video, "--fps", "60")
    assert (status, "export frame rate" in output) == (0, True)
