"""Answers as plain data: strict JSON, every envelope of an error, waits that are believed."""

import contextlib
import email.utils
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimocap_blender.service import answers
from aimocap_blender.service.faults import DOCUMENTED_CODES, WORDS, Kind, ServiceFault

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
def test_body_that_is_not_a_json_object_is_a_fault(body: bytes) -> None:
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
        (401, b"<html>", Kind.KEY),
        (403, b"", Kind.KEY),
        (403, b'{"error": "forbidden"}', Kind.KEY),
        (403, b"<html>", Kind.BAD_ANSWER),
        (403, b"\xef\xbb\xbf\n<!DOCTYPE html>", Kind.BAD_ANSWER),
        (400, b"<html>", Kind.BAD_ANSWER),
        (409, b"<html>", Kind.BAD_ANSWER),
        (407, b"<html>", Kind.PROXY),
        (502, b"<html>", Kind.SERVER),
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


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Kind.REFUSED),
        (402, Kind.REFUSED),
        (403, Kind.KEY),
        (409, Kind.NOT_READY),
        (422, Kind.REFUSED),
    ],
)
def test_an_undocumented_refusal_is_reported_in_the_services_words(status: int, kind: Kind) -> None:
    found = answers.refusal(status, {}, b'{"error": {"code": "odd", "message": "The moon is full."}}')
    assert (found.kind, found.said, found.code) == (kind, "The moon is full.", "odd")
    assert found.what == "The service refused: The moon is full."
    assert found.next_step.endswith(".")
    assert answers.refusal(status, {}, b'{"error": "odd_thing"}').said == "odd_thing"
    assert answers.refusal(status, {}, b"{}").said == ""
    assert "b is missing" in answers.refusal(status, {}, b'{"message": ["a is missing", "b is missing"]}').what


@pytest.mark.parametrize("status", [401, 404, 410, 429])
def test_a_refusal_with_words_of_its_own_keeps_the_services_beside(status: int) -> None:
    found, bare = (answers.refusal(status, {}, body) for body in (b'{"message": "The moon is full."}', b"{}"))
    assert (found.said, bare.said) == ("The moon is full.", "")
    assert (found.kind, found.what, found.next_step) == (bare.kind, bare.what, bare.next_step)


def test_a_documented_refusal_keeps_the_services_words_beside_its_own() -> None:
    found = answers.refusal(402, {}, b'{"code": "insufficient_api_v_credits", "message": "3 are needed."}')
    assert (found.what, found.said) == (DOCUMENTED_CODES["insufficient_api_v_credits"][0], "3 are needed.")


def test_refusal_is_made_fit_to_show() -> None:
    reported = json.dumps({"message": f"sk-5ecr3t\n at https://a/b?sig=5ecr3t {'x' * 5000}"}).encode()
    found = answers.refusal(403, {}, reported)
    assert found.said.startswith("sk-… at https://a/b?… x")
    assert len(found.said) == 200


def test_a_web_page_is_known_by_its_type_too() -> None:
    page = {"Content-Type": "text/html; charset=utf-8"}
    assert answers.refusal(403, page, b"Sign in first").kind is Kind.BAD_ANSWER
    assert answers.refusal(403, page | {"Content-Encoding": "gzip"}, b"").kind is Kind.BAD_ANSWER
    assert answers.refusal(403, page, b"").kind is Kind.KEY
    assert answers.refusal(403, page, b'{"error": "forbidden"}').kind is Kind.KEY
    assert answers.refusal(403, {}, b"Forbidden").kind is Kind.KEY


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b" <!doctype html><title>Sign in</title>", "The service answered with a web page."),
        (b'{"job": {"id": "j", "sta', "The service's answer was cut short or is not JSON."),
        (b"OK", "The service's answer was cut short or is not JSON."),
        (b"", "The service's answer was empty."),
        (b" \n", "The service's answer was empty."),
        (b"\x1f\x8b\x08\x00", "The server sent compressed data, which was not requested."),
        (b"[1]", "The service's answer could not be understood."),
    ],
)
def test_words_name_what_came_instead_of_json(body: bytes, what: str) -> None:
    with pytest.raises(ServiceFault) as caught:
        answers.parse(body)
    assert caught.value.what == what
    assert caught.value.next_step.endswith(".")


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
    found = ServiceFault(kind)
    assert found.what.endswith(".")
    assert found.next_step.endswith(".")


@pytest.mark.parametrize("words", [*DOCUMENTED_CODES.values(), *WORDS.values()])
def test_words_are_one_sentence_each(words: tuple[str, str]) -> None:
    for sentence in words:
        assert sentence[0].isupper()
        assert sentence.endswith(".")
        assert ". " not in sentence
        assert len(sentence) <= 100
