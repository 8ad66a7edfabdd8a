"""State lasts while the add-on is enabled; one module sets it back."""

import ast
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from aimocap_blender import while_enabled

PACKAGE = Path(while_enabled.__file__).parent


@dataclass
class Drawing:
    wanted: bool = True
    handles: list[str] = field(default_factory=list[str])


def test_state_has_its_first_values_after_a_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(while_enabled, "_resets", [])
    drawing, known = while_enabled.lasting(Drawing), {"a": 1}
    while_enabled.discarded(known.clear)
    for _ in range(2):
        drawing.wanted = False
        drawing.handles.append("handle")
        known["b"] = 2
        while_enabled.reset()
        assert (drawing, known) == (Drawing(), {})
    assert drawing.handles is not Drawing().handles


def is_state(node: ast.ClassDef) -> bool:
    """Whether a class has only attributes, so that the class itself holds what changes."""
    return not (node.decorator_list or node.bases or node.keywords) and all(
        isinstance(part, ast.Assign | ast.AnnAssign | ast.Expr | ast.Pass) for part in node.body
    )


def test_no_class_holds_state() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and is_state(node)
    ]
    assert found == []
