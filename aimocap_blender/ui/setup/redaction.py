"""What must not stand in a log or a report, taken out of a text: the net below what is chosen to be written there."""

import re
from pathlib import Path

from ...service.plain_text import without_secrets

_HIDDEN = "…"
_HOMES = re.compile(r"[A-Za-z]:[\\/]+Users[\\/]+[^\\/\n\"']+|/(?:home|Users)/[^/\s\"']+", re.IGNORECASE)
_secrets: set[str] = set()


def hide(secret: str) -> None:
    """Have every text redacted of it from now on, as long as Blender runs."""
    if secret:
        _secrets.add(secret)


def redacted(text: str) -> str:
    """The text without keys, the queries of links, and names of people's home folders. From any thread."""
    for secret in tuple(_secrets):
        text = text.replace(secret, _HIDDEN)
    home = str(Path.home())
    if len(Path(home).parts) > 1:  # or it is the root of all paths
        text = text.replace(home, "~")
    return _HOMES.sub("~", without_secrets(text))
