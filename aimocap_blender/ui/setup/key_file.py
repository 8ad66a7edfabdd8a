"""Where the API key lives: the environment, or a file of its own that only the user can read.

Blender writes a preference's text in clear into `userpref.blend`, so the key is kept out of it.
"""

import os
import re
from pathlib import Path

ENVIRONMENT = "AIMOCAP_API_KEY"
_AROUND = "'\"`\u2018\u2019\u201c\u201d\u200b\u2060\ufeff \t\r\n\u00a0"
_HEADER = re.compile(r"(authorization:\s*)?bearer(\s+|$)", re.IGNORECASE)


class KeyRefused(ValueError):  # noqa: N818 -- the project's word for what is shown to people
    """The text is no API key. The message never repeats the text."""


def trimmed(text: str) -> str:
    """The key without what pasting adds around it: white space, quotation marks, the word Bearer.

    Raises:
        KeyRefused: what is left can't travel in a request header, or is an address.
    """
    key = _HEADER.sub("", text.strip(_AROUND), count=1).strip(_AROUND)
    if "://" in key:
        raise KeyRefused("That is a web address, not an API key. Copy the key that the service shows.")
    if not key.isascii() or any(character.isspace() or not character.isprintable() for character in key):
        raise KeyRefused("The API key holds characters that no key has. Copy it again, alone.")
    return key


def from_environment() -> str:
    """The key that the environment sets, or an empty text; it goes before the file's."""
    text = os.environ.get(ENVIRONMENT, "")
    try:
        return trimmed(text)
    except KeyRefused:
        return text.strip()  # refused where it is used, rather than passed over


def read(path: Path) -> str:
    """The key in the file, or an empty text where there is no such file."""
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def write(path: Path, key: str) -> None:
    """Keep the key in the file, readable by the user alone; an empty key removes the file.

    Raises:
        OSError: the folder can't be written.
    """
    if not key:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600, exist_ok=False)
    new.write_text(key + "\n", encoding="ascii")
    new.replace(path)
