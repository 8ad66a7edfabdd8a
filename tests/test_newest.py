"""The newest bpy is found by pip among all that a package index has, for the Pythons that are here, and is told."""

import sys
import tomllib
from pathlib import Path

import pytest

from tools.blenders import BLENDERS, PYTHONS
from tools.faults import ToolFault
from tools.newest import newest_on_index
from tools.pythons import find_python, python_name

ROOT = Path(__file__).resolve().parents[1]
HERE = sys.version_info[:2]
PYTHON = Path(sys.executable)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for the package index."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    return tmp_path


def offer(index: Path, wheel: str, python: tuple[int, int]) -> None:
    (index / f"bpy-{wheel}-cp{python[0]}{python[1]}-none-any.whl").touch()


@pytest.mark.slow
def test_a_version_that_the_table_lacks_is_reported_and_taken(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for wheel in ("99.2.4", "99.10.0", "99.9.1", "101.0.0a1"):
        offer(index, wheel, HERE)
    newest = newest_on_index(PYTHON)
    assert (newest.version, newest.wheel, newest.python, newest.tests) == ("99.10", "99.10.0", HERE, "most")
    reported = f"bpy 99.10.0 is new to tools/blenders.py, which ends with {BLENDERS[-1].wheel}."
    assert reported in capsys.readouterr().out


@pytest.mark.slow
def test_one_that_the_table_has_is_reported_and_taken_too(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = BLENDERS[-1].wheel
    offer(index, known, HERE)
    assert newest_on_index(PYTHON).wheel == known
    assert f"bpy {known} is in tools/blenders.py already" in capsys.readouterr().out


@pytest.mark.slow
def test_a_newer_one_for_a_python_that_is_not_here_is_reported(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ahead = PYTHONS[-1][0], PYTHONS[-1][1] + 3
    if find_python(ahead) is not None:
        pytest.skip(f"{python_name(ahead)} is here")
    offer(index, "99.0.0", HERE)
    offer(index, "100.0.0", ahead)
    assert newest_on_index(PYTHON).wheel == "99.0.0"
    assert f"bpy 100.0.0 needs {python_name(ahead)}, which is not here" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.usefixtures("index")
def test_where_there_is_none_pips_own_words_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ToolFault, match="has no bpy for a Python that is here"):
        newest_on_index(PYTHON)
    assert f"{python_name(HERE)}: ERROR: No matching distribution found for bpy" in capsys.readouterr().out


def test_pages_name_the_versions_of_the_table() -> None:
    oldest, newest = BLENDERS[0].version, BLENDERS[-1].version
    for page, said in {
        "README.md": f"For Blender {oldest} LTS to {newest}.",
        "docs/store/listing.md": f"For Blender {oldest} LTS to {newest},",
        "docs/changing-the-code.md": f"in each Blender from {oldest} to {newest} ",
        "Makefile": f"## the same in Blender {newest}, most in {oldest}, ",
    }.items():
        assert said in (ROOT / page).read_text(encoding="utf-8"), page
    smoke = ", ".join(blender.version for blender in BLENDERS if blender.tests == "smoke")
    assert f"a smoke test in {smoke}, and" in (ROOT / "Makefile").read_text(encoding="utf-8")
    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))
    assert manifest["blender_version_min"] == f"{oldest}.0"
