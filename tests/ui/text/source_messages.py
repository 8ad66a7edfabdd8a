"""The messages that stand in the sources: all texts in them, but for those that nobody sees.

A message is one or two sentences, a part of one, or a name. One with values is a template: `{name}` is a value.
"""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[3] / "aimocap_blender"

MODULES_NOT_SEEN = (
    "command/",  # the command line speaks English
    "ui/setup/log_file.py",
    "ui/text/translation.py",
    "motion/g1/stick_figures.py",  # SVG
)
FUNCTIONS_NOT_SEEN = {  # support reads English
    *(f"ui/setup/support.py:{name}" for name in ("_lines", "_settings", "_line_of", "_moment")),
    *(f"jobs/stepping.py:{name}" for name in ("_log_state", "_log_outcome", "_named", "_words_of")),
    "takes/messages.py:source_line_of",
    "scene/fbx/bvh_text.py:_written",
    "scene/action_source.py:sentence",  # what files keep, which is English
}
CALLS_NOT_SEEN = re.compile(
    r"_?log\.\w+|re\.\w+|.*\.new|threading\.Thread|super\(\)\.__init__|cast|self\.(log\.add|_jittered)"
    r"|_?[A-Z]\w*Error|_Broken|self\._expect|(object|list|text|number)_in"  # what is odd in a file, for who wrote it
    r"|Flag"  # the command line speaks English
)
"""Names of functions whose arguments are not seen."""
TEXTS_NOT_SEEN = {
    *("Base Color", "G1 Range", "Joint Limit", "Object Transforms", "Speed of {}", "Job {}"),  # what files keep, too
    *("VERSION 1\n\n", "Robot Joint Ring", "{} Loop", "{} Moved", "{} Free Feet", "{} to {}", "Blended Takes"),
    *("Name", "Name of the preset, used to make the path name", "3D View", "Dopesheet", "Window"),  # Blender's own
    *("Bearer {}", "floor({} * frame + {})", "{} - floor(frame) + {}", "settings = bpy.context.scene.aimocap"),
}
ROBOT_TABLES = (PACKAGE / "motion" / "g1").glob("*robot*.json")
SAME_EVERYWHERE = {
    *(json.loads(table.read_text(encoding="utf-8"))["name"] for table in ROBOT_TABLES),
    "BeyondMimic npz",
    "CSV (LAFAN)",
    "Isaac",
    "JSON",
    "MuJoCo",
    "WXYZ",
    "XYZW",
    "mjlab npz",
}

_WORD = re.compile(r"(?<![A-Za-z])(?!(fps|min|MB|MiB)\b)[A-Za-z]{2}")
"""No unit."""
_NAME = re.compile(r"[A-Z][a-z]+(-[a-z]+)?…?")
_FIELD = re.compile(r"\{\w+(:[^{}]*)?\}")


@cache
def source_messages() -> frozenset[str]:
    """Of the whole add-on."""
    return frozenset(message for module in PACKAGE.rglob("*.py") for message in messages_of(module))


def untranslatable() -> list[str]:
    """Where an f-string makes a message: it has no template, and so nobody could translate it."""
    return [
        f"{module.relative_to(PACKAGE)}:{node.lineno}"
        for module in PACKAGE.rglob("*.py")
        for node in _texts_in(module)
        if isinstance(node, ast.JoinedStr) and is_message(_whole(node), names=False)
    ]


def is_message(text: str, *, names: bool) -> bool:
    """Whether a text is in a language; one capitalised word only where names are."""
    if text in TEXTS_NOT_SEEN | SAME_EVERYWHERE or text.startswith("import "):
        return False
    return bool(" " in text and _WORD.search(_FIELD.sub("", text))) or (names and bool(_NAME.fullmatch(text)))


def messages_of(module: Path) -> Iterator[str]:
    """The messages in a module, as they stand there."""
    names = module.relative_to(PACKAGE).parts[0] == "ui"
    for node in _texts_in(module):
        if isinstance(node, ast.Constant) and is_message(str(node.value), names=names):
            yield str(node.value)


@cache
def _texts_in(module: Path) -> tuple[ast.expr, ...]:
    """The texts of a module that somebody sees."""
    name = module.relative_to(PACKAGE).as_posix()
    if name.startswith(MODULES_NOT_SEEN):
        return ()
    tree = ast.parse(module.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and f"{name}:{node.name}" in FUNCTIONS_NOT_SEEN:
            node.body = []
    return tuple(_seen(tree))


def _seen(node: ast.AST) -> Iterator[ast.expr]:
    """The texts below a node, but for docstrings, annotations, the docs' words and what `CALLS_NOT_SEEN` takes."""
    match node:
        case ast.Expr(ast.Constant()) | ast.keyword(arg="docs"):  # the docs are English
            return
        case ast.Call() if CALLS_NOT_SEEN.fullmatch(ast.unparse(node.func)):
            return
        case ast.Constant(str()):
            yield node
            return
        case ast.JoinedStr(values=[*_, ast.FormattedValue(ast.Call(ast.Name("translated")))]):
            return
        case ast.JoinedStr():
            yield node
            below = [value for value in node.values if isinstance(value, ast.FormattedValue)]
        case ast.If(ast.Name("TYPE_CHECKING")):
            below = node.orelse
        case ast.AnnAssign():
            below = [node.value] if node.value else []
        case ast.FunctionDef():
            below = [*node.args.defaults, *(default for default in node.args.kw_defaults if default), *node.body]
        case _:
            below = ast.iter_child_nodes(node)
    for child in below:
        yield from _seen(child)


def _whole(node: ast.JoinedStr) -> str:
    """An f-string, with `{}` for its values."""
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
