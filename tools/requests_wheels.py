"""The wheels of `requests` and what it needs, for Blender builds that come without: fetched once by hash, then kept."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from .quiet_commands import run_quietly
from .waiting import say

ROOT = Path(__file__).resolve().parents[1]
_PINS = Path(__file__).with_suffix(".txt")
LICENCES = ("SPDX:Apache-2.0", "SPDX:MIT", "SPDX:MPL-2.0")
"""Of the wheels, beside BSD-3-Clause (idna), which the manifest names anyway."""


def fetched_wheels(root: Path) -> list[Path]:
    """The wheels, if they were fetched under this root's build/ before; else none."""
    return sorted(_folder(root).glob("*.whl"))


def fetch_wheels(python: Path) -> None:
    """See that the wheels are there.

    Args:
        python: an interpreter that has pip.

    Raises:
        ToolFault: they could not be fetched, or are not what they were.
    """
    folder = _folder(ROOT)
    if folder.is_dir():
        return
    say("Fetching the wheels of requests")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        to = Path(name) / "wheels"
        pip = [str(python), "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        pure = ["--only-binary=:all:", "--platform", "any", "--implementation", "py", "--abi", "none"]
        run_quietly(
            [*pip, *pure, "--require-hashes", "--requirement", str(_PINS), "--dest", str(to)],
            "The wheels of requests could not be fetched",
            "See that the package index can be reached, or build only the zip that needs nothing from it: "
            "python3 -m tools.build_zip --without-assets",
            waited_for="downloading the wheels of requests",
        )
        to.rename(folder)


def _folder(root: Path) -> Path:
    return root / "build" / "wheels" / hashlib.sha256(_PINS.read_bytes()).hexdigest()[:16]
