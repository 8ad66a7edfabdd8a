"""The extension as people get it: built into a zip, installed into a Blender that has nothing else."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.tools.build_zip import build_zip
from tests.tools.suites import BLENDER_PROGRAM

ROOT = Path(__file__).resolve().parents[2]
PERSONS_OWN = ("AIMOCAP_API_KEY", "AIMOCAP_SERVICE_URL")
LONGEST_SEC = 600

RunInBlender = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def extension_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_zip(ROOT, tmp_path_factory.mktemp("zip"))


@pytest.fixture
def run_in_blender(tmp_path: Path) -> RunInBlender:
    """Run a script of this folder in a Blender of its own, with an empty configuration; its answer is returned.

    The script finds `{"answer": path, **request}` as JSON in the file that its last argument names. It runs in the
    program that the variable AIMOCAP_TEST_BLENDER names, else in this environment's bpy module.
    """

    def run(script: str, request: Mapping[str, object], variables: Mapping[str, str] | None = None) -> dict[str, Any]:
        answer = tmp_path / "answer.json"
        question = tmp_path / "request.json"
        question.write_text(json.dumps({"answer": str(answer), **request}))
        inherited = {name: value for name, value in os.environ.items() if name not in PERSONS_OWN}
        child = subprocess.run(
            [*blender_command(Path(__file__).with_name(script)), str(question)],
            cwd=tmp_path,
            env={**inherited, "BLENDER_USER_RESOURCES": str(tmp_path / "config"), **(variables or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=LONGEST_SEC,
            check=False,
        )
        assert child.returncode == 0, child.stdout
        assert answer.exists(), child.stdout
        return json.loads(answer.read_text())

    return run


def blender_command(script: Path) -> list[str]:
    program = os.environ.get(BLENDER_PROGRAM)
    if program is None:
        return [sys.executable, str(script)]
    options = ["--background", "--factory-startup", "--python-exit-code", "1"]
    return [program, *options, "--python", str(script), "--"]
