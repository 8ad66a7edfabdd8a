"""Downloads: whole or a fault, gone on with where they broke, never endless."""

import gzip
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from aimocap_blender.service.faults import Kind, ServiceFault
from aimocap_blender.service.interruption import Cancellation, Timeouts
from aimocap_blender.service.transfers import StoredFile

from .conftest import QUICK, nothing_moved, service_at
from .raw_server import Answer, Asked, RawServer, drip, reply, reset

WHOLE = bytes(range(256)) * 400
LARGEST = 10 * len(WHOLE)


def half(etag: str = '"v1"', length: int = len(WHOLE)) -> bytes:
    """An answer that promises the whole file and breaks off in its middle."""
    return reply("200 OK", WHOLE[: len(WHOLE) // 2], ETag=etag, Content_Length=str(length))


def the_rest(etag: str = '"v1"') -> Callable[[socket.socket, Asked], None]:
    def answer(connection: socket.socket, asked: Asked) -> None:
        wanted = asked.header("Range")
        assert wanted is not None
        start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        span = f"bytes {start}-{len(WHOLE) - 1}/{len(WHOLE)}"
        connection.sendall(reply("206 Partial Content", WHOLE[start:], ETag=etag, Content_Range=span))

    return answer


def fetch(server: RawServer, folder: Path, largest: int = LARGEST, timeouts: Timeouts = QUICK) -> StoredFile:
    service = service_at(server.url, timeouts)
    return service.storage.download(f"{server.url}/motion?sig=1", folder / "motion.fbx", largest, nothing_moved)


def fetch_fault(server: RawServer, folder: Path, largest: int = LARGEST, timeouts: Timeouts = QUICK) -> ServiceFault:
    with pytest.raises(ServiceFault) as caught:
        fetch(server, folder, largest, timeouts)
    assert not (folder / "motion.fbx").exists()
    return caught.value


def test_a_download_is_the_file_alone(tmp_path: Path) -> None:
    with RawServer([reply("200 OK", WHOLE, ETag='"v1"')]) as server:
        stored = fetch(server, tmp_path)
    assert (stored.size, stored.etag) == (len(WHOLE), '"v1"')
    assert [file.name for file in tmp_path.iterdir()] == ["motion.fbx"]
    assert stored.path.read_bytes() == WHOLE
    assert server.asked[0].header("Accept-Encoding") == "identity"


@pytest.mark.fault(28)
def test_a_shortened_body_is_noticed_and_gone_on_with(tmp_path: Path) -> None:
    with RawServer([half(), the_rest()]) as server:
        assert fetch_fault(server, tmp_path).kind in {Kind.TRUNCATED, Kind.LOST}
        stored = fetch(server, tmp_path)
    assert stored.path.read_bytes() == WHOLE
    assert server.asked[1].header("Range") == f"bytes={len(WHOLE) // 2}-"
    assert server.asked[1].header("If-Range") == '"v1"'
    assert [file.name for file in tmp_path.iterdir()] == ["motion.fbx"]


@pytest.mark.fault(31)
def test_another_version_starts_over(tmp_path: Path) -> None:
    other = WHOLE[::-1]
    with RawServer([half(), reply("200 OK", other, ETag='"v2"')]) as server:
        fetch_fault(server, tmp_path)
        assert fetch(server, tmp_path).path.read_bytes() == other


@pytest.mark.fault(30)
@pytest.mark.parametrize(
    "wrong",
    [
        {"Content_Range": f"bytes 1-{len(WHOLE) - 1}/{len(WHOLE)}"},
        {"Content_Range": f"bytes {len(WHOLE) // 2}-{len(WHOLE) - 2}/{len(WHOLE)}"},
        {"Content_Range": "bytes */100"},
        {"Content_Range": "nonsense"},
        {},
        {"Content_Range": f"bytes {len(WHOLE) // 2}-{len(WHOLE) - 1}/{len(WHOLE)}", "ETag": '"v2"'},
    ],
)
def test_a_part_that_does_not_fit_is_dropped(wrong: dict[str, str], tmp_path: Path) -> None:
    unfit = reply("206 Partial Content", WHOLE[len(WHOLE) // 2 :], **wrong)
    with RawServer([half(), unfit, reply("200 OK", WHOLE)]) as server:
        fetch_fault(server, tmp_path)
        fetch_fault(server, tmp_path)
        assert fetch(server, tmp_path).path.read_bytes() == WHOLE
    assert server.asked[2].header("Range") is None


def test_a_refused_range_starts_over(tmp_path: Path) -> None:
    with RawServer([half(), reply("416 Range Not Satisfiable"), reply("200 OK", WHOLE)]) as server:
        fetch_fault(server, tmp_path)
        fetch_fault(server, tmp_path)
        assert fetch(server, tmp_path).path.read_bytes() == WHOLE


@pytest.mark.parametrize("etag", ["", 'W/"v1"'])
def test_bytes_of_no_certain_version_are_not_gone_on_with(etag: str, tmp_path: Path) -> None:
    with RawServer([half(etag), reply("200 OK", WHOLE)]) as server:
        fetch_fault(server, tmp_path)
        assert fetch(server, tmp_path).path.read_bytes() == WHOLE
    assert server.asked[1].header("Range") is None


@pytest.mark.parametrize("kept", [b"", b"{", b"[]", b'{"etag": 5}', b'{"etag": "\\"v\\u20ac\\""}', b"[" * 100000])
def test_a_damaged_mark_only_costs_a_fresh_start(kept: bytes, tmp_path: Path) -> None:
    with RawServer([half(), reply("200 OK", WHOLE)]) as server:
        fetch_fault(server, tmp_path)
        (tmp_path / "motion.fbx.part.json").write_bytes(kept)
        assert fetch(server, tmp_path).path.read_bytes() == WHOLE
    assert server.asked[1].header("Range") is None


def test_a_reset_is_gone_on_with_too(tmp_path: Path) -> None:
    def break_off(connection: socket.socket, asked: Asked) -> None:
        connection.sendall(half())
        taken.wait(20)
        reset(connection, asked)

    taken = threading.Event()
    with RawServer([break_off, the_rest()]) as server:
        with pytest.raises(ServiceFault) as caught:
            service_at(server.url).storage.download(
                f"{server.url}/m", tmp_path / "motion.fbx", LARGEST, lambda _done, _total: taken.set()
            )
        assert caught.value.kind in {Kind.LOST, Kind.TRUNCATED}
        assert fetch(server, tmp_path).path.read_bytes() == WHOLE


@pytest.mark.parametrize(
    "answer",
    [
        reply("200 OK", WHOLE),
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + WHOLE,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(WHOLE), WHOLE),
    ],
    ids=["announced", "until the end", "chunked"],
)
def test_no_more_is_taken_than_allowed(answer: Answer, tmp_path: Path) -> None:
    with RawServer([answer]) as server:
        assert fetch_fault(server, tmp_path, largest=len(WHOLE) - 1).kind is Kind.TOO_LARGE
        assert list(tmp_path.iterdir()) == []
        assert fetch(server, tmp_path, largest=len(WHOLE)).size == len(WHOLE)


def test_a_cut_chunked_body_is_noticed(tmp_path: Path) -> None:
    with RawServer([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\nabc" % 1000]) as server:
        assert fetch_fault(server, tmp_path).kind in {Kind.LOST, Kind.TRUNCATED}


@pytest.mark.fault(49)
def test_a_compressed_body_is_refused_not_inflated(tmp_path: Path) -> None:
    with RawServer([reply("200 OK", gzip.compress(bytes(10**6)), Content_Encoding="gzip")]) as server:
        assert fetch_fault(server, tmp_path).kind is Kind.BAD_ANSWER


@pytest.mark.parametrize(
    ("status", "kind"),
    [("403 Forbidden", Kind.LINK_EXPIRED), ("410 Gone", Kind.LINK_EXPIRED), ("500 Oops", Kind.SERVER)],
)
def test_refusals(status: str, kind: Kind, tmp_path: Path) -> None:
    with RawServer([reply(status, b"<html>")]) as server:
        assert fetch_fault(server, tmp_path).kind is kind


@pytest.mark.fault(10)
def test_a_dripping_body_is_given_up(tmp_path: Path) -> None:
    itself: list[RawServer] = []
    start = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
    with RawServer([drip(start, itself)]) as server:
        itself.append(server)
        assert fetch_fault(server, tmp_path, timeouts=Timeouts(stall=0.5)).kind is Kind.TIMEOUT


@pytest.mark.fault(84)
def test_a_body_below_the_minimum_rate_is_given_up_and_gone_on_with(tmp_path: Path) -> None:
    """Large drops count by their size, not as signs of life."""

    def drops(connection: socket.socket, _asked: Asked) -> None:
        head = f'HTTP/1.1 200 OK\r\nContent-Length: {len(WHOLE)}\r\nETag: "v1"\r\n\r\n'
        connection.sendall(head.encode())
        for at in range(0, len(WHOLE), 20_000):
            connection.sendall(WHOLE[at : at + 20_000])
            server.over.wait(0.3)

    with RawServer([drops, the_rest()]) as server:
        slow = Timeouts(stall=0.5, slowest=150_000)
        found = fetch_fault(server, tmp_path, timeouts=slow)
        assert (found.kind, found.sent) == (Kind.TIMEOUT, True)
        kept = (tmp_path / "motion.fbx.part").stat().st_size
        assert 0 < kept < len(WHOLE)
        assert fetch(server, tmp_path).path.read_bytes() == WHOLE
    assert server.asked[1].header("Range") == f"bytes={kept}-"


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
def test_a_line_that_becomes_slow_is_read_as_its_bytes_come(chunked: bool, tmp_path: Path) -> None:
    """The other end sends on only when what it sent was taken: less than comes at once on a quick line."""
    burst, few = WHOLE[: 2**16], 2**14
    moved = threading.Condition()
    taken = 0

    def progress(size: int, _total: int) -> None:
        nonlocal taken
        with moved:
            taken = size
            moved.notify_all()

    def framed(body: bytes) -> bytes:
        return b"%x\r\n%s\r\n" % (len(body), body) if chunked else body

    def slow(connection: socket.socket, _asked: Asked) -> None:
        how = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(WHOLE)}"
        connection.sendall(f"HTTP/1.1 200 OK\r\n{how}\r\n\r\n".encode() + framed(burst))
        for at in range(len(burst), len(WHOLE), few):
            with moved:
                while taken <= at - few:
                    assert moved.wait(20)
            connection.sendall(framed(WHOLE[at : at + few]))
        connection.sendall(b"0\r\n\r\n" if chunked else b"")
        server.over.wait(20)  # an end that is announced needs no closing

    with RawServer([slow]) as server:
        stored = service_at(server.url, Timeouts(stall=2)).storage.download(
            f"{server.url}/m", tmp_path / "motion.fbx", LARGEST, progress
        )
    assert stored.path.read_bytes() == WHOLE


@pytest.mark.parametrize("start", [half(), b"HTTP/1.1 200 OK\r\n\r\n" + WHOLE], ids=["announced", "until the end"])
def test_it_is_cancelled_in_the_middle(start: bytes, tmp_path: Path) -> None:
    def half_and_wait(connection: socket.socket, _asked: Asked) -> None:
        connection.sendall(start)
        server.over.wait(60)

    cancellation = Cancellation()
    with RawServer([half_and_wait]) as server, pytest.raises(ServiceFault) as caught:
        service_at(server.url, Timeouts()).storage.download(
            f"{server.url}/m", tmp_path / "motion.fbx", LARGEST, lambda _done, _total: cancellation.set(), cancellation
        )
    assert caught.value.kind is Kind.CANCELLED
    assert not (tmp_path / "motion.fbx").exists()


def test_a_file_that_cannot_be_written_is_the_disks_fault(tmp_path: Path) -> None:
    with RawServer([reply("200 OK", WHOLE)]) as server:
        assert fetch_fault(server, tmp_path / "missing").kind is Kind.DISK
