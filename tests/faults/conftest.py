"""What the tests of whole captures under faults share: names that resolve to this machine, TLS, proxies, a summary."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.jobs.conftest import desk, folder, motion, standin, video
from tests.jobs.desk import Desk
from tests.service.conftest import _no_proxies, certificate, tls
from tests.standin import Results, StandIn

from .forward_proxy import ForwardProxy
from .marks import Seen

__all__ = ["_no_proxies", "certificate", "desk", "folder", "motion", "standin", "tls", "video"]

NAME = "service.invalid"
"""What the certificate of the tests is for; not the loopback by name, so that proxies and CA bundles are heeded."""

Ended = Callable[[Desk, str], str]


@pytest.fixture
def ended(standin: StandIn, seen: Seen) -> Ended:
    """Follow a capture to where nothing more happens by itself, tell that for the table; its state."""

    def follow(desk: Desk, capture_id: str) -> str:
        view = desk.to_the_end(capture_id)
        charges = len(standin.charges)
        sent = standin.steps().count("complete_upload")
        why = f" ({view.what})" if view.state not in {"done", "unconfirmed"} else ""
        seen(f"{view.state}{why}, {sent} submitted, {charges} charged")
        assert charges <= 1
        assert sent <= 1 or charges == 1
        return view.state

    return follow


class Names:
    """The resolver of this process: `answers` gives a name's addresses, one for each look-up, the last for ever."""

    def __init__(self) -> None:
        self.answers: dict[str, list[str]] = {}

    def look_up(self, name: str) -> str | None:
        known = self.answers.get(name)
        if known is None:
            return None
        return known.pop(0) if len(known) > 1 else known[0]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    names = Names()
    honest = socket.getaddrinfo

    def answer(host: str, port: int | None, family: int = 0, type: int = 0) -> object:  # noqa: A002 -- its own name
        found = names.look_up(host)
        if found == "":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return honest(found or host, port, family, type)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return names


@pytest.fixture
def tls_standin(motion: Path, tls: object, names: Names) -> Iterator[StandIn]:
    """The stand-in under a name of its own, encrypted."""
    names.answers[NAME] = ["127.0.0.1"]
    with StandIn(results=Results(fbx=motion), tls=tls) as standin:  # type: ignore[arg-type]
        standin.base_url = standin.base_url.replace("127.0.0.1", NAME)
        standin.storage_url = standin.storage_url.replace("127.0.0.1", NAME)
        yield standin


@pytest.fixture
def proxy() -> Iterator[ForwardProxy]:
    with ForwardProxy() as proxy:
        yield proxy
