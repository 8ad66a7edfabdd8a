"""Blender dies in the middle of a capture; another one that opens the same file follows it to its end: one charge."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.blender_versions import in_newest
from tests.standin import StandIn
from tests.ui.conftest import MODULE, WAITS

pytestmark = in_newest

CHILD = Path(__file__).with_name("killed_child.py")
ROOT = Path(__file__).resolve().parents[2]
LONGEST_SEC = 120

Start = Callable[[str], "subprocess.Popen[bytes]"]


@pytest.fixture
def start(strip: object, character: bpy.types.Object, service: StandIn, tmp_path: Path) -> Start:
    """Start a Blender on the saved file of this test, to capture in it or to follow what was captured."""
    del strip, character
    blend, answer = tmp_path / "film.blend", tmp_path / "answer.json"
    bpy.context.view_layer.objects.active.name = "Hero"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend), copy=True)
    request = {
        "module": MODULE,
        "blend": str(blend),
        "preferences": {
            "service_url": service.base_url,
            "api_key": service.api_key,
            "captures_folder": str(tmp_path / "captures"),
        },
        "waits": WAITS,
        "answer": str(answer),
    }

    def run(what: str) -> "subprocess.Popen[bytes]":
        asked = json.dumps({**request, "follow": what == "follow"})
        return subprocess.Popen([sys.executable, str(CHILD), asked], cwd=ROOT, stdout=subprocess.DEVNULL)

    return run


def kill(child: "subprocess.Popen[bytes]") -> None:
    child.kill()
    child.wait(LONGEST_SEC)


def follow(start: Start, folder: Path) -> dict[str, Any]:
    child = start("follow")
    try:
        assert child.wait(LONGEST_SEC) == 0
    finally:
        child.kill()
    return json.loads((folder / "answer.json").read_text())


def check_end(told: dict[str, Any], service: StandIn) -> None:
    assert told["state"] == "done"
    assert told["applied"]
    assert told["actions"] == {"Hero": "Capture · Hero · 0.3–2.0 s"}
    assert told["frames"] == [[pytest.approx(17.0, abs=0.1), pytest.approx(60.0, abs=1.5)]]
    assert len(service.charges) == service.steps().count("complete_upload") == 1
    assert service.violations == []


@pytest.mark.slow
def test_while_the_service_works(start: Start, service: StandIn, tmp_path: Path) -> None:
    service.polls = ["processing", "completed"]
    service.hold("processing")
    child = start("capture")
    try:
        assert service.wait_until(lambda: any(job.status == "processing" for job in service.jobs), LONGEST_SEC)
    finally:
        kill(child)
    service.release()
    told = follow(start, tmp_path)
    assert told["before"] != "done"
    check_end(told, service)
    assert service.steps().count("upload") == service.steps().count("create") == 1


@pytest.mark.slow
def test_between_upload_and_submission(start: Start, service: StandIn, tmp_path: Path) -> None:
    fault = service.faults.add(step="upload", hold="after")
    child = start("capture")
    try:
        assert fault.reached.wait(LONGEST_SEC)
    finally:
        kill(child)
    service.faults.clear()
    assert service.charges == []
    check_end(follow(start, tmp_path), service)
