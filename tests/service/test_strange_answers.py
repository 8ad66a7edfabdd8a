"""Answers that are right at another time or for somebody else: of another job, early, packed, a page, too long."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from aimocap_blender.service.client import LARGEST_ANSWER, Service
from aimocap_blender.service.contract import Generation, NewJob
from aimocap_blender.service.faults import Kind, ServiceFault
from tests.standin import StandIn

from .conftest import QUICK, nothing_moved, service_at
from .raw_server import Asked, RawServer, reply, reply_json

QUEUED = reply_json("200 OK", '{"job": {"id": "j", "status": "queued"}}')
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nLink: </b.css>\r\n\r\n"
PROCESSING = b"HTTP/1.1 102 Processing\r\n\r\n"


@pytest.fixture(params=["A", "B"])
def standin(request: pytest.FixtureRequest) -> Iterator[StandIn]:
    with StandIn(request.param) as standin:
        yield standin


def service_of(standin: StandIn) -> Service:
    return Service(standin.base_url, standin.api_key, QUICK)


def new_job(video: Path, target: str = "default") -> NewJob:
    return NewJob(video.name, video.stat().st_size, 10.0, 1.5, 4.0, (target,))


def finished(standin: StandIn, video: Path, target: str = "default") -> str:
    """The id of a job that is completed."""
    service = service_of(standin)
    created = service.create_job(new_job(video, target))
    service.storage.upload(created.upload_url, video, video.stat().st_size, nothing_moved)
    service.complete_upload(created.job_id)
    assert standin.wait_until(standin.jobs[created.job_id].made.is_set)
    while service.job(created.job_id).status != "completed":
        pass
    return created.job_id


@pytest.mark.fault(64)
def test_a_look_that_tells_of_another_job(standin: StandIn, video: Path) -> None:
    ours, other = finished(standin, video), finished(standin, video)
    standin.jobs[other].status = "failed"
    standin.faults.add(step="job", of_job=other)
    with pytest.raises(ServiceFault) as caught:
        service_of(standin).job(ours)
    assert (caught.value.kind, caught.value.sent) == (Kind.BAD_ANSWER, True)
    assert caught.value.what == "The service answered for a different job."
    assert service_of(standin).job(ours).status == "completed"


@pytest.mark.fault(64)
@pytest.mark.parametrize("nested", [False, True])
def test_a_result_of_another_job(standin: StandIn, video: Path, nested: bool) -> None:
    standin.nested_results = nested
    ours, other = finished(standin, video), finished(standin, video)
    standin.faults.add(step="result", of_job=other)
    with pytest.raises(ServiceFault) as caught:
        service_of(standin).results(ours, ("default",))
    assert (caught.value.kind, caught.value.what) == (Kind.BAD_ANSWER, "The service answered for a different job.")
    (found,) = service_of(standin).results(ours, ("default",))
    assert (found.status, f"/results/{ours}/" in found.url, f"/{ours}/" in found.preview_url) == (
        "completed",
        True,
        True,
    )


def test_a_result_that_names_no_job_is_believed(standin: StandIn, video: Path) -> None:
    job_id = finished(standin, video)
    standin.faults.add(step="result", drop=["jobId"])
    assert len(service_of(standin).results(job_id, ("default",))) == 1


@pytest.mark.fault(67)
@pytest.mark.parametrize("early", [HINTS, HINTS + PROCESSING + HINTS, b"HTTP/1.1 100 Continue\r\n\r\n" + HINTS])
def test_early_responses_are_skipped(early: bytes, video: Path, tmp_path: Path) -> None:
    stored = early + reply("200 OK", b"motion", ETag='"e"')
    with RawServer([early + QUEUED, stored, stored, early + reply_json("404 Not Found", "{}")]) as server:
        service = service_at(server.url)
        assert service.job("j").status == "queued"
        etag = service.storage.upload(f"{server.url}/put?s=1", video, video.stat().st_size, nothing_moved)
        fetched = service.storage.download(f"{server.url}/get?s=1", tmp_path / "motion.fbx", 100, nothing_moved)
        with pytest.raises(ServiceFault) as caught:
            service.job("j")
        assert server.asked[1].body == video.read_bytes()
    assert etag == '"e"'
    assert fetched.path.read_bytes() == b"motion"
    assert (caught.value.kind, caught.value.http_status) == (Kind.NO_SUCH_JOB, 404)


@pytest.mark.fault(67)
def test_early_hints_of_a_whole_capture(standin: StandIn, video: Path, tmp_path: Path) -> None:
    standin.faults.add(early=103, times=None)
    (found,) = service_of(standin).results(finished(standin, video), ("default",))
    stored = service_of(standin).storage.download(found.url, tmp_path / "motion.fbx", 10**6, nothing_moved)
    assert stored.path.read_bytes().startswith(b"Kaydara")
    assert len(standin.charges) == 1


def test_nothing_but_early_answers_meets_a_deadline() -> None:
    def hint_for_ever(connection: socket.socket, _asked: Asked) -> None:
        while not server.over.wait(0.01):
            connection.sendall(HINTS)

    with RawServer([hint_for_ever]) as server, pytest.raises(ServiceFault) as caught:
        service_at(server.url, type(QUICK)(whole=0.5)).complete_upload("j")
    assert (caught.value.kind, caught.value.sent) == (Kind.TIMEOUT, True)


def test_another_protocol_is_no_answer() -> None:
    with RawServer([b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"]) as server:
        with pytest.raises(ServiceFault) as caught:
            service_at(server.url).job("j")
        assert len(server.asked) == 1
    assert (caught.value.kind, caught.value.http_status) == (Kind.BAD_ANSWER, 101)


def test_early_answers_through_a_proxy_and_its_tunnel(
    tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tunnel(connection: socket.socket, _asked: Asked) -> None:
        connection.sendall(HINTS + b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n")
        inner = tls.wrap_socket(connection, server_side=True)
        inner.recv(65536)
        inner.sendall(HINTS + QUEUED)
        inner.close()

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with RawServer([tunnel]) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert service_at("https://service.invalid").job("j").status == "queued"
    with RawServer([HINTS + QUEUED]) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert service_at("http://10.0.0.7").job("j").status == "queued"
        assert proxy.asked[0].line.startswith("GET http://10.0.0.7/")


@pytest.mark.fault(67)
@pytest.mark.parametrize(
    ("parts", "kind", "words"),
    [
        ({"status": 403, "body": "<html>Access denied</html>"}, Kind.BAD_ANSWER, "answered with a web page (403)."),
        ({"body": "<!doctype html><title>Sign in</title>"}, Kind.BAD_ANSWER, "answered with a web page."),
        ({"body": '{"data": {"job": {"id"'}, Kind.BAD_ANSWER, "cut short or is not JSON."),
        ({"body": ""}, Kind.BAD_ANSWER, "answer was empty."),
        ({"gzip": True}, Kind.BAD_ANSWER, "sent compressed data, which was not requested."),
        ({"status": 302, "headers": {"Location": "/login"}}, Kind.REDIRECT, "redirect"),
        ({"pads": LARGEST_ANSWER}, Kind.TOO_LARGE, "larger than"),
        ({"status": 403, "message": "The account is on hold."}, Kind.KEY, "refused: The account is on hold."),
        ({"status": 401, "body": "<html>"}, Kind.KEY, "refused the API key."),
    ],
    ids=["403-page", "page", "cut", "empty", "gzip", "302", "too-large", "403", "401-page"],
)
def test_words_name_what_came(standin: StandIn, video: Path, parts: dict[str, object], kind: Kind, words: str) -> None:
    service = service_of(standin)
    created = service.create_job(new_job(video))
    for step in ("job", "create"):
        standin.faults.add(step=step, **parts)
    with pytest.raises(ServiceFault) as looked:
        service.job(created.job_id)
    with pytest.raises(ServiceFault) as asked:
        service.create_job(new_job(video), Generation(standin.generation))
    for found in (looked.value, asked.value):
        assert (found.kind, found.sent) == (kind, True)
        assert words in found.what
        assert f"{found.what} {found.next_step}".count(". ") == 1
    assert service.job(created.job_id).status == "draft"


@pytest.mark.fault(70)
@pytest.mark.parametrize(
    ("status", "kind"), [(400, Kind.REFUSED), (402, Kind.REFUSED), (403, Kind.KEY), (409, Kind.NOT_READY)]
)
def test_a_refused_submission_keeps_its_reason(standin: StandIn, video: Path, status: int, kind: Kind) -> None:
    service = service_of(standin)
    created = service.create_job(new_job(video))
    standin.faults.add(step="complete_upload", status=status, code="on_hold", message="The account is on hold.")
    with pytest.raises(ServiceFault) as caught:
        service.complete_upload(created.job_id)
    found = caught.value
    assert (found.kind, found.said, found.code, found.documented) == (kind, "The account is on hold.", "on_hold", False)
    assert found.what == "The service refused: The account is on hold."
