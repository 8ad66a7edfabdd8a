"""Print how large the product is, and how often it has the same idea: now, and in another revision.

`python -m tools.house_figures [--against REVISION] [--walks]`, or `make figures AGAINST=REVISION` with the walks.
They need a Python with bpy, and half a minute each time. Only `aimocap_blender/` counts, and of an option its docs.
"""

from __future__ import annotations

import argparse
import ast
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from .archives import unpack
from .faults import ToolFault
from .repeated_passages import repeated

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "aimocap_blender"
WALKS = ROOT / "tests" / "bench" / "walks_child.py"
_OPTION = "hand_strength"
_BINDING = frozenset(
    ("armature_uid", "robot_uid", "scene_uid", "blend_file", "by_strip", "real_time", "rendered_from", "source_sha256")
)
_RESTS = re.compile(
    r"^_?[A-Z_]+ = [\d.]+  # .*\ba second\b.*\b(planted|rest|rests|resting|stand|touches)\b", re.MULTILINE
)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
Figures = dict[str, str]


def figures_of(root: Path) -> Figures:
    """Return the figures of a checkout that need no Blender, by name."""
    files = product_files(root)
    same, renamed = repeated(files, renamed=False), repeated(files, renamed=True)
    return {
        **_rooms(root, files),
        "files that name an option, its translations too": str(_naming(root, _OPTION) + _translations(root)),
        "definitions of a planted body point": _listed(root, _defining_rest(files)),
        "modules that know the binding's keys": _listed(root, [file for file in files if _knows_binding(_tree(file))]),
        "places that read or edit a raw binding": str(sum(map(_raw_bindings, map(_tree, files)))),
        "overlays' lifecycles": _listed(root, _calling(files, "draw_handler_add")),
        "modal lifecycles": _listed(root, _calling(files, "event_timer_add")),
        "children's lifecycles": _listed(root, _calling(files, "Popen", "BackgroundBlender.start")),
        "passages of six lines or more that are there twice": f"{same.places} ({same.lines} lines)",
        "the same with other names and values": f"{renamed.places} ({renamed.lines} lines)",
    }


def product_files(root: Path) -> list[Path]:
    """Return the product's Python files."""
    return sorted((root / PACKAGE).rglob("*.py"))


def _rooms(root: Path, files: Sequence[Path]) -> Figures:
    """Return lines and files of each room, and what says how plainly its numbers are told."""
    counts: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    comprehensions: Counter[str] = Counter()
    comments: Counter[str] = Counter()
    for file in files:
        inside, text = file.relative_to(root / PACKAGE).parts, file.read_text(encoding="utf-8").splitlines()
        for room in ("all", f"{inside[0]}/" if len(inside) > 1 else "beside the rooms"):
            counts[room] += 1
            lines[room] += len(text)
            comprehensions[room] += sum(isinstance(node, _COMPREHENSIONS) for node in ast.walk(_tree(file)))
            comments[room] += sum(line.lstrip().startswith("#") for line in text)
    return {
        f"lines, {room}": f"{lines[room]} in {counts[room]} files; a thousand have "
        f"{1000 * comprehensions[room] / lines[room]:.1f} comprehensions, {1000 * comments[room] / lines[room]:.1f} "
        "comment lines"
        for room in sorted(counts)
    }


def _naming(root: Path, option: str) -> int:
    """Return how many files of product and docs name an option; translations have its words alone."""
    texts = (file.read_text(encoding="utf-8") for file in (*product_files(root), *root.glob("docs/*.md")))
    return sum(re.search(rf"\b{option}\b", text) is not None for text in texts)


def _translations(root: Path) -> int:
    """Return in how many files they are: one, of earlier revisions one of each language."""
    return len(
        [*(root / PACKAGE / "ui").glob("translations*/*.json"), *(root / PACKAGE / "ui").glob("translations.json")]
    )


def _defining_rest(files: Sequence[Path]) -> list[Path]:
    """Return the modules with a limit of speed, by a constant's comment, at which something is planted or rests."""
    return [file for file in files if _RESTS.search(file.read_text(encoding="utf-8"))]


@cache
def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def _calling(files: Sequence[Path], *functions: str) -> list[Path]:
    """Return the modules that call one of these functions, named as far as given."""
    return [file for file in files if not _called(file).isdisjoint(functions)]


@cache
def _called(file: Path) -> frozenset[str]:
    """Return the functions that a module calls: the name alone, and with what stands before it."""
    calls = [node.func for node in ast.walk(_tree(file)) if isinstance(node, ast.Call)]
    whole = [ast.unparse(function) for function in calls if isinstance(function, ast.Name | ast.Attribute)]
    return frozenset(".".join(name.split(".")[-parts:]) for name in whole for parts in (1, 2))


def _knows_binding(tree: ast.Module) -> bool:
    """Return whether a module has a key of the binding's JSON, or the constant of one."""
    return any(
        (isinstance(node, ast.Constant) and node.value in _BINDING)
        or (isinstance(node, ast.Name) and node.id.isupper() and node.id.lower() in _BINDING)
        for node in ast.walk(tree)
    )


def _raw_bindings(tree: ast.Module) -> int:
    """Return at how many places a module takes a binding for a dict: `[…]`, `.get`, `in` or `**`."""
    count = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript):
            count += _is_binding(node.value)
        elif isinstance(node, ast.Attribute):
            count += node.attr == "get" and _is_binding(node.value)
        elif isinstance(node, ast.Compare):
            kept = zip(node.ops, node.comparators, strict=True)
            count += sum(type(how).__name__.endswith("In") and _is_binding(what) for how, what in kept)
        elif isinstance(node, ast.Dict):
            count += sum(key is None and _is_binding(value) for key, value in zip(node.keys, node.values, strict=True))
    return count


def _is_binding(node: ast.expr) -> bool:
    return (isinstance(node, ast.Name) and node.id == "binding") or (
        isinstance(node, ast.Attribute) and node.attr == "binding"
    )


def _listed(root: Path, files: Sequence[Path]) -> str:
    return " ".join([f"{len(files)}:", *(str(file.relative_to(root / PACKAGE).with_suffix("")) for file in files)])


def walks_of(root: Path) -> Figures:
    """Return through how many rooms, files and calls each walk passes, see `walks_child.py`.

    Raises:
        ToolFault: it came to no end.
    """
    with tempfile.TemporaryDirectory() as place:
        answer = Path(place) / "walks.json"
        environment = {**os.environ, "BLENDER_USER_RESOURCES": place, "TMPDIR": place, "OPENBLAS_NUM_THREADS": "1"}
        command = [sys.executable, str(WALKS), str(answer)]
        run = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
        if not answer.is_file():
            raise ToolFault(f"The walks ended early:\n{run.stdout}{run.stderr}", "See what the last lines say.")
        walks: dict[str, list[list[list[str]]]] = json.loads(answer.read_text(encoding="utf-8"))
    told: Figures = {}
    for name, calls in walks.items():
        files = {file for call in calls for file, _ in call}
        rooms = {file.partition("/")[0] for file in files if "/" in file}
        told[name] = f"{len(rooms)} rooms, {len(files)} files, {len(calls)} calls from file to file"
    return told


@contextmanager
def checkout_of(revision: str) -> Generator[Path]:
    """Provide another revision's files, with what this checkout has built.

    Raises:
        ToolFault: the history has no such revision.
    """
    packed = subprocess.run(["git", "archive", revision], cwd=ROOT, capture_output=True, check=False)
    if packed.returncode:
        raise ToolFault(f"There is no revision {revision} here.", "Name one that git log shows.")
    with tempfile.TemporaryDirectory() as name:
        with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
            unpack(archive, Path(name))
        if (ROOT / "build").is_dir():
            (Path(name) / "build").symlink_to(ROOT / "build")
        yield Path(name)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", metavar="REVISION", help="print that revision's figures too")
    parser.add_argument("--walks", action="store_true", help="walk through three tasks, too")
    options = parser.parse_args(arguments)

    def measured(root: Path) -> Figures:
        return {**figures_of(root), **(walks_of(root) if options.walks else {})}

    now, before = measured(ROOT), Figures()
    if options.against:
        with checkout_of(options.against) as root:
            before = measured(root)
    for name in {**before, **now}:
        print(name)
        if options.against:
            print(f"  {options.against}: {before.get(name, '-')}")
        print(f"  now: {now.get(name, '-')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
