"""The static repository, over real HTTP: installed from, updated from, by the page's link and on the command line."""

import http.server
import json
import os
import re
import subprocess
import threading
import tomllib
import urllib.parse
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.blender_versions import in_newest
from tests.installed.child_blender import PERSONS_OWN
from tests.installed.conftest import ROOT, RunInBlender
from tools.build_zip import build_zip
from tools.faults import ToolFault
from tools.repository import make_repository
from tools.suites import BLENDER_PROGRAM

PROGRAM = os.environ.get(BLENDER_PROGRAM)
VERSION = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))["version"]
NEXT = f"{int(VERSION.partition('.')[0]) + 1}.0.0"
_LONGEST_SEC = 120


class _Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its own name
        """Say nothing: what Blender prints is what a failure shows."""


@pytest.fixture
def web_space(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address that its files are served at."""
    folder = tmp_path / "web space"
    folder.mkdir()
    handler = partial(_Files, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def next_zip(sources: Path, tmp_path: Path) -> Path:
    """A zip of the next version, whose code can be told from this one's."""
    manifest = sources / "blender_manifest.toml"
    manifest.write_text(manifest.read_text().replace(f'version = "{VERSION}"', f'version = "{NEXT}"', 1))
    with (sources / "aimocap_blender" / "__init__.py").open("a") as file:
        file.write("NEXT = True\n")
    return build_zip(sources, tmp_path / "next zip", with_assets=False)


@pytest.fixture
def requests_zip(tmp_path: Path) -> Path:
    """Like the zip with `requests`: a wheel in it, named in its manifest."""
    wheel = tmp_path / "some-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("some.py", "")
    return build_zip(ROOT, tmp_path / "requests zip", with_assets=False, wheels=[wheel])


def link_in(folder: Path, address: str) -> str:
    """The link that people drag from the page, as their browser gives it to Blender."""
    page = (folder / "index.html").read_text(encoding="utf-8")
    (target,) = re.findall(r'href="(\./[^"]+\.zip[^"]*)"', page)
    return urllib.parse.urljoin(f"{address}/", target)


@pytest.mark.slow
def test_installed_by_its_address_and_updated(
    web_space: tuple[Path, str],
    extension_zip: Path,
    next_zip: Path,
    requests_zip: Path,
    run_in_blender: RunInBlender,
    tmp_path: Path,
) -> None:
    folder, address = web_space
    make_repository(extension_zip, requests_zip, folder / "aimocap")
    make_repository(next_zip, requests_zip, tmp_path / "next")
    request = {
        "link": link_in(folder / "aimocap", f"{address}/aimocap"),
        "link with requests": link_in(folder / "aimocap" / "with-requests", f"{address}/aimocap/with-requests"),
        "published": str(folder / "aimocap"),
        "next": str(tmp_path / "next"),
    }
    answer = run_in_blender("repository_child.py", request)
    index, other = (f"{address}/aimocap{folder}/index.json" for folder in ("", "/with-requests"))
    assert answer["repositories"] == [index, other]
    assert answer["asked"] == {"repository": index, "blender_version_min": "4.2.0"}
    assert answer["package"] == "aimocap_blender"
    asked, _, package = answer["with requests"]
    assert (asked["repository"], package) == (other, "aimocap_blender")
    here = {"version": VERSION, "enabled": True, "operators": True, "runs the next code": False, "updates": 0}
    assert answer["installed"] == here
    assert answer["offered"] == {**here, "updates": 1}
    assert answer["updated"] == {**here, "version": NEXT, "runs the next code": True}


@pytest.mark.skipif(PROGRAM is None, reason="only a Blender program has a command line")
def test_installed_and_updated_on_the_command_line(
    web_space: tuple[Path, str], extension_zip: Path, next_zip: Path, requests_zip: Path, tmp_path: Path
) -> None:
    assert PROGRAM
    folder, address = web_space
    inherited = {name: value for name, value in os.environ.items() if name not in PERSONS_OWN}
    config, program = tmp_path / "config", PROGRAM

    def call(*arguments: str) -> str:
        run = subprocess.run(
            [program, "--online-mode", "--command", *arguments],
            env={**inherited, "BLENDER_USER_RESOURCES": str(config)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_LONGEST_SEC,
            check=False,
        )
        assert run.returncode == 0, run.stdout
        return run.stdout

    make_repository(extension_zip, requests_zip, folder / "aimocap")
    page = (ROOT / "docs" / "pipeline.md").read_text(encoding="utf-8")
    reported = re.findall(r"^blender --online-mode --command (extension .+)$", page, re.MULTILINE)
    repo_add, install, update = (command.split() for command in reported)
    where = repo_add.index("--url") + 1
    call(*repo_add[:where], f"{address}/aimocap/index.json", *repo_add[where + 1 :], "--clear-all")
    call(*install)
    assert "capture" in call("aimocap", "--help")
    make_repository(next_zip, requests_zip, folder / "aimocap")
    call(*update)
    manifest = config / "extensions" / repo_add[-1] / "aimocap_blender" / "blender_manifest.toml"
    assert tomllib.loads(manifest.read_text(encoding="utf-8"))["version"] == NEXT


@in_newest
def test_each_index_has_one_zip(extension_zip: Path, requests_zip: Path, tmp_path: Path) -> None:
    folder = tmp_path / "repository"
    for _ in range(2):  # what lay there before doesn't stay
        make_repository(extension_zip, requests_zip, folder)
        for index, zip_file in ((folder, extension_zip), (folder / "with-requests", requests_zip)):
            (package,) = json.loads((index / "index.json").read_text(encoding="utf-8"))["data"]
            assert (package["id"], package["version"]) == ("aimocap_blender", VERSION)
            assert package["archive_url"] == f"./{zip_file.name}"
            assert package["archive_size"] == (index / zip_file.name).stat().st_size
            assert "platforms" not in package
        (folder / f"aimocap_blender-{NEXT}.zip").write_bytes(extension_zip.read_bytes())
    assert 'href="with-requests/"' in (folder / "index.html").read_text(encoding="utf-8")
    assert 'href="../"' in (folder / "with-requests" / "index.html").read_text(encoding="utf-8")


@in_newest
def test_a_zip_that_blender_does_not_take_leaves_what_is_published(
    extension_zip: Path, requests_zip: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "repository"
    make_repository(extension_zip, requests_zip, folder)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    broken = tmp_path / extension_zip.name
    broken.write_bytes(b"no zip")
    with pytest.raises(ToolFault, match="makes no index"):
        make_repository(broken, requests_zip, folder)
    with pytest.raises(ToolFault, match="is not there"):
        make_repository(tmp_path / "none.zip", requests_zip, folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
