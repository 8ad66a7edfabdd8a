"""Options of Blender's operators and functions that were renamed, passed by the name that this Blender knows.

A missing option raises an error, it is never dropped: without `move_strips` an added strip follows the mouse.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import bpy

from ..texts.faults import Fault
from ..texts.text import Text


@dataclass(frozen=True)
class Option:
    """An option with all its names.

    Attributes:
        spellings: its names, the newest first.
        since: the version of Blender that introduced it; earlier ones always behave as it is set here.
    """

    spellings: tuple[str, ...]
    since: tuple[int, int] = (0, 0)


MOVE_STRIPS = Option(("move_strips_after_add", "move_strips"), since=(5, 0))
"""Of the operators that add a strip: whether the mouse then moves it."""

FIRST_INPUT = Option(("input1", "seq1"))
"""Of the function that adds an effect strip: its input strip."""

EFFECT_END = Option(("length", "frame_end"))
"""Of the same function: its length in frames or, under its earlier name, the frame after its last one."""


def name_of(option: Option, of: Any) -> str:  # noqa: ANN401 -- an operator or a function of Blender's, which have no type in common
    """Return the name of an option in this Blender's version of an operator or function.

    Raises:
        Fault: it has the option under no known name.
    """
    title, known = _takes(of)
    for name in option.spellings:
        if name in known:
            return name
    raise Fault(
        Text(
            "Blender {version} doesn't know the option “{option}” of “{title}”.",
            version=bpy.app.version_string,
            option=option.spellings[0],
            title=title,
        ),
        "Update AIMoCap, or use an earlier version of Blender.",
    )


def passed(option: Option, of: Any, value: object) -> dict[str, object]:  # noqa: ANN401 -- as above
    """Return the option and its value as an argument; nothing for a Blender older than the option.

    Raises:
        Fault: it should exist, but under no known name.
    """
    return {} if bpy.app.version[:2] < option.since else {name_of(option, of): value}


def _takes(of: Any) -> tuple[str, Collection[str]]:  # noqa: ANN401 -- as above
    """Return the title of an operator or function, and the names of its options."""
    if hasattr(of, "get_rna_type"):
        return of.idname_py(), of.get_rna_type().properties.keys()
    return of.identifier, of.parameters.keys()
