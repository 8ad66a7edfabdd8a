"""The addresses that are contacted: the service's own, and the links that it sends."""

import ipaddress
import re
import socket
from urllib.parse import SplitResult, unquote, urlsplit

from ..texts.text import Sentence
from .faults import Kind, ServiceFault

LONGEST_LINK = 8192

_HOST = re.compile(r"[a-z0-9._-]+")
_NAT64 = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48")))

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def service_address(text: str) -> str:
    """Return the service's address in normal form: the host as the DNS knows it, no trailing slash.

    Args:
        text: as typed.

    Raises:
        ServiceFault: not an http(s) address, or one with a user name, a query or a fragment; plain http is
            allowed only for this machine and private networks.
    """
    parts = _split(text.strip())
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise _unusable("The service address is not a web address.")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise _unusable("The service address contains more than a host and a path.")
    host = _dns_host(parts.hostname)
    if host is None:
        raise _unusable("The host name in the service address is not valid.")
    # where a name leads is only known when it connects, and `check_peer` asks then
    number = _number(host)
    if parts.scheme == "http" and number is not None and not is_local(number):
        raise _unusable("The service address is not encrypted.")
    host = f"[{host}]" if ":" in host else host
    port = f":{parts.port}" if parts.port is not None else ""
    return f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}"


def service_is_local(base_url: str) -> bool:
    """Return whether the service runs on this machine or in its private network (resolves its name)."""
    host = urlsplit(base_url).hostname or ""
    if _named_local(host):
        return True
    # a number needs no name server, which may be out of reach
    number = _number(host)
    if number is not None:
        return is_local(number)
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return False
    # one private address among public ones would open the private network to every link
    numbers = [_number(str(entry[4][0])) for entry in found]
    return bool(numbers) and all(number is not None and is_local(number) for number in numbers)


def check_link(link: str, *, local_allowed: bool) -> None:
    """Raise unless a link from the service is safe to follow.

    Args:
        link: an upload or download link.
        local_allowed: whether the service itself is local, so that its links may be local too.

    Raises:
        ServiceFault: `UNSAFE_LINK`.
    """
    parts = _split(link) if len(link) <= LONGEST_LINK else None
    # one fault for all of them, and none quotes the link: its query gives access
    unsafe = ServiceFault(Kind.UNSAFE_LINK, sent=True)
    if parts is None or not parts.hostname or parts.username is not None or parts.password is not None:
        raise unsafe
    host = _dns_host(parts.hostname)
    if host is None:
        raise unsafe
    number = _number(host)
    is_here = _named_local(host) or (number is not None and is_local(number))
    # a storage has a name: a link to a bare number is refused wherever it leads
    is_allowed = local_allowed if is_here else number is None
    is_encrypted = parts.scheme == "https" or (parts.scheme == "http" and local_allowed)
    if not (is_allowed and is_encrypted):
        raise unsafe


def check_peer(url: str, peer: str | None, *, local_allowed: bool) -> None:
    """Raise unless the address that a name resolved to is allowed, before anything is sent there.

    Args:
        url: the request's.
        peer: the IP address at the other end; None through a proxy, which resolves the name.
        local_allowed: whether this machine and its private network are allowed.

    Raises:
        ServiceFault: a local address where that is not allowed, or a public one over plain http.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    number = _number(peer if peer is not None else host)
    local = is_local(number) if number is not None else _named_local(host)
    if parts.scheme == "http" and not local:
        raise _unusable("The connection would not be encrypted.")
    # the name was looked up anew for this connection, and may lead elsewhere by now
    if peer is not None and not local_allowed and (number is None or not is_public(number)):
        raise ServiceFault(Kind.UNSAFE_LINK)


def is_loopback(url: str) -> bool:
    """Return whether the address names this machine itself."""
    host = urlsplit(url).hostname or ""
    number = _number(host)
    return _named_local(host) or (number is not None and number.is_loopback)


def is_local(number: _Address) -> bool:
    """Return whether it is this machine or a private network; link-local, where clouds keep secrets, is neither."""
    if _embedded(number) is not None:  # a gateway is in between
        return False
    return number.is_loopback or (number.is_private and not number.is_link_local and not number.is_unspecified)


def is_public(number: _Address) -> bool:
    """Return whether it is a host on the internet; an address that leads to an IPv4 one is what that one is."""
    embedded = _embedded(number)
    return not number.is_multicast and (number if embedded is None else embedded).is_global


def _embedded(number: _Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that a NAT64 (by its last 32 bits), 6to4 or Teredo address leads to."""
    if isinstance(number, ipaddress.IPv4Address):
        return None
    # else a link could name a machine of the private network by a number that looks public
    if any(number in network for network in _NAT64):
        return ipaddress.IPv4Address(number.packed[-4:])
    return number.sixtofour or (number.teredo[1] if number.teredo else None)


def _split(text: str) -> SplitResult | None:
    # what one reader of addresses drops and another keeps would lead elsewhere than was checked
    if any(letter.isspace() or not letter.isprintable() or letter == "\\" for letter in text):
        return None
    try:
        parts = urlsplit(text)
        _ = parts.port  # parsed only now
    except ValueError:
        return None
    return parts


def _dns_host(host: str) -> str | None:
    """Return a host name as it is looked up: without percent-encoding, international labels in ASCII; None if invalid.

    Raises:
        ServiceFault: `NO_REQUESTS`, of which the encoding is a part.
    """
    # a number of IPv6: no name has a colon
    if ":" in host:
        return host
    try:
        name = unquote(host, errors="strict").lower()
        if not name.isascii():
            import idna  # noqa: PLC0415 -- comes with `requests`, without which this module is imported too

            name = idna.encode(name, uts46=True).decode("ascii")
    except ModuleNotFoundError:
        raise ServiceFault(Kind.NO_REQUESTS) from None
    except UnicodeError:
        return None
    return name if _HOST.fullmatch(name) else None


def _named_local(host: str) -> bool:
    # a full name may end in the dot of the root
    host = host.rstrip(".")
    return host == "localhost" or host.endswith(".localhost")


def _number(host: str) -> _Address | None:
    try:
        # without its zone, the name of a network card
        number = ipaddress.ip_address(host.split("%", 1)[0])
    except ValueError:
        return None
    # the same machine, written in the other family: it is judged as what it is
    mapped = number.ipv4_mapped if isinstance(number, ipaddress.IPv6Address) else None
    return mapped or number


def _unusable(what: Sentence) -> ServiceFault:
    return ServiceFault(
        Kind.ADDRESS, what=what, next_step="Enter an address like https://aimocap.net in the preferences."
    )


def host_of(url: str) -> str:
    """Return the host and port of an address, without a user name."""
    return urlsplit(url).netloc.rpartition("@")[2] or url
