"""The pages of docs/ as HTML for the zip, which Online Manual (F1) opens: headings, lists, tables, code, links.

Pictures are left out, since they are larger than the add-on.
"""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

PAGES = (
    "animators",
    "command-line",
    "first-capture",
    "install",
    "pipeline",
    "profiles",
    "robot-engineers",
    "troubleshooting",
    "two-phones",
)
FOLDER = "manual"
_HEAD = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>body{{max-width:60em;margin:2em '
    "auto;padding:0 1em;font:16px/1.5 sans-serif}}td,th{{border:1px solid #ccc;padding:.3em .6em;vertical-align:top;"
    "text-align:left}}table{{border-collapse:collapse}}pre{{background:#f4f4f4;padding:1em;overflow:auto}}</style>\n"
)
_BLOCK = re.compile(r"^(#{1,6} |```|\||- |\d+\. |!\[)")


def manual_pages(root: Path) -> Mapping[str, bytes]:
    """Return the pages that the checkout has, by their names in the zip."""
    files = {name: root / "docs" / f"{name}.md" for name in PAGES}
    return {
        f"{FOLDER}/{name}.html": page_of(file.read_text(encoding="utf-8")).encode()
        for name, file in files.items()
        if file.is_file()
    }


def page_of(markdown: str) -> str:
    """Return a page's HTML."""
    title = markdown.partition("\n")[0].removeprefix("# ")
    return _HEAD.format(title=html.escape(title)) + "\n".join(_blocks(markdown.splitlines())) + "\n"


def anchor_of(heading: str) -> str:
    """Return the name by which a link reaches a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _blocks(lines: list[str]) -> Iterator[str]:
    while lines:
        line = lines.pop(0)
        if line.startswith("```"):
            code = [lines.pop(0) for _ in range(next(n for n, other in enumerate(lines) if other.startswith("```")))]
            lines.pop(0)
            yield f"<pre>{html.escape(chr(10).join(code))}</pre>"
        elif heading := re.match(r"(#{1,6}) (.*)", line):
            level = len(heading[1])
            yield f'<h{level} id="{anchor_of(heading[2])}">{_inline(heading[2])}</h{level}>'
        elif line.startswith("|"):
            rows = [line, *_taken(lines, lambda other: other.startswith("|"))]
            yield f"<table>{''.join(map(_row, (row for row in rows if set(row) - set('|-: '))))}</table>"
        elif item := re.match(r"(- |\d+\. )(.*)", line):
            text = [item[2], *_taken(lines, _goes_on)]
            yield f"<p>{'•' if item[1] == '- ' else item[1]} {_inline(' '.join(part.strip() for part in text))}</p>"
        elif line.strip() and not line.startswith("!["):
            text = [line, *_taken(lines, _goes_on)]
            yield f"<p>{_inline(' '.join(text))}</p>"


def _goes_on(line: str) -> bool:
    """Whether a line goes on with the paragraph before it."""
    return bool(line.strip()) and not _BLOCK.match(line)


def _taken(lines: list[str], wanted: Callable[[str], bool]) -> Iterator[str]:
    while lines and wanted(lines[0]):
        yield lines.pop(0)


def _row(row: str) -> str:
    cells = re.split(r"(?<!\\)\|", row.strip().strip("|"))
    return f"<tr>{''.join(f'<td>{_inline(cell.strip())}</td>' for cell in cells)}</tr>"


def _inline(text: str) -> str:
    text = html.escape(text, quote=False)
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    text = re.sub(r"(?<![\w*])\*([^*]+)\*(?![\w*])", r"<i>\1</i>", text)
    return re.sub(r"\[([^\]]+)\]\(([^)\s]+)\)", _link, text)


def _link(found: re.Match[str]) -> str:
    """Return a link to the web, to a page that is in the zip or within this one; of others the text alone."""
    text, address = found[1], found[2]
    page, _, anchor = address.partition("#")
    if page.removesuffix(".md") in PAGES:
        address = f"{page.removesuffix('.md')}.html" + (f"#{anchor}" if anchor else "")
    elif page and not address.startswith("https://"):
        return text
    return f'<a href="{html.escape(address)}">{text}</a>'
