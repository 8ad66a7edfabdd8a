"""Text from outside, made ready to show: no control characters, no secrets, limited in length."""

import re

LONGEST = 200

_KEYS = re.compile(r"\b(sk-|Bearer\s+)[^\s\"',;]+", re.IGNORECASE)
_QUERIES = re.compile(r"(\w+://[^\s?\"'<>]*)\?[^\s\"'<>]*")
_USERINFO = re.compile(r"(\w+://)[^\s/@\"'<>]*@")


def valid_unicode(text: str) -> str:
    """Return the text with lone surrogates replaced, which neither JSON nor Blender can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def without_secrets(text: str) -> str:
    """Return the text without keys, user names in links, or the queries of links."""
    return _USERINFO.sub(r"\1", _QUERIES.sub(r"\1?…", _KEYS.sub(r"\1…", text)))


def plain(text: str, longest: int = LONGEST) -> str:
    """Return one line without control characters, keys, user names in links, or the queries of links."""
    shown = "".join(letter if letter.isprintable() else " " for letter in valid_unicode(text[: longest * 20]))
    shown = " ".join(without_secrets(shown).split())
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"
