"""The stand-in as a program of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.standin import StandInProcess

from .conftest import ask

if TYPE_CHECKING:
    from pathlib import Path


def test_it_speaks_is_steered_and_ends_with_its_stdin(tmp_path: Path) -> None:
    with StandInProcess("--generation", "B", "--api-key", "sk-test", "--folder", str(tmp_path)) as standin:
        url = f"{standin.base_url}/api/v1/mocap/jobs"
        headers = {"Authorization": "Bearer sk-test", "Content_Type": "application/json"}
        body = json.dumps({"sourceFilename": "a.mp4", "targetIds": ["default"]})
        standin.control("faults", step="create", status=429)
        assert ask("POST", url, body, **headers).status == 429
        standin.control("switch", generation="A")
        assert ask("POST", url, body, **headers).status == 400
        standin.control("switch", generation="B")
        assert ask("POST", url, body, **headers).status == 200
        state = standin.state()
        assert [request["status"] for request in state["requests"]] == [429, 400, 200]
        assert [job["filename"] for job in state["jobs"]] == ["a.mp4"]
        process = standin._process
    assert process.returncode == 0


def test_it_ends_on_sigterm() -> None:
    standin = StandInProcess()
    standin._process.terminate()
    assert standin._process.wait(10) == 0
