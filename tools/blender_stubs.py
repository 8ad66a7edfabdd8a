"""Blender's type stubs, corrected where the type checker would learn less from them than Blender promises.

They are made from Blender's own declarations, which don't say of some properties of its context that they are never
None. Left so, each use of a scene would need a check that never fails. And they name the words that a property may
have in a way that the checker takes for a mistake, so that it would accept any.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .faults import ToolFault

if TYPE_CHECKING:
    from pathlib import Path

NEVER_NONE = (
    *("blend_data", "collection", "layer_collection", "preferences", "scene"),
    *("tool_settings", "view_layer", "window_manager"),
)
"""Properties of a context that always have a value. Its window, screen, area, region and space may be missing."""

_CONTEXT = re.compile(r"^class Context\(.*?(?=^class |\Z)", re.MULTILINE | re.DOTALL)
_WORDS = re.compile(r"typing\.Literal\[(bpy\.stub_internal\.rna_enums\.\w+)\]")


def correct_stubs(packages: Path) -> None:
    """Correct those in a folder of installed packages."""
    for path in packages.glob("*-stubs/**/*.pyi"):
        before = path.read_text(encoding="utf-8")
        after = _WORDS.sub(r"\1", before)
        if path.match("bpy-stubs/types/__init__.pyi"):
            after = _CONTEXT.sub(_with_values, after)
        if after != before:
            path.write_text(after, encoding="utf-8")


def _with_values(context: re.Match[str]) -> str:
    text = context[0]
    for name in NEVER_NONE:
        text, found = re.subn(rf"(def {name}\(self\) ->) (?:None \| )?(\w+)(?: \| None)+:", r"\1 \2:", text)
        if not found:
            raise ToolFault(
                f"Blender's type stubs no longer say that `context.{name}` may be None.",
                "Remove it from tools/blender_stubs.py.",
            )
    return text
