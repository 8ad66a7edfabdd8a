"""Fixtures for whole captures under faults: names that resolve to this machine, TLS, proxies, a summary."""

import logging
import socket
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aimocap_blender.service.faults import ServiceFault
from tests.jobs.conftest import desk, folder, motion, standin, video
from tests.jobs.desk import Desk
from tests.service.conftest import certificate, no_proxies, tls
from tests.standin import Request, Results, StandIn
from tests.standin.api import Api
from tests.standin.links import Links

from .forward_proxy import ForwardProxy
from .marks import Seen

__all__ = ["certificate", "desk", "folder", "motion", "no_proxies", "standin", "tls", "video"]

NAME = "service.invalid"
"""The name in the certificate of the tests; not the loopback's, so that proxies and CA bundles are heeded."""

Ended = Callable[[Desk, str], str]


def ranges(standin: StandIn) -> list[str | None]:
    """The part of a file that each download asked for; None: the whole."""
    return [request.headers.get("range") for request in standin.requests if request.step == "download"]


@pytest.fixture
def ended(standin: StandIn, seen: Seen) -> Ended:
    """Follow a capture to where nothing more happens by itself, tell that for the table; its state."""

    def follow(desk: Desk, capture_id: str) -> str:
        view = desk.to_the_end(capture_id)
        charges = len(standin.charges)
        steps = Counter(standin.steps())
        sent = steps["complete_upload"]
        why = f" ({view.what})" if view.state not in {"done", "unconfirmed"} else ""
        more = {"create": "drafts", "upload": "uploads", "result": "times asked for links", "download": "downloads"}
        again = [f"{steps[step]} {name}" for step, name in more.items() if steps[step] > 1 + (step == "download")]
        seen(", ".join([f"{view.state}{why}", *again, f"{sent} submitted", f"{charges} charged"]))
        assert charges <= 1
        assert sent <= 1 or charges == 1
        return view.state

    return follow


@pytest.fixture(autouse=True)
def _no_secret_is_told(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Neither the key nor a signature is in what is logged or raised under any of the faults."""
    caplog.set_level(logging.DEBUG)
    raised: list[ServiceFault] = []
    secrets: set[str] = set()
    make, sign, take = ServiceFault.__init__, Links.signature, Api.account

    def remember_fault(self: ServiceFault, *arguments: object, **named: object) -> None:
        make(self, *arguments, **named)  # type: ignore[arg-type]
        raised.append(self)

    def remember_signature(self: Links, *parts: str) -> str:
        signature = sign(self, *parts)
        secrets.add(signature)
        return signature

    def remember_key(self: Api, asked: Request) -> str:
        secrets.add(asked.headers.get("authorization", "Bearer sk-none").partition(" ")[2])
        return take(self, asked)

    monkeypatch.setattr(Api, "account", remember_key)
    monkeypatch.setattr(ServiceFault, "__init__", remember_fault)
    monkeypatch.setattr(Links, "signature", remember_signature)
    yield
    logged = "".join(logging.Formatter().format(record) for record in caplog.get_records("call"))
    told = logged + "".join("".join(traceback.format_exception(fault)) + str(vars(fault)) for fault in raised)
    assert not [secret for secret in secrets if secret in told]


class Names:
    """The resolver of this process: `answers` gives a name's address, '' where it has none."""

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    names = Names()
    honest = socket.getaddrinfo

    def answer(host: str, port: int | None, family: int = 0, type: int = 0) -> object:  # noqa: A002 -- its own name
        found = names.answers.get(host)
        if found == "":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return honest(found or host, port, family, type)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return names


@pytest.fixture
def tls_standin(motion: Path, tls: object, names: Names) -> Iterator[StandIn]:
    """The stand-in under a name of its own, encrypted."""
    names.answers[NAME] = "127.0.0.1"
    with StandIn(results=Results(fbx=motion), tls=tls) as standin:  # type: ignore[arg-type]
        standin.base_url = standin.base_url.replace("127.0.0.1", NAME)
        standin.storage_url = standin.storage_url.replace("127.0.0.1", NAME)
        yield standin


@pytest.fixture
def proxy() -> Iterator[ForwardProxy]:
    with ForwardProxy() as proxy:
        yield proxy
