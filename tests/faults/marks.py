"""A pytest plugin: `@pytest.mark.fault(7)` says which known fault a test makes, `seen(…)` what came of it.

`told(…)` is printed in the terminal's summary, also of a test that passed.

Where `AIMOCAP_FAULTS` names a file, each marked test leaves a line of JSON in it: numbers, outcome, what was seen.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

RESULTS = "AIMOCAP_FAULTS"
Seen = Callable[[str], None]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fault(*numbers): makes these faults of tests/faults/known.py")


@pytest.fixture
def seen(request: pytest.FixtureRequest) -> Seen:
    """Tell what came of a fault, for the table of all of them."""
    return lambda text: request.node.user_properties.append(("seen", text))


@pytest.fixture
def told(request: pytest.FixtureRequest) -> Seen:
    """Tell a figure at the end of the run."""
    return lambda text: request.node.user_properties.append(("told", text))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, ())]
    lines = [
        f"{report.nodeid.rpartition('::')[2]}: {value}"
        for report in reports
        if report.when == "call"
        for name, value in report.user_properties
        if name == "told"
    ]
    if lines:
        terminalreporter.section("told")
        terminalreporter.write_line("\n".join(lines))


def pytest_runtest_setup(item: pytest.Item) -> None:
    numbers = [number for mark in item.iter_markers("fault") for number in mark.args]
    item.user_properties.append(("faults", numbers))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if RESULTS not in os.environ or (report.when != "call" and not report.failed and not report.skipped):
        return
    numbers = [
        number for name, value in report.user_properties if name == "faults" for number in cast("list[int]", value)
    ]
    told = [value for name, value in report.user_properties if name == "seen"]
    if report.passed and not told:  # its name says what came of it
        told = [report.nodeid.rpartition("::")[2].removeprefix("test_").replace("_", " ")]
    line = {"numbers": numbers, "test": report.nodeid, "outcome": report.outcome, "seen": told}
    with Path(os.environ[RESULTS]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
