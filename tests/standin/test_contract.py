"""The stand-in is as strict as the contract, and answers as it documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.standin import Limits

from .conftest import VIDEO, ask

if TYPE_CHECKING:
    from .conftest import Caller


def test_a_capture_runs_through(caller: Caller) -> None:
    standin = caller.standin
    job_id = caller.submitted(title="Walk")
    assert standin.wait_until(standin.jobs[job_id].made.is_set)
    assert [caller.status(job_id) for _ in range(5)] == ["queued", "processing", "processing", "completed", "completed"]
    result = caller.call("GET", f"{caller.jobs_url}/{job_id}/result").data
    output = result if standin.generation == "A" else result["outputs"][0]
    assert (output["targetId"], output["resultType"]) == ("default", "fbx")
    assert ask("GET", output["fbxUrl"]).body.startswith(b"Kaydara FBX Binary")
    assert ask("GET", result["previewVideoUrl"]).body == VIDEO
    assert standin.jobs[job_id].upload.read_bytes() == VIDEO  # type: ignore[union-attr]
    assert [(charge.job_id, charge.credits) for charge in standin.charges] == [(job_id, 2.5)]
    assert standin.violations == []
    assert standin.steps()[:3] == ["create", "upload", "complete_upload"]


def test_robot_motion(caller_a: Caller) -> None:
    job_id = caller_a.completed(targetId="unitree_g1")
    result = caller_a.call("GET", f"{caller_a.jobs_url}/{job_id}/result").data
    motion = json.loads(ask("GET", result["motionJsonUrl"]).body)
    assert result["resultType"] == "robot_motion_json"
    assert "fbxUrl" not in result
    assert motion["frameCount"] == len(motion["dof_pos"]) == 75


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"targetId": None}, "invalid_request"),
        ({"targetIds": ["default"], "targetId": None}, "invalid_request"),
        ({"exportFps": 30}, "invalid_request"),
        ({"sourceType": None}, "invalid_request"),
        ({"sourceType": "url"}, "invalid_request"),
        ({"sourceBytes": "17"}, "invalid_request"),
        ({"sourceBytes": 17.5}, "invalid_request"),
        ({"sourceBytes": 0}, "invalid_request"),
        ({"sourceBytes": True}, "invalid_request"),
        ({"sourceDurationSec": "10"}, "api_source_duration_invalid"),
        ({"sourceDurationSec": 0}, "api_source_duration_invalid"),
        ({"trimStartSec": None}, "invalid_request"),
        ({"trimStartSec": -1}, "api_trim_range_invalid"),
        ({"trimStartSec": 4.0}, "api_trim_range_invalid"),
        ({"trimEndSec": 10.1}, "api_trim_range_invalid"),
        ({"targetId": "unitree_h1"}, "api_target_unsupported"),
        ({"targetId": "avatar:"}, "api_target_unsupported"),
    ],
)
def test_a_refuses(caller_a: Caller, changes: dict[str, object], code: str) -> None:
    answer = caller_a.create(**changes)
    assert (answer.status, answer.json["error"]["code"]) == (400, code)
    assert len(caller_a.standin.jobs) == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"targetIds": None}, "api_target_ids_required"),
        ({"targetIds": None, "targetId": "default"}, "api_target_ids_required"),
        ({"targetIds": []}, "api_target_ids_required"),
        ({"targetIds": "default"}, "api_target_ids_required"),
        ({"sourceType": "upload"}, "invalid_request"),
        ({"sourceBytes": 5}, "invalid_request"),
        ({"exportFps": 25}, "export_fps_invalid"),
        ({"exportFps": "30"}, "export_fps_invalid"),
        ({"mocapType": "FULL_BODY"}, "mocap_type_invalid"),
        ({"targetIds": ["avatar:abc"]}, "api_target_unsupported"),
        ({"trimEndSec": 1.0}, "api_trim_range_invalid"),
    ],
)
def test_b_refuses(caller_b: Caller, changes: dict[str, object], code: str) -> None:
    answer = caller_b.create(**changes)
    assert (answer.status, answer.json["error"]["code"]) == (400, code)
    assert len(caller_b.standin.jobs) == 0


def test_b_takes_its_own_fields(caller_b: Caller) -> None:
    answer = caller_b.create(exportFps=60, mocapType="upper_body", sourceDurationSec=9, targetIds=["unitree_g1"])
    assert answer.data["mocapType"] == "upper_body"
    assert caller_b.standin.jobs[0].order.export_fps == 60


def test_avatar_of_a(caller_a: Caller) -> None:
    assert caller_a.create(targetId="avatar:me").status == 200


def test_not_a_number_is_no_json(caller_a: Caller) -> None:
    body = json.dumps(caller_a.order(trimEndSec=float("nan")))
    answer = ask(
        "POST",
        caller_a.jobs_url,
        body,
        Content_Type="application/json",
        Authorization=f"Bearer {caller_a.standin.api_key}",
    )
    assert answer.status == 400


def test_limits_of_the_plan(caller_a: Caller) -> None:
    standin = caller_a.standin
    for limits, code in (
        (Limits(seconds=5), "api_duration_limit_exceeded"),
        (Limits(file_bytes=5), "api_file_size_limit_exceeded"),
        (Limits(plan_active=False), "api_plan_inactive"),
    ):
        standin.limits = limits
        assert caller_a.create().json["error"]["code"] == code
    standin.limits = Limits(running_jobs=1)
    caller_a.submitted()
    assert caller_a.create().json["error"]["code"] == "api_concurrency_limit_exceeded"


def test_too_few_credits_are_not_taken(caller_a: Caller) -> None:
    caller_a.standin.credits = 2.0
    created = caller_a.create().data
    caller_a.upload(created["uploadUrl"])
    answer = caller_a.call("POST", f"{caller_a.jobs_url}/{created['jobId']}/complete-upload")
    assert answer.json["error"]["code"] == "insufficient_api_v_credits"
    assert caller_a.standin.charges == []
    assert caller_a.status(created["jobId"]) == "draft"


def test_every_processed_complete_upload_is_charged(caller: Caller) -> None:
    job_id = caller.submitted()
    caller.call("POST", f"{caller.jobs_url}/{job_id}/complete-upload")
    assert [charge.credits for charge in caller.standin.charges] == [2.5, 2.5]


def test_complete_upload_needs_an_upload_and_takes_no_body(caller: Caller) -> None:
    created = caller.create().data
    url = f"{caller.jobs_url}/{created['jobId']}/complete-upload"
    assert caller.call("POST", url).status == 409
    caller.upload(created["uploadUrl"])
    assert caller.call("POST", url, {}).status == 400
    assert caller.standin.charges == []


def test_the_key(caller: Caller) -> None:
    assert ask("GET", f"{caller.jobs_url}/x").status == 401
    assert caller.standin.violations == ["GET /api/v1/mocap/jobs/x: no bearer key"]
    assert caller.call("GET", f"{caller.jobs_url}/x", key="sk-wrong").status == 401
    job_id = caller.create().data["jobId"]
    caller.standin.keys.add("sk-other")
    assert caller.call("GET", f"{caller.jobs_url}/{job_id}", key="sk-other").status == 404
    caller.standin.keys.clear()
    assert caller.call("GET", f"{caller.jobs_url}/{job_id}").status == 401


@pytest.mark.parametrize("envelope", ["string", "object", "flat", "data"])
def test_envelopes(caller_b: Caller, envelope: str) -> None:
    caller_b.standin.envelope = envelope
    answer = caller_b.create(targetIds=None).json
    error = answer.get("data", answer).get("error", answer)
    assert error == "api_target_ids_required" or error["code"] == "api_target_ids_required"


def test_result_before_the_end(caller: Caller) -> None:
    job_id = caller.submitted()
    assert caller.call("GET", f"{caller.jobs_url}/{job_id}/result").status == 409


def test_hold(caller: Caller) -> None:
    caller.standin.hold("processing")
    job_id = caller.submitted()
    assert caller.standin.wait_until(caller.standin.jobs[job_id].made.is_set)
    assert [caller.status(job_id) for _ in range(6)] == ["queued"] + ["processing"] * 5
    caller.standin.release()
    assert "completed" in [caller.status(job_id) for _ in range(3)]


def test_a_service_that_makes_something_else(caller_a: Caller) -> None:
    caller_a.standin.ignore_target_for = "default"
    job_id = caller_a.create(targetId="unitree_g1").data["jobId"]
    assert caller_a.call("GET", f"{caller_a.jobs_url}/{job_id}").data["job"]["targetIds"] == ["default"]
