"""The zip: what is in it, that it is reproducible, and that Blender's own validator takes it."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.tools.build_zip import build_zip
from tests.tools.faults import ToolFault
from tests.tools.validate_zip import validate

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """What a zip is built from, copied once, so that nothing changes while a test runs."""
    copy = tmp_path / "sources"
    shutil.copytree(ROOT / "aimocap_blender", copy / "aimocap_blender", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("LICENSE", "blender_manifest.toml"):
        shutil.copyfile(ROOT / name, copy / name)
    return copy


def in_another_order(sources: Path, to: Path) -> Path:
    """The sources again, files made in the opposite order, with other times and modes and with what must stay out."""
    for source in sorted(filter(Path.is_file, sources.rglob("*")), reverse=True):
        copy = to / source.relative_to(sources)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
        copy.chmod(0o600)
        os.utime(copy, (1_000_000_000, 1_000_000_000))
    cache = to / "aimocap_blender" / "__pycache__"
    cache.mkdir()
    (cache / "settings.cpython-311.pyc").write_bytes(b"stale")
    (to / "aimocap_blender" / ".settings.py.swp").write_bytes(b"an editor's")
    return to


_BUILD = """
import sys
from pathlib import Path
from tests.tools.build_zip import build_zip
print(build_zip(*map(Path, sys.argv[1:3]), wheels=[Path(name) for name in sys.argv[3:]]))
"""


def built_elsewhere(sources: Path, folder: Path, *wheels: Path) -> Path:
    """The zip, built by a process in another time zone whose files only their owner may read."""
    run = subprocess.run(
        [sys.executable, "-c", _BUILD, str(sources), str(folder), *map(str, wheels)],
        cwd=ROOT,
        env={**os.environ, "TZ": "Pacific/Kiritimati"},
        umask=0o077,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Path(run.stdout.strip())


@pytest.mark.parametrize("wheels", [(), ("some-1.0-py3-none-any.whl",)])
def test_the_same_sources_give_the_same_bytes(sources: Path, tmp_path: Path, wheels: tuple[str, ...]) -> None:
    files = [tmp_path / wheel for wheel in wheels]
    for file in files:
        file.write_bytes(b"a wheel")
    once = build_zip(sources, tmp_path / "once", wheels=files)
    again = built_elsewhere(in_another_order(sources, tmp_path / "copy"), tmp_path / "again", *files)
    assert again.name == once.name
    assert again.read_bytes() == once.read_bytes()


def test_other_sources_give_other_bytes(sources: Path, tmp_path: Path) -> None:
    once = build_zip(sources, tmp_path / "once").read_bytes()
    with (sources / "aimocap_blender" / "__init__.py").open("a") as file:
        file.write("# one more line\n")
    assert build_zip(sources, tmp_path / "again").read_bytes() != once


def test_holds_the_package_and_its_manifest_at_the_root(extension_zip: Path) -> None:
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("which files belong to the package is asked of git, and this is no checkout")
    listed = subprocess.run(
        ["git", "ls-files", "aimocap_blender"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    tracked = {name.removeprefix("aimocap_blender/") for name in listed.stdout.splitlines()}
    with zipfile.ZipFile(extension_zip) as archive:
        names = set(archive.namelist())
    assert {"__init__.py", "blender_manifest.toml", "LICENSE"} <= names
    assert tracked <= names
    assert not [name for name in names if name.endswith(".pyc") or name.startswith((".", "tests/", "/"))]


def test_blenders_validator_takes_it(extension_zip: Path) -> None:
    validate(extension_zip)


def test_blenders_validator_refuses_what_the_store_would(sources: Path, tmp_path: Path) -> None:
    manifest = sources / "blender_manifest.toml"
    manifest.write_text(re.sub(r"^version = .*$", 'version = "next"', manifest.read_text(), flags=re.MULTILINE))
    with pytest.raises(ToolFault, match="version"):
        validate(build_zip(sources, tmp_path))


def test_blenders_validator_refuses_a_tag_that_the_store_does_not_know(sources: Path, tmp_path: Path) -> None:
    manifest = sources / "blender_manifest.toml"
    manifest.write_text(re.sub(r"^tags = .*$", 'tags = ["Motion Capture"]', manifest.read_text(), flags=re.MULTILINE))
    with pytest.raises(ToolFault, match="Motion Capture"):
        validate(build_zip(sources, tmp_path))


def test_the_manifest_keeps_to_the_stores_rules(extension_zip: Path) -> None:
    with zipfile.ZipFile(extension_zip) as archive:
        manifest = tomllib.loads(archive.read("blender_manifest.toml").decode())
    said = [manifest["tagline"], *manifest["permissions"].values()]
    assert [sentence for sentence in said if len(sentence) > 64 or not sentence[-1].isalnum()] == []
    assert set(manifest["permissions"]) == {"network", "files", "clipboard"}
    assert "SPDX:GPL-3.0-or-later" in manifest["license"]
    assert "SPDX:BSD-3-Clause" in manifest["license"]
    assert "blender" not in manifest["name"].lower()
