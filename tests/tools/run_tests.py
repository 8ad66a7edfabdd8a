"""`make test`, `make test-all` and `make newest`.

`python -m tests.tools.run_tests one [BLENDER]` runs every capability's tests in one Blender, and leaves long ones out.
`python -m tests.tools.run_tests newest` runs these too, in the newest Blender that the package index has.
`python -m tests.tools.run_tests all` runs all of them, and in every Blender that a Python is here for.

Each runs three processes at a time, as some only wait, shows what a process printed once it has ended, and ends with a
table.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .blenders import BLENDERS, Blender, blender_named, newest_for
from .environment import blender_python, tools_python
from .faults import ToolFault, run_tool
from .newest import newest_on_index
from .pose_networks import make_pose_networks_or_say
from .pythons import find_python, found_python, python_name
from .suites import (
    BLENDER_PROGRAM,
    IN_EVERY_BLENDER,
    IN_ONE_BETWEEN,
    INSTALLED,
    QUICKLY,
    SCENE,
    SMOKE,
    THOROUGHLY,
    WINDOW,
    WITH_ADD_ON,
    WITHOUT_BLENDER,
    Run,
    modules_of,
    run_again_after_a_crash,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_AT_A_TIME = 3
_LONGEST_FIRST: Sequence[Sequence[tuple[str, ...]]] = (
    (WINDOW,),
    SCENE,
    WITH_ADD_ON,
    *((suite,) for suite in reversed(WITHOUT_BLENDER)),
    IN_ONE_BETWEEN,
    (INSTALLED,),
    SMOKE,
)
_ALL_PASSED = 0


@dataclass(frozen=True)
class Row:
    """One line of the table: the processes that run one after the other in one Blender."""

    name: str
    blender: Blender
    suites: Sequence[tuple[str, ...]]
    variables: dict[str, str]

    def run(self) -> list[Run]:
        """Run them all, also after one failed."""
        python = blender_python(self.blender)
        suites = [modules_of(folders) for folders in self.suites]
        return [run_again_after_a_crash(python, modules, self.variables) for modules in suites]


def run_one(blender: Blender, variables: dict[str, str]) -> int:
    """Run what one Blender can run, a row for each suite, with those variables in its environment."""
    print(f"Blender {blender.wheel} on {python_name(blender.python)}", flush=True)
    make_pose_networks_or_say(blender_python(blender))  # made once, not by two rows that wait for each other
    suites = (*SCENE, WITH_ADD_ON[0], *reversed(WITHOUT_BLENDER), *WITH_ADD_ON[1:])
    rows = [Row(" ".join(suite), blender, (suite,), {IN_EVERY_BLENDER: "1", **variables}) for suite in suites]
    return _run_rows(rows, [])


def run_all() -> int:
    """The whole matrix, then a table with a row for each Blender and a line for each that was left out."""
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
    thoroughly = {THOROUGHLY: "1"}
    of_blender = {
        "all": {"tests/scene": SCENE, "all others": WITH_ADD_ON},
        "some": {"some tests": IN_ONE_BETWEEN},
        "smoke": {"smoke test": SMOKE},
    }
    rows = [Row(" ".join(suite), newest, (suite,), thoroughly) for suite in WITHOUT_BLENDER]
    for blender in blenders:
        variables = {**thoroughly, IN_EVERY_BLENDER: "1"} if blender == newest else thoroughly
        for tests, suites in of_blender["all" if blender == newest else blender.tests].items():
            name = f"bpy {blender.wheel}, {python_name(blender.python)}, {tests}"
            rows.append(Row(name, blender, suites, variables))
    program = shutil.which("blender")
    if program is None:
        left_out.append("a Blender program: none on PATH")
    else:
        rows.append(Row("installed in the Blender program", newest, (INSTALLED,), {BLENDER_PROGRAM: program}))
        missing = [tool for tool in ("Xvfb", "xdotool", "import") if shutil.which(tool) is None]
        if missing:
            left_out.append(f"the Blender program's window: {', '.join(missing)} not on PATH")
        else:
            rows.append(Row("window", newest, (WINDOW,), {BLENDER_PROGRAM: program}))
    # Long ones first: none of them is left to run alone. The newest before others: its environment is here already.
    rows.sort(key=lambda row: (_LONGEST_FIRST.index(row.suites), row.blender != newest))
    return _run_rows(rows, left_out)


def _run_rows(rows: Sequence[Row], left_out: list[str]) -> int:
    threading.Thread(target=_make_environments, args=(rows,), daemon=True).start()
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
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
        runs = row.run()
    except ToolFault as fault:
        print(f"\n----- {row.name}\n{fault}", flush=True)
        return Line(row.name, None, str(fault).splitlines()[0])
    print("\n".join([f"\n----- {row.name}", *(run.output.rstrip() for run in runs)]), flush=True)
    total = Run(0, 0, 0, 0.0, _ALL_PASSED, "")
    for run in runs:
        total = replace(
            total,
            passed=total.passed + run.passed,
            failed=total.failed + run.failed,
            skipped=total.skipped + run.skipped,
            seconds=total.seconds + run.seconds,
            status=max(total.status, abs(run.status)),
            crashes=total.crashes + run.crashes,
        )
    return Line(row.name, total)


def _table(lines: list[Line], left_out: list[str]) -> int:
    width = max(len(line.name) for line in lines)
    print(f"\n{'':{width}}  passed  failed  skipped    time")
    for line in lines:
        if line.total is None:
            print(f"{line.name:{width}}  could not run: {line.fault}")
            continue
        total = line.total
        time = f"{int(total.seconds) // 60}:{int(total.seconds) % 60:02}"
        ended = "" if total.status == _ALL_PASSED else f"  pytest ended with status {total.status}"
        ended += f"  crashed, and was run again: {total.crashes}" if total.crashes else ""
        print(f"{line.name:{width}}  {total.passed:6}  {total.failed:6}  {total.skipped:7}  {time:>6}{ended}")
    for what in left_out:
        print(f"Left out: {what}.")
    totals = [line.total for line in lines if line.total is not None]
    bad = len(lines) - len(totals) + sum(total.status != _ALL_PASSED for total in totals)
    print(f"{sum(total.passed for total in totals)} passed, {sum(total.failed for total in totals)} failed", flush=True)
    return 1 if bad else 0


def main() -> int:
    """Run what the command line names."""
    match sys.argv[1:]:
        case ["one"]:
            return run_one(newest_for(found_python()), {QUICKLY: "1"})
        case ["one", version]:
            return run_one(blender_named(version), {QUICKLY: "1"})
        case ["newest"]:
            return run_one(newest_on_index(tools_python()), {})
        case ["all"]:
            return run_all()
        case _:
            raise ToolFault("What is to be run?", "Name `one`, `one BLENDER`, `newest` or `all`.")


if __name__ == "__main__":
    run_tool(main)
