"""Storage of the API key: the environment, or a separate file that only the user can read.

Blender saves preferences as plain text in `userpref.blend`, so the key is kept out of them. Beside it is the captures
folder's path, since Blender drops the preferences of a disabled add-on.
"""

import os
import re
from pathlib import Path

from ...plain_files import read_plain
from ...texts.faults import Fault
from ...whole_files import target_of, write_durably

ENVIRONMENT = "AIMOCAP_API_KEY"
_VARIABLES = (ENVIRONMENT, "AIMOCAP_KEY")
"""The second is the one of the service's own examples."""
# quotation marks and unseen characters that are copied with a key
_AROUND = "'\"`\u2018\u2019\u201c\u201d\u200b\u2060\ufeff \t\r\n\u00a0"
_HEADER = re.compile(r"(authorization:\s*)?bearer(\s+|$)", re.IGNORECASE)


def trimmed(text: str) -> str:
    """Return the key without white space, quotation marks or the word Bearer around it.

    Raises:
        Fault: the rest can't be sent in a request header, or is a web address.
    """
    key = _HEADER.sub("", text.strip(_AROUND), count=1).strip(_AROUND)
    if "://" in key:
        raise Fault("This is a web address, not an API key.", "Copy the key from the service's website.")
    if not key.isascii() or any(character.isspace() or not character.isprintable() for character in key):
        raise Fault("The API key contains invalid characters.", "Copy only the key and paste it again.")
    return key


def variable() -> str:
    """Return the name of the environment variable that sets the key; '' for none."""
    for name in _VARIABLES:
        if os.environ.get(name):
            return name
    return ""


def from_environment() -> str:
    """Return the key set in the environment, or an empty text; it overrides the file."""
    text = os.environ.get(variable(), "")
    try:
        return trimmed(text)
    except Fault:
        # reported where it is used, rather than ignored here
        return text.strip()


def read(path: Path) -> str:
    """Return the text in the file, or an empty one if there is no such file."""
    try:
        return read_plain(path).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def write(path: Path, text: str) -> None:
    """Save the text to a file that only the user can read, where a link leads too; an empty one removes the file.

    Raises:
        OSError: it can't be written.
    """
    if not text:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    write_durably(target_of(path), f"{text}\n".encode())
