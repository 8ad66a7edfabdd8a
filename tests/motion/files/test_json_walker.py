"""The walker accepts what JSON is, refuses what it isn't, and doesn't stop other threads."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimocap_blender.motion.files.json_walker import JsonWalker, JsonWalkError

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4),
    max_leaves=20,
)
rows = st.lists(st.lists(st.floats(allow_nan=False) | st.integers(-(2**53), 2**53), max_size=6), max_size=6)
indents = st.sampled_from([None, 0, 3, "\t"])


@given(json_values, json_values, indents, st.booleans())
def test_skipping_ends_where_the_value_ends(
    first: object, second: object, indent: int | str | None, plain: bool
) -> None:
    text = json.dumps({"a": first, "marker": "here", "b": second}, indent=indent, ensure_ascii=plain)
    walker = JsonWalker(text.encode())
    seen = {}
    for key in walker.members():
        if key == "marker":
            seen[key] = walker.scalar()
        else:
            seen[key] = None
            walker.skip()
    walker.finish()
    assert seen == {"a": None, "marker": "here", "b": None}


@given(rows, indents)
def test_rows_are_those_of_the_standard_library(values: list[list[float]], indent: int | str | None) -> None:
    walker = JsonWalker(json.dumps(values, indent=indent).encode())
    assert list(walker.rows()) == values
    walker.finish()


@given(json_values, st.data())
def test_a_byte_that_breaks_the_text_is_refused_as_the_standard_library_does(
    value: object, data: st.DataObject
) -> None:
    text = bytearray(json.dumps(value), "ascii")
    place = data.draw(st.integers(0, len(text) - 1))
    text[place] = data.draw(st.sampled_from(b'{}[]",:0-.eE\\ \n\x00tnx'))
    walker = JsonWalker(bytes(text))
    try:
        json.loads(text.decode())
    except ValueError:
        with pytest.raises(JsonWalkError):
            _skip_all(walker)
    else:
        _skip_all(walker)


def _skip_all(walker: JsonWalker) -> None:
    walker.skip()
    walker.finish()


@pytest.mark.parametrize(
    "text",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 65 + b"]" * 65,
        b'"never ends',
        b'"' + b"x" * 200_000,
        b'"\x01"',
        b'"\\u{01f"',
        b"01",
        b"-",
        b"tru",
        b"[1,]",
        b"[,1]",
        b"[1 2]",
        b'{"a" 1}',
        b"{1: 2}",
        b"{'a': 2}",
        b"",
        b"1 2",
        b"\xff\xfe1\x00",
    ],
)
def test_text_that_is_not_json_is_refused(text: bytes) -> None:
    with pytest.raises(JsonWalkError):
        _skip_all(JsonWalker(text))


def test_long_texts_and_spaces_are_skipped_whole() -> None:
    thumbnail = json.dumps("é\\" * 200_000)
    walker = JsonWalker(f'{{"preview": {thumbnail},{" " * 200_000}"after": 1}}'.encode())
    keys = []
    for key in walker.members():
        keys.append(key)
        walker.skip()
    walker.finish()
    assert keys == ["preview", "after"]


def test_numbers_that_json_cannot_hold_come_as_they_are() -> None:
    (row,) = JsonWalker(b"[[NaN, Infinity, -Infinity, 1e400, -1e400]]").rows()
    assert str(row) == "[nan, inf, -inf, inf, -inf]"


def test_a_row_as_long_as_a_file_is_refused_without_being_read() -> None:
    with pytest.raises(JsonWalkError, match="too long"):
        list(JsonWalker(b"[[" + b"0," * 1_000_000 + b"0]]").rows())
