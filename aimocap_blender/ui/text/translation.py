"""Translation into the language of Blender's interface, where `translations.json` has that language."""

import json
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast

import bpy

from ...texts.text import Sentence, Text, filled
from ...while_enabled import discarded

_TABLE = Path(__file__).parents[1] / "translations.json"
"""Each message in English, with its translation in each language."""
OWN_WORDS = "AIMoCap"
"""A context of the add-on's words alone: else Blender's own come first, and its Feet are units, its Lead is a metal."""
AS_IT_IS = "AIMoCap, as it is"
"""A context without translations, for lists of names that users chose."""
_CONTEXTS = ("*", "Operator", OWN_WORDS)
"""Contexts in which Blender looks up texts; the second is for the labels of operators and their buttons."""


class Phrases:
    """Messages of one language: English to a translation, both with the same fields if they have any."""

    def __init__(self, messages: Mapping[str, str]) -> None:
        """Keep the messages."""
        self._messages = messages

    def translated(self, text: Sentence) -> str:
        """Return the text with every template in it translated; unknown ones and other values stay unchanged."""
        whole = Text.of(text)
        said = self._said(whole.template)
        if not whole.values:
            return said
        values = {name: self.translated(one) if isinstance(one, Text) else one for name, one in whole.values.items()}
        return filled(said, values)

    def _said(self, template: str) -> str:
        """Return a template's translation, also where a message's first letter is capitalized; itself if unknown."""
        if template in self._messages:
            return self._messages[template]
        # a part of a sentence may stand at its beginning, too
        within = self._messages.get(template[:1].lower() + template[1:])
        return template if within is None else capitalised(within)


def translated(text: Sentence, shown: Literal["interface", "reports", "tooltips"] = "interface") -> str:
    """Return a text in the language of the interface.

    Blender itself translates names, descriptions and fixed labels. Texts with values or several sentences are
    translated here, only when they are shown: everything stored, logged or printed stays English.
    `shown` is which of Blender's translation preferences applies.
    """
    phrases = _phrases(bpy.app.translations.locale)
    # users may want tooltips or reports in English in an interface that isn't
    if phrases is None or not getattr(cast("Any", bpy.context).preferences.view, f"use_translate_{shown}"):
        return text
    return phrases.translated(text)


def messages_in(locale: str) -> dict[str, str]:
    """Return a language's messages, from English to translation; empty if there is none of it."""
    known = _languages()
    # Blender's de_DE has the messages of all German, zh_HANS its own
    return known.get(locale) or known.get(locale.partition("_")[0], {})


def _languages() -> dict[str, dict[str, str]]:
    """Return each language's messages."""
    known: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for message, translations in json.loads(_TABLE.read_text(encoding="utf-8")).items():
        for language, said in translations.items():
            known[language][message] = said
    return known


def for_blender(messages: dict[str, str]) -> dict[tuple[str, str], str]:
    """Return translations by context and message, with capitalized forms of lower-case messages for labels."""
    known: dict[str, str] = {}
    for message, said in messages.items():
        # what has values in it is translated by `translated`
        if "{" in message:
            continue
        known[message] = said
        # words that stand within sentences are labels, too, and Blender looks these up as they are written
        if message[0].islower():
            known[capitalised(message)] = known[message.title()] = capitalised(said)
    return {(context, text): said for text, said in known.items() for context in _CONTEXTS}


@lru_cache(maxsize=2)
def _phrases(locale: str) -> Phrases | None:
    """Return the messages of a locale's language, read on first use; None if it has none, such as English."""
    messages = messages_in(locale)
    return Phrases(messages) if messages else None


discarded(_phrases.cache_clear)


def register() -> None:
    """Register all languages, a millisecond each: Blender doesn't notify add-ons when the language changes."""
    known = {language: for_blender(messages) for language, messages in _languages().items()}
    bpy.app.translations.register(__name__, cast("Any", known))


def unregister() -> None:
    """Unregister all languages."""
    bpy.app.translations.unregister(__name__)


def capitalised(text: str) -> str:
    """Return the text with its first letter capitalized and the others unchanged."""
    return text[:1].upper() + text[1:]
