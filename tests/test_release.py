"""`make release` in a checkout of its own, with a real make and a real git; and the version is in one place."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MANIFEST = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))
SECTION = "### Fixed\n\n- One thing.\n- Another.\n"
CHANGELOG = f"# Changelog\n\n## [Unreleased]\n\n{SECTION}\n## [0.1.0] - 2026-11-25\n\n### Added\n\n- All.\n"
VERSION = "98.7.6"
MAKE = """#!/bin/sh
# What needs the package index is left out.
case "$1" in
check) exit "${CHECK_STATUS:-0}" ;;
repository)
    [ -z "$BUILD_FAILS" ] && zip=$("$PYTHON" -m tools.build_zip --without-assets) || exit 1
    mkdir -p build/repository
    for kind in "" -with-requests -for-the-store; do cp "$zip" "${zip%-without-assets.zip}$kind.zip"; done
    exec cp "${zip%-without-assets.zip}.zip" build/repository
    ;;
esac
exit 1
"""


class Checkout:
    """A checkout of the project's own tools, with a remote repository beside it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "checkout"
        own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        names = {f"GIT_{who}_{what}": "somebody" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        self.variables = {**os.environ, **own, **names, "PATH": path, "PYTHON": sys.executable}
        (folder / "bin").mkdir()
        (folder / "bin" / "make").write_text(MAKE)
        (folder / "bin" / "make").chmod(0o755)
        for name in ("aimocap_blender", "tools"):
            shutil.copytree(ROOT / name, self.root / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in (
            "Makefile",
            "LICENSE",
            "blender_manifest.toml",
            "pyproject.toml",
            ".gitignore",
        ):
            shutil.copyfile(ROOT / name, self.root / name)
        (self.root / "CHANGELOG.md").write_text(CHANGELOG)
        self.git("init", "--quiet", "--initial-branch", "main")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "All of it")
        self.git("init", "--quiet", "--bare", str(folder / "remote"))
        self.git("remote", "add", "origin", str(folder / "remote"))

    def git(self, *arguments: str) -> str:
        return self._run(["git", *arguments], check=True).stdout.strip()

    def release(self, *variables: str, **environment: str) -> subprocess.CompletedProcess[str]:
        make = shutil.which("make")
        assert make
        return self._run([make, "release", *variables], environment)

    def state(self) -> tuple[str, ...]:
        """All that a release changes."""
        return (
            self.git("rev-parse", "HEAD"),
            self.git("tag"),
            self.git("status", "--porcelain"),
            self.git("diff", "HEAD"),
        )

    def _run(
        self, command: list[str], environment: dict[str, str] | None = None, *, check: bool = False
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.root,
            env={**self.variables, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=check,
        )


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    missing = [name for name in ("make", "git") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not on PATH: {', '.join(missing)}")
    return Checkout(tmp_path)


def test_a_release_is_committed_and_tagged_and_not_pushed(checkout: Checkout) -> None:
    before = checkout.git("rev-parse", "HEAD")
    run = checkout.release(f"VERSION={VERSION}")
    assert run.returncode == 0, run.stdout
    assert "nothing is pushed yet" in run.stdout
    assert checkout.git("rev-list", f"{before}..HEAD") == checkout.git("rev-parse", f"v{VERSION}^{{commit}}")
    assert checkout.git("diff", "--name-only", before, "HEAD").split() == ["CHANGELOG.md", "blender_manifest.toml"]
    assert checkout.git("status", "--porcelain") == ""
    assert checkout.git("ls-remote", "origin") == ""
    changelog = (checkout.root / "CHANGELOG.md").read_text()
    assert re.sub(r"(?<=98\.7\.6\] - )\d{4}-\d\d-\d\d", "today", changelog) == CHANGELOG.replace(
        "## [Unreleased]\n", f"## [Unreleased]\n\n## [{VERSION}] - today\n"
    )
    release = checkout.root / "build" / "release"
    zips = [
        f"aimocap_blender-{VERSION}{kind}.zip" for kind in ("", "-with-requests", "-for-the-store", "-without-assets")
    ]
    published = {file.relative_to(release).as_posix() for file in release.rglob("*") if file.is_file()}
    assert published == {*zips, "SHA256SUMS", "notes.md", f"web/{zips[0]}"}
    assert (release / "notes.md").read_text() == SECTION
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=release, check=True)
    with zipfile.ZipFile(release / zips[-1]) as archive:
        built = archive.read("blender_manifest.toml").decode()
    assert tomllib.loads(built) == {**MANIFEST, "version": VERSION}
    assert built == (checkout.root / "blender_manifest.toml").read_text()


@pytest.mark.slow
def test_a_dry_run_tells_and_changes_nothing(checkout: Checkout) -> None:
    before = checkout.state()
    run = checkout.release(f"VERSION={VERSION}", "DRY_RUN=1")
    assert run.returncode == 0, run.stdout
    assert SECTION in run.stdout
    assert f"v{VERSION}" in run.stdout
    assert checkout.state() == before
    assert not (checkout.root / "build").exists()


@pytest.mark.slow
def test_a_version_that_does_not_follow_or_cannot_be_built_is_refused(checkout: Checkout) -> None:
    """One after the other in one checkout, which each leaves as it was."""
    has = f"has version {MANIFEST['version']} already."
    versions = {
        "": "Which version is to be released?",
        **{version: f"{version} is not a version." for version in ("1.2", "v1.2.3", "01.2.3")},
        **dict.fromkeys((MANIFEST["version"], "0.0.99"), has),
    }
    for version, said in versions.items():
        refused(checkout, said, version)
    refused(checkout, "`make check` failed", CHECK_STATUS="2")
    refused(checkout, "`make repository` failed", BUILD_FAILS="1")
    hook = checkout.root / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'not today'\nexit 1\n")
    hook.chmod(0o755)
    refused(checkout, "not today")


@pytest.mark.slow
def test_a_checkout_that_is_not_a_clean_main_with_news_is_refused(checkout: Checkout) -> None:
    checkout.git("tag", f"v{VERSION}")
    refused(checkout, f"There is a tag v{VERSION} already.")
    checkout.git("tag", "--delete", f"v{VERSION}")
    new = checkout.root / "aimocap_blender" / "new.py"
    new.write_text("")
    refused(checkout, "aimocap_blender/new.py")
    new.unlink()
    for changelog in (CHANGELOG.replace(SECTION, ""), CHANGELOG.replace("## [Unreleased]\n", "")):
        (checkout.root / "CHANGELOG.md").write_text(changelog)
        checkout.git("commit", "--quiet", "--all", "--message", "Nothing new")
        refused(checkout, "CHANGELOG.md says nothing under Unreleased.")
    checkout.git("switch", "--quiet", "--create", "feature")
    refused(checkout, "The checkout is on feature.")


def refused(checkout: Checkout, said: str, version: str = VERSION, **environment: str) -> None:
    before = checkout.state()
    run = checkout.release(f"VERSION={version}", **environment)
    assert run.returncode != 0
    assert said in run.stdout
    assert "Traceback" not in run.stdout
    assert checkout.state() == before


def test_the_changelog_ends_where_the_manifest_is() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    dated = [re.fullmatch(r"\[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)", heading) for heading in headings[1:]]
    assert all(dated)
    versions = [match[1] for match in dated if match]
    assert versions[0] == MANIFEST["version"]
    assert versions == sorted(versions, key=lambda version: tuple(map(int, version.split("."))), reverse=True)
    kinds = set(re.findall(r"^### (.+)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_manifest_alone_has_the_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (project.get("version"), project["dynamic"]) == (None, ["version"])
    written = re.compile(r"aimocap[\w ]*[- ]v?\d+\.\d+\.\d", re.IGNORECASE)
    pages = [*ROOT.iterdir(), *(ROOT / "docs").rglob("*.md"), *(ROOT / ".github").rglob("*.yml")]
    files = [path for path in pages if path.suffix in {".md", ".toml", ".yml", ".yaml"}]
    files.append(ROOT / "Makefile")
    files += [path for folder in ("aimocap_blender", "tests") for path in (ROOT / folder).rglob("*.py")]
    files.remove(ROOT / "CHANGELOG.md")
    assert len(files) > 300
    assert [path for path in files if written.search(path.read_text(encoding="utf-8"))] == []
