"""Options of Blender's operators and functions whose names changed: each is passed by the name that this Blender knows.

One that is asked for and not there is told, never left out: without `move_strips` an added strip follows the mouse.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import bpy

from .faults import SceneFault


@dataclass(frozen=True)
class Option:
    """An option by whatever name.

    Attributes:
        spellings: its names, the newest first.
        since: the version of Blender that brought it; an earlier one always does what it is set to here.
    """

    spellings: tuple[str, ...]
    since: tuple[int, int] = (0, 0)


MOVE_STRIPS = Option(("move_strips_after_add", "move_strips"), since=(5, 0))
"""Of the operators that add a strip: whether the mouse moves it then."""

FIRST_INPUT = Option(("input1", "seq1"))
"""Of the function that adds an effect strip: the strip that it changes."""

EFFECT_END = Option(("length", "frame_end"))
"""Of the same: how many frames it lasts, or, by its earlier name, the frame after its last one."""


def name_of(option: Option, of: Any) -> str:  # noqa: ANN401 -- an operator or a function of Blender's, which have no type in common
    """The name by which an operator or a function of this Blender takes an option.

    Raises:
        SceneFault: it takes it by none that is known.
    """
    title, known = _takes(of)
    for name in option.spellings:
        if name in known:
            return name
    raise SceneFault(
        f"Blender {bpy.app.version_string} doesn't know the option “{option.spellings[0]}” of “{title}”.",
        "Look for a newer version of AIMoCap, or use an earlier one of Blender.",
    )


def passed(option: Option, of: Any, value: object) -> dict[str, object]:  # noqa: ANN401 -- as above
    """The option with its value as an argument; no argument for a Blender that had no choice yet.

    Raises:
        SceneFault: it should be there, and is by no name that is known.
    """
    return {} if bpy.app.version[:2] < option.since else {name_of(option, of): value}


def _takes(of: Any) -> tuple[str, Collection[str]]:  # noqa: ANN401 -- as above
    """What an operator or a function is called, and the names of its options."""
    if hasattr(of, "get_rna_type"):
        return of.idname_py(), of.get_rna_type().properties.keys()
    return of.identifier, of.parameters.keys()
