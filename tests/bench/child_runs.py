"""Runs a bench's child once for each number, with the add-on's zip and a configuration of its own."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tools.build_zip import build_zip

ROOT = Path(__file__).resolve().parents[2]


def run_child(child: Path, numbers: Iterable[int]) -> int:
    """Run `child ZIP NUMBER` for each number; return the exit status of the first that fails, else 0."""
    with tempfile.TemporaryDirectory() as name:
        zip_file = build_zip(ROOT, Path(name), with_assets=False)
        for number in numbers:
            run = subprocess.run(
                [sys.executable, str(child), str(zip_file), str(number)],
                env={**os.environ, "BLENDER_USER_RESOURCES": str(Path(name) / str(number))},
                check=False,
            )
            if run.returncode:
                return run.returncode
    return 0
