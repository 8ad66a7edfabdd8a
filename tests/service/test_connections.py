"""Breaks between this machine and the service, and above all: was the request sent?"""

import socket
import ssl
import threading
import warnings
from pathlib import Path

import pytest

from aimocap_blender.service.faults import Kind, ServiceFault
from aimocap_blender.service.interruption import Cancellation, Timeouts

from .conftest import QUICK, service_at
from .raw_server import Answer, Asked, RawServer, drip, reply_json, reset

OK = reply_json("200 OK", "{}")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Ty"


def submit_fault(url: str, timeouts: Timeouts = QUICK) -> ServiceFault:
    with pytest.raises(ServiceFault) as caught:
        service_at(url, timeouts).complete_upload("j")
    return caught.value


def close_at_once(_connection: socket.socket, _asked: Asked) -> None:
    pass


@pytest.mark.fault(2)
def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    found = submit_fault(f"http://127.0.0.1:{port}")
    assert (found.kind, found.sent) == (Kind.NO_CONNECTION, False)


@pytest.mark.fault(1)
def test_no_such_name() -> None:
    found = submit_fault("https://no-such-host.invalid")
    assert (found.kind, found.sent) == (Kind.NO_CONNECTION, False)


@pytest.mark.parametrize(
    "answer",
    [reset, close_at_once, b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", b"nonsense\r\n\r\n", b"HTTP/1.1", HEAD],
)
def test_submission_may_be_processed_if_the_connection_breaks_after_it(answer: Answer) -> None:
    with RawServer([answer]) as server:
        found = submit_fault(server.url)
        assert len(server.asked) == 1
    assert found.sent
    assert found.kind in {Kind.LOST, Kind.TRUNCATED}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply_json("200 OK", "<html>captive portal</html>"), Kind.BAD_ANSWER),
        (reply_json("500 Oops", "{}"), Kind.SERVER),
        (reply_json("504 Gateway Timeout", ""), Kind.SERVER),
        (reply_json("408 Request Timeout", ""), Kind.TIMEOUT),
        (reply_json("409 Conflict", "{}"), Kind.NOT_READY),
        (reply_json("403 Forbidden", '{"error": "forbidden"}'), Kind.KEY),
        (reply_json("403 Forbidden", "<html>firewall</html>"), Kind.BAD_ANSWER),
        (reply_json("200 OK", '{"jobId": "another", "status": "queued"}'), Kind.BAD_ANSWER),
        (reply_json("401 Unauthorized", '{"error": "unauthorized"}'), Kind.KEY),
        (reply_json("302 Found", "", Location="/login"), Kind.REDIRECT),
        (reply_json("400 Bad Request", "{}"), Kind.REFUSED),
    ],
)
def test_an_answer_that_is_no_documented_refusal_is_none(answer: bytes, kind: Kind) -> None:
    with RawServer([answer]) as server:
        found = submit_fault(server.url)
    assert (found.kind, found.sent, found.documented) == (kind, True, False)


@pytest.mark.parametrize("body", ["", "{}", '{"data": {"jobId": "j", "status": "queued"}}', '{"ok": true, "new": [1]}'])
def test_any_success_of_a_submission_is_one(body: str) -> None:
    with RawServer([reply_json("200 OK", body)]) as server:
        service_at(server.url).complete_upload("j")
    (asked,) = server.asked
    assert asked.line == "POST /api/v1/mocap/jobs/j/complete-upload HTTP/1.1"
    assert asked.body == b""
    assert asked.header("Content-Length") == "0"


def test_each_request_has_a_connection_of_its_own() -> None:
    peers: set[int] = set()

    def keep(connection: socket.socket, _asked: Asked) -> None:
        peers.add(connection.getpeername()[1])
        connection.sendall(OK)

    with RawServer([keep]) as server:
        service = service_at(server.url)
        service.complete_upload("j")
        service.complete_upload("j")
    assert len(peers) == 2


@pytest.mark.fault(9)
@pytest.mark.parametrize("end", [b"X-Slow: ", b"Content-Length: 9999\r\n\r\n", b"\r\n"])
def test_a_dripping_answer_meets_a_deadline(end: bytes) -> None:
    itself: list[RawServer] = []
    with RawServer([drip(b"HTTP/1.1 200 OK\r\n" + end, itself)]) as server:
        itself.append(server)
        found = submit_fault(server.url, Timeouts(whole=0.5))
    assert (found.kind, found.sent) == (Kind.TIMEOUT, True)


@pytest.mark.fault(48)
def test_an_endless_answer_is_capped() -> None:
    hung_up = threading.Event()

    def endless(connection: socket.socket, _asked: Asked) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                connection.sendall(b" " * 65536)
        except ConnectionError:
            hung_up.set()

    with RawServer([endless]) as server:
        found = submit_fault(server.url)
        assert hung_up.wait(10)  # also while somebody still holds the fault, and with it what it came from
    assert found.kind is Kind.TOO_LARGE


def test_a_question_is_cancelled_while_it_waits() -> None:
    cancellation = Cancellation()

    def cancel(_connection: socket.socket, _asked: Asked) -> None:
        cancellation.set()
        server.over.wait(60)

    with RawServer([cancel]) as server, pytest.raises(ServiceFault) as caught:
        service_at(server.url, Timeouts()).job("j", cancellation)
    assert caught.value.kind is Kind.CANCELLED


@pytest.mark.fault(3)
def test_an_untrusted_certificate_is_said_and_nothing_is_sent(tls: ssl.SSLContext) -> None:
    with RawServer([OK], tls=tls) as server:
        found = submit_fault(server.url)
        assert server.asked == []
    assert (found.kind, found.sent) == (Kind.TLS, False)


def test_encryption_works_and_can_be_cancelled(
    tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")  # for others than this machine
    cancellation = Cancellation()

    def cancel(_connection: socket.socket, _asked: Asked) -> None:
        cancellation.set()
        server.over.wait(60)

    with RawServer([OK, cancel], tls=tls) as server:
        service = service_at(server.url, Timeouts())
        service.complete_upload("j")
        with pytest.raises(ServiceFault) as caught:
            service.job("j", cancellation)
    assert caught.value.kind is Kind.CANCELLED


@pytest.mark.fault(55)
def test_a_missing_list_of_certificates_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "moved.pem"))
    found = submit_fault("https://service.invalid")
    assert (found.kind, found.sent) == (Kind.TLS, False)
    assert "REQUESTS_CA_BUNDLE" in found.next_step


@pytest.mark.fault(5)
def test_a_proxy_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer([reply_json("407 Proxy Authentication Required", "")]) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        found = submit_fault("https://service.invalid")
        assert proxy.asked[0].line.startswith("CONNECT service.invalid:443 HTTP/1.")
        assert proxy.asked[0].header("Authorization") is None
    assert (found.kind, found.sent) == (Kind.PROXY, False)


@pytest.mark.fault(5)
def test_a_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
    found = submit_fault("https://service.invalid")
    assert (found.kind, found.sent) == (Kind.PROXY, False)


@pytest.mark.fault(6)
def test_a_proxy_that_fails_after_it_forwarded_the_request(
    tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks like a fault of the proxy, but the service may have got the request."""
    forwarded: list[bytes] = []

    def tunnel(connection: socket.socket, _asked: Asked) -> None:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        inner = tls.wrap_socket(connection, server_side=True)
        forwarded.append(inner.recv(65536))
        reset(inner, _asked)
        inner.close()

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with RawServer([tunnel]) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        found = submit_fault("https://service.invalid")
    assert forwarded[0].startswith(b"POST /api/v1/mocap/jobs/j/complete-upload")
    assert found.sent


def test_this_machine_is_asked_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with RawServer([OK]) as server:
        service_at(server.url).complete_upload("j")
        assert len(server.asked) == 1


@pytest.mark.fault(95)
def test_outdated_encryption_is_named(tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    tls.set_ciphers("ALL@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        tls.minimum_version, tls.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with RawServer([OK], tls=tls) as server:
        found = submit_fault(server.url)
        assert server.asked == []
    assert (found.kind, found.sent) == (Kind.TLS, False)
    assert "TLS 1.1" in found.what


@pytest.mark.fault(95)
def test_a_port_without_encryption_is_named() -> None:
    def answer() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=answer)
        thread.start()
        found = submit_fault(f"https://127.0.0.1:{listening.getsockname()[1]}")
        thread.join(20)
    assert (found.kind, found.sent) == (Kind.TLS, False)
    assert "does not answer with TLS" in found.what


@pytest.mark.fault(95)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks4a"])
def test_a_socks_proxy_is_named(scheme: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, f"{scheme}://127.0.0.1:1")
    found = submit_fault("https://service.invalid")
    assert (found.kind, found.sent) == (Kind.PROXY, False)
    assert "SOCKS" in found.what


@pytest.mark.fault(95)
@pytest.mark.parametrize(
    "answer",
    [
        b"\x05\x00",
        b"\x05\xff",
        b"\x00\x5b\x00\x00\x00\x00\x00\x00",
        b"HTTP/1.0 501 Tor is not an HTTP Proxy\r\nContent-Type: text/html\r\n\r\n",
    ],
    ids=["greeting", "no way to log in", "SOCKS 4", "Tor"],
)
def test_a_socks_proxy_that_is_taken_for_an_http_one_is_named(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer([answer]) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        found = submit_fault("https://service.invalid")
        assert proxy.asked[0].line.startswith("CONNECT service.invalid:443")
    assert (found.kind, found.sent) == (Kind.PROXY, False)
    assert "SOCKS" in found.what


@pytest.mark.fault(95)
def test_a_socks_greeting_in_place_of_an_answer_is_named() -> None:
    with RawServer([b"\x05\x00"]) as server:
        found = submit_fault(server.url)
    assert (found.kind, found.sent) == (Kind.LOST, True)
    assert "SOCKS" in found.what
