"""All that people read is plain English: no word of the glossary's or the list's not to use, no docstring "What"."""

import bisect
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.source_parts import parts_of

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "aimocap_blender"
MODULES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((*(ROOT / "tests").rglob("*.py"), *(ROOT / "tools").rglob("*.py")))
GLOSSARY = ROOT / "docs" / "glossary.md"
"""Quotes the words not to use."""
PAGES = sorted(
    {
        *ROOT.glob("*.md"),
        *ROOT.glob("*.toml"),
        ROOT / "Makefile",
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "docs").rglob("*.js"),
        *(ROOT / ".github").rglob("*.yml"),
    }
    - {GLOSSARY}
)
DATA = sorted(PACKAGE.rglob("*.json"))
MAY_NAME_THEM = {
    Path(__file__),
    PACKAGE / "renamed.py",
    ROOT / "tests" / "ui" / "test_renamed.py",
    ROOT / "CHANGELOG.md",
}
"""Has such words to forbid them, or because they were the names of an earlier version."""

NOT_TO_USE = (
    # settings and their descriptions
    "of the motors' greatest speeds",
    "before the end that are bent",
    "bend the end into the start",
    "before a limit, from where on",
    "those of retargeting, too",
    "left for right",
    "scale that is found by itself",
    "how much of the way a planted foot",
    "as few keys as keep",
    "in turn: plays on",
    "plays on, in the NLA",
    "longest time between two questions",
    "which bytes leave this machine",
    "where the capture has it in the world",
    "the way that it faces",
    "where it stands, the way",
    "what becomes of the action",
    "what is mended",
    "replace what stands out",
    "look for everything that is wrong",
    "a frame for each picture",
    "how the motion lies on the timeline",
    "how the motion goes",
    "whose motion it is",
    "the one that is meant",
    "the one that is selected beside",
    "left alone, all is",
    "as it has always been",
    # the state of a capture
    "goes before the key",
    "goes before it, and",
    "jobs at a time are all in use",
    "not the service's own",
    "nobody vouches",
    "what was to be sent",
    "what would be sent has changed",
    "changed meanwhile",
    "went away meanwhile",
    "is there and takes the key",
    "does it take the key",
    "the service is working:",
    "nothing to do: the add-on",
    "is rendered first: a trimmed clip",
    "is here already",
    "are here already",
    "it was started so",
    "captures there are no longer followed",
    "makes one motion a job",
    "takes that capture up",
    "take that capture up",
    "take the capture up",
    "takes a capture up",
    "takes it up again",
    "take it up again",
    "takes up the job",
    "takes the job up",
    "capture is taken up",
    "has been taken up again",
    "only ends the watching",
    "isn't watched any more",
    "no longer watched",
    "how it stands",
    "came to nothing",
    "put it right",
    "must be put right",
    "has a fault of its own",
    "what there is to know",
    "who is told",
    "is made anew",
    "asked for anew",
    "asks anew",
    "ask anew",
    "begin anew",
    "begins anew",
    "fetched anew",
    "captured anew",
    "paying anew",
    "pays anew",
    "bones anew",
    "rig anew",
    # motion, files and rigs
    "leads to no pose",
    "is known by, the motion",
    "what a file is, is told by",
    "told by its content",
    "is told by the evidence",
    "nothing is invented",
    "no bone speaks for",
    "no name speaks for",
    "what is otherwise",
    "what is not as asked",
    "stand otherwise",
    "stands otherwise than",
    "otherwise than their parents",
    "put on in another way",
    "puts it on in another way",
    "how well it went on",
    "how its motion went on",
    "with whatever bones",
    "is no bone map",
    "is no frame rate",
    "is no finite number",
    "is no rotation",
    "a picture's number",
    "shows a single picture",
    "picture by picture",
    "pictures per second",
    "pictures a second",
    "leaves pictures out",
    "its first picture is shown",
    "pelvis's place",
    "place of the pelvis",
    "would ever turn further",
    "the frames beside it",
    "doesn't tell when",
    "does not tell what",
    "does not tell whether",
    "does not tell which",
    "is told of",
    "has told of",
    "tells nobody when",
    "tells that it went",
    "which do what they are told",
)
"""Full expressions, none of which is plain English elsewhere; found in any letter case and over the ends of lines."""


def any_of(expressions: Iterable[str]) -> re.Pattern[str]:
    """Finds these words where they stand alone, over the ends of lines too."""
    inner = "|".join(r"\s+".join(map(re.escape, words.split())) for words in expressions)
    return re.compile(rf"(?<!\w)(?:{inner})(?!\w)", re.IGNORECASE)


FORBIDDEN = any_of(NOT_TO_USE)
NO_WORDS = any_of(
    words
    for row in GLOSSARY.read_text(encoding="utf-8").splitlines()
    if row.startswith("|")
    for words in re.findall(r"`([^`]+)`", row.split("|")[-2])
)
"""Those that the glossary's last column has in this type."""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("page.md", "First.\n\nPress it: nothing\n  is invented here."),
        ("module.py", 'X = 1\nY = call(\n    "nothing is "\n    "invented",\n)\n'),
        ("module.py", 'X = 1\n\nY = f"{X:>{X}} nothing is " f"invented {X}"\n'),
        ("module.py", "X = 1\n\n# nothing\n# is invented\n"),
        ("module.py", 'def act():\n    """Do.\n    Nothing\n    is invented.\n    """\n'),
        ("translations.json", '{"Some": {"de": "etwas"},\n\n"Nothing is invented": {"de": "Nichts"}}'),
    ],
)
def test_an_expression_is_found_wherever_people_read_it(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    ((line, expression),) = expressions_in(tmp_path / name)
    assert line == 3
    assert " ".join(expression.lower().split()) == "nothing is invented"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("panel.py", 'class Fix:\n    bl_label = "Mend Motion"\n'),
        ("page.md", "Press it.\nThe keypoints of the person are then found.\n"),
        ("module.py", "def act():\n    mendedMotion = 1\n"),
        ("test_it.py", "\ndef test_feet_are_put_right():\n    pass\n"),
        ("module.py", 'X = 1\nraise Fault("It has 30 frames "\n    "a second.")\n'),
    ],
)
def test_a_word_that_the_glossary_forbids_is_found_in_text_and_names(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert [line for line, _ in forbidden_words_in(tmp_path / name)] == [2]


def test_no_word_is_left_that_the_glossary_forbids() -> None:
    assert NO_WORDS.pattern.count("|") > 5
    found = [
        f"{path.relative_to(ROOT)}:{line}: {words}"
        for path in (*PAGES, *DATA, *MODULES, *TESTS)
        if path not in MAY_NAME_THEM
        for line, words in forbidden_words_in(path)
    ]
    assert not found, "\n".join(found)


def test_values_and_code_between_words_part_them(tmp_path: Path) -> None:
    page = tmp_path / "module.py"
    page.write_text('nothing = is_ = f"nothing {1} is {2} invented"  # nothing\nX = 2  # is invented\n')
    assert list(expressions_in(page)) == []


def test_a_number_sign_in_a_text_begins_no_comment(tmp_path: Path) -> None:
    page = tmp_path / "module.py"
    page.write_text("X = '''it's\\'''\n# nothing is\n'''  # invented\nY = r'\\#' '#'  # by\n# hand\n# alone\n")
    texts = [(1, "it's'''\n# nothing is\n"), (3, "invented"), (4, "\\##"), (4, "by\nhand\nalone")]
    assert sorted(parts_of(page).texts) == sorted(texts)


def test_nothing_that_people_read_has_an_expression_of_the_list() -> None:
    assert len(PAGES) > 10
    assert len(MODULES) > 200
    found = [
        f"{path.relative_to(ROOT)}:{line}: {' '.join(words.split())}"
        for path in (*PAGES, *MODULES, *DATA)
        for line, words in expressions_in(path)
    ]
    assert not found, "\n".join(found)


def test_no_docstring_begins_with_what() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text.split(chr(10))[0]}"
        for path in (*MODULES, *TESTS)
        for line, text in parts_of(path).docstrings
        if re.match(r"\s*What\b", text)
    ]
    assert not found, "\n".join(found)


def test_test_names_say_what_breaks() -> None:
    names = [name for path in TESTS for _, name in parts_of(path).names]
    assert not [name for name in names if name.lower().startswith(("test_what", "testwhat"))]


def expressions_in(path: Path) -> Iterator[tuple[int, str]]:
    """Line and words of each expression not to use, in a page, in a module's texts and comments, or in a JSON file."""
    return found_in(parts_of(path).texts, FORBIDDEN)


def found_in(texts: Iterable[tuple[int, str]], forbidden: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    """Line and words of each match in texts that begin in these lines."""
    for line, text in texts:
        ends = [match.start() for match in re.finditer("\n", text)]
        for found in forbidden.finditer(text):
            yield line + bisect.bisect_left(ends, found.start()), found[0]


def forbidden_words_in(path: Path) -> Iterator[tuple[int, str]]:
    """Line and words of each term that the glossary forbids, in a file's texts and in its names."""
    return found_in((*parts_of(path).texts, *names_in(path)), NO_WORDS)


def names_in(path: Path) -> Iterator[tuple[int, str]]:
    """The names that a module gives, and its own, as words."""
    for line, name in parts_of(path).names:
        yield line, re.sub(r"_+|(?<=[a-z])(?=[A-Z])", " ", name)
