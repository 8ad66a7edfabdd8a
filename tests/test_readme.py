"""What the README tells people to type exists."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_every_make_command_is_a_target() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z][a-z-]*)", code_in((ROOT / "README.md").read_text(encoding="utf-8"))))
    assert named, "the README names no make command"
    assert named <= targets


def code_in(markdown: str) -> str:
    """The fenced blocks and the inline code of a Markdown text."""
    fenced = re.findall(r"^```.*?^```", markdown, re.MULTILINE | re.DOTALL)
    inline = re.findall(r"`[^`\n]+`", markdown)
    return "\n".join([*fenced, *inline])
