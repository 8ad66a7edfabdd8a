"""Release a version: check, date the changelog, set the manifest's version, build, commit and tag. Nothing is pushed.

All that is published is in build/release/: zips, their checksums and notes for a code host, web/ for a web space.

`python -m tools.release VERSION [--dry-run]`, from the checkout's root. With `--dry-run` all is checked, what
would be released is printed, and nothing is written.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .build_zip import FOR_THE_STORE, MANIFEST, WITH_REQUESTS, WITHOUT_ASSETS, zip_path
from .faults import ToolFault, run_tool
from .repository import REPOSITORY

ROOT = Path(__file__).resolve().parents[1]
CHANGELOG = "CHANGELOG.md"
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_UNRELEASED = re.compile(r"^## \[Unreleased\]\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Release:
    """The contents of the files once the version is released."""

    version: str
    changelog: str
    manifest: str
    notes: str
    """The changelog's section, without its heading."""

    @property
    def tag(self) -> str:
        """The tag's name."""
        return f"v{self.version}"


def planned(root: Path, version: str) -> Release:
    """Check that the checkout can be released as that version, but for `make check`; nothing is written.

    Raises:
        ToolFault: it can't be.
    """
    manifest = (root / MANIFEST).read_text(encoding="utf-8")
    released = tomllib.loads(manifest)["version"]
    if not _VERSION.fullmatch(version):
        raise ToolFault(f"{version or 'Nothing'} is not a version.", "Name one of three numbers: VERSION=1.2.3.")
    if _numbers(version) <= _numbers(released):
        raise ToolFault(f"{MANIFEST} has version {released} already.", "Name a higher one.")
    branch = _git(root, "branch", "--show-current")
    if branch != "main":
        raise ToolFault(f"The checkout is on {branch or 'no branch'}.", "Releases are made on main: switch to it.")
    if changed := _git(root, "status", "--porcelain"):
        raise ToolFault(f"The checkout has changes:\n{changed}", "Commit them or put them away.")
    if _git(root, "tag", "--list", f"v{version}"):
        raise ToolFault(f"There is a tag v{version} already.", "Name a higher version.")
    changelog = (root / CHANGELOG).read_text(encoding="utf-8")
    section = _UNRELEASED.search(changelog)
    if section is None or not re.search(r"^- ", section[1], re.MULTILINE):
        raise ToolFault(f"{CHANGELOG} says nothing under Unreleased.", "Write what changes for users.")
    date = datetime.now(tz=UTC).date().isoformat()
    heading = f"## [Unreleased]\n\n## [{version}] - {date}\n"
    return Release(
        version,
        changelog=changelog[: section.start()] + heading + section[1] + changelog[section.end() :],
        manifest=re.sub(r"^version = .*$", f'version = "{version}"', manifest, count=1, flags=re.MULTILINE),
        notes=section[1].strip() + "\n",
    )


def make_release(root: Path, release: Release) -> Path:
    """Write the files, build what is published, commit and tag.

    Returns:
        The folder with all that is published.

    Raises:
        ToolFault: what is published could not be built, or git refused; the two files are as they were.
    """
    new = {root / CHANGELOG: release.changelog, root / MANIFEST: release.manifest}
    before = {file: file.read_text(encoding="utf-8") for file in new}
    try:
        _write(new)
        _make(root, "repository")
        folder = _gathered(root, release.notes)
        _git(root, "commit", "--message", f"Release {release.version}", "--", CHANGELOG, MANIFEST)
    except BaseException:
        _write(before)
        raise
    _git(root, "tag", "--annotate", release.tag, "--message", f"AIMoCap {release.version}")
    return folder


def download_address(root: Path) -> str:
    """Return the web space's address, which the pages name."""
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]["Download"]


def _gathered(root: Path, notes: str) -> Path:
    """Put what is published into one folder, in place of an earlier release's."""
    build = root / "build"
    folder = build / "release"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(build / REPOSITORY, folder / "web")
    sums: list[str] = []
    for kind in ("", WITH_REQUESTS, FOR_THE_STORE, WITHOUT_ASSETS):
        file = zip_path(root, build, kind)
        shutil.copy(file, folder)
        sums.append(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n")
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    (folder / "notes.md").write_text(notes, encoding="utf-8")
    return folder


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _write(texts: dict[Path, str]) -> None:
    for file, text in texts.items():
        file.write_text(text, encoding="utf-8")


def _make(root: Path, target: str) -> None:
    """Run make, its output shown."""
    if subprocess.run(["make", target], cwd=root, check=False).returncode != 0:
        raise ToolFault(f"`make {target}` failed: nothing is released.", "Correct what the lines above say.")


def _git(root: Path, *arguments: str) -> str:
    """Return what git prints; a fault with its words where it refuses."""
    run = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise ToolFault(f"git {arguments[0]} failed: {(run.stderr or run.stdout).strip()}", "Put that right first.")
    return run.stdout.strip()


def main() -> int:
    """Release the version that the command line names, or say what would be released."""
    options = [argument for argument in sys.argv[1:] if argument.startswith("-")]
    versions = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    if len(versions) != 1 or not set(options) <= {"--dry-run"}:
        raise ToolFault("Which version is to be released?", "Name it: make release VERSION=1.2.3")
    release = planned(ROOT, versions[0])
    address = download_address(ROOT)
    _make(ROOT, "check")
    if "//example.org/" in address:
        print("\nThe download's address is a placeholder: enter yours in pyproject.toml and the pages that name it.")
    if options:
        print(f"\nNothing was changed. {release.version} would be tagged {release.tag}, with these notes:\n")
        print(release.notes, end="")
        return 0
    folder = make_release(ROOT, release).relative_to(ROOT)
    print(f"\n{release.version} is committed and tagged {release.tag}; nothing is pushed yet.")
    print(f"Next: git push origin main {release.tag}, publish the files of {folder}/ with the text of its notes.md,")
    print(f"and upload {folder}/web/ to {address}")
    return 0


if __name__ == "__main__":
    run_tool(main)
