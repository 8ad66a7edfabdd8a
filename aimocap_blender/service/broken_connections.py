"""Exceptions of `requests` and the layers below it, translated to faults."""

import ssl
from collections.abc import Iterator

import requests
import urllib3.exceptions

from .connection_watchdog import ConnectionWatchdog, CutReason
from .faults import Kind, ServiceFault, fault

_TIMEOUTS = (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)
_PROXY = (requests.exceptions.ProxyError, requests.exceptions.InvalidProxyURL)
_UNUSABLE = (requests.exceptions.InvalidURL, urllib3.exceptions.LocationParseError)
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
        return fault(Kind.CANCELLED if watchdog.cut is CutReason.CANCELLED else Kind.TIMEOUT, sent=watchdog.sent)
    causes = tuple(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        kind = Kind.TLS
    elif watchdog.sent:
        kind = Kind.TIMEOUT if any(isinstance(cause, _TIMEOUTS) for cause in causes) else Kind.LOST
    else:
        kind = _kind_before_sending(error, causes)
    return fault(kind, sent=watchdog.sent)


def _kind_before_sending(error: Exception, causes: tuple[BaseException, ...]) -> Kind:
    if type(error) is OSError:  # requests raises it bare where REQUESTS_CA_BUNDLE names no file
        return Kind.TLS
    if isinstance(error, _PROXY):
        return Kind.PROXY
    if isinstance(error, requests.exceptions.InvalidSchema):  # a SOCKS proxy without its package
        return Kind.PROXY
    if isinstance(error, _UNUSABLE):
        return Kind.ADDRESS
    if isinstance(error, requests.exceptions.SSLError) and not any(isinstance(cause, _ENDED) for cause in causes):
        return Kind.TLS
    return Kind.NO_CONNECTION


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
