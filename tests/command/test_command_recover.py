"""`recover` on the command line: a job whose record was lost comes back by its id, and nothing that costs is sent."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.blender_versions import in_newest
from tests.command.captures_on_disk import another, left_over, records
from tests.standin import StandIn
from tests.ui.acts import module

pytestmark = in_newest


def lost_job(call: Any, service: StandIn, video: Path, tmp_path: Path, *options: object) -> str:
    """A job that was paid and of which nothing is left here; its id."""
    assert call("capture", video, *options)[0] == 0
    shutil.rmtree(tmp_path / "captures")
    return service.charges[-1].job_id


def test_a_lost_job_is_delivered_as_often_as_one_likes(
    call: Any,
    service: StandIn,
    video: Path,
    motion_fbx: Path,
    tmp_path: Path,
) -> None:
    job = lost_job(call, service, video, tmp_path)
    asked, fbx = len(service.requests), tmp_path / "out" / "a.fbx"
    for first in ("state", "found"):
        status, output, errors = call("recover", job, "--output", fbx, "--json")
        assert (status, errors) == (0, "")
        steps = [json.loads(line) for line in output.splitlines()]
        assert (steps[0]["step"], steps[-1]["step"]) == (first, "done")
        assert (steps[-1]["label"], steps[-1]["job"], steps[-1]["outputs"]) == (job, job, [str(fbx)])
        assert fbx.read_bytes() == motion_fbx.read_bytes()
    fbx.write_bytes(b"work")
    assert call("recover", job, "--output", fbx)[0] == 1
    assert fbx.read_bytes() == b"work"
    status, output, _ = call("recover", job)
    assert (status, "motion.fbx" in output) == (0, True)
    assert len(records(tmp_path)) == len(service.charges) == 1
    assert {request.method for request in service.requests[asked:]} == {"GET"}


def test_the_file_s_name_fits_the_motion(call: Any, service: StandIn, video: Path, tmp_path: Path) -> None:
    job = lost_job(call, service, video, tmp_path, "--target", "unitree_g1")
    asked = len(service.requests)
    for name in ("m.blend", "m"):
        assert call("recover", job, "--output", tmp_path / name)[0] == 2
    assert len(service.requests) == asked
    status, _, errors = call("recover", job, "--output", tmp_path / "m.fbx")
    assert (status, list(tmp_path.glob("m*"))) == (1, [])
    assert "Use a name that ends in .json." in errors
    assert call("recover", job, "--output", tmp_path / "m.json")[0] == 0


def test_the_next_step_after_a_torn_record(call: Any, service: StandIn, video: Path, tmp_path: Path) -> None:
    assert call("capture", video)[0] == 0
    (record,) = records(tmp_path)
    record.write_text('{"v"')
    _, _, errors = call("capture", another(video, "b.mp4", b"b"))
    (job,) = (charge.job_id for charge in service.charges)
    assert f"aimocap recover {job}" in errors
    assert call("recover", job)[0] == 0
    assert len(service.charges) == 1
    assert call("capture", another(video, "b.mp4", b"b"))[0] == 0  # nothing unreadable is in its way
    assert len(service.charges) == 2


@pytest.mark.parametrize("why", ["unknown", "untold", "draft"])
def test_refused_recovery_says_why_and_leaves_nothing(
    why: str,
    call: Any,
    service: StandIn,
    video: Path,
    tmp_path: Path,
) -> None:
    job = "job_1"
    if why == "untold":
        job = lost_job(call, service, video, tmp_path)
        service.faults.add(step="job", times=None, drop=["job.targetIds"])
    elif why == "draft":
        service.ignore_target_for = "unitree_g1"
        assert call("capture", video)[0] == 1
        shutil.rmtree(tmp_path / "captures")
        job = service.jobs[0].id
    asked = len(service.requests)
    status, _, errors = call("recover", job)
    assert status == 1
    assert {"unknown": "AIMOCAP_API_KEY", "untold": "--target", "draft": "never submitted"}[why] in errors
    assert records(tmp_path) == []
    if why == "untold":
        assert call("recover", job, "--target", "default")[0] == 0
    assert {request.method for request in service.requests[asked:]} == {"GET"}


def test_a_job_that_is_not_lost_is_followed_instead(call: Any, service: StandIn, video: Path, tmp_path: Path) -> None:
    """To follow it may mean to submit it, which recovering never does."""
    assert call("capture", video)[0] == 0
    state = module("jobs.capture").State.VERIFYING
    there = left_over(tmp_path, another(video, "b.mp4", b"b"), state=state, job_id="job_2")
    asked = len(service.requests)
    status, _, errors = call("recover", "job_2")
    assert (status, len(service.requests)) == (1, asked)
    assert f"follow {there}" in errors
