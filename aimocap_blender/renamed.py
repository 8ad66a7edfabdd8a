"""Names that have better ones now. The old ones stay valid, as scripts, presets, .blend files and captures have them.

A table has old names and their new ones. Values of a choice keep their names, as Blender takes no second name for one.
"""

from collections.abc import Mapping

OPERATORS = {"mend_g1_motion": "fix_g1_motion"}
"""Of `bpy.ops.aimocap`."""
OPTIONS = {"share": "fraction"}
"""Of `scene.aimocap`, operators, their presets, and the JSON of captures."""
FLAGS = {"--no-mend": "--no-fix"}
"""Of the command line."""


def old_names(table: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Return the names that something had before."""
    return tuple(old for old, new in table.items() if new == name)


def stored_as(name: str, stored: Mapping[str, object]) -> str | None:
    """Return the name that an option has among stored values, None if it isn't there."""
    return next((known for known in (name, *old_names(OPTIONS, name)) if known in stored), None)
