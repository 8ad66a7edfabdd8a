"""Both generations of the contract: what is sent, what is understood, what is refused."""

import copy
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimocap_blender.service import contract
from aimocap_blender.service.contract import Generation, NewJob
from aimocap_blender.service.faults import Kind, ServiceFault

if TYPE_CHECKING:
    from collections.abc import Callable

JOB = NewJob(
    source_filename="my walk.mp4",
    source_bytes=1234,
    source_duration_sec=10.5,
    trim_start_sec=1.25,
    trim_end_sec=4.75,
    target_ids=("default",),
    title="Walk",
    export_fps=60,
    mocap_type="upper_body",
)
FLAT = {
    "jobId": "j",
    "status": "completed",
    "targetId": "default",
    "resultType": "fbx",
    "fbxUrl": "https://s/f",
    "previewVideoUrl": "https://s/p",
    "manifestUrl": "https://s/m",
    "createdAt": "2026-01-01T00:00:00Z",
    "completedAt": "2026-01-01T00:05:00Z",
    "somethingNew": {"deep": [1]},
}
LISTED = {
    "jobId": "j",
    "status": "completed",
    "outputs": [
        {"targetId": "unitree_g1", "resultType": "robot_motion_json", "motionJsonUrl": "https://s/g1"},
        {"targetId": "default", "resultType": "fbx", "fbxUrl": "https://s/f"},
    ],
    "previewVideoUrl": "https://s/p",
}


def test_generation_a_is_sent_exactly() -> None:
    assert JOB.body(Generation.A) == {
        "sourceType": "upload",
        "sourceFilename": "my walk.mp4",
        "sourceBytes": 1234,
        "sourceDurationSec": 10.5,
        "trimStartSec": 1.25,
        "trimEndSec": 4.75,
        "targetId": "default",
        "title": "Walk",
    }


def test_generation_b_is_sent_exactly() -> None:
    assert JOB.body(Generation.B) == {
        "sourceFilename": "my walk.mp4",
        "sourceDurationSec": 10.5,
        "trimStartSec": 1.25,
        "trimEndSec": 4.75,
        "targetIds": ["default"],
        "title": "Walk",
        "exportFps": 60,
        "mocapType": "upper_body",
    }


def test_option_that_is_not_chosen_is_not_sent() -> None:
    plain = NewJob("a", 1, 1.0, 0.0, 1.0, ("default",))
    assert "title" not in plain.body(Generation.A)
    assert {"title", "exportFps", "mocapType"}.isdisjoint(plain.body(Generation.B))


def test_a_name_that_is_no_unicode_can_be_sent() -> None:
    body = NewJob("a\udcff.mp4", 1, 1.0, 0.0, 1.0, ("default",)).body(Generation.A)
    assert json.loads(json.dumps(body).encode("utf-8"))["sourceFilename"] == "a?.mp4"


@pytest.mark.parametrize("answer", [FLAT, LISTED])
def test_results_of_both_generations(answer: dict[str, object]) -> None:
    found = contract.job_result(answer, "default")
    assert (found.result_type, found.url, found.preview_url) == ("fbx", "https://s/f", "https://s/p")


def test_a_result_whose_jobs_status_stands_apart() -> None:
    nested = {"job": {"id": "j", "status": "Completed"}, "outputs": LISTED["outputs"], "previewVideoUrl": "https://s/p"}
    found = contract.job_result(nested, "default")
    assert (found.status, found.url, found.preview_url) == ("completed", "https://s/f", "https://s/p")
    with pytest.raises(ServiceFault) as caught:
        contract.job_result(nested | {"job": {"id": "j"}}, "default")
    assert "'status'" in caught.value.what


@pytest.mark.parametrize(
    "answer", [{}, {"jobId": "j"}, {"jobId": None}, {"job": {"id": "j"}}, {"job": {}}, {"job": "k"}]
)
def test_an_answer_of_this_job_or_of_none_that_is_named(answer: dict[str, object]) -> None:
    contract.check_job(answer, "j")


@pytest.mark.parametrize(
    "answer",
    [
        {"jobId": "k"},
        {"jobId": "J"},
        {"jobId": "j "},
        {"jobId": 5},
        {"job": {"id": "k"}},
        {"jobId": "j", "job": {"id": ""}},
    ],
)
def test_an_answer_of_another_job(answer: dict[str, object]) -> None:
    with pytest.raises(ServiceFault) as caught:
        contract.check_job(answer, "j")
    assert caught.value.kind is Kind.BAD_ANSWER
    assert caught.value.what == "The service answered for a different job."


def test_a_robots_result() -> None:
    found = contract.job_result(LISTED, "unitree_g1")
    assert (found.result_type, found.url) == ("robot_motion_json", "https://s/g1")


@pytest.mark.parametrize("name", ["status", "targetId", "resultType", "fbxUrl"])
@pytest.mark.parametrize("value", [None, 5, "", [], {}, True])
def test_a_wrong_field_of_a_result_is_named(name: str, value: object) -> None:
    with pytest.raises(ServiceFault) as caught:
        contract.job_result(FLAT | {name: value}, "default")
    assert caught.value.kind is Kind.BAD_ANSWER
    assert f"'{name}'" in caught.value.what


def test_another_targets_result_is_none() -> None:
    for answer in (FLAT, {"status": "completed", "outputs": LISTED["outputs"]}):
        with pytest.raises(ServiceFault):
            contract.job_result(answer, "avatar:7")


@pytest.mark.parametrize("name", ["jobId", "uploadUrl"])
@pytest.mark.parametrize("value", [None, 5, "", [], ["x"]])
def test_a_wrong_field_of_a_draft_is_named(name: str, value: object) -> None:
    answer: dict[str, object] = {"jobId": "j", "uploadUrl": "https://s/u", "status": "draft", "new": 1}
    assert contract.created_job(answer, Generation.A, ()).job_id == "j"
    with pytest.raises(ServiceFault) as caught:
        contract.created_job(answer | {name: value}, Generation.A, ())
    assert f"'{name}'" in caught.value.what


@pytest.mark.parametrize("job_id", [".", "..", "a\nb", "x" * 201, "\u202e"])
def test_a_job_id_that_cannot_be_one_is_refused(job_id: str) -> None:
    with pytest.raises(ServiceFault):
        contract.created_job({"jobId": job_id, "uploadUrl": "https://s/u"}, Generation.A, ())


def state(**job: object) -> contract.JobState:
    return contract.job_state({"job": {"id": "j", "status": "queued", **job}, "events": [], "result": None})


@pytest.mark.parametrize(
    ("said", "understood"),
    [("queued", "queued"), ("CANCELLED", "canceled"), ("Processing", "processing"), ("rendering\n2", "rendering 2")],
)
def test_statuses(said: str, understood: str) -> None:
    assert state(status=said).status == understood


@pytest.mark.parametrize(
    ("job", "targets"),
    [
        ({"targetIds": ["default"]}, ("default",)),
        ({"targetIds": ["a", 5]}, ("a", "")),
        ({"targetIds": []}, ()),
        ({"targetId": "default"}, ("default",)),
        ({"targetIds": "default"}, None),
        ({}, None),
    ],
)
def test_targets(job: dict[str, object], targets: tuple[str, ...] | None) -> None:
    assert state(**job).target_ids == targets


@pytest.mark.parametrize("answer", [{}, {"job": []}, {"job": {"id": 5, "status": "x"}}, {"job": {"id": "j"}}])
def test_a_state_without_its_fields_is_a_fault(answer: dict[str, object]) -> None:
    with pytest.raises(ServiceFault) as caught:
        contract.job_state(answer)
    assert caught.value.kind is Kind.BAD_ANSWER


def test_events_of_any_shape_become_lines() -> None:
    events = ["old", 5, None, {"type": "started"}, {"message": "Half\nway", "type": "x"}, {"at": 5}, ["x"], "end"]
    answer = {"job": {"id": "j", "status": "processing"}, "events": events}
    assert contract.job_state(answer).events == ("started", "Half way", "end")
    assert contract.job_state(answer | {"events": {"not": "a list"}}).events == ()


@pytest.mark.parametrize(
    "job",
    [{"error": "api_plan_inactive"}, {"errorCode": "api_plan_inactive"}, {"error": {"code": "api_plan_inactive"}}],
)
def test_a_failed_jobs_code(job: dict[str, object]) -> None:
    assert state(status="failed", **job).code == "api_plan_inactive"


NAMES = [*FLAT, "job", "id", "targetIds", "events"]
SCALARS = st.none() | st.text(max_size=9) | st.integers() | st.floats(allow_nan=False)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(NAMES), VALUES))
def test_any_json_is_understood_or_a_fault(answer: dict[str, object]) -> None:
    before = copy.deepcopy(answer)
    kinds: set[Kind] = set()
    readers: tuple[Callable[[dict[str, object]], object], ...] = (
        contract.job_state,
        lambda found: contract.job_result(found, "default"),
        lambda found: contract.created_job(found, Generation.A, ()),
        lambda found: contract.check_job(found, "j"),
    )
    for read in readers:
        try:
            read(answer)
        except ServiceFault as fault:
            kinds.add(fault.kind)
    assert kinds <= {Kind.BAD_ANSWER}
    assert answer == before
