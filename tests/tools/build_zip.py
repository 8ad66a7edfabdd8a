"""Build the extension's zip: manifest and `__init__.py` at its root, the same bytes from the same sources.

`python -m tests.tools.build_zip` writes build/aimocap_blender-VERSION.zip with the robot's meshes, and a second one
without (for the store, which asks for assets in the public domain), and prints their paths. With `--without-assets` it
writes the second alone, and needs nothing from the package index.
"""

from __future__ import annotations

import contextlib
import sys
import tomllib
import zipfile
from pathlib import Path

from .blenders import newest_for
from .environment import blender_python
from .faults import run_tool
from .g1_assets import made_g1_assets, make_g1_assets
from .pythons import found_python

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "aimocap_blender"
MANIFEST = "blender_manifest.toml"
BESIDE_THE_PACKAGE = (MANIFEST, "LICENSE")
WITHOUT_ASSETS = "-without-assets"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def build_zip(root: Path, folder: Path, *, with_assets: bool = True) -> Path:
    """Write the zip of the extension whose sources lie under `root` into `folder`, and return its path.

    Names are sorted, times and modes fixed, so that a build depends on the files' contents alone. The assets are those
    that `make zip` made under the root's build/; where there are none, that is said, and the zip is without.
    """
    assets = made_g1_assets(root) if with_assets else {}
    if with_assets and not assets:
        print("The zip is without the robot's meshes, which `make zip` makes: shapes stand in.", file=sys.stderr)
    with (root / MANIFEST).open("rb") as file:
        manifest = tomllib.load(file)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{manifest['id']}-{manifest['version']}{'' if with_assets else WITHOUT_ASSETS}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, source in sorted({**_members(root), **assets}.items()):
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.external_attr = 0o100644 << 16
            entry.create_system = 3  # Unix, wherever it is built
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, source.read_bytes(), compresslevel=9)
    return path


def _members(root: Path) -> dict[str, Path]:
    """Name in the zip → file; neither caches nor hidden files."""
    members = {name: root / name for name in BESIDE_THE_PACKAGE}
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
            make_g1_assets(blender_python(newest_for(found_python())))
        print(build_zip(ROOT, ROOT / "build").relative_to(ROOT))
    print(build_zip(ROOT, ROOT / "build", with_assets=False).relative_to(ROOT))
    return 0


if __name__ == "__main__":
    run_tool(main)
