"""`make test`, `make test-all`, `make test-thoroughly` and `make newest`.

`python -m tools.run_tests one` runs every capability's tests in one Blender, and leaves slow and long ones out.
`python -m tools.run_tests one BLENDER` leaves slow ones out.
`python -m tools.run_tests newest` runs all of them, in the newest Blender that the package index has.
`python -m tools.run_tests thoroughly` runs also those that try very many cases, in the newest that a Python here has.
`python -m tools.run_tests all` leaves slow ones out, and runs the others in the newest Blender that a Python is here
for, its window included, and in the other ones those of their kind (`blenders.py`).

Each runs four processes at a time, as many only wait, shows what a process printed once it has ended, and ends with a
table.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .blenders import BLENDERS, Blender, blender_named, newest_for
from .build_zip import build_zip
from .environment import ROOT, blender_python, tools_python
from .faults import ToolFault, run_tool
from .newest import newest_on_index
from .pose_networks import make_pose_networks_or_say
from .pythons import find_python, found_python, python_name
from .suites import (
    BLENDER_PROGRAM,
    BUILT_ZIP,
    IN_CHECK,
    IN_EVERY_BLENDER,
    IN_OLDEST,
    IN_ONE_BETWEEN,
    INSTALLED,
    QUICKLY,
    SCENE,
    SMOKE,
    SOON,
    THOROUGHLY,
    WINDOW,
    WITH_ADD_ON,
    WITHOUT_BLENDER,
    Run,
    modules_of,
    run_again_after_a_crash,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_AT_A_TIME = 4
_SUITES_OF: Mapping[str, Sequence[tuple[str, ...]]] = {
    "most": (IN_ONE_BETWEEN[0], *IN_OLDEST),
    "some": IN_ONE_BETWEEN,
    "smoke": SMOKE,
}
_LONGEST_FIRST = (*SCENE, *reversed(WITHOUT_BLENDER), *WITH_ADD_ON, *IN_OLDEST, *IN_ONE_BETWEEN)
_WINDOWS = 2
"""Rows that its tests are shared out among: they mostly wait."""
_ALL_PASSED = 0


@dataclass(frozen=True)
class Row:
    """One line of the table: a process of test modules in one Blender, with variables in its environment."""

    name: str
    blender: Blender
    modules: Sequence[str]
    variables: Mapping[str, str]

    def run(self) -> Run:
        """Run it."""
        return run_again_after_a_crash(blender_python(self.blender), self.modules, self.variables)


def run_one(blender: Blender, variables: dict[str, str]) -> int:
    """Run what one Blender can run, a row for each suite, with those variables in its environment."""
    print(f"Blender {blender.wheel} on {python_name(blender.python)}", flush=True)
    make_pose_networks_or_say(blender_python(blender))  # made once, not by two rows that wait for each other
    suites = (*SCENE, WITH_ADD_ON[0], *reversed(WITHOUT_BLENDER), *WITH_ADD_ON[1:])
    everywhere = {IN_EVERY_BLENDER: "1", **variables}
    left_out: list[str] = []
    rows = _windows(blender, {THOROUGHLY: "1"}, left_out) if THOROUGHLY in variables else []
    for suite in suites:
        modules = [module for module in modules_of(suite) if module not in IN_CHECK or QUICKLY not in variables]
        rows.append(Row(" ".join(suite), blender, modules, everywhere))
    return _run_rows(rows, left_out)


def run_all() -> int:
    """The whole matrix, then a table with a row for each process and a line for each Blender that was left out."""
    blenders = [blender for blender in BLENDERS if find_python(blender.python) is not None]
    if not blenders:
        found_python()  # raises, saying which Pythons would do
    left_out = [
        f"Blender {blender.version}: no {python_name(blender.python)} on this machine"
        for blender in BLENDERS
        if blender not in blenders
    ]
    newest = newest_for(max(blender.python for blender in blenders))
    make_pose_networks_or_say(blender_python(newest))
    rows = _windows(newest, {QUICKLY: "1"}, left_out)
    for suite in _LONGEST_FIRST:  # none of them is left to run alone at the end
        for blender in reversed(blenders):  # the newest is made already
            tests = {SMOKE[0]: "smoke test", IN_OLDEST[0]: "with the add-on"}.get(suite, " ".join(suite))
            name = f"bpy {blender.wheel}, {python_name(blender.python)}, {tests}"
            if blender == newest and suite in (*SCENE, *WITHOUT_BLENDER, *WITH_ADD_ON):
                name = tests if suite in WITHOUT_BLENDER else name
                modules = [module for module in modules_of(suite) if module not in IN_CHECK]
                rows.append(Row(name, blender, modules, {IN_EVERY_BLENDER: "1", QUICKLY: "1"}))
            elif blender != newest and suite in _SUITES_OF[blender.tests]:
                rows.append(Row(name, blender, modules_of(suite), {QUICKLY: "1"}))
        if suite == INSTALLED and (program := shutil.which("blender")) is not None:
            in_program = {BLENDER_PROGRAM: program, QUICKLY: "1"}
            modules = [module for module in modules_of(suite) if module not in SMOKE[0]]  # its window shows these
            rows.append(Row("installed in the Blender program", newest, modules, in_program))
    return _run_rows(rows, left_out)


def _windows(newest: Blender, variables: Mapping[str, str], left_out: list[str]) -> list[Row]:
    """Return the rows of the Blender program's window; where it can't be here, say what is left out."""
    program = shutil.which("blender")
    missing = [tool for tool in ("Xvfb", "xdotool", "import") if shutil.which(tool) is None]
    if program is None or missing:
        lacks = f"the Blender program's window: {', '.join(missing)} not on PATH"
        left_out.append("a Blender program: none on PATH" if program is None else lacks)
        return []
    parts = [modules_of(WINDOW)[part::_WINDOWS] for part in range(_WINDOWS)]
    in_program = {BLENDER_PROGRAM: program, **variables}
    return [Row(f"window, part {part}", newest, modules, in_program) for part, modules in enumerate(parts, 1)]


def _run_rows(rows: Sequence[Row], left_out: list[str]) -> int:
    threading.Thread(target=_make_environments, args=(rows,), daemon=True).start()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(_AT_A_TIME) as pool:
        os.environ[BUILT_ZIP] = str(build_zip(ROOT, Path(folder)))
        lines = list(pool.map(_report, rows))
    return _table(lines, left_out)


def _make_environments(rows: Sequence[Row]) -> None:
    """Make what is missing while the first rows run: most of that time goes into downloads."""
    for blender in dict.fromkeys(row.blender for row in rows):
        with contextlib.suppress(ToolFault):  # its row says so
            blender_python(blender)


@dataclass(frozen=True)
class Line:
    """A row of the table once it has run; the fault, if it could not run at all."""

    name: str
    total: Run | None
    fault: str = ""


def _report(row: Row) -> Line:
    print(f"{row.name} …", flush=True)
    try:
        run = row.run()
    except ToolFault as fault:
        print(f"\n----- {row.name}\n{fault}", flush=True)
        return Line(row.name, None, str(fault).splitlines()[0])
    print(f"\n----- {row.name}\n{run.output.rstrip()}", flush=True)
    return Line(row.name, run)


def _table(lines: list[Line], left_out: list[str]) -> int:
    width = max(len(line.name) for line in lines)
    print(f"\n{'':{width}}  passed  failed  skipped  left out    time     CPU")
    for line in lines:
        if line.total is None:
            print(f"{line.name:{width}}  could not run: {line.fault}")
            continue
        total = line.total
        time, cpu = (f"{int(seconds) // 60}:{int(seconds) % 60:02}" for seconds in (total.seconds, total.cpu_seconds))
        ended = "" if total.status == _ALL_PASSED else f"  pytest ended with status {total.status}"
        ended += f"  crashed, and was run again: {total.crashes}" if total.crashes else ""
        counts = f"{total.passed:6}  {total.failed:6}  {total.skipped:7}  {total.left_out:8}"
        print(f"{line.name:{width}}  {counts}  {time:>6}  {cpu:>6}{ended}")
    for what in left_out:
        print(f"Left out: {what}.")
    totals = [line.total for line in lines if line.total is not None]
    bad = len(lines) - len(totals) + sum(total.status != _ALL_PASSED for total in totals)
    passed, failed = (sum(getattr(total, kind) for total in totals) for kind in ("passed", "failed"))
    minutes = sum(total.cpu_seconds for total in totals) / 60.0
    print(f"{passed} passed, {failed} failed; {minutes:.0f} minutes of CPU", flush=True)
    return 1 if bad else 0


def main() -> int:
    """Run what the command line names."""
    match sys.argv[1:]:
        case ["one"]:
            return run_one(newest_for(found_python()), {QUICKLY: "1", SOON: "1"})
        case ["one", version]:
            return run_one(blender_named(version), {QUICKLY: "1"})
        case ["newest"]:
            return run_one(newest_on_index(tools_python()), {})
        case ["thoroughly"]:
            return run_one(newest_for(found_python()), {THOROUGHLY: "1"})
        case ["all"]:
            return run_all()
        case _:
            raise ToolFault("What is to be run?", "Name `one`, `one BLENDER`, `newest`, `thoroughly` or `all`.")


if __name__ == "__main__":
    run_tool(main)
