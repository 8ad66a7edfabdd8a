"""The extension as people get it: built into a zip, installed into a Blender that has nothing else."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.built_zip import built_zip
from tests.installed.child_blender import answer_of
from tools.g1_assets import made_g1_assets
from tools.pose_networks import made_pose_networks
from tools.suites import BLENDER_PROGRAM

ROOT = Path(__file__).resolve().parents[2]
LONGEST_SEC = 600

RunInBlender = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def extension_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built_zip(tmp_path_factory.mktemp("zip"))


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """The sources of a zip, the assets too where they were made; nothing changes them while a test runs."""
    copy = tmp_path / "sources"
    shutil.copytree(ROOT / "aimocap_blender", copy / "aimocap_blender", ignore=shutil.ignore_patterns("__pycache__"))
    assets = (*made_g1_assets(ROOT).values(), *made_pose_networks(ROOT).values())
    for file in (ROOT / "LICENSE", ROOT / "blender_manifest.toml", *assets):
        (copy / file.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy / file.relative_to(ROOT))
    return copy


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
        command = [*blender_command(Path(__file__).with_name(script)), str(question)]
        config = tmp_path / "config"
        return answer_of(command, answer, config=config, variables=variables or {}, longest_sec=LONGEST_SEC)

    return run


def blender_command(script: Path) -> list[str]:
    program = os.environ.get(BLENDER_PROGRAM)
    if program is None:
        return [sys.executable, str(script)]
    options = ["--background", "--factory-startup", "--python-exit-code", "1"]
    return [program, *options, "--python", str(script), "--"]
