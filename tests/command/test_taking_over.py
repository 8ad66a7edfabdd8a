"""A call whose capture, or whose turn to begin one, another computer has: it fails, and `--take-over` continues."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command.captures_on_disk import left_over, records, state_of
from tests.standin import StandIn

THERE = json.dumps({"host": "1f", "computer": "farm-2", "boot": "b", "process": 1, "token": "t", "beats": 0})


@pytest.mark.parametrize("verb", ["capture", "follow"])
def test_a_capture_of_another_computer(call: Any, service: StandIn, video: Path, tmp_path: Path, verb: str) -> None:
    assert call("capture", video)[0] == 0
    capture_id = left_over(tmp_path, video)
    records(tmp_path)[0].unlink()
    (tmp_path / "captures" / capture_id / "lock.lease").write_text(THERE)
    named = capture_id if verb == "follow" else video
    status, _, reported = call(verb, named)
    assert status == 1
    assert (
        "Blender on “farm-2” is following this capture. If it is no longer running there, add --take-over." in reported
    )
    assert (state_of(tmp_path, capture_id), len(service.charges)) == ("queued", 1)
    assert call(verb, named, "--take-over")[0] == 0
    assert (state_of(tmp_path, capture_id), len(service.charges)) == ("done", 2)


def test_the_turn_to_begin_one(call: Any, service: StandIn, video: Path, tmp_path: Path) -> None:
    (tmp_path / "captures").mkdir(exist_ok=True)
    (tmp_path / "captures" / ".command.lease").write_text(THERE)
    status, _, reported = call("capture", video)
    assert (status, len(service.charges)) == (1, 0)
    assert "Blender on “farm-2” is starting captures. If it is no longer running there, add --take-over." in reported
    assert call("capture", video, "--take-over")[0] == 0
    assert call("capture", video)[0] == 0
    assert len(service.charges) == 1
