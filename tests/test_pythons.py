"""Where no Python fits Blender's module: what is said, and what is installed as root on Debian, after saying so."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import debian, pythons
from tools.faults import ToolFault

FITTING = (3, 98)
"""Of no machine."""
APT_CACHE = """#!/bin/sh
echo "python3:
  Installed: (none)
  Candidate: {candidate}"
"""
APT_GET = """#!/bin/sh
echo "$*" >>"{folder}/called"
case "$*" in
*--print-uris*) echo "After this operation, 34.5 MB of additional disk space will be used." ;;
*" install "*)
    printf '#!/bin/sh\\necho "3|98|{folder}/python3.98"\\n' >"{folder}/python3.98"
    chmod +x "{folder}/python3.98"
    ;;
esac
"""


@pytest.fixture
def offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on PATH in which apt-get is, and where it puts a Python that fits."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(pythons, "PYTHONS", (FITTING,))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    for name, script in (("apt-cache", APT_CACHE), ("apt-get", APT_GET)):
        (tmp_path / name).write_text(script.format(folder=tmp_path, candidate="3.98.5-1"))
        (tmp_path / name).chmod(0o755)
    caches = (pythons.find_python, debian._refresh_lists)
    for cache in caches:
        cache.cache_clear()
    yield tmp_path
    for cache in caches:
        cache.cache_clear()


def test_debians_own_is_installed_where_it_fits(offered: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert pythons.found_python() == FITTING
    before, _, then = capsys.readouterr().err.partition("\n")
    assert "needs Python 3.98, and this machine has only" in before
    assert "installs python3 python3-venv" in before
    assert then == "This takes 34.5 MB of disk and usually less than a minute\n"
    called = (offered / "called").read_text().splitlines()
    assert [" update" in f" {call}" for call in called] == [True, False, False]
    assert called[-1].endswith("install -y --no-install-recommends python3 python3-venv")


def test_nobody_else_gets_more_than_the_command(offered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(ToolFault, match=r"As root, run:\n  apt-get update && apt-get install .*python3 python3-venv"):
        pythons.found_python()
    assert not (offered / "called").exists()


@pytest.mark.parametrize(
    ("system", "said"),
    [
        ("ubuntu", "run `add-apt-repository ppa:deadsnakes/ppa && apt-get install python3.98-venv`"),
        ("fedora", "for example by `pyenv install 3.98`"),
    ],
)
def test_where_the_systems_own_does_not_fit_a_line_says_what_does(
    offered: Path, monkeypatch: pytest.MonkeyPatch, system: str, said: str
) -> None:
    monkeypatch.setattr("platform.freedesktop_os_release", lambda: {"ID": system})
    (offered / "apt-cache").write_text(APT_CACHE.format(candidate="3.12.3-0ubuntu2"))
    with pytest.raises(ToolFault) as fault:
        pythons.found_python()
    line, then = str(fault.value).splitlines()
    assert line.startswith("Blender's module needs Python 3.98, and this machine has only Python 3.")
    assert said in line
    assert then == "Then run make again."
    assert not (offered / "called").exists()
