"""A Blender that captures in a file of its own until it is killed, and one that follows the capture after that."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.standin import StandIn
from tests.ui.conftest import MODULE, WAITS

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
