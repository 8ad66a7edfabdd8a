"""Which addresses are spoken to."""

import socket
import ssl
from contextlib import nullcontext
from ipaddress import IPv4Address, IPv6Address
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
        ("http://my_gateway.", "http://my_gateway."),
        ("https://Bücher.example:8443/a", "https://xn--bcher-kva.example:8443/a"),
        ("https://straße.example", "https://xn--strae-oqa.example"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("https://b%C3%BCcher.example", "https://xn--bcher-kva.example"),
        ("https://%61imocap.net", "https://aimocap.net"),
        ("http://\uff11\uff12\uff17.0.0.1", "http://127.0.0.1"),
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
        "http://%38.8.8.8",
        "https://[::1",
        "https://☃.example",
        "https://b%FCcher.example",
        "https://aimocap.net%2F.example",
        "https://aimocap.net%40evil.example",
        "https://%5B::1%5D",
        "https://bücher..example",
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
    "https://%31%32%37.0.0.1/a",
    "https://localhost./a",
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
    "https://storage%2fexample/a",
    "https://[64:ff9b::7f00:1]/a",
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
            Service("https://aimocap.invalid", KEY, QUICK).storage.download(
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
        stored = service.storage.download(f"http://127.0.0.1:{server.port}/a", tmp_path / "a", 10, nothing_moved)
        assert stored.size == 1


def test_the_bearer_is_not_sent_unencrypted_to_a_public_host(monkeypatch: pytest.MonkeyPatch) -> None:
    def is_not_here(number: IPv4Address | IPv6Address) -> bool:
        return not number.is_loopback

    monkeypatch.setattr(addresses, "is_local", is_not_here)  # this machine plays the public one
    rebind(monkeypatch, "service.example", "127.0.0.1")
    with RawServer([reply("200 OK", b"{}")]) as server:
        with pytest.raises(ServiceFault) as caught:
            Service(f"http://service.example:{server.port}", KEY, QUICK).job("j")
        assert server.asked == []
    assert (caught.value.kind, caught.value.sent) == (Kind.ADDRESS, False)


@pytest.mark.fault(95)
@pytest.mark.parametrize("host", ["Bücher.invalid", "b%C3%BCcher.invalid", "%62%C3%BCcher.invalid"])
def test_a_service_with_an_international_name_gets_the_key(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rebind(monkeypatch, "xn--bcher-kva.invalid", "127.0.0.1")
    with RawServer([reply("200 OK", b"{}")]) as server:
        Service(f"http://{host}:{server.port}/bücher", KEY, QUICK).complete_upload("j")
        (asked,) = server.asked
    assert asked.header("Authorization") == f"Bearer {KEY}"
    assert asked.header("Host") == f"xn--bcher-kva.invalid:{server.port}"
    assert asked.line.startswith("POST /b%C3%BCcher/api/v1/")


@pytest.mark.fault(95)
@pytest.mark.parametrize("typed", ["https://☃.example", "https://aimocap.net%2F.example"])
def test_a_host_name_that_is_none_is_named(typed: str) -> None:
    with pytest.raises(ServiceFault, match="host name"):
        addresses.service_address(typed)


@pytest.mark.fault(95)
@pytest.mark.parametrize(
    ("peer", "public"),
    [
        ("93.184.216.34", True),
        ("2606:4700::1111", True),
        ("64:ff9b::808:808", True),  # as an IPv6-only mobile network reaches 8.8.8.8
        ("64:ff9b:1::808:808", True),
        ("2002:808:808::1", True),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b::10.1.2.3", False),
        ("64:ff9b:1::192.168.0.1", False),
        ("64:ff9b:1:7f00:0:100::", False),
        ("2002:7f00:1::", False),
        ("2002:c0a8:1::1", False),
        ("2001:0:4136:e378:8000:63bf:3f57:fefe", False),  # Teredo of 192.168.1.1
        ("224.0.0.1", False),
        ("239.1.1.1", False),
        ("ff02::1", False),
        ("ff0e::1", False),
        ("127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
    ],
)
def test_which_peers_are_public(peer: str, public: bool) -> None:
    with nullcontext() if public else pytest.raises(ServiceFault):
        addresses.check_peer("https://storage.example/a", peer, local_allowed=False)


@pytest.mark.fault(95)
@pytest.mark.parametrize("peer", ["64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "2002:a00:1::1", "2001:0:0:0:0:0:3f57:fefe"])
def test_gateway_is_not_reached_unencrypted(peer: str) -> None:
    with pytest.raises(ServiceFault):
        addresses.check_peer("http://gateway/a", peer, local_allowed=True)
