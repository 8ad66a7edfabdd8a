"""A code host and pre-commit run and ask for things that the project has."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tools.suites import WITHOUT_BLENDER

ROOT = Path(__file__).resolve().parents[1]
WORKFLOW = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
HOOKS = re.findall(
    r"^        entry: (.+)$", (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"), re.MULTILINE
)


def test_linux_runs_what_a_change_must_pass() -> None:
    assert "      - run: .ci/run\n" in WORKFLOW
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_the_other_systems_run_suites_that_need_no_blender() -> None:
    (suites,) = re.findall(r"python -m pytest (.+)$", WORKFLOW, re.MULTILINE)
    assert len(suites.split()) == 3
    assert [
        suite for suite in suites.split() if suite not in sum(WITHOUT_BLENDER, ()) or not (ROOT / suite).is_dir()
    ] == []
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    assert [group for group in re.findall(r"--group (\w+)", WORKFLOW) if group not in groups] == []


def test_there_are_hooks() -> None:
    assert len(HOOKS) > 2


@pytest.mark.parametrize("entry", HOOKS)
def test_a_hook_is_a_step_of_make_check(entry: str) -> None:
    script = re.fullmatch(r"sh -c '(.+)' --", entry)
    assert script
    subprocess.run(["sh", "-n", "-c", script[1]], check=True)
    arguments = script[1].partition(" -m ")[2].partition(" -m ")[2].removesuffix(' "$@"')
    step = arguments.replace("codespell_lib", "codespell").replace(" --force-exclude", "").replace(" ", '" ', 1)
    assert f'"$$bin/{step}' in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_bug_form_asks_for_the_report_that_the_add_on_makes() -> None:
    form = (ROOT / ".github/ISSUE_TEMPLATE/bug.yml").read_text(encoding="utf-8")
    assert "Press Copy Report in the add-on's preferences" in form
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "aimocap_blender").rglob("*.py"))
    assert any('"Copy Report"' in source for source in sources)
