"""Another extension of the user's, whose only import is a wheel that Blender installs for it."""

import hashlib
import zipfile
from pathlib import Path

ID = "neighbour"
WHEEL = "neighbour_wheel-1.0-py3-none-any.whl"
_MANIFEST = f"""\
schema_version = "1.0.0"
id = "{ID}"
version = "1.0.0"
name = "Neighbour"
tagline = "Needs a wheel"
maintainer = "Someone Else"
type = "add-on"
blender_version_min = "4.2.0"
license = ["SPDX:GPL-3.0-or-later"]
wheels = ["./wheels/{WHEEL}"]
"""


def neighbour_zip(folder: Path) -> Path:
    """Build it as Blender installs it."""
    about = "neighbour_wheel-1.0.dist-info"
    with zipfile.ZipFile(folder / WHEEL, "w") as wheel:
        wheel.writestr("neighbour_wheel/__init__.py", "ANSWER = 42\n")
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: neighbour-wheel\nVersion: 1.0\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", "neighbour_wheel/__init__.py,,\n")
    file = folder / f"{ID}.zip"
    with zipfile.ZipFile(file, "w") as extension:
        extension.writestr("blender_manifest.toml", _MANIFEST)
        extension.writestr(
            "__init__.py", "import neighbour_wheel\n\n\ndef register(): pass\n\n\ndef unregister(): pass\n"
        )
        extension.write(folder / WHEEL, f"wheels/{WHEEL}")
    return file


def tree_of(*folders: Path) -> dict[str, str]:
    """The content of all files below the folders, hashed, by path."""
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """The paths of the files that came, went or changed."""
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
