"""JSON read in small pieces, so that a large file read by one thread doesn't block the others.

`json.loads` holds Python's global lock until the whole text is parsed, which freezes Blender's window: for 250 ms with
a motion of 17 MB, here for less than 10. Libraries that read piece by piece aren't in Blender's Python.
The walker never parses more than a few thousand bytes in one call, takes linear time, and keeps nothing it skips.
"""

import json
import re
from collections.abc import Iterator

_PIECE = 65536
_ROW = 8192  # bytes, more than a row of a few dozen numbers ever needs
_DEPTH = 64
_SPACE = re.compile(rb"[ \t\n\r]*+")
_SCALAR = re.compile(rb"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|true|false|null|NaN|-?Infinity")
# not one possessive group: Python 3.11.2, which Debian 12 has, stops inside an escape that breaks off
_IN_STRING = re.compile(rb'[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*')
_BOM = b"\xef\xbb\xbf"

_decoder = json.JSONDecoder(parse_int=float)  # one type for all numbers; also no limit on digits


class JsonWalkError(ValueError):
    """The text is not JSON, or doesn't have the expected structure.

    Attributes:
        position: byte of the text where the error was found.
    """

    def __init__(self, what: str, position: int) -> None:
        super().__init__(f"{what} at byte {position}")
        self.position = position


class JsonWalker:
    """A position in a JSON text that advances with each value read.

    Numbers are float; `NaN`, `Infinity` and overflows are passed on to the caller.
    Raises `JsonWalkError` from every method.
    """

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._at = len(_BOM) if text.startswith(_BOM) else 0

    def members(self) -> Iterator[str]:
        """Yield the keys of the next object; after each, its value must be read or skipped."""
        yield from self._items(b"{", b"}")

    def rows(self) -> Iterator[list[object]]:
        """Yield the lists, flat and of up to a few dozen numbers, in the next list."""
        for _ in self._items(b"[", b"]"):
            self._expect(b"[", "a list of numbers")
            end = self._text.find(b"]", self._at, self._at + _ROW) + 1
            if not end:
                raise JsonWalkError("a list that is too long for a row of numbers", self._at)
            yield self._decoded(end)

    def scalar(self) -> object:
        """Return the next number, text, true, false or null."""
        self._space()
        start, end = self._at, self._scalar_end()
        if end - start > _ROW:
            raise JsonWalkError("a text that is too long", start)
        return self._decoded(end)

    def value(self, depth: int = _DEPTH) -> object:
        """Return the next value, whatever it is: the caller sees to it that all of the text may be in memory."""
        if depth == 0:
            raise JsonWalkError("lists in lists, deeper than any motion", self._at)
        self._space()
        start = self._next()
        if start == b"{":
            return {key: self.value(depth - 1) for key in self.members()}
        if start != b"[":
            return self.scalar()
        end = self._text.find(b"]", self._at, self._at + _ROW) + 1
        if end and not any(mark in self._text[self._at + 1 : end] for mark in b'[{"'):
            return self._decoded(end)
        return [self.value(depth - 1) for _ in self._items(b"[", b"]")]

    def values(self) -> Iterator[object]:
        """Yield the values in the text, of which JSON has one, and JSON lines one in each."""
        yield self.value()
        self._space()
        while self._at < len(self._text):
            yield self.value()
            self._space()

    def skip(self) -> None:
        """Skip the next value, whatever it is."""
        self._skip(_DEPTH)

    def finish(self) -> None:
        """Raise unless nothing follows."""
        self._space()
        if self._at != len(self._text):
            raise JsonWalkError("something after the end", self._at)

    def _items(self, opening: bytes, closing: bytes) -> Iterator[str]:
        self._expect(opening, "an object" if opening == b"{" else "a list")
        self._at += 1
        self._space()
        first = True
        while self._next() != closing:
            if not first:
                self._expect(b",", "a comma")
                self._at += 1
            first = False
            yield self._key() if opening == b"{" else ""
            self._space()
        self._at += 1

    def _key(self) -> str:
        self._expect(b'"', "a name")
        key = str(self.scalar())
        self._expect(b":", "a colon")
        self._at += 1
        return key

    def _skip(self, depth: int) -> None:
        if depth == 0:
            raise JsonWalkError("lists in lists, deeper than any motion", self._at)
        self._space()
        start = self._next()
        if start in (b"{", b"["):
            for _ in self._items(start, b"}" if start == b"{" else b"]"):
                self._skip(depth - 1)
        else:
            self._at = self._scalar_end()

    def _scalar_end(self) -> int:
        start = self._at
        if self._next() != b'"':
            match = _SCALAR.match(self._text, start, start + _PIECE)
            if match is None:
                raise JsonWalkError("a value is missing", start)
            return match.end()
        end = start + 1
        while (further := self._piece_end(_IN_STRING, end)) > end:
            end = further
        if self._text[end : end + 1] != b'"':
            raise JsonWalkError("a text that doesn't end", start)
        return end + 1

    def _decoded(self, end: int) -> list[object]:
        start, self._at = self._at, end
        try:
            return _decoder.decode(self._text[start:end].decode())
        except (ValueError, RecursionError) as error:
            raise JsonWalkError("no list of numbers", start) from error

    def _space(self) -> None:
        while (further := self._piece_end(_SPACE, self._at)) > self._at:
            self._at = further

    def _piece_end(self, pattern: re.Pattern[bytes], start: int) -> int:
        match = pattern.match(self._text, start, start + _PIECE)
        return match.end() if match else start

    def _expect(self, symbol: bytes, name: str) -> None:
        self._space()
        if self._next() != symbol:
            raise JsonWalkError(f"{name} is missing", self._at)

    def _next(self) -> bytes:
        return self._text[self._at : self._at + 1]
