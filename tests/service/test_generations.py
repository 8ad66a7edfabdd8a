"""One client, two generations of the contract: which is spoken, and what is remembered."""

import json

import pytest

from aimocap_blender.service.client import Service
from aimocap_blender.service.contract import Generation, NewJob
from aimocap_blender.service.faults import Kind, ServiceFault
from tests.service.plain_job import CREATED, PLAIN
from tests.standin import Limits, StandIn

from .conftest import service_at
from .raw_server import Answer, RawServer, reply_json

CHOSEN = NewJob("walk.mp4", 1000, 10.0, 1.5, 4.0, ("default",), "Walk", export_fps=60, mocap_type="upper_body")
EVERY_WAY = [
    pytest.param(envelope, wrapped, status, id=f"{envelope}-{'wrapped' if wrapped else 'bare'}-{status}")
    for envelope in ("string", "object", "flat", "data")
    for wrapped in (True, False)
    for status in (400, 422)
]


def standin_service(standin: StandIn, envelope: str, wrapped: bool, status: int) -> Service:
    standin.envelope, standin.wrapped, standin.refusal_status = envelope, wrapped, status
    return Service(standin.base_url, standin.api_key)


@pytest.mark.parametrize(("envelope", "wrapped", "status"), EVERY_WAY)
@pytest.mark.parametrize("generation", ["A", "B"])
@pytest.mark.parametrize("job", [PLAIN, CHOSEN], ids=["plain", "chosen"])
def test_both_are_spoken(generation: str, job: NewJob, envelope: str, wrapped: bool, status: int) -> None:
    with StandIn(generation) as standin:
        service = standin_service(standin, envelope, wrapped, status)
        created = service.create_job(job)
        first = "B" if job is CHOSEN else "A"
        assert len(standin.requests) == (1 if generation == first else 2)
        assert len(list(standin.jobs)) == 1
        assert created.generation.value == generation
        assert created.left_out == (("exportFps", "mocapType") if generation == "A" and job is CHOSEN else ())
        body = standin.requests[-1].body
        assert ("targetId" in body, "targetIds" in body) == (generation == "A", generation == "B")
        again = service.create_job(job, created.generation)
        assert again.generation is created.generation


def test_known_generation_is_tried_first() -> None:
    with StandIn("B") as standin:
        Service(standin.base_url, standin.api_key).create_job(PLAIN, Generation.B)
        assert len(standin.requests) == 1


def test_known_generation_may_have_changed() -> None:
    with StandIn("A") as standin:
        service = Service(standin.base_url, standin.api_key)
        assert service.create_job(PLAIN, Generation.B).generation is Generation.A
        standin.generation = "B"
        assert service.create_job(PLAIN, Generation.A).generation is Generation.B


@pytest.mark.parametrize("known", [None, *Generation])
@pytest.mark.parametrize("generation", ["A", "B"])
def test_a_documented_refusal_is_final(generation: str, known: Generation | None) -> None:
    with StandIn(generation) as standin:
        standin.limits = Limits(plan_active=False)
        with pytest.raises(ServiceFault) as caught:
            Service(standin.base_url, standin.api_key).create_job(PLAIN, known)
        assert caught.value.code == "api_plan_inactive"
        assert len(list(standin.jobs)) == 0


def test_an_avatar_goes_to_b_too_and_the_answer_is_shown() -> None:
    avatar = NewJob("walk.mp4", 1000, 10.0, 1.5, 4.0, ("avatar:7",))
    with StandIn("B") as standin:
        with pytest.raises(ServiceFault) as caught:
            Service(standin.base_url, standin.api_key).create_job(avatar)
        assert standin.requests[-1].body["targetIds"] == ["avatar:7"]
    assert caught.value.code == "api_target_unsupported"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        ("400 Bad", '{"error": "api_target_ids_required"}'),
        ("422 Bad", '{"message": ["targetIds must be an array", "targetIds should not be empty"]}'),
        ("400 Bad", '{"errors": [{"path": "targetIds", "message": "Required"}]}'),
        ("400 Bad", '{"detail": [{"loc": ["body", "target_ids"], "msg": "field required"}]}'),
        ("400 Bad", "{\"error\": \"Unrecognized key(s) in object: 'sourceType', 'sourceBytes'\"}"),
        ("403 No", '{"data": {"error": {"code": "api_target_ids_required"}}}'),
    ],
)
def test_ways_to_name_b(status: str, body: str) -> None:
    with RawServer([reply_json(status, body), reply_json("201 Created", CREATED)]) as server:
        assert service_at(server.url).create_job(PLAIN).generation is Generation.B
    assert [sorted(json.loads(asked.body))[-2:] for asked in server.asked] == [
        ["trimEndSec", "trimStartSec"],
        ["trimEndSec", "trimStartSec"],
    ]
    assert ["targetIds" in json.loads(asked.body) for asked in server.asked] == [False, True]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        ("400 Bad", '{"error": "api_trim_range_invalid", "message": "see targetIds"}'),
        ("400 Bad", '{"error": "the moon is full"}'),
        ("401 No", '{"error": "targetIds"}'),
        ("500 Oops", '{"error": "targetIds"}'),
        ("429 Slow", '{"error": "targetIds"}'),
    ],
)
def test_refusal_that_does_not_name_b_is_not_answered_with_it(status: str, body: str) -> None:
    with RawServer([reply_json(status, body), reply_json("201 Created", CREATED)]) as server:
        with pytest.raises(ServiceFault):
            service_at(server.url).create_job(PLAIN)
        assert len(server.asked) == 1


def test_two_refusals_are_enough() -> None:
    refusals: list[Answer] = [
        reply_json("400 Bad", '{"error": "no targetIds"}'),
        reply_json("400 Bad", '{"error": "no targetId"}'),
    ]
    with RawServer(refusals) as server:
        with pytest.raises(ServiceFault) as caught:
            service_at(server.url).create_job(PLAIN)
        assert len(server.asked) == 2
    assert caught.value.kind is Kind.REFUSED


def test_a_draft_without_its_fields_is_no_draft() -> None:
    incomplete = reply_json("201 Created", '{"data": {"jobId": 5}}')
    with RawServer([incomplete]) as server, pytest.raises(ServiceFault) as caught:
        service_at(server.url).create_job(PLAIN)
    assert caught.value.kind is Kind.BAD_ANSWER
