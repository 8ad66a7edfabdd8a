"""Build the extension's zip: manifest and `__init__.py` at its root, the same bytes from the same sources.

`python -m tests.tools.build_zip` writes build/aimocap_blender-VERSION.zip and prints its path.
"""

from __future__ import annotations

import tomllib
import zipfile
from pathlib import Path

from .faults import run_tool

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "aimocap_blender"
MANIFEST = "blender_manifest.toml"
BESIDE_THE_PACKAGE = (MANIFEST, "LICENSE")
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def build_zip(root: Path, folder: Path) -> Path:
    """Write the zip of the extension whose sources lie under `root` into `folder`, and return its path.

    Names are sorted, times and modes fixed, so that a build depends on the files' contents alone.
    """
    with (root / MANIFEST).open("rb") as file:
        manifest = tomllib.load(file)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{manifest['id']}-{manifest['version']}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, source in sorted(_members(root).items()):
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
    """Build it into build/ and print its path."""
    print(build_zip(ROOT, ROOT / "build").relative_to(ROOT))
    return 0


if __name__ == "__main__":
    run_tool(main)
