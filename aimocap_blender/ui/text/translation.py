"""What people read, in the language of Blender's interface: what `translations/` has a file for, else English."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast

import bpy

from .phrases import Phrases, capitalised

_FOLDER = Path(__file__).parents[1] / "translations"
_CONTEXTS = ("*", "Operator")
"""Where Blender looks up texts; in the second one names of operators, and what their buttons say."""
AS_IT_IS = "AIMoCap"
"""Where it finds nothing: for lists of names that people gave."""


def translated(text: str, shown: Literal["interface", "reports", "tooltips"] = "interface") -> str:
    """A text as it is shown.

    Blender itself translates names, descriptions, and labels that are known as a whole. What holds values, or is more
    than one sentence, comes through here, and as late as can be: what is kept, logged or printed is English.

    Args:
        text: English.
        shown: which of Blender's switches decides whether such a text is translated.
    """
    phrases = _phrases(bpy.app.translations.locale)
    if phrases is None or not getattr(cast("Any", bpy.context).preferences.view, f"use_translate_{shown}"):
        return text
    return phrases.translated(text)


def messages_in(language: str) -> dict[str, str]:
    """English to translation; empty where there is none.

    Args:
        language: as locales begin, such as `de`.
    """
    file = _FOLDER / f"{language}.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def for_blender(messages: dict[str, str]) -> dict[tuple[str, str], str]:
    """By context and message, those in lower case with capitals too, as names have them."""
    known = {
        text: said if text == message else capitalised(said)
        for message, said in messages.items()
        if "{}" not in message
        for text in (message, *((capitalised(message), message.title()) if message[0].islower() else ()))
    }
    return {(context, text): said for text, said in known.items() for context in _CONTEXTS}


@lru_cache(maxsize=2)
def _phrases(locale: str) -> Phrases | None:
    """Those of a locale's language, read when they are first needed; None where there are none, as for English."""
    messages = messages_in(locale.partition("_")[0])
    return Phrases(messages) if messages else None


def register() -> None:
    """Tell Blender all languages: a millisecond each, and it tells nobody when another one is chosen."""
    languages = (file.stem for file in _FOLDER.glob("*.json"))
    known = {language: for_blender(messages_in(language)) for language in languages}
    bpy.app.translations.register(__name__, cast("Any", known))


def unregister() -> None:
    """Take them away again."""
    bpy.app.translations.unregister(__name__)
    _phrases.cache_clear()
