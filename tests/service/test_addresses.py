"""Which addresses are spoken to."""

import socket
import ssl
from pathlib import Path

import pytest

from aimocap_blender.service import addresses
from aimocap_blender.service.client import Service
from aimocap_blender.service.faults import Kind, ServiceFault

from .conftest import KEY, QUICK, nothing_moved
from .raw_server import RawServer, reply


@pytest.mark.parametrize(
    ("typed", "used"),
    [
        (" https://aimocap.net/ ", "https://aimocap.net"),
        ("https://AIMoCap.net:443/gateway//", "https://aimocap.net:443/gateway"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("http://[::1]:80", "http://[::1]:80"),
        ("http://192.168.1.7", "http://192.168.1.7"),
        ("http://gateway:8080", "http://gateway:8080"),
    ],
)
def test_service_addresses(typed: str, used: str) -> None:
    assert addresses.service_address(typed) == used
    assert addresses.service_address(used) == used


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "aimocap.net",
        "ftp://aimocap.net",
        "file:///etc/passwd",
        "https://",
        "https://user@aimocap.net",
        "https://user:pw@aimocap.net",
        "https://@aimocap.net",
        "https://aimocap.net?x=1",
        "https://aimocap.net#x",
        "https://aimocap.net:99999",
        "https://aimo cap.net",
        "https://aimocap.net\\@evil.example",
        "https://aimocap.net\nx",
        "http://8.8.8.8",
        "http://169.254.169.254",
        "https://[::1",
    ],
)
def test_unusable_service_addresses(typed: str) -> None:
    with pytest.raises(ServiceFault) as caught:
        addresses.service_address(typed)
    assert caught.value.kind is Kind.ADDRESS


PUBLIC_LINKS = ["https://storage.example/a?b=c", "https://storage.example:8443/a"]
LOCAL_LINKS = [
    "https://localhost/a",
    "http://127.0.0.1:9000/a",
    "https://10.0.0.1/a",
    "http://[::1]/a",
    "http://minio/a",
]
NEVER = [
    "",
    "file:///etc/passwd",
    "ftp://storage.example/a",
    "data:,x",
    "https://user@storage.example/a",
    "https://user:pw@storage.example/a",
    "https://8.8.8.8/a",
    "http://8.8.8.8/a",
    "https://169.254.169.254/latest",
    "http://[fe80::1]/a",
    "https://0.0.0.0/a",
    "https://[::ffff:169.254.169.254]/a",
    "https://storage.example/a b",
    "https://storage.example\\@127.0.0.1/",
    "https://storage.example/" + "a" * 9000,
    "https:///a",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("local_allowed", [False, True])
@pytest.mark.parametrize("link", PUBLIC_LINKS)
def test_public_links_are_followed(link: str, local_allowed: bool) -> None:
    addresses.check_link(link, local_allowed=local_allowed)


@pytest.mark.parametrize("link", [*LOCAL_LINKS, "https://[::ffff:127.0.0.1]/a"])
def test_local_links_are_followed_only_for_a_local_service(link: str) -> None:
    addresses.check_link(link, local_allowed=True)
    with pytest.raises(ServiceFault) as caught:
        addresses.check_link(link, local_allowed=False)
    assert caught.value.kind is Kind.UNSAFE_LINK


@pytest.mark.parametrize("local_allowed", [False, True])
@pytest.mark.parametrize("link", NEVER)
def test_other_links_never_are(link: str, local_allowed: bool) -> None:
    with pytest.raises(ServiceFault):
        addresses.check_link(link, local_allowed=local_allowed)


def rebind(monkeypatch: pytest.MonkeyPatch, name: str, address: str) -> None:
    honest = socket.getaddrinfo

    def answer(host: str, port: int | None, family: int = 0, type: int = 0) -> object:  # noqa: A002 -- its own name
        return honest(address if host == name else host, port, family, type)

    monkeypatch.setattr(socket, "getaddrinfo", answer)


@pytest.mark.fault(47)
def test_a_name_that_turns_out_to_be_this_machine_gets_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tls: ssl.SSLContext,
    certificate: Path,
) -> None:
    rebind(monkeypatch, "service.invalid", "127.0.0.1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with RawServer([reply("200 OK", b"x")], tls=tls) as server:
        with pytest.raises(ServiceFault) as caught:
            Service("https://aimocap.invalid", KEY, QUICK).download(
                f"https://service.invalid:{server.port}/a", tmp_path / "a", 10, nothing_moved
            )
        assert server.asked == []
    assert (caught.value.kind, caught.value.sent) == (Kind.UNSAFE_LINK, False)


def test_a_service_by_name_in_the_private_network_may_hand_out_local_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebind(monkeypatch, "gateway", "127.0.0.1")
    with RawServer([reply("200 OK", b"x")]) as server:
        service = Service(f"http://gateway:{server.port}", KEY, QUICK)
        stored = service.download(f"http://127.0.0.1:{server.port}/a", tmp_path / "a", 10, nothing_moved)
        assert stored.size == 1


def test_the_bearer_is_not_sent_unencrypted_to_a_public_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        addresses, "is_local", lambda number: not number.is_loopback
    )  # this machine plays the public one
    rebind(monkeypatch, "service.example", "127.0.0.1")
    with RawServer([reply("200 OK", b"{}")]) as server:
        with pytest.raises(ServiceFault) as caught:
            Service(f"http://service.example:{server.port}", KEY, QUICK).job("j")
        assert server.asked == []
    assert (caught.value.kind, caught.value.sent) == (Kind.ADDRESS, False)
