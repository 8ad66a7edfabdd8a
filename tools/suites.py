"""Which test modules run in which process, and one pytest process: its output, counts and time."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from .environment import ROOT

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

WITHOUT_BLENDER = (
    ("tests/service", "tests/faults", "tests/standin", "tests/demo"),
    ("tests/texts", "tests/jobs", "tests/motion", "tests/fuzz", "tests"),
    ("tests/vision",),
)
"""Need no particular version: run once, a process each. `tests` stands for the modules that lie in tests/ itself."""
SCENE = (("tests/scene",),)
WITH_ADD_ON = (("tests/ui",), ("tests/installed",), ("tests/takes",), ("tests/command",))
"""A process each, the longest first; the add-on is installed in all but the second."""
SMOKE = (tuple(f"tests/installed/test_{name}.py" for name in ("capture", "videos_and_robots")),)
IN_ONE_BETWEEN = (("tests/scene/keys", "tests/scene/video", "tests/scene/fbx"), *SMOKE)
"""In the long-term version between, and in the last for its Python: what versions differ in most."""
IN_OLDEST = (
    (
        *(f"tests/ui/capture/test_{name}.py" for name in ("correct_mode", "menus", "paid_strips", "several_strips")),
        *("tests/ui/capture/test_thumbnails.py", "tests/ui/g1/test_heat.py"),
        *(f"tests/ui/motion/test_{name}.py" for name in ("asset_library", "body_parts", "choices", "clean_up")),
        *(f"tests/ui/motion/test_{name}.py" for name in ("compare_takes", "presets", "redo")),
        *(f"tests/ui/motion/test_retarget_{name}.py" for name in ("asset", "from")),
        *("tests/ui/setup/test_key.py", "tests/ui/text/test_label_widths.py"),
        *(f"tests/ui/test_{name}.py" for name in ("assets", "controls", "names")),
        *(f"tests/takes/test_{name}.py" for name in ("meanwhile", "rendered_strips", "while_capturing")),
        *("tests/takes/previews/test_previews.py", "tests/command/test_command_retarget.py"),
        *("tests/installed/test_enabling.py", "tests/installed/test_renamed_option.py"),
        *SMOKE[0],
    ),
)
"""With the add-on, where code meets what versions differ in: panels and menus, slots of Actions, assets, properties,
undo, the sequencer, context overrides beside threads, importers. `make test BLENDER=4.2` runs the others too.
"""
IN_CHECK = tuple(f"tests/test_{name}.py" for name in ("compared_words", "import_rule", "language", "readme"))
"""`make check` runs these, and `make test` and `make test-all` leave them to it."""
INSTALLED = ("tests/installed",)
WINDOW = ("tests/window",)

BLENDER_PROGRAM = "AIMOCAP_TEST_BLENDER"
"""The variable that names a Blender program, for the tests that run in one instead of the bpy module."""

BUILT_ZIP = "AIMOCAP_BUILT_ZIP"
"""The variable that names the zip of these sources, built once for all rows."""

IN_EVERY_BLENDER = "AIMOCAP_IN_EVERY_BLENDER"
"""The variable that runs all tests in the versions between the oldest and the newest too."""

THOROUGHLY = "AIMOCAP_THOROUGHLY"
"""The variable that runs the tests, too, which try very many cases of what others try a few of:
`make test-thoroughly`."""

QUICKLY = "AIMOCAP_QUICKLY"
"""The variable that leaves out tests marked `slow`, and all cases but the first of those marked `slow_cases`:
`make test` and `make test-all`."""

SOON = "AIMOCAP_SOON"
"""The variable that, beside it, leaves out tests marked `long`: `make test`."""

_TIME_LIMIT_SEC = 2400
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""Beneath numpy: more of them wait for each other by computing, and other suites run beside."""
_COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped|deselected)\b")
_PERSONS_OWN = ("AIMOCAP_API_KEY", "AIMOCAP_KEY", "AIMOCAP_SERVICE_URL")
_NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"
"""A person's too: with it each process of a run, and each Blender that a test starts, compiles all modules anew."""


@dataclass(frozen=True)
class Run:
    """How one pytest process ended."""

    passed: int
    failed: int
    skipped: int
    left_out: int
    """By the variables above."""
    seconds: float
    status: int
    """Its exit status: 0 only if every test passed."""
    output: str
    cpu_seconds: float
    """Of its processes."""
    crashes: int = 0
    """How often Blender took the process down before."""


def modules_of(folders: tuple[str, ...]) -> list[str]:
    """The test modules of those folders, and those named themselves, relative to the repository.

    `tests` gives those at its top alone.

    If there are none, the folders themselves: pytest then ends with its status for no tests.
    """
    found: list[Path] = []
    for folder in folders:
        top = ROOT / folder
        below = top.glob("test_*.py") if folder == "tests" else top.rglob("test_*.py")
        found += [top] if top.is_file() else sorted(below)
    return [str(path.relative_to(ROOT)) for path in found] or list(folders)


def run_pytest(python: Path, modules: Sequence[str], variables: Mapping[str, str]) -> Run:
    """Run pytest on those modules in a process of its own, with a configuration of Blender of its own.

    Its temporary folder is its own too, and goes with it: a process that holds Blender leaves without cleaning up.

    Args:
        python: The environment's interpreter.
        modules: Test modules, relative to the repository.
        variables: To add to the process's environment.

    """
    started = time.monotonic()
    inherited = {name: value for name, value in os.environ.items() if name not in (*_PERSONS_OWN, _NO_BYTECODE)}
    with tempfile.TemporaryDirectory(prefix="tests-in-blender-") as folder:
        configuration, temporary = Path(folder, "configuration"), Path(folder, "temporary")
        configuration.mkdir()
        temporary.mkdir()
        own = {"BLENDER_USER_RESOURCES": str(configuration), "TMPDIR": str(temporary)}
        child = subprocess.Popen(
            [str(python), "-m", "pytest", "-p", "tools.leave_at_once", *modules],
            cwd=ROOT,
            env={**inherited, **own, "PYTHONUNBUFFERED": "1", **_ONE_THREAD, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        output, cpu_seconds = _read(child)
    counts = dict.fromkeys(("passed", "failed", "error", "errors", "skipped", "deselected"), 0)
    counts.update({kind: int(count) for count, kind in _COUNT.findall(_closing_line(output))})
    return Run(
        passed=counts["passed"],
        failed=counts["failed"] + counts["error"] + counts["errors"],
        skipped=counts["skipped"],
        left_out=counts["deselected"],
        seconds=time.monotonic() - started,
        status=child.returncode,
        output=output,
        cpu_seconds=cpu_seconds,
    )


def run_again_after_a_crash(python: Path, modules: Sequence[str], variables: Mapping[str, str]) -> Run:
    """The same, a second time where a signal ended the process: a Blender module that runs for minutes may crash.

    The output tells of both, and a second crash counts. What came to the time limit would do so again.
    """
    first = run_pytest(python, modules, variables)
    if first.status >= 0 or first.seconds >= _TIME_LIMIT_SEC:
        return first
    again = run_pytest(python, modules, variables)
    output = f"{first.output}\nA signal ended this: {-first.status}. Once more:\n{again.output}"
    seconds, cpu_seconds = first.seconds + again.seconds, first.cpu_seconds + again.cpu_seconds
    return replace(again, seconds=seconds, output=output, cpu_seconds=cpu_seconds, crashes=1)


def _read(child: subprocess.Popen[str]) -> tuple[str, float]:
    """Return its output, and the CPU seconds of it and of all that it waited for, once it has ended."""
    assert child.stdout is not None
    with _ended(child):
        output = child.stdout.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    return output, used.ru_utime + used.ru_stime


@contextlib.contextmanager
def _ended(child: subprocess.Popen[str]) -> Generator[None]:
    """Neither the process nor what it started outlives the block, or the time limit."""

    def kill() -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)

    timer = threading.Timer(_TIME_LIMIT_SEC, kill)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        kill()


def _closing_line(output: str) -> str:
    return next((line for line in reversed(output.splitlines()) if line.startswith("=") and " in " in line), "")
