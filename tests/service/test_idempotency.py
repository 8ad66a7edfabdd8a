"""The key that a create and its submission carry, and services that don't want one."""

from dataclasses import replace
from pathlib import Path

import pytest

from aimocap_blender.service.client import Service
from aimocap_blender.service.contract import Generation
from aimocap_blender.service.faults import Kind, ServiceFault
from tests.service.plain_job import CREATED, PLAIN
from tests.standin import StandIn

from .conftest import nothing_moved, service_at
from .raw_server import RawServer, reply, reply_json

KEY = "5a0f9d9e-7a39-4bb8-9c3c-0d7a9c1f2b11"


@pytest.mark.parametrize("generation", ["A", "B"])
def test_it_goes_with_create_and_submission_alone(generation: str, video: Path) -> None:
    with StandIn(generation) as standin:
        service = Service(standin.base_url, standin.api_key)
        size = video.stat().st_size
        job = replace(PLAIN, source_bytes=size)
        created = service.create_job(job, Generation(generation), idempotency_key=KEY)
        service.storage.upload(created.upload_url, video, size, nothing_moved)
        service.complete_upload(created.job_id, idempotency_key=KEY)
        service.job(created.job_id)
        service.complete_upload(created.job_id)
        sent = [(asked.step, asked.idempotency_key) for asked in standin.requests]
    assert sent == [
        ("create", KEY),
        ("upload", None),
        ("complete_upload", KEY),
        ("job", None),
        ("complete_upload", None),
    ]


@pytest.mark.parametrize("envelope", ["string", "object", "flat", "data"])
@pytest.mark.parametrize("generation", ["A", "B"])
def test_a_create_that_is_refused_for_it_is_sent_without(generation: str, envelope: str) -> None:
    with StandIn(generation, envelope=envelope) as standin:
        standin.refuses_idempotency_keys = True
        created = Service(standin.base_url, standin.api_key).create_job(
            PLAIN, Generation(generation), idempotency_key=KEY
        )
        assert [asked.idempotency_key for asked in standin.requests] == [KEY, None]
        assert (len(standin.jobs), created.generation.value) == (1, generation)


def test_a_submission_that_is_refused_for_it_is_not_repeated() -> None:
    with StandIn() as standin:
        service = Service(standin.base_url, standin.api_key)
        created = service.create_job(PLAIN)
        standin.refuses_idempotency_keys = True
        with pytest.raises(ServiceFault) as caught:
            service.complete_upload(created.job_id, idempotency_key=KEY)
        assert standin.steps() == ["create", "complete_upload"]
    assert (caught.value.kind, caught.value.names_idempotency) == (Kind.REFUSED, True)


@pytest.mark.parametrize(
    ("answer", "names_it"),
    [
        (reply("400 Bad Request", b"<h1>Header IDEMPOTENCY_KEY is forbidden</h1>"), True),
        (reply_json("409 Conflict", '{"error": "Idempotency key in use"}'), True),
        (reply_json("409 Conflict", '{"error": "The job was submitted."}'), False),
        (reply_json("503 Service Unavailable", '{"error": "The idempotency-key store is down."}'), False),
    ],
    ids=["page", "words", "other words", "no refusal"],
)
def test_only_a_refusal_that_names_it_says_so(answer: bytes, names_it: bool) -> None:
    with RawServer([answer]) as server, pytest.raises(ServiceFault) as caught:
        service_at(server.url).complete_upload("j", idempotency_key=KEY)
    assert caught.value.names_idempotency is names_it


def test_another_refusal_of_a_create_is_not_answered_by_sending_without() -> None:
    refusal = reply_json("400 Bad Request", '{"error": {"code": "api_plan_inactive"}}')
    with RawServer([refusal, reply_json("200 OK", CREATED)]) as server:
        with pytest.raises(ServiceFault):
            service_at(server.url).create_job(PLAIN, idempotency_key=KEY)
        assert len(server.asked) == 1
