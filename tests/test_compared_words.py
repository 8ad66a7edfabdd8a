"""Words that the code compares with are words that something has: the type checker lets any text be compared."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OTHERS = {
    *("darwin", "linux", "win32"),  # systems that Python runs on
    "BSDF_PRINCIPLED",  # a kind of Blender's shader nodes
    "latin1",  # in pickles of Python 2
    "localhost",
    "OFFSET",  # in BVH files
    "root_rotateX",  # a column of BONES-SEED's files
    "SINGLE_PROP",  # a type of a driver's variable
    "toe",  # in names of bones
}
"""Words of others that only comparisons name."""
WORD = re.compile(r"(?!__)\w{3,}")
"""Python's own, as `__main__`, are none."""


def compared_in(tree: ast.AST) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            for side, into in zip((node.left, *node.comparators), (None, *node.ops), strict=True):
                parts = side.elts if isinstance(side, (ast.Tuple, ast.Set, ast.List)) else [side]
                # letters in a text are looked for one by one
                if into is None or isinstance(into, (ast.Eq, ast.NotEq)) or not isinstance(side, ast.Constant):
                    yield from (part for part in parts if isinstance(part, ast.Constant))


def words_of(tree: ast.AST, compared: set[int]) -> Iterator[str]:
    """The words that the code has besides those that it compares with."""
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(word)) if id(node) not in compared:
                yield word
            case ast.Name(id=word) | ast.Attribute(attr=word) | ast.arg(arg=word) | ast.keyword(arg=str(word)):
                yield word
            case ast.FunctionDef(name=word) | ast.ClassDef(name=word):
                yield word
            case _:
                pass


def unknown_words(sources: dict[str, str], known: set[str]) -> list[str]:
    """Where a source compares with a word that is in none of them otherwise."""
    found: list[tuple[str, str]] = []
    elsewhere = set(known)
    for name, source in sources.items():
        tree = ast.parse(source)
        compared = list(compared_in(tree))
        found += [(f"{name}:{one.lineno}", one.value) for one in compared if isinstance(one.value, str)]
        elsewhere.update(words_of(tree, set(map(id, compared))))
    return [f"{place}: {word}" for place, word in found if WORD.fullmatch(word) and word not in elsewhere]


def blenders_words() -> set[str]:
    stubs = [path for folder in sys.path for path in Path(folder).glob("bpy-stubs/stub_internal/rna_enums/*.pyi")]
    if not stubs:
        pytest.skip("Blender's type stubs are only where types are checked")
    return {word for path in stubs for word in re.findall(r"""["'](\w+)["']""", path.read_text(encoding="utf-8"))}


def test_no_word_is_compared_that_nothing_has() -> None:
    known = blenders_words()
    assert {"ARMATURE", "QUATERNION", "VIEW_3D"} <= known
    modules = [*ROOT.glob("aimocap_blender/**/*.py"), *ROOT.glob("tools/**/*.py")]
    sources = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in modules}
    assert unknown_words(sources, known | OTHERS) == []


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('kind == "ARMATURE"', []),
        ('kind == "ARMTURE"', ["a.py:2: ARMTURE"]),
        ('"ARMTURE" != kind', ["a.py:2: ARMTURE"]),
        ('kind in ("HANDS", "FOOT")', ["a.py:2: FOOT"]),
        ('letter in "fiub"', []),
        ('kind == "HANDS"', []),
    ],
)
def test_a_misspelt_word_is_found(condition: str, expected: list[str]) -> None:
    source = f'KINDS = ("HANDS", "FEET")\nfound = {condition}\n'
    assert unknown_words({"a.py": source}, {"ARMATURE"}) == expected
