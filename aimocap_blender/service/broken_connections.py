"""Exceptions of `requests` and the layers below it, translated to faults."""

import http.client
import re
import ssl
from collections.abc import Iterator

import requests
import urllib3.exceptions

from ..texts.text import Sentence
from .connection_watchdog import ConnectionWatchdog, CutReason
from .faults import Kind, ServiceFault

_TIMEOUTS = (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)
_PROXY = (requests.exceptions.ProxyError, requests.exceptions.InvalidProxyURL)
_UNUSABLE = (requests.exceptions.InvalidURL, urllib3.exceptions.LocationParseError)
_OLD_TLS = frozenset({"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "VERSION_TOO_LOW"})
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST"})
_SOCKS = re.compile("[\x00\x04\x05]")
_TOR = re.compile("Tor is not an HTTP Proxy")
_ENDED = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError, *_TIMEOUTS)


def fault_of(error: Exception, watchdog: ConnectionWatchdog) -> ServiceFault:
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
