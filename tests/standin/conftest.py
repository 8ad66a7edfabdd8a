"""A plain HTTP client for the stand-in's own tests: the standard library's, nothing of the add-on's."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.standin import StandIn

if TYPE_CHECKING:
    from collections.abc import Iterator

VIDEO = b"not really a video" * 1000


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def data(self) -> dict[str, Any]:
        return self.json["data"]


def ask(method: str, url: str, body: object = None, **headers: str) -> Answer:
    """One request on a connection of its own. Underscores in header names stand for dashes."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 0, timeout=10)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(method, target, body, named)  # type: ignore[arg-type]
        response = connection.getresponse()
        return Answer(response.status, {n.lower(): v for n, v in response.getheaders()}, response.read())
    finally:
        connection.close()


class Caller:
    """Speaks to a stand-in as the documents say, with any field changed."""

    def __init__(self, standin: StandIn) -> None:
        self.standin = standin
        self.jobs_url = f"{standin.base_url}/api/v1/mocap/jobs"

    def call(self, method: str, url: str, body: object = None, key: str | None = None) -> Answer:
        headers = {"Authorization": f"Bearer {key or self.standin.api_key}"}
        raw = None
        if body is not None:
            headers["Content_Type"] = "application/json"
            raw = json.dumps(body)
        return ask(method, url, raw, **headers)

    def order(self, **changes: object) -> dict[str, object]:
        """A create body of the stand-in's generation; a change to None takes the field out."""
        if self.standin.generation == "A":
            order: dict[str, object] = {
                "sourceType": "upload",
                "sourceFilename": "walk.mp4",
                "sourceBytes": len(VIDEO),
                "sourceDurationSec": 10.0,
                "trimStartSec": 1.5,
                "trimEndSec": 4.0,
                "targetId": "default",
            }
        else:
            order = {"sourceFilename": "walk.mp4", "targetIds": ["default"], "trimStartSec": 1.5, "trimEndSec": 4.0}
        return {name: value for name, value in (order | changes).items() if value is not None}

    def create(self, **changes: object) -> Answer:
        return self.call("POST", self.jobs_url, self.order(**changes))

    def upload(self, url: str, body: bytes = VIDEO, content_type: str = "video/mp4") -> Answer:
        return ask("PUT", url, body, Content_Type=content_type)

    def submitted(self, **changes: object) -> str:
        """The id of a job that was created, uploaded and admitted."""
        created = self.create(**changes).data
        assert self.upload(created["uploadUrl"]).status == 200
        assert self.call("POST", f"{self.jobs_url}/{created['jobId']}/complete-upload").status == 200
        return created["jobId"]

    def status(self, job_id: str) -> str:
        return self.call("GET", f"{self.jobs_url}/{job_id}").data["job"]["status"]

    def completed(self, **changes: object) -> str:
        job_id = self.submitted(**changes)
        assert self.standin.wait_until(self.standin.jobs[job_id].made.is_set)
        for _ in self.standin.polls:
            self.status(job_id)
        assert self.standin.jobs[job_id].status == "completed"
        return job_id


@pytest.fixture(params=["A", "B"])
def caller(request: pytest.FixtureRequest) -> Iterator[Caller]:
    with StandIn(request.param) as standin:
        yield Caller(standin)


@pytest.fixture
def caller_a() -> Iterator[Caller]:
    with StandIn("A") as standin:
        yield Caller(standin)


@pytest.fixture
def caller_b() -> Iterator[Caller]:
    with StandIn("B") as standin:
        yield Caller(standin)


def fbx_link(caller: Caller) -> str:
    return caller.call("GET", f"{caller.jobs_url}/{caller.completed()}/result").data["fbxUrl"]
