"""Files that the importers take are taken from the service too, and both report what was odd in the file."""

import json
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.media.fbx_text import humanoid_text
from tests.media.g1_json import make_g1_json
from tests.standin import StandIn
from tests.ui.acts import captures, module, refusal

RANGE_SEC = (0.28, 2.04)
FPS = 30
READS_TEXT = "fbx_import" in dir(bpy.ops.wm)


@pytest.fixture
def odd_json(tmp_path: Path) -> Path:
    """A robot's motion of a later version, with a number in quotes, and a quaternion that is too long by 0.2 %."""
    file = tmp_path / "odd.json"
    make_g1_json(file, *RANGE_SEC, FPS)
    motion = json.loads(file.read_text())
    motion["version"] = 2
    motion["dof_pos"][3][5] = repr(motion["dof_pos"][3][5])
    motion["root_rot_xyzw"][4] = [1.002 * part for part in motion["root_rot_xyzw"][4]]
    file.write_text(json.dumps(motion))
    return file


@pytest.fixture
def ascii_fbx(tmp_path: Path) -> Path:
    file = tmp_path / "text.fbx"
    file.write_text(humanoid_text(), encoding="utf-8")
    return file


def check_notes(reported: tuple[str, ...]) -> None:
    for words in ("version is 2", "Numbers in quotes were read as numbers: 1.", "0.2% off unit length"):
        assert [words in sentence for sentence in reported].count(True) == 1, words


@pytest.mark.usefixtures("strip")
def test_a_robots_motion(service: StandIn, odd_json: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """By the service, which charges once and is asked for the file once; then the same file by hand."""
    service.results.motion_json = odd_json
    bpy.context.scene.aimocap.target = "UNITREE_G1"
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    (view,) = captures()
    assert (view.state, view.applied, len(service.charges)) == ("done", True, 1)
    assert view.files["robot_motion_json"].read_bytes() == odd_json.read_bytes()
    assert [request.step for request in service.requests].count("result") == 1
    check_notes(module("takes.session").open_session().application.notes[view.id].details)
    capfd.readouterr()
    assert bpy.ops.aimocap.import_g1_motion(filepath=str(odd_json)) == {"FINISHED"}
    check_notes((capfd.readouterr().out,))


def test_the_command_line_says_so_too(call: Any, service: StandIn, video: Path, odd_json: Path, tmp_path: Path) -> None:
    service.results.motion_json = odd_json
    status, output, _ = call("capture", video, "--target", "unitree_g1", "--output", tmp_path / "robot.blend", "--json")
    assert status == 0
    check_notes(tuple(json.loads(output.splitlines()[-1])["told"]))


@pytest.mark.usefixtures("strip", "character")
def test_an_fbx_file_in_text(service: StandIn, ascii_fbx: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """It is read in the importing process, by Blenders that can; elsewhere it is kept, and said why not."""
    service.results.fbx = ascii_fbx
    if READS_TEXT:
        assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    else:
        refused = refusal(bpy.ops.aimocap.capture_motion)
        assert "ASCII" in refused
        assert "ASCII" in refusal(bpy.ops.aimocap.import_motion_fbx, filepath=str(ascii_fbx))
    (view,) = captures()
    assert (view.state, view.applied, len(service.charges)) == ("done", READS_TEXT, 1)
    assert view.files["fbx"].read_bytes() == ascii_fbx.read_bytes()
    assert [request.step for request in service.requests].count("result") == 1
    if READS_TEXT:
        said = "is an ASCII FBX file, which Blender reads since version 4.5."
        assert any(
            said in sentence for sentence in module("takes.session").open_session().application.notes[view.id].details
        )
        capfd.readouterr()
        assert bpy.ops.aimocap.import_motion_fbx(filepath=str(ascii_fbx)) == {"FINISHED"}
        assert said in capfd.readouterr().out
