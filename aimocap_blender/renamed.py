"""Names that have better ones now. The old ones stay valid, as scripts, presets, .blend files and captures have them.

A table has old names and their new ones. Values of a choice keep their names, as Blender takes no second name for one.
"""

from collections.abc import Mapping

OPERATORS = {"mend_g1_motion": "fix_g1_motion"}
"""Of `bpy.ops.aimocap`."""
OPTIONS = {"share": "fraction"}
"""Of `scene.aimocap`, operators, their presets, and the JSON of captures."""
SWITCHES: Mapping[str, tuple[str, Mapping[bool, str]]] = {
    "lock_feet": ("contacts", {False: "OFF", True: "FEET"}),
    "hold_hands": ("contacts", {True: "BODY"}),
}
"""Options that were on or off and are values of a choice now; where several are stored, the last one counts."""
FLAGS = {"--no-mend": "--no-fix"}
"""Of the command line."""


def old_names(table: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Return the names that something had before."""
    return tuple(old for old, new in table.items() if new == name)


def switches_of(name: str) -> dict[str, Mapping[bool, str]]:
    """Return the switches that are values of a choice now, each with the value that on and off stand for."""
    return {old: values for old, (choice, values) in SWITCHES.items() if choice == name}


def switched(name: str, stored: Mapping[str, object]) -> str | None:
    """Return the value of a choice that stored switches stand for, None where there are none.

    Raises:
        ValueError: one is neither on nor off.
    """
    found = None
    for old, values in switches_of(name).items():
        is_on = stored.get(old, False)
        if not isinstance(is_on, bool):
            raise ValueError(f"{old} is {is_on!r}")  # noqa: TRY004 -- as of any other wrong value
        found = values.get(is_on, found) if old in stored else found
    return found


def as_switches(name: str, value: object) -> dict[str, bool]:
    """Return the switches that stand for a choice's value."""
    switches: dict[str, bool] = {}
    for old, values in switches_of(name).items():
        # one that had a value for off was on for all others, as for those that came later
        switches[old] = value != values[False] if False in values else value == values[True]
    return switches


def stored_as(name: str, stored: Mapping[str, object]) -> str | None:
    """Return the name that an option has among stored values, None if it isn't there."""
    return next((known for known in (name, *old_names(OPTIONS, name)) if known in stored), None)
