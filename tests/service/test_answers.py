"""Answers as plain data: strict JSON, every envelope of an error, waits that are believed."""

import contextlib
import email.utils
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimocap_blender.service import answers
from aimocap_blender.service.faults import DOCUMENTED_CODES, WORDS, Kind, ServiceFault, fault

NOW = 1_795_000_000.0


@pytest.mark.fault(50, 51)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b'"text"',
        b"null",
        b'{"a": 1',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e400}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"\xff\xfe\x00",
        b'\xef\xbb\xbf{"a": 1',
    ],
)
def test_what_is_not_a_json_object_is_a_fault(body: bytes) -> None:
    with pytest.raises(ServiceFault) as caught:
        answers.parse(body)
    assert (caught.value.kind, caught.value.sent) == (Kind.BAD_ANSWER, True)


@given(st.binary(max_size=60))
def test_any_bytes_are_an_object_or_a_fault(body: bytes) -> None:
    with contextlib.suppress(ServiceFault):
        assert isinstance(answers.parse(body), dict)


@given(st.dictionaries(st.text(max_size=5), st.none() | st.text(max_size=5) | st.integers(), max_size=4))
def test_the_wrapper_makes_no_difference(content: dict[str, object]) -> None:
    content.pop("data", None)
    assert answers.parse(json.dumps({"data": content}).encode()) == answers.parse(json.dumps(content).encode())


@pytest.mark.fault(52)
def test_lone_surrogates_never_come_through() -> None:
    found = answers.parse(b'{"title": "a\\ud800b"}')
    assert str(found["title"]).encode("utf-8") == b"a?b"


@pytest.mark.parametrize(
    "envelope",
    [
        {"error": "api_plan_inactive"},
        {"error": {"code": "api_plan_inactive", "message": "Inactive."}},
        {"code": "api_plan_inactive", "message": "Inactive."},
        {"data": {"error": "api_plan_inactive"}},
        {"data": {"error": {"code": "api_plan_inactive"}}},
        {"errorCode": "api_plan_inactive"},
        {"error": "Forbidden", "code": "api_plan_inactive"},
        {"error": {"errorCode": "api_plan_inactive"}},
    ],
)
@pytest.mark.parametrize("status", [400, 402, 403, 422])
def test_every_envelope_tells_its_code(envelope: dict[str, object], status: int) -> None:
    found = answers.refusal(status, {}, json.dumps(envelope).encode())
    assert (found.kind, found.code, found.documented) == (Kind.REFUSED, "api_plan_inactive", True)
    assert (found.what, found.next_step) == DOCUMENTED_CODES["api_plan_inactive"]


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, b"", Kind.KEY),
        (403, b"<html>", Kind.KEY),
        (404, b'{"error": "not_found"}', Kind.NO_SUCH_JOB),
        (404, b"<html>", Kind.NO_SERVICE),
        (410, b"", Kind.GONE),
        (425, b"", Kind.NOT_READY),
        (429, b"", Kind.BUSY),
        (429, b'{"error": "api_concurrency_limit_exceeded"}', Kind.CONCURRENCY),
        (409, b'{"code": "api_concurrency_limit_exceeded"}', Kind.CONCURRENCY),
        (418, b"", Kind.REFUSED),
        (500, b'{"error": "insufficient_api_v_credits"}', Kind.SERVER),
        (503, b"", Kind.SERVER),
        (308, b"", Kind.REDIRECT),
        (199, b"", Kind.BAD_ANSWER),
    ],
)
def test_the_status_tells_the_rest(status: int, body: bytes, kind: Kind) -> None:
    found = answers.refusal(status, {}, body)
    assert (found.kind, found.http_status, found.sent) == (kind, status, True)


def test_an_undocumented_refusal_is_told_in_the_services_words() -> None:
    found = answers.refusal(400, {}, b'{"error": {"code": "odd", "message": "The moon is full."}}')
    assert found.what == "The service answered 400: The moon is full."
    assert "b is missing" in answers.refusal(400, {}, b'{"message": ["a is missing", "b is missing"]}').what


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("100000", 600.0),
        ("-5", None),
        ("1e99", None),
        ("9" * 400, None),
        ("²", None),
        ("soon", None),
        ("", None),
        ("7.5", None),
    ],
)
def test_seconds_to_wait(text: str, seconds: float | None) -> None:
    assert answers.retry_after({"Retry-After": text}, NOW) == seconds


@pytest.mark.fault(14)
@pytest.mark.parametrize("clock_error", [0.0, -86400.0 * 365, 86400.0 * 365])
@pytest.mark.parametrize(("ahead", "seconds"), [(30.0, 30.0), (-30.0, 0.0), (86400.0, 600.0)])
def test_a_date_to_wait_for_is_counted_from_the_services_clock(
    clock_error: float, ahead: float, seconds: float
) -> None:
    headers = {"Retry-After": email.utils.formatdate(NOW + ahead, usegmt=True), "Date": email.utils.formatdate(NOW)}
    assert answers.retry_after(headers, NOW + clock_error) == seconds


@given(st.text())
def test_any_retry_after_is_nothing_or_a_sensible_wait(text: str) -> None:
    seconds = answers.retry_after({"Retry-After": text, "Date": text}, NOW)
    assert seconds is None or 0 <= seconds <= 600


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_words(kind: Kind) -> None:
    if kind not in {Kind.ADDRESS, Kind.CONCURRENCY}:  # always raised with words of their own
        assert kind in WORDS
    found = fault(kind)
    assert found.what.endswith(".")
    assert found.next_step.endswith(".")


@pytest.mark.parametrize("words", [*DOCUMENTED_CODES.values(), *WORDS.values()])
def test_words_are_one_sentence_each(words: tuple[str, str]) -> None:
    for sentence in words:
        assert sentence[0].isupper()
        assert sentence.endswith(".")
        assert ". " not in sentence
        assert len(sentence) <= 100
