"""The README and the pages of docs/ name only existing things to type, to press and to look at."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pages import PAGES, ROOT, blocks_in, code_in

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "aimocap_blender").rglob("*.py")))
FOR_MAKERS = ROOT / "docs" / "changing-the-code.md"
MOST_WORDS = 700
"""Of the README."""
BOLD_PARAGRAPHS = {"The model test", "What needs the service", "What needs neither service, key nor network", "Consent"}
"""Bold words that are no label of the interface."""

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def test_every_make_command_is_a_target() -> None:
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    code = "\n".join(code_in(page.read_text(encoding="utf-8")) for page in PAGES)
    named = set(re.findall(r"\bmake ([a-z][a-z-]*)", code))
    assert named, "no page names a make command"
    assert named <= targets
    taken = set(re.findall(r"^`*(?:make [a-z-]+ )?([A-Z]+)=", code, re.MULTILINE))
    assert taken
    assert all(f"$({variable})" in MAKEFILE for variable in taken)


def test_the_page_for_makers_has_every_target() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE))
    assert set(re.findall(r"^\| `make ([a-z-]+)` \|", FOR_MAKERS.read_text(encoding="utf-8"), re.MULTILINE)) == targets


@each_page
def test_code_can_be_parsed(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for script in blocks_in(text, "python"):
        ast.parse(script)
    for script in blocks_in(text, "sh"):
        run = subprocess.run(["sh", "-n"], input=script, capture_output=True, text=True, check=False)
        assert (run.returncode, run.stderr) == (0, "")
        for command in re.findall(r"^[a-z]\S*", script.replace("\\\n", ""), re.MULTILINE):
            assert command in {"make", "blender"}, "nothing looks at such a command"


@each_page
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https://)([^)\s]+)\)", page.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.is_file(), target
        if anchor:
            assert anchor in anchors_of(file), target


@each_page
def test_bold_words_are_labels_of_the_interface(page: Path) -> None:
    bold = set(re.findall(r"\*\*(.+?)\*\*", page.read_text(encoding="utf-8").replace("\n", " "))) - BOLD_PARAGRAPHS
    assert not [label for label in bold if f'"{label}' not in SOURCES]


def test_every_page_is_linked_from_the_readme() -> None:
    linked = re.findall(r"\]\(([\w/-]+\.md)\)", PAGES[0].read_text(encoding="utf-8"))
    assert sorted(set(linked)) == [str(page.relative_to(ROOT)) for page in PAGES[1:]]


def test_the_readme_is_read_in_minutes() -> None:
    words = [word for word in PAGES[0].read_text(encoding="utf-8").split() if re.search(r"\w", word)]
    assert len(words) <= MOST_WORDS


def test_a_release_is_downloaded_from_one_address() -> None:
    address = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]["Download"]
    texts = {page.name: page.read_text(encoding="utf-8") for page in PAGES}
    beginning = texts["README.md"].partition("\n1. ")[0]
    assert f"<{address}>" in beginning
    assert ("a placeholder" in beginning) == ("//example.org/" in address)
    assert "`make repository`" in beginning
    indexes = {name: set(re.findall(r"https://[^\s`]+/index\.json", text)) for name, text in texts.items()}
    named = {name: found for name, found in indexes.items() if found}
    assert named == {name: {f"{address}index.json"} for name in ("install.md", "pipeline.md")}


def test_the_page_for_makers_names_files_that_are_there() -> None:
    named = list(paths_in(FOR_MAKERS.read_text(encoding="utf-8")))
    assert len(named) > 30
    places = (ROOT, ROOT / "aimocap_blender", ROOT / "tests")
    assert not [path for path in named if not any((place / path).exists() for place in places)]


def test_modules_that_are_run_are_there() -> None:
    for module in re.findall(r"\btests(?:\.\w+)+", code_in(FOR_MAKERS.read_text(encoding="utf-8"))):
        path = ROOT / module.replace(".", "/")
        assert path.is_dir() or path.with_suffix(".py").is_file(), module


def test_the_page_for_makers_has_every_state_of_a_capture() -> None:
    source = (ROOT / "aimocap_blender/jobs/capture.py").read_text(encoding="utf-8")
    states = set(
        re.findall(r'^    [A-Z]+ = "(\w+)"', source.partition("class State(")[2].partition("\n\n\n")[0], re.MULTILINE)
    )
    assert len(states) > 10
    assert not [state for state in states if f"`{state}`" not in FOR_MAKERS.read_text(encoding="utf-8")]


def test_every_step_of_the_command_line_is_documented() -> None:
    table = (ROOT / "docs/pipeline.md").read_text(encoding="utf-8").partition("| `step` |")[2].partition("\n\n")[0]
    steps = re.findall(r'\.step\(\s*"(\w+)"', SOURCES)
    assert sorted(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == sorted(set(steps))


def paths_in(markdown: str) -> Iterator[str]:
    """Words that look like a path within the repository: with a folder, or a folder itself."""
    for path in re.findall(r"[\w.-]+/[\w./-]*", code_in(markdown)):
        if not path.startswith((".venvs", "build")):
            yield path


def anchors_of(page: Path) -> set[str]:
    """The anchors of a page's headings, as they are made of their words."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
