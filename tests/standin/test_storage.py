"""The storage's own rules: signatures, lengths, ranges, and no bearer key."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.standin.conftest import fbx_link

from .conftest import VIDEO, ask

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Caller


def test_storage_is_another_host(caller: Caller) -> None:
    link = urlsplit(str(caller.create().data["uploadUrl"]))
    assert link.netloc != urlsplit(caller.standin.base_url).netloc


def test_a_bearer_key_is_refused_and_recorded(caller: Caller) -> None:
    link = caller.create().data["uploadUrl"]
    answer = ask("PUT", link, VIDEO, Content_Type="video/mp4", Authorization="Bearer x")
    assert answer.status == 400
    assert [text.partition(": ")[2] for text in caller.standin.violations] == ["a bearer key was sent to the storage"]


def test_a_link_is_good_for_its_method_its_object_and_its_time(caller_a: Caller) -> None:
    link = caller_a.create().data["uploadUrl"]
    assert ask("GET", link).status == 403
    assert caller_a.upload(link.replace("/source", "/other")).status == 403
    caller_a.standin.links.expire_all()
    answer = caller_a.upload(link)
    assert (answer.status, b"AccessDenied" in answer.body) == (403, True)
    assert caller_a.upload(caller_a.create().data["uploadUrl"]).status == 200


def test_an_upload_has_the_announced_size_and_the_type_of_a_video(caller_a: Caller) -> None:
    link = caller_a.create().data["uploadUrl"]
    assert caller_a.upload(link, VIDEO[:-1]).status == 403
    assert caller_a.upload(link, VIDEO, "application/octet-stream").status == 403
    assert len(caller_a.standin.violations) == 2
    assert caller_a.standin.jobs[0].upload is None


@pytest.mark.parametrize(
    ("head", "status"), [("Transfer-Encoding: chunked\r\n", b" 501 "), ("", b" 411 ")], ids=["chunked", "no length"]
)
def test_a_length_is_required(caller_a: Caller, head: str, status: bytes) -> None:
    link = urlsplit(str(caller_a.create().data["uploadUrl"]))
    with socket.create_connection((link.hostname, link.port), 10) as connection:
        text = f"PUT {link.path}?{link.query} HTTP/1.1\r\nHost: x\r\nContent-Type: video/mp4\r\n{head}\r\n"
        connection.sendall(text.encode() + b"5\r\nbytes\r\n0\r\n\r\n")
        assert status in connection.recv(65536).partition(b"\r\n")[0]
    assert caller_a.standin.jobs[0].upload is None


def test_ranges(caller_a: Caller, tmp_path: Path) -> None:
    file = tmp_path / "result.fbx"
    file.write_bytes(bytes(range(256)) * 4)
    caller_a.standin.results.fbx = file
    link = fbx_link(caller_a)
    whole = ask("GET", link)
    etag = whole.headers["etag"]
    assert (whole.status, whole.body) == (200, file.read_bytes())
    rest = ask("GET", link, Range="bytes=1000-", If_Range=etag)
    assert (rest.status, rest.body, rest.headers["content-range"]) == (
        206,
        bytes(range(232, 256)),
        "bytes 1000-1023/1024",
    )
    assert ask("GET", link, Range="bytes=10-12").body == bytes([10, 11, 12])
    assert ask("GET", link, Range="bytes=1024-").status == 416
    file.write_bytes(b"another content")
    changed = ask("GET", link, Range="bytes=1000-", If_Range=etag)
    assert (changed.status, changed.body) == (200, b"another content")
