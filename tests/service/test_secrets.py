"""No key and no presigned query in what is shown, raised or logged."""

import logging
import socket
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from aimocap_blender.service.answers import plain
from aimocap_blender.service.client import Service
from aimocap_blender.service.faults import ServiceFault

from .conftest import KEY, nothing_moved, service_at
from .raw_server import Answer, RawServer, reply, reply_json, reset

SIGNATURE = "X-Amz-Signature=5ecr3t"

Call = Callable[[Service, str, Path], object]


def put(service: Service, url: str, video: Path) -> object:
    return service.storage.upload(f"{url}/put?{SIGNATURE}", video, video.stat().st_size, nothing_moved)


def get(service: Service, url: str, video: Path) -> object:
    return service.storage.download(f"{url}/get?{SIGNATURE}", video.with_name("motion.fbx"), 100, nothing_moved)


def look(service: Service, _url: str, _video: Path) -> object:
    return service.job("j")


ECHO = f'{{"code": "odd", "message": "{KEY} may not use https://s3.example/a?{SIGNATURE} (Bearer {KEY})"}}'


@pytest.mark.parametrize("call", [put, get, look])
@pytest.mark.parametrize(
    "answer",
    [
        reset,
        reply("500 Oops"),
        reply("403 Forbidden", SIGNATURE.encode()),
        b"nonsense",
        *(reply_json(status, ECHO) for status in ("400 Bad", "401 No", "403 No", "409 No", "500 Oops")),
    ],
    ids=["reset", "500", "403", "nonsense", "echo-400", "echo-401", "echo-403", "echo-409", "echo-500"],
)
def test_nothing_secret_is_reported(call: Call, answer: Answer, video: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with RawServer([answer]) as server, pytest.raises(ServiceFault) as caught:
        call(service_at(server.url), server.url, video)
    fault = caught.value
    reported = f"{fault} {fault!r} {fault.what} {fault.next_step} {fault.code} {vars(fault)}"
    reported += "".join(traceback.format_exception(fault)) + caplog.text
    assert "5ecr3t" not in reported
    assert KEY not in reported


def test_not_even_when_nobody_listens(video: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    with pytest.raises(ServiceFault) as caught:
        put(service_at(url), url, video)
    assert "5ecr3t" not in "".join(traceback.format_exception(caught.value)) + caplog.text


def test_others_logs_are_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with RawServer([reply_json("404 Not Found", "{}")]) as server:
        service_at(server.url).check()
    logging.getLogger("urllib3.connectionpool").debug("somebody else's")
    assert "somebody else's" in caplog.text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("a\nb\tc\x00d", "a b c d"),
        ("lone \ud800 half", "lone ? half"),
        ("see https://u:p@host/x?sig=1#f now", "see https://host/x?… now"),
        ("sk-abc123 is wrong", "sk-… is wrong"),
        ("x" * 500, "x" * 199 + "…"),
    ],
)
def test_text_from_elsewhere_is_made_fit_to_show(said: str, shown: str) -> None:
    assert plain(said) == shown
