"""Passages of six lines or more that a tree of Python files has twice: the same, or the same but for names and values.

Lines are compared as tokens, without comments, docstrings, imports and blank lines. Where names and values are left
out, six lines need `_TELLING` tokens to count: six fields of a dataclass are no repetition.
"""

from __future__ import annotations

import ast
import io
import keyword
import tokenize
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

_LINES = 6
_TELLING = 40
_SKIPPED = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}
_VALUES = {tokenize.NUMBER: "0", tokenize.STRING: "''"}
Line = tuple[str, ...]


@dataclass(frozen=True)
class Repeated:
    """Passages that a tree has more than once.

    Attributes:
        places: passages, each time that one is there.
        lines: all of their lines of code.
    """

    places: int
    lines: int


def repeated(files: Iterable[Path], *, renamed: bool) -> Repeated:
    """Return what files repeat.

    Args:
        files: of Python.
        renamed: names and values may differ.
    """
    texts = [list(_lines(file.read_text(encoding="utf-8"), renamed=renamed)) for file in files]
    found: defaultdict[tuple[Line, ...], list[tuple[int, int]]] = defaultdict(list)
    for number, lines in enumerate(texts):
        for start in range(len(lines) - _LINES + 1):
            window = tuple(lines[start : start + _LINES])
            if not renamed or sum(map(len, window)) >= _TELLING:
                found[window].append((number, start))
    starts = {place for places in found.values() if _is_twice(places) for place in places}
    covered = {(number, start + line) for number, start in starts for line in range(_LINES)}
    return Repeated(sum((number, line - 1) not in covered for number, line in covered), len(covered))


def _is_twice(places: Sequence[tuple[int, int]]) -> bool:
    """Return whether two of the places don't overlap; they are in order."""
    (first, start), (last, end) = places[0], places[-1]
    return first != last or end - start >= _LINES


def _lines(text: str, *, renamed: bool) -> Iterator[Line]:
    """Yield the tokens of each line of code."""
    without = {line for node in ast.walk(ast.parse(text)) if _is_no_code(node) for line in _lines_of(node)}
    lines: defaultdict[int, list[str]] = defaultdict(list)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in _SKIPPED or token.start[0] in without:
            continue
        is_name = token.type == tokenize.NAME and not keyword.iskeyword(token.string)
        word = "name" if is_name else _VALUES.get(token.type, token.string)
        lines[token.start[0]].append(word if renamed else token.string)
    yield from (tuple(lines[number]) for number in sorted(lines))


def _is_no_code(node: ast.AST) -> bool:
    """Return whether it is an import, or a text that stands alone."""
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_text or isinstance(node, ast.Import | ast.ImportFrom)


def _lines_of(node: ast.AST) -> range:
    assert isinstance(node, ast.stmt)
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)
