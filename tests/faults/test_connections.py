"""Whole captures while the connection fails: names, ports, certificates, proxies, resets, bytes that drip."""

import socket
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from tests.jobs.desk import Desk, big
from tests.service.raw_server import RawServer, reply
from tests.standin import Results, StandIn

from .conftest import NAME, Ended, Names, ranges
from .forward_proxy import ForwardProxy
from .marks import Seen

DROPS = {"acts": True, "close": True}


def done_once(desk: Desk, capture_id: str, standin: StandIn, seen: Seen) -> None:
    """For a stand-in of its own: the capture is done, submitted once, charged once."""
    view = desk.to_the_end(capture_id)
    seen(f"{view.state}, {standin.steps().count('complete_upload')} submitted, {len(standin.charges)} charged")
    assert view.state == "done", view
    assert standin.steps().count("complete_upload") == len(standin.charges) == 1
    assert standin.violations == []


@pytest.mark.fault(1)
def test_no_such_name(standin: StandIn, desk: Desk, video: Path, names: Names, seen: Seen) -> None:
    names.answers["gateway"] = ""
    desk.base_url = standin.base_url.replace("127.0.0.1", "gateway")
    capture_id = desk.begin(video)
    view = desk.wait(capture_id, lambda view: view.failures > 1)
    seen(view.what)
    assert "No connection" in view.what
    assert standin.requests == []
    names.answers["gateway"] = "127.0.0.1"
    done_once(desk, capture_id, standin, seen)


@pytest.mark.fault(2)
def test_nobody_listens(folder: Path, motion: Path, video: Path, seen: Seen) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with Desk(folder, f"http://127.0.0.1:{port}", "sk-1") as desk:
        capture_id = desk.begin(video)
        view = desk.wait(capture_id, lambda view: view.failures > 1)
        seen(view.what)
        assert "No connection" in view.what
        with StandIn(results=Results(fbx=motion), port=port, api_key="sk-1") as standin:
            done_once(desk, capture_id, standin, seen)


@pytest.mark.parametrize(
    "moved",
    [
        pytest.param(False, marks=pytest.mark.fault(3), id="untrusted"),
        pytest.param(True, marks=pytest.mark.fault(55), id="a list of certificates that is not there"),
    ],
)
def test_a_certificate_that_is_not_trusted(
    moved: bool,
    tls_standin: StandIn,
    folder: Path,
    video: Path,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
    seen: Seen,
) -> None:
    if moved:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(folder / "moved.pem"))
    with Desk(folder, tls_standin.base_url, tls_standin.api_key) as desk:
        capture_id = desk.begin(video)
        view = desk.to_the_end(capture_id)
        seen(f"{view.state}: {view.what} {view.next_step}")
        assert (view.state, view.paid, tls_standin.requests) == ("blocked", False, [])
        assert "REQUESTS_CA_BUNDLE" in view.next_step
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        desk.runner.follow(capture_id)
        done_once(desk, capture_id, tls_standin, seen)


@pytest.mark.fault(4)
def test_encryption_ends_unannounced_after_the_submission(
    tls_standin: StandIn,
    folder: Path,
    video: Path,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
    seen: Seen,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    tls_standin.faults.add(step="complete_upload", **DROPS)
    with Desk(folder, tls_standin.base_url, tls_standin.api_key) as desk:
        done_once(desk, desk.begin(video), tls_standin, seen)


class TestProxies:
    @pytest.fixture
    def far(self, standin: StandIn, proxy: ForwardProxy, monkeypatch: pytest.MonkeyPatch) -> StandIn:
        """The stand-in as a machine in the private network, behind a proxy."""
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        standin.base_url = standin.base_url.replace("127.0.0.1", "10.9.8.7")
        standin.storage_url = standin.storage_url.replace("127.0.0.1", "10.9.8.7")
        return standin

    @pytest.mark.fault(5)
    def test_one_that_wants_a_log_in(
        self, far: StandIn, desk: Desk, video: Path, proxy: ForwardProxy, seen: Seen
    ) -> None:
        proxy.wants_login = True
        capture_id = desk.begin(video)
        view = desk.to_the_end(capture_id)
        seen(f"{view.state}: {view.what}")
        assert (view.state, view.paid, far.requests) == ("blocked", False, [])
        assert "HTTPS_PROXY" in view.next_step
        proxy.wants_login = False
        desk.runner.follow(capture_id)
        done_once(desk, capture_id, far, seen)
        assert any(line.startswith("PUT http://10.9.8.7") for line in proxy.asked)

    @pytest.mark.fault(5)
    def test_one_that_is_not_there(
        self, far: StandIn, desk: Desk, video: Path, proxy: ForwardProxy, monkeypatch: pytest.MonkeyPatch, seen: Seen
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as unused:
            monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{unused.getsockname()[1]}")
        capture_id = desk.begin(video)
        view = desk.to_the_end(capture_id)
        seen(f"{view.state}: {view.what}")
        assert (view.state, view.paid) == ("blocked", False)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        desk.runner.follow(capture_id)
        done_once(desk, capture_id, far, seen)

    @pytest.mark.fault(6)
    def test_one_that_breaks_after_it_forwarded_the_submission(
        self, far: StandIn, desk: Desk, video: Path, proxy: ForwardProxy, seen: Seen
    ) -> None:
        held = far.faults.add(step="complete_upload", hold="before")
        capture_id = desk.begin(video)
        assert held.reached.wait(20)
        proxy.break_off()
        held.release()
        done_once(desk, capture_id, far, seen)

    @pytest.mark.fault(6)
    def test_a_tunnel_that_breaks_after_it_forwarded_the_submission(
        self,
        tls_standin: StandIn,
        folder: Path,
        video: Path,
        proxy: ForwardProxy,
        certificate: Path,
        monkeypatch: pytest.MonkeyPatch,
        seen: Seen,
    ) -> None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        held = tls_standin.faults.add(step="complete_upload", hold="before")
        with Desk(folder, tls_standin.base_url, tls_standin.api_key) as desk:
            capture_id = desk.begin(video)
            assert held.reached.wait(20)
            proxy.break_off()
            held.release()
            done_once(desk, capture_id, tls_standin, seen)
        assert any(line.startswith(f"CONNECT {NAME}:") for line in proxy.asked)


@pytest.mark.fault(7)
def test_a_reset_in_the_upload(standin: StandIn, desk: Desk, tmp_path: Path, ended: Ended) -> None:
    standin.faults.add(step="upload", reset=True, after_bytes=1000)
    assert ended(desk, desk.begin(big(tmp_path))) == "done"
    assert standin.steps().count("upload") == 2
    assert standin.steps().count("create") == 1


@pytest.mark.fault(8)
def test_a_storage_that_stops_reading(standin: StandIn, desk: Desk, tmp_path: Path, ended: Ended) -> None:
    desk.timeouts = replace(desk.timeouts, send=0.2)
    stuck = standin.faults.add(step="upload", hold="reading", after_bytes=1000, times=None)
    capture_id = desk.begin(big(tmp_path))
    assert stuck.reached.wait(20)
    assert desk.wait(capture_id, lambda view: view.failures > 0)
    stuck.times = stuck.hits
    desk.timeouts = replace(desk.timeouts, send=10)
    stuck.release()
    assert ended(desk, capture_id) == "done"


@pytest.mark.fault(9)
@pytest.mark.parametrize("step", ["create", "complete_upload"])
def test_an_answers_head_that_drips(step: str, standin: StandIn, desk: Desk, video: Path, ended: Ended) -> None:
    desk.timeouts = replace(desk.timeouts, whole=0.3)
    standin.faults.add(step=step, acts=True, drip="head")
    assert ended(desk, desk.begin(video)) == "done"


@pytest.mark.fault(10)
def test_a_body_that_drips(standin: StandIn, desk: Desk, video: Path, ended: Ended) -> None:
    desk.timeouts = replace(desk.timeouts, stall=0.3)
    standin.faults.add(step="download", acts=True, drip="body")
    assert ended(desk, desk.begin(video)) == "done"
    assert standin.steps().count("download") >= 2


@pytest.mark.long
@pytest.mark.fault(84)
def test_transfers_below_the_minimum_rate(standin: StandIn, desk: Desk, tmp_path: Path, ended: Ended) -> None:
    """Each drop is far larger than what once counted as a sign of life."""
    desk.timeouts = replace(desk.timeouts, stall=1, slowest=2e6)
    standin.faults.add(step="upload", drip="body", pace=0.1)
    standin.faults.add(step="download", acts=True, drip="body", drops=20_000, pace=0.4)
    assert ended(desk, desk.begin(big(tmp_path))) == "done"
    assert standin.steps().count("upload") == 2
    assert ranges(standin)[1] is not None


@pytest.mark.fault(47)
def test_a_public_name_that_becomes_this_machine(
    standin: StandIn,
    folder: Path,
    video: Path,
    names: Names,
    tls: ssl.SSLContext,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
    seen: Seen,
) -> None:
    """A service that counts as public may not hand out a name that turns out to be this machine."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    names.answers |= {"gateway": "127.0.0.1", NAME: "127.0.0.1"}
    with RawServer([reply("200 OK")], tls=tls) as storage:
        standin.faults.add(step="create", merge={"uploadUrl": f"https://{NAME}:{storage.port}/put"})
        held = standin.faults.add(step="job", hold="before")
        with Desk(folder, standin.base_url.replace("127.0.0.1", "gateway"), standin.api_key) as desk:
            capture_id = desk.begin(video)
            assert held.reached.wait(20)
            names.answers["gateway"] = "93.184.216.34"
            held.release()
            view = desk.to_the_end(capture_id)
        assert storage.asked == []
    seen(f"{view.state}: {view.what}")
    assert (view.state, view.paid) == ("blocked", False)
    assert "not safe" in view.what


@pytest.mark.fault(58)
def test_the_machine_sleeps(standin: StandIn, desk: Desk, tmp_path: Path, ended: Ended) -> None:
    """A sleep leaves connections that the other end has closed."""
    upload = standin.faults.add(step="upload", hold="reading", after_bytes=1000)
    question = standin.faults.add(step="job", hold="before", skip=3)
    capture_id = desk.begin(big(tmp_path))
    for held, server in ((upload, standin.storage), (question, standin.api)):
        assert held.reached.wait(20)
        server.end_connections()
        held.release()
    assert ended(desk, capture_id) == "done"
    assert standin.steps().count("upload") == 2
