"""Blender dies in the middle of a capture; another one that opens the same file follows it to its end: one charge."""

from pathlib import Path
from typing import Any

import pytest

from tests.blender_versions import in_newest
from tests.standin import StandIn
from tests.takes.killed_blender import LONGEST_SEC, Start, follow, kill

pytestmark = in_newest


def check_end(reported: dict[str, Any], service: StandIn) -> None:
    assert reported["state"] == "done"
    assert reported["applied"]
    assert reported["actions"] == {"Hero": "Capture · Hero · 0.3–2.0 s"}
    assert reported["frames"] == [[pytest.approx(17.0, abs=0.1), pytest.approx(60.0, abs=1.5)]]
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
    reported = follow(start, tmp_path)
    assert reported["before"] != "done"
    check_end(reported, service)
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
