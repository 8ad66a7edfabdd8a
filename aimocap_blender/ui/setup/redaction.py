"""Removal of private data from logs and reports, in addition to the choice of what is written there."""

import re
from pathlib import Path

from ...service.plain_text import without_secrets

_HIDDEN = "…"
_HOMES = re.compile(r"[A-Za-z]:[\\/]+Users[\\/]+[^\\/\n\"']+|/(?:home|Users)/[^/\s\"']+", re.IGNORECASE)
_secrets: set[str] = set()


def hide(secret: str) -> None:
    """Redact this secret in every text from now on, as long as Blender runs."""
    if secret:
        _secrets.add(secret)


def redacted(text: str) -> str:
    """Return the text without keys, queries of links, and names of home folders. Callable from any thread."""
    for secret in tuple(_secrets):
        text = text.replace(secret, _HIDDEN)
    home = str(Path.home())
    if len(Path(home).parts) > 1:  # otherwise it is the root of all paths
        text = text.replace(home, "~")
    return _HOMES.sub("~", without_secrets(text))
