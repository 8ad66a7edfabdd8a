"""Operators in an overridden context, beside a thread that runs Python: until 5.0 Blender crashes, were it not held."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python has no such race, and no thread is held")
def test_no_crash_beside_a_thread(tmp_path: Path) -> None:
    child = subprocess.run(
        [sys.executable, "-m", "tests.scene.overridden_child"],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"BLENDER_USER_RESOURCES": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, child.stderr[-2000:]
