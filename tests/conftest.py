"""Fixtures of every room's tests."""

import gc
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tools.suites import QUICKLY, SOON

# A busy machine is slow, which is no fault of what is tested.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", settings.get_profile("untimed"), max_examples=25)
settings.load_profile("quick" if QUICKLY in os.environ else "untimed")

pytest_plugins = ["tests.faults.marks"]

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real motions, characters and oracles that lie beside the checkout, or a skip that says so."""
    data = SHARED / "data"
    if not data.is_dir():
        pytest.skip(f"the real motions and characters are not here: no {data.name} folder beside the checkout")
    return data


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marks of tests that take long where others show that the capability works."""
    config.addinivalue_line("markers", "long: the whole test is left to make test-all")
    config.addinivalue_line("markers", "slow: the whole test is left to make test-thoroughly")
    config.addinivalue_line("markers", "slow_cases: further cases are left to make test-thoroughly")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave long tests, and further cases of some, out where there is to be an answer soon."""
    if QUICKLY not in os.environ:
        return
    marks = ("slow", "long") if SOON in os.environ else ("slow",)
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    begun: set[str] = set()
    for item in items:
        test = item.nodeid.partition("[")[0]
        is_further = item.get_closest_marker("slow_cases") is not None and test in begun
        begun.add(test)
        is_marked = any(item.get_closest_marker(mark) is not None for mark in marks)
        (left_out if is_further or is_marked else kept).append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept


def pytest_collection_finish() -> None:
    """Spare the collector the tests' own modules and items, which stay to the end, at each of its rounds."""
    gc.freeze()


def pytest_unconfigure() -> None:
    """Give them back: Blender 4.5 never ends where some of its objects are still held."""
    gc.unfreeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what is skipped in one line for each module and reason."""
    reports = terminalreporter.stats.get("skipped", ())
    skipped = Counter((report.nodeid.partition("::")[0], str(report.longrepr[2])) for report in reports)
    for (module, reason), count in sorted(skipped.items()):
        terminalreporter.write_line(f"SKIPPED [{count}] {module}: {reason.removeprefix('Skipped: ')}")
