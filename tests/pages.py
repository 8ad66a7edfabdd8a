"""The pages that people read, and the code in them."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = (
    *(ROOT / f"{name}.md" for name in ("README", "CHANGELOG", "CONTRIBUTING", "SECURITY")),
    *sorted((ROOT / "docs").rglob("*.md")),
)


def blocks_in(markdown: str, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", markdown, re.MULTILINE | re.DOTALL)


def code_in(markdown: str) -> str:
    """The fenced blocks and the inline code of a Markdown text."""
    fenced: list[str] = re.findall(r"^```.*?^```", markdown, re.MULTILINE | re.DOTALL)
    inline: list[str] = re.findall(r"`[^`\n]+`", markdown)
    return "\n".join([*fenced, *inline])


def run_script(page: str, number: int = 0) -> None:
    script = blocks_in((ROOT / page).read_text(encoding="utf-8"), "python")[number]
    exec(compile(script, page, "exec"), {})  # noqa: S102 -- our own
