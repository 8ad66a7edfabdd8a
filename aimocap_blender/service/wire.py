"""`requests` with strict settings: the only file that imports it.

By default `requests` would, and here must not: replace the bearer by a `.netrc` password or send one to the storage,
follow redirects (a redirected PUT becomes an empty GET that succeeds), decompress without limit, log the queries of
presigned links, wait forever on an answer that comes byte by byte, accept a truncated body, take an early hint for the
answer.
"""

import hashlib
import http.client
import logging
import re
import ssl
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO, cast

import requests
import requests.adapters
import requests.auth
import urllib3
import urllib3.connection
import urllib3.connectionpool
import urllib3.exceptions

from ..texts.text import Sentence
from . import addresses
from .faults import COMPRESSED, Kind, ServiceFault
from .interruption import Cancellation, ConnectionWatchdog, CutReason, Timeouts

_MOST_AT_ONCE = 2**18
_CONTINUE, _SWITCHING_PROTOCOLS, _OK, _NO_CONTENT = 100, 101, 200, 204
_TIMEOUTS = (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)
_PROXY = (requests.exceptions.ProxyError, requests.exceptions.InvalidProxyURL)
_UNUSABLE = (requests.exceptions.InvalidURL, urllib3.exceptions.LocationParseError)
_OLD_TLS = frozenset({"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "VERSION_TOO_LOW"})
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST"})
_SOCKS = re.compile("[\x00\x04\x05]")
_TOR = re.compile("Tor is not an HTTP Proxy")
_ENDED = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError, *_TIMEOUTS)

_BLOCK = 65536


class UploadBody:
    """A file's bytes in the form that `requests` sends with a `Content-Length` instead of in chunks.

    Args:
        file: open for reading, at its start.
        size: bytes to send; the file must have as many.
        progress: called with the bytes sent so far and the total.

    Attributes:
        sent: bytes that the socket has taken.
        md5: of these bytes.
        moved: called with the size of each block that the socket has taken.
        ended: called when it has taken all of them.
    """

    def __init__(self, file: BinaryIO, size: int, progress: Callable[[int, int], None]) -> None:
        self._file = file
        self._size = size
        self._progress = progress
        self.sent = 0
        self.md5 = hashlib.md5(usedforsecurity=False)
        self.moved: Callable[[int], None] = lambda _size: None
        self.ended: Callable[[], None] = lambda: None

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        while self.sent < self._size:
            # a drive that was unplugged fails to read, and a file that was cut has nothing left
            try:
                block = self._file.read(min(_BLOCK, self._size - self.sent))
            except OSError:
                block = b""
            if not block:
                raise ServiceFault(Kind.SOURCE_CHANGED, sent=True)
            yield block  # the next one is asked for only when the socket has taken this one
            self.sent += len(block)
            self.md5.update(block)
            self.moved(len(block))
            self._progress(self.sent, self._size)
        self.ended()


class Bearer(requests.auth.AuthBase):
    """The API key, for one origin only.

    Args:
        base_url: requests to anything else are sent without it.
    """

    def __init__(self, key: str, base_url: str) -> None:
        self._header = f"Bearer {key}"
        self._prefix = requests.Request("GET", base_url + "/")

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the key to a request to that origin."""
        # both as `requests` writes addresses
        if (r.url or "").startswith(self._prefix.prepare().url or " "):
            r.headers["Authorization"] = self._header
        return r


class Anonymous(requests.auth.AuthBase):
    """No credentials, and no lookup either: without such an object `requests` reads `.netrc`."""

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        """Leave the request without credentials."""
        r.headers.pop("Authorization", None)
        return r


@dataclass(frozen=True)
class Answer:
    """An answer whose body has not been read yet.

    Attributes:
        status: HTTP's.
        headers: case-insensitive.
        length: of the body in bytes, if announced.
        watchdog: to be told of arriving data.
    """

    status: int
    headers: Mapping[str, str]
    length: int | None
    watchdog: ConnectionWatchdog
    raw: Any  # urllib3's response, of either major version

    @property
    def is_delimited(self) -> bool:
        """Whether an empty body is known to be complete: otherwise the head itself may have been cut off."""
        return self.length is not None or "Transfer-Encoding" in self.headers or self.status == _NO_CONTENT

    def chunks(self) -> Iterator[bytes]:
        """Yield the body in pieces, as they arrive.

        Raises:
            ServiceFault: `TRUNCATED` if it is shorter than announced, `BAD_ANSWER` if it is compressed.
        """
        if self.headers.get("Content-Encoding", "identity").strip().lower() not in {"", "identity"}:
            raise ServiceFault(Kind.BAD_ANSWER, http_status=self.status, sent=True, what=COMPRESSED)
        # urllib3's own read waits for a whole block; it has a read1 of its own only since version 2.
        read1 = self.raw._original_response.read1  # noqa: SLF001 -- requests itself takes the answer's head from there
        received = 0
        while piece := read1(_MOST_AT_ONCE):
            received += len(piece)
            self.watchdog.moved(len(piece))
            yield piece
        self.watchdog.check()  # a cut by this side looks like the body's end
        if self.length is not None and received < self.length:
            raise ServiceFault(Kind.TRUNCATED, http_status=self.status, sent=True)

    def body(self, most: int) -> bytes:
        """Return the whole body.

        Raises:
            ServiceFault: `TOO_LARGE` if there are more than `most` bytes, or as `chunks`.
        """
        whole = bytearray()
        # counted as they arrive: an answer need not announce its length
        for chunk in self.chunks():
            whole += chunk
            if len(whole) > most:
                raise ServiceFault(Kind.TOO_LARGE, http_status=self.status, sent=True)
        return bytes(whole)

    def body_if_readable(self, most: int) -> bytes:
        """Return as much of a refusal's body as can be read: the status alone is enough."""
        whole = bytearray()
        with suppress(ServiceFault, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError):
            for chunk in self.chunks():
                whole += chunk
                if len(whole) > most:
                    break
        return bytes(whole[:most])


@dataclass(frozen=True)
class Outgoing:
    """A request.

    Attributes:
        method: HTTP's.
        url: whole.
        auth: always given.
        headers: in addition to those of every request.
        body: None, bytes, or a file to stream.
        patience: seconds until the connection is cut.
        local_allowed: whether the peer may be on this machine or in its private network.
        least_moved: bytes of the body, sent or received, after which the patience starts over; 0 for never.
    """

    method: str
    url: str
    auth: requests.auth.AuthBase
    headers: Mapping[str, str]
    body: bytes | UploadBody | None
    patience: float
    local_allowed: bool
    least_moved: float = 0


@contextmanager
def exchange(outgoing: Outgoing, timeouts: Timeouts, cancellation: Cancellation | None) -> Generator[Answer]:
    """Send one request on its own connection; the answer's body can be read within the context.

    Raises:
        ServiceFault: any failure; its `sent` says whether any of the request was sent.
    """
    failure: ServiceFault | None = None
    response: requests.Response | None = None
    admit = partial(addresses.check_peer, outgoing.url, local_allowed=outgoing.local_allowed)
    with (
        ConnectionWatchdog(outgoing.patience, cancellation, admit, outgoing.least_moved) as watchdog,
        _quiet(),
        _Session(watchdog, timeouts) as session,
    ):
        if isinstance(outgoing.body, UploadBody):
            outgoing.body.moved = watchdog.moved
            outgoing.body.ended = partial(watchdog.answer_within, timeouts.whole)
        try:
            watchdog.check()
            response = session.request(
                outgoing.method,
                outgoing.url,
                headers={"Accept-Encoding": "identity", **outgoing.headers},
                data=outgoing.body,
                auth=outgoing.auth,
                timeout=(timeouts.send, timeouts.answer),
                allow_redirects=False,
                stream=True,
            )
            watchdog.check()  # a head that this side cut off looks complete
            announced = response.headers.get("Content-Length", "")
            length = int(announced) if announced.isascii() and announced.isdigit() else None
            yield Answer(response.status_code, response.headers, length, watchdog, response.raw)
        except (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError) as error:
            failure = _fault_of(error, watchdog)
        except UnicodeError:
            failure = ServiceFault(Kind.ADDRESS, what="The service address is not a web address.")
        finally:
            if response is not None:  # the session doesn't own its connection until it is read to the end
                response.close()
    if failure is not None:  # raised out here: the original's text may hold a presigned query
        raise failure


class _Session(requests.Session):
    """One request's session: its connections report to the watchdog."""

    def __init__(self, watchdog: ConnectionWatchdog, timeouts: Timeouts) -> None:
        super().__init__()
        # those of requests ask for compressed answers
        self.headers.clear()
        self.headers["User-Agent"] = "aimocap_blender"
        adapter = _Adapter(watchdog, timeouts)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:  # noqa: ANN401 -- requests' own signature
        """Take certificates and proxies from the environment; a proxy that it names may not reach this machine."""
        settings = super().merge_environment_settings(url, proxies, stream, verify, cert)
        return settings | {"proxies": {}} if addresses.is_loopback(url) else settings

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Drop credentials, should a redirect ever be followed."""
        _ = response
        prepared_request.headers.pop("Authorization", None)


class _Adapter(requests.adapters.HTTPAdapter):
    """Makes connections that report to the watchdog, direct or through a proxy."""

    def __init__(self, watchdog: ConnectionWatchdog, timeouts: Timeouts) -> None:
        self._watchdog = watchdog
        plain, encrypted = partial(_HttpConnection, watchdog, timeouts), partial(_HttpsConnection, watchdog, timeouts)
        self._pools: dict[str, Callable[..., urllib3.connectionpool.HTTPConnectionPool]] = {
            "http": partial(_pool, urllib3.connectionpool.HTTPConnectionPool, plain),
            "https": partial(_pool, urllib3.connectionpool.HTTPSConnectionPool, encrypted),
        }
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- requests' own signature
        super().init_poolmanager(*args, **kwargs)
        self._watch(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:  # noqa: ANN401 -- requests' own signature
        manager = super().proxy_manager_for(proxy, **proxy_kwargs)
        # its connections come from a package that isn't part of Blender
        if proxy.lower().startswith("socks"):
            self._watchdog.sending()  # nothing shows whether they send
        else:
            self._watch(manager)
        return manager

    def _watch(self, manager: Any) -> None:  # noqa: ANN401 -- untyped before urllib3 2
        manager.pool_classes_by_scheme = self._pools


def _pool(
    pool_class: Callable[..., urllib3.connectionpool.HTTPConnectionPool],
    connection: Callable[..., urllib3.connection.HTTPConnection],
    *args: Any,  # noqa: ANN401 -- urllib3's own signature
    **kwargs: Any,  # noqa: ANN401 -- urllib3's own signature
) -> urllib3.connectionpool.HTTPConnectionPool:
    pool: Any = pool_class(*args, **kwargs)
    pool.ConnectionCls = connection
    return pool


class _Response(http.client.HTTPResponse):
    """An answer that informational ones may precede, of which http.client skips only 100."""

    def _read_status(self) -> tuple[str, int, str]:
        """Read the status line of the final answer, a proxy's to the request for a tunnel too."""
        # the one step that both of http.client's readers of an answer's head share, in every Python so far
        read = cast("Callable[[], tuple[str, int, str]]", cast("Any", super())._read_status)  # noqa: SLF001
        while True:
            version, status, reason = read()
            if not _CONTINUE < status < _OK or status == _SWITCHING_PROTOCOLS:
                return version, status, reason
            http.client.parse_headers(self.fp)


class _HttpConnection(urllib3.connection.HTTPConnection):
    """A connection that reports to the watchdog."""

    response_class = _Response

    def __init__(self, watchdog: ConnectionWatchdog, timeouts: Timeouts, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- urllib3's own signature
        super().__init__(*args, **kwargs)
        self._watchdog = watchdog
        self._timeouts = timeouts
        self._open = False

    def connect(self) -> None:
        # urllib3 has one timeout for connecting and sending: a peer that isn't there shows sooner than a slow one
        self.timeout = self._timeouts.connect
        super().connect()
        self.sock.settimeout(self._timeouts.send)
        self._watchdog.opened(self.sock, through_proxy=self.proxy is not None)
        self._open = True

    def send(self, data: Any) -> None:  # noqa: ANN401 -- http.client's own signature
        if self.sock is None:
            self.connect()
        # what asks a proxy for a tunnel is none of the request
        if self._open:
            self._watchdog.sending()
        try:
            super().send(data)
        except (ConnectionResetError, ConnectionAbortedError) as error:
            # urllib3 reads the answer of a server that closed early only after this error
            raise BrokenPipeError(*error.args) from error


class _HttpsConnection(_HttpConnection, urllib3.connection.HTTPSConnection):
    """The same encrypted: `super()` in it is urllib3's class for https."""


class _Here(threading.local):
    # by thread: other add-ons' requests keep their log lines
    ours = False


_here = _Here()


def _not_ours(record: logging.LogRecord) -> bool:
    _ = record
    return not _here.ours


for _name in ("urllib3.connectionpool", "urllib3.util.retry", "urllib3.connection"):
    logging.getLogger(_name).addFilter(_not_ours)


@contextmanager
def _quiet() -> Generator[None]:
    """Suppress urllib3's log lines from this thread: they contain the queries of presigned links."""
    _here.ours = True
    try:
        yield
    finally:
        _here.ours = False


def _fault_of(error: Exception, watchdog: ConnectionWatchdog) -> ServiceFault:
    """Return the fault that ended a request.

    The type of an exception doesn't show whether the request was sent (a proxy that fails after forwarding the
    request raises a ProxyError too): the watchdog knows.

    Args:
        error: of `requests`, urllib3, http.client or the operating system.
        watchdog: the request's.
    """
    if watchdog.cut is not None:
        return ServiceFault(Kind.CANCELLED if watchdog.cut is CutReason.CANCELLED else Kind.TIMEOUT, sent=watchdog.sent)
    causes = tuple(_causes(error))
    # no request goes through where the certificate is refused, though a SOCKS connection counts as sent from the start
    if _is_among(causes, ssl.SSLCertVerificationError):
        kind = Kind.TLS
    elif watchdog.sent:
        kind = Kind.TIMEOUT if _is_among(causes, *_TIMEOUTS) else Kind.LOST
    else:
        kind = _kind_before_sending(error, causes)
    what, next_step = _words(kind, causes)
    return ServiceFault(kind, sent=watchdog.sent, what=what, next_step=next_step)


def _words(kind: Kind, causes: tuple[BaseException, ...]) -> tuple[Sentence, Sentence]:
    """Return the words that name the cause; empty where the kind's own fit."""
    reasons = {cause.reason for cause in causes if isinstance(cause, ssl.SSLError)} if kind is Kind.TLS else set[str]()
    if reasons & _OLD_TLS:
        return (
            "The server only offers outdated encryption (TLS 1.1 or older).",
            "Ask the service's operator, or whoever runs your proxy, to offer TLS 1.2 or newer.",
        )
    if reasons & _NO_TLS:
        return (
            "The server does not answer with TLS encryption, as a SOCKS proxy or an http port.",
            "Check the service address in the preferences, its port too, and HTTPS_PROXY.",
        )
    if any(map(_is_of_socks, causes)):
        return (
            "The connection leads to a SOCKS proxy, which Blender's Python does not support.",
            "Set HTTPS_PROXY to an HTTP proxy, such as http://proxy.example:8080.",
        )
    return "", ""


def _is_of_socks(cause: BaseException) -> bool:
    if isinstance(cause, requests.exceptions.InvalidSchema):  # the package for it is missing
        return True
    if isinstance(cause, http.client.BadStatusLine):  # the proxy's answer isn't HTTP
        return _SOCKS.match(str(cause)) is not None
    return _TOR.search(str(cause)) is not None


def _kind_before_sending(error: Exception, causes: tuple[BaseException, ...]) -> Kind:
    if type(error) is OSError:  # requests raises it bare where REQUESTS_CA_BUNDLE names no file
        return Kind.TLS
    if isinstance(error, _PROXY) or any(map(_is_of_socks, causes)):
        return Kind.PROXY
    if isinstance(error, _UNUSABLE):
        return Kind.ADDRESS
    # a peer that hangs up during the handshake is a network's fault, not a certificate's
    if isinstance(error, requests.exceptions.SSLError) and not _is_among(causes, *_ENDED):
        return Kind.TLS
    return Kind.NO_CONNECTION


def _is_among(causes: tuple[BaseException, ...], *kinds: type[BaseException]) -> bool:
    return any(isinstance(cause, kinds) for cause in causes)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop()
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [getattr(cause, "reason", None), cause.__cause__, cause.__context__, *cause.args]
