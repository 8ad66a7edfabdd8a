"""Make a static extension repository: index.json, index.html and a zip, which any web space can serve as they are.

`python -m tools.repository` takes the zips that `make zip` left, and needs an environment with the bpy module,
whose own tool writes the index. Blender takes one zip of an extension from an index, so the zip with `requests` has a
folder, and an address, of its own; the one without assets is for the extension store alone.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from string import Template

from .build_zip import ROOT, WITH_REQUESTS, zip_path
from .faults import ToolFault, run_tool
from .validate_zip import blender_ext

REPOSITORY = "repository"
"""Its folder under build/."""

_PAGE = Path(__file__).with_suffix(".html")
_TO_REQUESTS = (
    f'Blender builds without requests (Debian\'s, for one) take <a href="{WITH_REQUESTS[1:]}/">another one</a>.'
)
_TO_NORMAL = (
    "This one is for Blender builds without requests (Debian's, for one): its packages take precedence over Blender's "
    'own, for every add-on. All others take <a href="../">the normal one</a>.'
)


def make_repository(normal: Path, with_requests: Path, folder: Path) -> None:
    """Write the whole repository in place of the one that is there.

    Args:
        normal: the zip for everybody.
        with_requests: the zip for Blender builds without that package; it goes into a folder within.
        folder: of the repository; it is whole or not there at all.

    Raises:
        ToolFault: a zip is missing, or Blender's tool doesn't take it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        made = Path(name) / REPOSITORY
        _publish(normal, made, _TO_REQUESTS)
        _publish(with_requests, made / WITH_REQUESTS[1:], _TO_NORMAL)
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)


def _publish(zip_file: Path, folder: Path, note: str) -> None:
    """Put the zip into a new folder, with the index and the page that Blender's tool writes of it."""
    folder.mkdir()
    try:
        shutil.copyfile(zip_file, folder / zip_file.name)
    except FileNotFoundError:
        raise ToolFault(f"{zip_file} is not there.", "Run `make zip`, which builds it.") from None
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".html") as page:
        page.write(Template(_PAGE.read_text(encoding="utf-8")).safe_substitute(note=note))
        page.flush()
        options = [f"--repo-dir={folder}", "--html", f"--html-template={page.name}"]
        command = [sys.executable, str(blender_ext()), "server-generate", *options]
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    index = folder / "index.json"  # which is written without a zip that is refused, too
    if run.returncode != 0 or not json.loads(index.read_text(encoding="utf-8"))["data"]:
        raise ToolFault(f"Blender's tool makes no index of {zip_file}:\n{run.stdout.strip()}", "Run `make zip` again.")


def main() -> int:
    """Make it in build/, of the zips that lie there, and print its folder."""
    folder = ROOT / "build" / REPOSITORY
    make_repository(zip_path(ROOT, ROOT / "build"), zip_path(ROOT, ROOT / "build", WITH_REQUESTS), folder)
    print(folder.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    run_tool(main)
