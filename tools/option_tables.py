"""Write the tables of options in docs/ from their declarations in the package: `python -m tools.option_tables`.

Needs no Blender, but numpy. `tests/test_option_tables.py` says whether the pages are up to date.
"""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Table:
    """A table of a page.

    Attributes:
        page: in docs/.
        heading: of the section, whose first table of options it is.
        families: module and class of each family, or of a tuple of them.
        without: names of options that the page explains elsewhere.
    """

    page: str
    heading: str
    families: tuple[tuple[str, str], ...]
    without: tuple[str, ...] = ()


TABLES = (
    Table("animators.md", "## Options", (("motion.retargeting.retarget_options", "MOTION_OPTIONS"),)),
    Table(
        "animators.md",
        "### Make a loop",
        (("motion.own_motion_options", "LoopOptions"),),
        ("frame_start", "frame_end"),
    ),
    Table(
        "animators.md",
        "### Blend two takes",
        (("motion.own_motion_options", "BlendOptions"),),
        ("first", "second"),
    ),
    Table(
        "pipeline.md",
        "### Settings",
        (("takes.captures.capture_settings", "TargetOptions"), ("takes.captures.capture_settings", "CaptureOptions")),
    ),
    Table(
        "robot-engineers.md",
        "## Put human motion onto the robot",
        (("motion.g1.options", "RobotOptions"), ("motion.g1_retargeting.options", "G1RetargetOptions")),
    ),
    Table("robot-engineers.md", "## Adjust motion", (("motion.g1.options", "AdjustingOptions"),), ("step",)),
)
_HEADER = ("| option | does | in scripts |", "|---|---|---|")


def main() -> None:
    """Write all tables."""
    for page in {table.page for table in TABLES}:
        path = ROOT / "docs" / page
        path.write_text(with_tables(page, path.read_text(encoding="utf-8")), encoding="utf-8")


def with_tables(page: str, text: str, package: str = "aimocap_blender") -> str:
    """Return a page with its tables as they are declared in a package."""
    for table in TABLES:
        if table.page == page:
            lines = text.split("\n")
            start = lines.index(_HEADER[0], lines.index(table.heading))
            end = next(at for at in range(start, len(lines)) if not lines[at].startswith("|"))
            text = "\n".join([*lines[:start], *_HEADER, *rows(table, package), *lines[end:]])
    return text


def rows(table: Table, package: str = "aimocap_blender") -> list[str]:
    """Return the rows of a table; an option that another one turns on is in that one's row."""
    options = importlib.import_module(f"{package}.options").options_of(*_families(table, package))
    declared = {name: one for name, one in options.items() if name not in table.without}
    shown = [one for one in declared.values() if not one.switch]
    return [
        f"| **{one.label}** | {_does(one)} | {'; '.join(_in_scripts(part) for part in _row_of(one, declared))} |"
        for one in shown
    ]


def _families(table: Table, package: str) -> list[type]:
    found: list[type] = []
    for module, name in table.families:
        families = getattr(importlib.import_module(f"{package}.{module}"), name)
        found += families if isinstance(families, tuple) else [families]
    return found


def _row_of(one: Any, declared: dict[str, Any]) -> list[Any]:  # noqa: ANN401 -- an option of the package
    return [one, *(other for other in declared.values() if other.switch == one.name)]


def _does(one: Any) -> str:  # noqa: ANN401 -- as above
    if one.docs:
        return one.docs
    values = [f"**{label}**: {_within(tip)}" for label, tip, *_ in one.items.values() if tip]
    return ". ".join((_within(one.tip), *values))


def _within(tip: str) -> str:
    """Return a tip as it continues a line."""
    return tip if tip[1:2].isupper() else tip[:1].lower() + tip[1:]


def _in_scripts(one: Any) -> str:  # noqa: ANN401 -- as above
    default = f"`{one.default!r}`"
    if one.items:
        values = [f"`{value!r}`" + (" (default)" if value == one.default else "") for value in one.items]
        return f"`{one.name}`: {', '.join(values)}"
    if isinstance(one.default, str):
        return f"`{one.name}`"
    ends = [f"{one.limits[end]:g}" for end in ("min", "max") if end in one.limits]
    within = " to ".join(ends) if len(ends) == 2 else f"from {ends[0]}" if ends else ""
    return f"`{one.name}`: " + ", ".join(part for part in (within, f"default {default}") if part)


if __name__ == "__main__":
    sys.exit(main())
