"""Translation of sentences, including those made from a template and values. Doesn't use Blender."""

import re
from collections.abc import Mapping
from functools import lru_cache
from string import Formatter

_HOLE = "{}"
_BETWEEN = re.compile(r"(?<=[.:;?!…–]) ")
"""Boundary at which one message may end and the next begin."""
_PUNCTUATION = (".", ":", ";")
"""Punctuation that may follow a message stored without it."""
_MOST_KEPT = 2048


class Phrases:
    """Messages of one language; a text may consist of several, one after another.

    A message may be a template whose holes `{}` stand for any text. Its translation refers to them by number: `{0}` is
    inserted unchanged, `{0:message}` is translated first, and `{0:list}` part by part (“neck, left hand and spine”).
    """

    def __init__(self, messages: Mapping[str, str]) -> None:
        """Index the messages, which map English to a translation."""
        self._whole = {text: said for text, said in messages.items() if _HOLE not in text}
        templates = (_Template(text, said) for text, said in messages.items() if _HOLE in text)
        self._templates = sorted(templates, key=lambda template: -template.size)
        self.translated = lru_cache(_MOST_KEPT)(self._translated)  # panels repeat the same texts at each draw
        self._message = lru_cache(_MOST_KEPT)(self._find)  # nested values repeat the same parts

    def _translated(self, text: str) -> str:
        """Return the text with all its messages translated; other parts stay unchanged."""
        return self._split(text)[1]

    def _split(self, text: str) -> tuple[int, str]:
        """Return the letters that belong to messages, and the translation; the split with the most letters wins."""
        starts = [0, *(match.end() for match in _BETWEEN.finditer(text)), len(text) + 1]
        best: dict[int, tuple[int, int, tuple[str, ...]]] = {starts[-1]: (0, 0, ())}
        for index in reversed(range(len(starts) - 1)):
            ways: list[tuple[int, int, tuple[str, ...]]] = []
            for end in starts[index + 1 :]:
                part = text[starts[index] : end - 1]
                size, said = self._message(part) or (0, part)
                if size or end == starts[index + 1]:
                    more, unknown, after = best[end]
                    ways.append((size + more, unknown - (not size), (said, *after)))
            best[starts[index]] = max(ways, key=lambda way: way[:2])
        size, _unknown, parts = best[0]
        return size, " ".join(parts)

    def _find(self, text: str) -> tuple[int, str] | None:
        """Return the same for a single message; None if the text is no message."""
        mark = text[-1:] if text.endswith(_PUNCTUATION) else ""
        ways = ((text, ""), (text.removesuffix(mark), mark))
        for bare, after in ways:
            within = bare[:1].lower() + bare[1:]
            if bare in self._whole:
                return len(text), self._whole[bare] + after
            if within in self._whole:
                return len(text), capitalised(self._whole[within]) + after
        for template in self._templates:
            for bare, after in ways if template.closed else reversed(ways):  # no value ends in such punctuation
                values = template.values_in(bare)
                if values is not None:
                    size, said = self._filled(template, values)
                    return size, said + after
        return None

    def _filled(self, template: "_Template", values: list[str]) -> tuple[int, str]:
        size, said = template.size, ""
        for before, number, how in template.said:
            inside = values[number] if number is not None else ""
            if how == "message":
                more, inside = self._split(inside)
                size += more
            said += before + (self._listed(inside) if how == "list" else inside)
        return size, said

    def _listed(self, text: str) -> str:
        within = f" {self.translated('and')} "
        return ", ".join(within.join(map(self.translated, part.split(" and "))) for part in text.split(", "))


class _Template:
    """A message with holes, and its translation.

    Attributes:
        said: parts of the translation: a text, the number of the hole after it or None, and the value's format.
        size: letters of the message outside its holes.
        closed: whether the message ends in letters of its own.
    """

    def __init__(self, message: str, said: str) -> None:
        self._first, *self._between, self._last = message.split(_HOLE)
        self.said = [(text, int(name) if name else None, how or "") for text, name, how, _ in Formatter().parse(said)]
        self.size = len(message.replace(_HOLE, ""))
        self.closed = bool(self._last)

    def values_in(self, text: str) -> list[str] | None:
        """Return the values in a text made from this template, each as short as possible; None for other texts."""
        at, end = len(self._first), len(text) - len(self._last)
        if at > end or not text.startswith(self._first) or not text.endswith(self._last):
            return None
        values: list[str] = []
        for part in self._between:
            found = text.find(part, at, end)
            if found < 0:
                return None
            values.append(text[at:found])
            at = found + len(part)
        return [*values, text[at:end]]


def capitalised(text: str) -> str:
    """Return the text with its first letter capitalized and the others unchanged."""
    return text[:1].upper() + text[1:]
