"""The service's answers as plain data: strict JSON, the `data` wrapper, every error envelope, and plain text."""

import email.utils
import json
import math
import re
import time
from collections.abc import Mapping
from typing import NoReturn

from ..record_json import as_list, as_object, as_text
from ..texts.text import Sentence, Text
from .faults import COMPRESSED, CONCURRENCY_CODE, DOCUMENTED_CODES, Kind, ServiceFault

LONGEST_WAIT = 600.0
"""Seconds: the longest `Retry-After` that is honoured."""

Json = Mapping[str, object]

_PAGE = re.compile(rb"(\xef\xbb\xbf)?\s*<")
_PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_WEB_PAGE_NEXT = "Try again later, or check whether a firewall or a sign-in page intercepts the connection."
_GZIP = b"\x1f\x8b"
_FORBIDDEN = 403
_CODE = re.compile(r"[a-z][a-z0-9_]{2,63}", re.ASCII)

LONGEST = 200

_KEYS = re.compile(r"\b(sk-|Bearer\s+)[^\s\"',;]+", re.IGNORECASE)
_QUERIES = re.compile(r"(\w+://[^\s?\"'<>]*)\?[^\s\"'<>]*")
_USERINFO = re.compile(r"(\w+://)[^\s/@\"'<>]*@")


def parse(body: bytes) -> Json:
    """Return a JSON object, unwrapped from `{"data": …}` if it is wrapped.

    Raises:
        ServiceFault: `BAD_ANSWER`: not JSON, not an object, NaN or infinity, a duplicate key, nested too deep; its
            words say what came instead.
    """
    try:
        answer = as_object(
            json.loads(body, object_pairs_hook=_object, parse_constant=_not_a_number, parse_float=_finite)
        )
    except (ValueError, RecursionError):
        answer = None
        instead = _instead_of_json(body)
    else:
        instead = ServiceFault(Kind.BAD_ANSWER, sent=True)
    if answer is None:
        raise instead
    # no caller needs to know which of the two it was
    inner = as_object(answer.get("data"))
    return answer if inner is None else inner


def _instead_of_json(body: bytes) -> ServiceFault:
    if is_web_page({}, body):
        return ServiceFault(
            Kind.BAD_ANSWER, sent=True, what="The service answered with a web page.", next_step=_WEB_PAGE_NEXT
        )
    if body.startswith(_GZIP):
        what = COMPRESSED
    elif body.strip():
        what = "The service's answer was cut short or is not JSON."
    else:
        what = "The service's answer was empty."
    return ServiceFault(Kind.BAD_ANSWER, sent=True, what=what)


def is_web_page(headers: Mapping[str, str], body: bytes) -> bool:
    """Return whether an answer that is not JSON is HTML, from a firewall, a gateway or a sign-in page."""
    if _PAGE.match(body):
        return True
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return kind in _PAGE_TYPES and (bool(body.strip()) or "Content-Encoding" in headers)  # not unpacked


def error_of(body: bytes) -> tuple[str | None, str, bool]:
    """Return the error in an answer's body.

    Returns:
        The code or None; the message, ready to show; whether the body was a JSON object.
    """
    try:
        answer = parse(body)
    except ServiceFault:
        return None, "", False
    code, message = error_in(answer)
    return code, message, True


def error_in(answer: Json) -> tuple[str | None, str]:
    """Return code and message from any of `error`, `errorCode`, `code`, `message`, nested or not."""
    error = answer.get("error")
    named, said = [error], list[object]()
    for place in (as_object(error), answer):
        if place is not None:
            named += [place.get("code"), place.get("errorCode")]
            said += [place.get(name) for name in ("message", "detail", "details", "errorMessage")]
    codes = [name for name in map(as_text, named) if name is not None and _CODE.fullmatch(name)]
    # a documented code tells more than a gateway's own, whichever comes first
    code = next((name for name in codes if name in DOCUMENTED_CODES), codes[0] if codes else None)
    # the error itself may be the message, as may what is no code
    said += [error, *named]
    messages = [text for text in map(as_text, said) if text is not None and text != code]
    # some frameworks list what is wrong with each field in place of a message
    structured = [json.dumps(several) for several in map(as_list, said) if several]
    return code, plain(next(iter(messages + structured), ""))


def refusal(status: int, headers: Mapping[str, str], body: bytes) -> ServiceFault:
    """Return the fault for an answer outside 2xx from the service (not from the storage)."""
    code, message, is_json = error_of(body)
    kind = _kind_of_code(status, code) or kind_of_status(status, is_json=is_json)
    said = message or (code or "")
    # empty for what has words of its own by its kind or code
    what: Sentence = ""
    next_step: Sentence = ""
    # a web page with such a status comes from a firewall or a sign-in page instead of the service
    is_no_answer = status == _FORBIDDEN or kind in {Kind.REFUSED, Kind.NOT_READY}
    if not is_json and is_no_answer and is_web_page(headers, body):
        kind, next_step = Kind.BAD_ANSWER, _WEB_PAGE_NEXT
        what = Text("The service answered with a web page ({status}).", status=status)
    elif code not in DOCUMENTED_CODES:
        what, next_step = _words(kind, status, said)
    return ServiceFault(
        kind,
        code=code,
        http_status=status,
        sent=True,
        retry_after=retry_after(headers, time.time()),
        what=what,
        next_step=next_step,
        said=said,
        names_idempotency=status // 100 == 4 and b"idempotency" in body.lower(),  # noqa: PLR2004 -- HTTP's own class
    )


def _words(kind: Kind, status: int, said: str) -> tuple[Sentence, Sentence]:
    """Return the words for an undocumented refusal; empty where the kind's own words fit."""
    reason = said.rstrip(".")
    if not reason:
        return Text("The service answered {status}.", status=status) if kind in {Kind.SERVER, Kind.REFUSED} else "", ""
    if kind is Kind.SERVER:
        return Text("The service answered {status}: {reason}.", status=status, reason=reason), ""
    refused = Text("The service refused: {reason}.", reason=reason)
    # the key was read, but its account may not do this
    if status == _FORBIDDEN:
        return refused, "Check the API key in the preferences, and your account at the service."
    return refused if kind in {Kind.REFUSED, Kind.NOT_READY} else "", ""


def kind_of_status(status: int, *, is_json: bool = True) -> Kind:
    """Return the kind of fault for an HTTP status outside 2xx when nothing more is known."""
    exact = {
        401: Kind.KEY,
        403: Kind.KEY,
        # any web server has such an answer, but only the service has it in JSON
        404: Kind.NO_SUCH_JOB if is_json else Kind.NO_SERVICE,
        407: Kind.PROXY,
        408: Kind.TIMEOUT,
        409: Kind.NOT_READY,
        410: Kind.GONE,
        425: Kind.NOT_READY,
        429: Kind.BUSY,
    }
    by_class = {3: Kind.REDIRECT, 4: Kind.REFUSED, 5: Kind.SERVER}
    return exact.get(status) or by_class.get(status // 100, Kind.BAD_ANSWER)


def _kind_of_code(status: int, code: str | None) -> Kind | None:
    # one with a 5xx doesn't show that nothing was done
    if code not in DOCUMENTED_CODES or not 400 <= status < 500:  # noqa: PLR2004 -- HTTP's own class
        return None
    return Kind.CONCURRENCY if code == CONCURRENCY_CODE else Kind.REFUSED


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds to wait by the `Retry-After` header, 0 to 600; None without a valid one.

    Args:
        headers: of the answer; a date is relative to the answer's own `Date`, since this machine's clock may be wrong.
        now: seconds since 1970, for an answer without a `Date`.
    """
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit() and len(text) < len("9999999999"):
        return min(float(text), LONGEST_WAIT)
    until = _date(text)
    if until is None:
        return None
    since = _date(headers.get("Date", ""))
    return min(max(until - (now if since is None else since), 0.0), LONGEST_WAIT)


def _date(text: str) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in pairs:
        # Blender and the ledger can't hold a lone surrogate
        found[valid_unicode(name)] = valid_unicode(value) if isinstance(value, str) else value
    # of a name that is there twice, readers differ on which value counts
    if len(found) != len(pairs):
        raise ValueError(len(pairs))
    return found


def _not_a_number(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(text: str) -> float:
    # JSON's `1e999` is a number too, and Python reads it as infinity
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def valid_unicode(text: str) -> str:
    """Return the text with lone surrogates replaced, which neither JSON nor Blender can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def without_secrets(text: str) -> str:
    """Return the text without keys, user names in links, or the queries of links."""
    return _USERINFO.sub(r"\1", _QUERIES.sub(r"\1?…", _KEYS.sub(r"\1…", text)))


def plain(text: str, longest: int = LONGEST) -> str:
    """Return one line without control characters, keys, user names in links, or the queries of links."""
    # cut before it is looked through: an answer may be megabytes long
    shown = "".join(letter if letter.isprintable() else " " for letter in valid_unicode(text[: longest * 20]))
    shown = " ".join(without_secrets(shown).split())
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"
