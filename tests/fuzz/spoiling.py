"""Strategies for bytes that are nearly what they should be: a sound file, and a few things in it changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

VALUES = (
    *("null", "true", "false", "0", "-1", "-0", "1", "29", "2.5", "1e3", "1e-400", "1e400", "-1e400", "1E+1"),
    *("NaN", "Infinity", "-Infinity", "9" * 5000, "-" + "9" * 5000, str(2**63), str(2**31), "0." + "3" * 999),
    *("01", "+1", ".5", "0x10", "1_0", "'text'", "undefined", "", ",", "]", "}", "\x00", "\ufeff", "/* */"),
    *('""', '"\\ud800"', '"\\u0000"', '"\\u202e"', '"../../x"', '"fbx"', '"' + "x" * 100_000 + '"', '"\x01"', '"a'),
    *("[]", "{}", "[[]]", '{"a": {}}', '{"": 0, "": 1}', "[" + "0," * 5000 + "0]", "[1,]"),
    *("[" * 100_000, '{"a":' * 100_000, "[" * 900 + "]" * 900, "[" * 100_000 + "]" * 100_000),
)
"""JSON's values, and what is none."""

LEFT_OUT, TWICE, IN_A_LIST = "left out", "twice", "in a list"
CHANGES = (LEFT_OUT, TWICE, IN_A_LIST, *VALUES)
NUMBERS = (b"\0" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\1\0\0\0", b"\xff" * 8)


_DECODER = json.JSONDecoder()


def spoiled_json(*sound: object) -> st.SearchStrategy[bytes]:
    """The JSON of one of these values, with up to four of its values and members changed, and perhaps bytes too."""
    texts = [json.dumps(value, indent=indent) for value in sound for indent in (None, 1)]
    change = st.tuples(st.integers(0, 2**16), st.integers(0, len(CHANGES) - 1))
    changes = st.lists(change, max_size=1) | st.lists(change, max_size=4)
    texts_of = st.builds(_with_changes, st.sampled_from([(text, spans_of(text)) for text in texts]), changes)
    encoded = texts_of.map(lambda text: text.encode("utf-8", "surrogatepass"))
    return st.one_of(encoded, encoded, st.builds(with_bytes, encoded, byte_changes))


def _with_changes(sound: tuple[str, Sequence[tuple[int, int]]], changes: list[tuple[int, int]]) -> str:
    text, spans = sound
    before = len(text)
    for (start, end), index in sorted(((spans[place % len(spans)], index) for place, index in changes), reverse=True):
        if end > before:
            continue  # within what is changed already
        before = start
        old = text[start:end]
        change = CHANGES[index]
        new = {LEFT_OUT: "", TWICE: f"{old}, {old}", IN_A_LIST: f"[{old}]"}.get(change, change)
        text = text[:start] + new + text[end:]
    return text


def spans_of(text: str) -> list[tuple[int, int]]:
    """Where each value, name and member of a JSON text stands."""
    spans: list[tuple[int, int]] = []

    def value(start: int) -> int:
        end = items(start) if text[start] in "{[" else _DECODER.raw_decode(text, start)[1]
        spans.append((start, end))
        return end

    def items(at: int) -> int:
        at = after(at + 1)
        while text[at] not in "}]":
            start = at
            at = value(at)
            if text[at] == ":":
                at = value(after(at + 1))
                spans.append((start, at))
            at = after(at)
            at = after(at + 1) if text[at] == "," else at
        return at + 1

    def after(at: int) -> int:
        while text[at] in " \n":
            at += 1
        return at

    value(0)
    return spans


def _cut(data: bytes, at: int, _patch: bytes) -> bytes:
    return data[:at]


def _written_over(data: bytes, at: int, patch: bytes) -> bytes:
    return data[:at] + patch + data[at + len(patch) :]


def _put_in(data: bytes, at: int, patch: bytes) -> bytes:
    return data[:at] + patch + data[at:]


def _taken_out(data: bytes, at: int, patch: bytes) -> bytes:
    return data[:at] + data[at + len(patch) :]


def _copied(data: bytes, at: int, patch: bytes) -> bytes:
    """A part of it stands in another place, too."""
    source = int.from_bytes(patch[:4], "little") % (len(data) + 1)
    return data[:at] + data[source : source + 40] + data[at:]


ByteChange = tuple["Callable[[bytes, int, bytes], bytes]", int, bytes]
byte_changes: st.SearchStrategy[list[ByteChange]] = st.lists(
    st.tuples(
        st.sampled_from((_written_over, _written_over, _put_in, _taken_out, _copied, _cut)),
        st.integers(0, 2**24),
        st.sampled_from(NUMBERS) | st.binary(min_size=1, max_size=8),
    ),
    min_size=1,
    max_size=4,
)


def with_bytes(data: bytes, changes: list[ByteChange]) -> bytes:
    """Bytes with these changes made; a place beyond the end counts from the beginning again."""
    for change, at, patch in changes:
        data = change(data, at % (len(data) + 1), patch)
    return data


def spoiled_bytes(*sound: bytes) -> st.SearchStrategy[bytes]:
    """One of these files with some bytes changed, or as it is."""
    whole = st.sampled_from(sound)
    return st.builds(with_bytes, whole, byte_changes) | whole
