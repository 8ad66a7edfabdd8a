"""The zip: what is in it, that it is reproducible, and that Blender's own validator takes it."""

import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.blender_versions import in_newest
from tools.build_zip import build_zip
from tools.faults import ToolFault
from tools.validate_zip import validate

ROOT = Path(__file__).resolve().parents[2]

pytestmark = in_newest


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
from tools.build_zip import build_zip
root, folder, wheel = map(Path, sys.argv[1:])
print(build_zip(root, folder))
print(build_zip(root, folder, wheels=[wheel]))
print(build_zip(root, folder, with_assets=False))
"""


def three_zips(sources: Path, folder: Path, wheel: Path, *, zone: str, umask: int) -> list[Path]:
    """Those that `make zip` builds, by a process in that time zone that takes those rights from the files it makes."""
    run = subprocess.run(
        [sys.executable, "-c", _BUILD, str(sources), str(folder), str(wheel)],
        cwd=ROOT,
        env={**os.environ, "TZ": zone},
        umask=umask,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [Path(line) for line in run.stdout.splitlines()]


@pytest.mark.slow
def test_the_same_sources_give_the_same_bytes(sources: Path, tmp_path: Path) -> None:
    wheel = tmp_path / "some-1.0-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")
    copy = in_another_order(sources, tmp_path / "copy")
    once = three_zips(sources, tmp_path / "once", wheel, zone="America/Los_Angeles", umask=0o002)
    again = three_zips(copy, tmp_path / "again", wheel, zone="Pacific/Kiritimati", umask=0o077)
    assert len({path.name for path in once}) == 3
    assert [path.name for path in again] == [path.name for path in once]
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in once]


def test_whoever_unpacks_it_may_read_it_and_no_clock_is_in_it(extension_zip: Path) -> None:
    with zipfile.ZipFile(extension_zip) as archive:
        entries = archive.infolist()
    names = [entry.filename for entry in entries]
    assert names == sorted(set(names))
    assert {stat.filemode(entry.external_attr >> 16) for entry in entries} == {"-rw-r--r--"}
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.long
def test_checkouts_are_alike_whatever_git_does_to_line_ends(tmp_path: Path) -> None:
    skip_without_git()
    zips: list[bytes] = []
    for convert in ("false", "true"):
        checkout = tmp_path / convert
        command = ["git", "-c", f"core.autocrlf={convert}", "checkout-index", "--all", f"--prefix={checkout}/"]
        subprocess.run(command, cwd=ROOT, check=True)
        zips.append(build_zip(checkout, tmp_path / f"zip_{convert}", with_assets=False).read_bytes())
    assert zips[0] == zips[1]


@pytest.mark.slow
def test_other_sources_give_other_bytes(sources: Path, tmp_path: Path) -> None:
    once = build_zip(sources, tmp_path / "once").read_bytes()
    with (sources / "aimocap_blender" / "__init__.py").open("a") as file:
        file.write("# one more line\n")
    assert build_zip(sources, tmp_path / "again").read_bytes() != once


def skip_without_git() -> None:
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("which files belong to the package is asked of git, and this is no checkout")


def test_holds_the_package_and_its_manifest_at_the_root(extension_zip: Path) -> None:
    skip_without_git()
    listed = subprocess.run(
        ["git", "ls-files", "aimocap_blender"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    tracked = {name.removeprefix("aimocap_blender/") for name in listed.stdout.splitlines()}
    with zipfile.ZipFile(extension_zip) as archive:
        names = set(archive.namelist())
    assert {
        "__init__.py",
        "blender_manifest.toml",
        "LICENSE",
        "motion/g1/g1-LICENSE.txt",
        "motion/g1/robot-booster_t1-LICENSE.txt",
    } <= names
    assert tracked <= names
    assert not [name for name in names if name.endswith(".pyc") or name.startswith((".", "tests/", "/"))]


def test_blenders_validator_takes_it(extension_zip: Path) -> None:
    validate(extension_zip)


@pytest.mark.slow
def test_blenders_validator_refuses_what_the_store_would(sources: Path, tmp_path: Path) -> None:
    manifest = sources / "blender_manifest.toml"
    manifest.write_text(re.sub(r"^version = .*$", 'version = "next"', manifest.read_text(), flags=re.MULTILINE))
    with pytest.raises(ToolFault, match="version"):
        validate(build_zip(sources, tmp_path))


@pytest.mark.slow
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
    assert {"SPDX:BSD-3-Clause", "SPDX:Apache-2.0"} <= set(manifest["license"])
    assert "blender" not in manifest["name"].lower()
    assert manifest["website"].startswith("https://")
