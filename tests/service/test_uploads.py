"""Uploads: streamed with their length, whole or a fault, to be stopped at any moment."""

import hashlib
import socket
import threading
from pathlib import Path

import pytest

from aimocap_blender.service.faults import Kind, ServiceFault
from aimocap_blender.service.interruption import Cancellation, Timeouts

from .conftest import nothing_moved, service_at
from .raw_server import Asked, RawServer, drip, reply, reset


def upload_fault(server: RawServer, video: Path, size: int | None = None) -> ServiceFault:
    with pytest.raises(ServiceFault) as caught:
        service_at(server.url).storage.upload(
            f"{server.url}/put?sig=1", video, size or video.stat().st_size, nothing_moved
        )
    return caught.value


def big(tmp_path: Path) -> Path:
    """More than all buffers between two sockets hold."""
    file = tmp_path / "big.mov"
    file.write_bytes(bytes(64 * 2**20))
    return file


def test_an_upload_is_the_file_with_its_length(video: Path) -> None:
    seen: list[tuple[int, int]] = []
    with RawServer([reply("200 OK", ETag='"e1"')]) as server:
        etag = service_at(server.url).storage.upload(
            f"{server.url}/put?X-Sig=a%2Fb", video, video.stat().st_size, lambda done, total: seen.append((done, total))
        )
    (asked,) = server.asked
    assert asked.line == "PUT /put?X-Sig=a%2Fb HTTP/1.1"
    assert asked.header("Content-Length") == str(video.stat().st_size)
    assert asked.header("Transfer-Encoding") is None
    assert asked.header("Content-Type") == "video/mp4"
    assert asked.body == video.read_bytes()
    assert etag == '"e1"'
    assert seen == sorted(seen)
    assert seen[-1] == (len(asked.body), len(asked.body))


@pytest.mark.fault(85)
@pytest.mark.parametrize("form", ["quoted", "bare", "upper case"])
def test_an_etag_that_is_the_md5_fits_in_every_form(form: str, video: Path) -> None:
    md5 = hashlib.md5(video.read_bytes(), usedforsecurity=False).hexdigest()
    etag = {"quoted": f'"{md5}"', "bare": md5, "upper case": f'"{md5.upper()}"'}[form]
    with RawServer([reply("200 OK", ETag=etag)]) as server:
        service_at(server.url).storage.upload(f"{server.url}/put", video, video.stat().st_size, nothing_moved)
        assert len(server.asked) == 1


@pytest.mark.fault(85)
@pytest.mark.parametrize("etag", [f'W/"{"0" * 32}"', f'"{"0" * 32}-2"', f'"{"0" * 31}"', f'"{"0" * 64}"'])
def test_an_etag_that_can_be_no_md5_is_not_compared(etag: str, video: Path) -> None:
    with RawServer([reply("200 OK", ETag=etag)]) as server:
        service_at(server.url).storage.upload(f"{server.url}/put", video, video.stat().st_size, nothing_moved)
        assert len(server.asked) == 1


@pytest.mark.fault(85)
def test_the_second_upload_is_the_whole_file_and_its_progress_starts_over(video: Path) -> None:
    seen: list[int] = []
    size = video.stat().st_size
    with RawServer([reply("200 OK", ETag=f'"{"0" * 32}"'), reply("200 OK", ETag='"fresh"')]) as server:
        etag = service_at(server.url).storage.upload(
            f"{server.url}/put", video, size, lambda done, _total: seen.append(done)
        )
    assert [asked.body == video.read_bytes() for asked in server.asked] == [True, True]
    assert etag == '"fresh"'
    assert seen.count(size) == 2
    assert seen == 2 * seen[: len(seen) // 2]


@pytest.mark.fault(85)
def test_a_success_before_the_whole_file_was_sent_is_none(tmp_path: Path) -> None:
    def accept(connection: socket.socket, _asked: Asked) -> None:
        connection.sendall(reply("200 OK", ETag='"e1"'))  # then closed with the upload unread, which resets it

    with RawServer([accept], reads_body=False) as server:
        found = upload_fault(server, big(tmp_path))
        assert len(server.asked) == 1
    assert (found.kind, found.http_status, found.sent) == (Kind.LOST, 200, True)


@pytest.mark.parametrize(
    ("suffix", "expected"),
    [
        (".MOV", "video/quicktime"),
        (".qt", "video/quicktime"),
        (".webm", "video/webm"),
        (".mkv", "video/x-matroska"),
        (".mts", "video/mp2t"),
        (".M2TS", "video/mp2t"),
        (".ts", "video/mp2t"),
        (".3gp", "video/3gpp"),
        (".flv", "video/x-flv"),
        (".unknown", "video/mp4"),
        ("", "video/mp4"),
    ],
)
def test_the_content_type_is_the_videos(suffix: str, expected: str, tmp_path: Path) -> None:
    file = tmp_path / f"clip{suffix}"
    file.write_bytes(b"x")
    with RawServer([reply("200 OK")]) as server:
        service_at(server.url).storage.upload(f"{server.url}/put", file, 1, nothing_moved)
    assert server.asked[0].header("Content-Type") == expected


@pytest.mark.fault(40)
def test_an_empty_file_is_not_sent(tmp_path: Path) -> None:
    empty = tmp_path / "empty.mp4"
    empty.touch()
    with RawServer([reply("200 OK")]) as server:
        with pytest.raises(ServiceFault) as caught:
            service_at(server.url).storage.upload(f"{server.url}/put", empty, 0, nothing_moved)
        assert server.asked == []
    assert caught.value.kind is Kind.SOURCE_CHANGED


@pytest.mark.parametrize("difference", [-1, 1])
def test_a_file_of_another_size_is_not_sent(difference: int, video: Path) -> None:
    with RawServer([reply("200 OK")]) as server:
        found = upload_fault(server, video, video.stat().st_size + difference)
        assert server.asked == []
    assert found.kind is Kind.SOURCE_CHANGED


def test_a_file_that_is_gone_is_not_sent(video: Path) -> None:
    size = video.stat().st_size
    video.unlink()
    with RawServer([reply("200 OK")]) as server:
        assert upload_fault(server, video, size).kind is Kind.SOURCE_CHANGED


@pytest.mark.fault(39)
def test_a_file_that_shrinks_meanwhile_is_a_fault(tmp_path: Path) -> None:
    file = big(tmp_path)
    shrunk = threading.Event()

    def shrink(_done: int, _total: int) -> None:
        if not shrunk.is_set():
            shrunk.set()
            with file.open("r+b") as open_file:
                open_file.truncate(2**20)

    with RawServer([reply("200 OK")]) as server, pytest.raises(ServiceFault) as caught:
        service_at(server.url).storage.upload(f"{server.url}/put", file, file.stat().st_size, shrink)
    assert caught.value.kind is Kind.SOURCE_CHANGED


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("302 Found", Kind.REDIRECT),
        ("303 See Other", Kind.REDIRECT),
        ("401 Unauthorized", Kind.LINK_EXPIRED),
        ("403 Forbidden", Kind.LINK_EXPIRED),
        ("404 Not Found", Kind.LINK_EXPIRED),
        ("411 Length Required", Kind.STORAGE_REFUSED),
        ("400 Bad Request", Kind.STORAGE_REFUSED),
        ("408 Request Timeout", Kind.TIMEOUT),
        ("429 Too Many Requests", Kind.BUSY),
        ("503 Slow Down", Kind.SERVER),
    ],
)
def test_upload_without_a_success_is_a_fault(status: str, kind: Kind, video: Path) -> None:
    with RawServer([reply(status, Location="/elsewhere")]) as server:
        found = upload_fault(server, video)
        assert len(server.asked) == 1
    assert found.kind is kind


def test_an_expired_link_is_recognised_by_its_words_too(video: Path) -> None:
    body = b"<Error><Code>ExpiredToken</Code></Error>"
    with RawServer([reply("400 Bad Request", body)]) as server:
        assert upload_fault(server, video).kind is Kind.LINK_EXPIRED


@pytest.mark.fault(34)
def test_a_refusal_before_the_body_is_read_is_still_understood(tmp_path: Path) -> None:
    def refuse(connection: socket.socket, _asked: Asked) -> None:
        connection.sendall(reply("403 Forbidden", b"<Code>AccessDenied</Code>"))
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(2**20):  # as a proxy does, for a while, so that its answer arrives
            pass

    with RawServer([refuse], reads_body=False) as server:
        assert upload_fault(server, big(tmp_path)).kind is Kind.LINK_EXPIRED


@pytest.mark.fault(34)
def test_a_refusal_that_is_followed_by_a_reset_is_still_understood(tmp_path: Path) -> None:
    def refuse(connection: socket.socket, _asked: Asked) -> None:
        connection.sendall(reply("403 Forbidden"))  # then closed with the upload unread, which resets it

    with RawServer([refuse], reads_body=False) as server:
        assert upload_fault(server, big(tmp_path)).kind is Kind.LINK_EXPIRED


@pytest.mark.fault(7)
def test_a_reset_in_the_middle_is_a_lost_connection(tmp_path: Path) -> None:
    with RawServer([reset], reads_body=False) as server:
        found = upload_fault(server, big(tmp_path))
    assert (found.kind, found.sent) == (Kind.LOST, True)


@pytest.mark.fault(8)
def test_it_is_cancelled_while_the_server_does_not_read(tmp_path: Path) -> None:
    stuck, faults = threading.Event(), list[ServiceFault]()

    def never_read(_connection: socket.socket, _asked: Asked) -> None:
        server.over.wait(60)

    def send() -> None:
        try:
            service.storage.upload(
                f"{server.url}/put", file, file.stat().st_size, lambda _done, _total: stuck.set(), cancellation
            )
        except ServiceFault as fault:
            faults.append(fault)

    file, cancellation = big(tmp_path), Cancellation()
    with RawServer([never_read], reads_body=False) as server:
        service = service_at(server.url, Timeouts())  # would wait for a minute by itself
        thread = threading.Thread(target=send)
        thread.start()
        assert server.arrived.wait(20)
        assert stuck.wait(20)
        cancellation.set()
        thread.join(20)
        assert not thread.is_alive()
    assert [fault.kind for fault in faults] == [Kind.CANCELLED]


def test_upload_that_is_cancelled_before_it_begins_is_not_sent(video: Path) -> None:
    cancellation = Cancellation()
    cancellation.set()
    with RawServer([reply("200 OK")]) as server:
        with pytest.raises(ServiceFault) as caught:
            service_at(server.url).storage.upload(
                f"{server.url}/put", video, video.stat().st_size, nothing_moved, cancellation
            )
        assert server.asked == []
    assert caught.value.kind is Kind.CANCELLED


def test_a_success_whose_head_never_ends_is_none(video: Path) -> None:
    itself: list[RawServer] = []
    with RawServer([drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", itself)]) as server:
        itself.append(server)
        with pytest.raises(ServiceFault) as caught:
            service_at(server.url, Timeouts(whole=0.5)).storage.upload(
                f"{server.url}/put", video, video.stat().st_size, nothing_moved
            )
    assert caught.value.kind is Kind.TIMEOUT


@pytest.mark.fault(8)
def test_a_server_that_stops_reading_is_given_up(tmp_path: Path) -> None:
    def never_read(_connection: socket.socket, _asked: Asked) -> None:
        server.over.wait(60)

    file = big(tmp_path)
    with RawServer([never_read], reads_body=False) as server, pytest.raises(ServiceFault) as caught:
        service_at(server.url, Timeouts(send=0.2, answer=30, whole=30)).storage.upload(
            f"{server.url}/put", file, file.stat().st_size, nothing_moved
        )
    assert (caught.value.kind, caught.value.sent) == (Kind.TIMEOUT, True)


@pytest.mark.fault(84)
def test_an_upload_below_the_minimum_rate_is_given_up(tmp_path: Path) -> None:
    def read_slowly(connection: socket.socket, _asked: Asked) -> None:
        while connection.recv(2**16):
            server.over.wait(0.1)

    file = big(tmp_path)
    with RawServer([read_slowly], reads_body=False) as server, pytest.raises(ServiceFault) as caught:
        service_at(server.url, Timeouts(send=30, answer=30, whole=30, stall=0.5, slowest=4e6)).storage.upload(
            f"{server.url}/put", file, file.stat().st_size, nothing_moved
        )
    assert (caught.value.kind, caught.value.sent) == (Kind.TIMEOUT, True)


def test_an_answer_has_its_own_patience_after_the_last_byte(video: Path) -> None:
    """A storage that looks through a large file before it answers isn't slow."""

    def think(connection: socket.socket, _asked: Asked) -> None:
        server.over.wait(0.6)
        connection.sendall(reply("200 OK", ETag='"e1"'))

    with RawServer([think]) as server:
        service = service_at(server.url, Timeouts(whole=20, stall=0.3, slowest=1e9))
        assert service.storage.upload(f"{server.url}/put", video, video.stat().st_size, nothing_moved) == '"e1"'
