"""Operators in an overridden context, beside a thread that runs Python: until 5.0 Blender crashes, were it not held."""

import os
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aimocap_blender.scene.operator_calls import Threads


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python has no such race, and no thread is held")
def test_no_crash_beside_a_thread(tmp_path: Path) -> None:
    child = subprocess.run(
        [sys.executable, "-m", "tests.scene.overridden_child"],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"BLENDER_USER_RESOURCES": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert child.returncode == 0, child.stderr[-2000:]


def test_running_computation_is_waited_for() -> None:
    threads, begun, may_end, over = Threads(), threading.Event(), threading.Event(), threading.Event()

    def compute() -> None:
        with threads.computing():
            begun.set()
            may_end.wait()
            sum(range(1_000_000))
            over.set()

    @contextmanager
    def held_still() -> Generator[None]:
        may_end.set()
        yield

    threads.held_still = held_still
    threading.Thread(target=compute).start()
    begun.wait()
    with threads.quiet():
        assert over.is_set()
