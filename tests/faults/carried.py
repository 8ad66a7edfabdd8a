"""Which test modules make which faults, by their marks, without importing them."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def modules_with_faults() -> dict[str, set[int]]:
    """Test module, relative to the repository, to the numbers that its marks carry."""
    found: dict[str, set[int]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        numbers = {
            argument.value
            for call in ast.walk(tree)
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.fault"
            for argument in call.args
            if isinstance(argument, ast.Constant) and isinstance(argument.value, int)
        }
        if numbers:
            found[path.relative_to(ROOT).as_posix()] = numbers
    return found
