"""Build the extension's zip: manifest, `__init__.py` and manual at its root, the same bytes from the same sources.

`python -m tools.build_zip` writes build/aimocap_blender-VERSION.zip with the assets (the robots' meshes and the
networks that see people), a second one with the wheels of `requests` too (for Blender builds without it), a third
without the meshes (for the store, which asks for assets in the public domain: the networks are a program's data), and
a fourth with neither, and prints their paths. With `--without-assets` it writes the fourth alone, and needs nothing
from the package index.
"""

from __future__ import annotations

import contextlib
import json
import re
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from .blenders import newest_for
from .environment import blender_python
from .faults import run_tool
from .g1_assets import made_g1_assets, make_g1_assets
from .manual_pages import manual_pages
from .pose_networks import COPYRIGHT, LICENCE, made_pose_networks, make_pose_networks
from .pythons import found_python
from .requests_wheels import LICENCES, fetch_wheels, fetched_wheels
from .sample_film import made_sample_film, make_sample_film

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "aimocap_blender"
MANIFEST = "blender_manifest.toml"
WITHOUT_ASSETS, FOR_THE_STORE, WITH_REQUESTS = "-without-assets", "-for-the-store", "-with-requests"
TOLD_DEPTHS = ("vision/told_depths.npz", "vision/told_depths.txt")
"""The weights of the networks of depths, which nothing needs without the networks that see people."""
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def build_zip(
    root: Path, folder: Path, *, with_assets: bool = True, with_meshes: bool = True, wheels: Sequence[Path] = ()
) -> Path:
    """Write the zip of the extension whose sources lie under `root` into `folder`, and return its path.

    Names are sorted, times and modes fixed, so that a build depends on the files' contents alone. The assets are those
    that `make zip` made under the root's build/; where there are none, that is said, and the zip is without.

    Args:
        root: of the checkout.
        folder: made if need be.
        with_assets: the robots' meshes go in, and the networks that see people, which the manifest then names, with
            the networks of depths.
        with_meshes: the meshes are among them.
        wheels: go in, and into the manifest. From the next start on Blender puts wheels before its own packages: where
            it has a `requests` of its own, no add-on gets that any more. So the other zips have none.
    """
    meshes = made_g1_assets(root) if with_assets and with_meshes else {}
    networks = made_pose_networks(root) if with_assets else {}
    film = made_sample_film(root) if with_assets else {}
    if with_assets and with_meshes and not meshes:
        print("The zip is without the robots' meshes, which `make zip` makes: shapes stand in.", file=sys.stderr)
    if with_assets and not networks:
        print("The zip is without the networks that see people, which `make zip` makes: no preview.", file=sys.stderr)
    text = (root / MANIFEST).read_text(encoding="utf-8")
    kind = WITH_REQUESTS if wheels else WITHOUT_ASSETS if not with_assets else "" if with_meshes else FOR_THE_STORE
    members = {name: file.read_bytes() for name, file in {**_members(root), **meshes, **networks, **film}.items()}
    members |= manual_pages(root)
    if not with_assets:
        members = {name: content for name, content in members.items() if name not in TOLD_DEPTHS}
    members |= {f"wheels/{wheel.name}": wheel.read_bytes() for wheel in wheels}
    text = _with_networks(text) if networks else text
    members[MANIFEST] = (_with_wheels(text, wheels) if wheels else text).encode()
    folder.mkdir(parents=True, exist_ok=True)
    path = zip_path(root, folder, kind)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in sorted(members.items()):
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.external_attr = 0o100644 << 16
            entry.create_system = 3  # Unix, wherever it is built
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content, compresslevel=6)
    return path


def zip_path(root: Path, folder: Path, kind: str = "") -> Path:
    """Return where `build_zip` writes into `folder`; the version is the manifest's.

    Args:
        root: of the checkout.
        folder: of the zips.
        kind: nothing, or what the name of one of the other zips ends in.
    """
    manifest = tomllib.loads((root / MANIFEST).read_text(encoding="utf-8"))
    return folder / f"{manifest['id']}-{manifest['version']}{kind}.zip"


def _with_wheels(manifest: str, wheels: Sequence[Path]) -> str:
    """The manifest's text with the wheels and their licences; all else as it is."""
    names = json.dumps([f"./wheels/{wheel.name}" for wheel in wheels])
    licensed = _with_more(manifest, "license", LICENCES)
    return re.sub(r"^(?=license = )", lambda _: f"wheels = {names}\n", licensed, count=1, flags=re.MULTILINE)


def _with_networks(manifest: str) -> str:
    """The manifest's text with the networks' licence and copyright; all else as it is."""
    return _with_more(_with_more(manifest, "license", [LICENCE]), "copyright", [COPYRIGHT])


def _with_more(manifest: str, key: str, more: Sequence[str]) -> str:
    """The manifest's text with more in one of its lists, each once."""
    listed = dict.fromkeys([*tomllib.loads(manifest)[key], *more])
    entry = f"{key} = {json.dumps(list(listed))}"
    return re.sub(rf"^{key} = .*$", lambda _: entry, manifest, count=1, flags=re.MULTILINE)


def _members(root: Path) -> dict[str, Path]:
    """Name in the zip → file; neither caches nor hidden files."""
    members = {"LICENSE": root / "LICENSE"}
    for source in (root / PACKAGE).rglob("*"):
        name = source.relative_to(root / PACKAGE)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in name.parts)
        if source.is_file() and not hidden:
            members[name.as_posix()] = source
    return members


def main() -> int:
    """Build them into build/ and print their paths, one a line."""
    if sys.argv[1:] != [f"-{WITHOUT_ASSETS}"]:
        with contextlib.redirect_stdout(sys.stderr):
            python = blender_python(newest_for(found_python()))
            make_g1_assets(python)
            make_pose_networks(python)
            make_sample_film(python)
            fetch_wheels(python)
        for wheels in ([], fetched_wheels(ROOT)):
            print(build_zip(ROOT, ROOT / "build", wheels=wheels).relative_to(ROOT))
        print(build_zip(ROOT, ROOT / "build", with_meshes=False).relative_to(ROOT))
    print(build_zip(ROOT, ROOT / "build", with_assets=False).relative_to(ROOT))
    return 0


if __name__ == "__main__":
    run_tool(main)
