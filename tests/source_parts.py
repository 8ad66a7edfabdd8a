"""The parts of a file that the rules of words and imports read: texts, names, docstrings, imports."""

import ast
import gc
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import cast

STRING_OR_COMMENT = re.compile(
    r"""[rRbBuUfF]{0,2}(?:'''(?:[^\\]|\\.)*?'''|\"{3}(?:[^\\]|\\.)*?\"{3}|'(?:[^\\\n']|\\.)*'|"(?:[^\\\n"]|\\.)*")"""
    r"|(#[^\n]*)",
    re.DOTALL,
)
"""Of Python 3.11, whose strings contain no quotation mark of their own kind; the group is a comment."""
READ = {
    *(ast.Name, ast.Constant, ast.JoinedStr, ast.Expr),
    *(ast.FunctionDef, ast.ClassDef, ast.arg, ast.Import, ast.ImportFrom),
}
"""Kinds of nodes of which something is noted."""


@dataclass
class Parts:
    """Lines and words of a file, each whole."""

    texts: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    """Each text that somebody reads, and the line that it begins in; names and code are none."""
    names: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    docstrings: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    """Of values and attributes too: texts that stand as a statement."""
    imports: list[tuple[int, tuple[str, ...]]] = field(default_factory=list[tuple[int, tuple[str, ...]]])
    """Level (0: absolute) and dotted name of each thing imported anywhere in the module."""


@cache
def parts_of(path: Path) -> Parts:
    """Those of a file, which is parsed once for all rules: parsing takes most of their time."""
    parts = Parts(names=[(1, path.stem)])
    source = path.read_text(encoding="utf-8")
    if path.name == "translations.json":
        parts.texts += [
            (line_of(json.dumps(english, ensure_ascii=False), source), english) for english in json.loads(source)
        ]
    elif path.suffix == ".py":
        gc.disable()  # a tree has no circles, and to look for them takes as long as to parse it
        take_parts(ast.parse(source), parts)
        gc.enable()
        parts.texts += comments_of(source)
    else:
        parts.texts.append((1, source))
    return parts


def line_of(part: str, source: str) -> int:
    return source.count("\n", 0, source.index(part)) + 1


def take_parts(tree: ast.AST, parts: Parts) -> None:
    """Note names, texts and imports: adjacent texts are one, values in them are braces."""
    nodes = [tree]
    while nodes:
        node = nodes.pop()
        if type(node) in READ:  # most aren't, and are done with sooner so
            take_part(node, parts)
        if isinstance(node, ast.JoinedStr):
            nodes += [part for part in node.values if isinstance(part, ast.FormattedValue)]
            continue
        for value in vars(node).values():
            if isinstance(value, list):
                nodes += [inner for inner in cast("list[object]", value) if isinstance(inner, ast.AST)]
            elif isinstance(value, ast.AST):
                nodes.append(value)


def take_part(node: ast.AST, parts: Parts) -> None:
    match node:
        case ast.Name(ctx=ast.Store()):
            parts.names.append((node.lineno, node.id))
        case ast.Constant(value=str(text)):
            parts.texts.append((node.lineno, text))
        case ast.JoinedStr():
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
            parts.texts.append((node.lineno, text))
        case ast.Expr(value=ast.Constant(value=str(text))):
            parts.docstrings.append((node.lineno, text))
        case ast.FunctionDef() | ast.ClassDef():
            parts.names.append((node.lineno, node.name))
        case ast.arg():
            parts.names.append((node.lineno, node.arg))
        case ast.Import():
            parts.imports += [(0, tuple(alias.name.split("."))) for alias in node.names]
        case ast.ImportFrom():
            base = tuple(node.module.split(".")) if node.module else ()
            parts.imports += [(node.level, (*base, alias.name)) for alias in node.names]
        case _:
            pass


def comments_of(source: str) -> Iterator[tuple[int, str]]:
    """The comments, those on lines that follow each other as one where they stand alone."""
    block: list[str] = []
    first = last = line = end = 0
    for found in STRING_OR_COMMENT.finditer(source):
        if found[1] is None:
            continue
        line += source.count("\n", end, found.start())
        end = found.start()
        alone = not source[source.rfind("\n", 0, end) + 1 : end].strip()
        if not (alone and block and line == last + 1):
            if block:
                yield first + 1, "\n".join(block)
            block, first = [], line
        block.append(found[1].lstrip("# "))
        last = line
    if block:
        yield first + 1, "\n".join(block)
