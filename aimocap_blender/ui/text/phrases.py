"""Sentences in another language, those too that were made of a template and values. Knows nothing of Blender."""

import re
from collections.abc import Mapping
from functools import lru_cache
from string import Formatter

_HOLE = "{}"
_BETWEEN = re.compile(r"(?<=[.:;?!…–]) ")
"""Where a message may end and the next one begin."""
_MARKS = (".", ":", ";")
"""What may follow a message that is known without it."""
_MOST_KEPT = 2048


class Phrases:
    """A language's messages; a text may be several of them, one after the other.

    A message may be a template, whose holes `{}` stand for any text. Its translation has them by number: `{0}` goes in
    as it is, `{0:message}` is translated first, and `{0:list}` part by part (“neck, left hand and spine”).
    """

    def __init__(self, messages: Mapping[str, str]) -> None:
        """From message to translation."""
        self._whole = {text: said for text, said in messages.items() if _HOLE not in text}
        templates = (_Template(text, said) for text, said in messages.items() if _HOLE in text)
        self._templates = sorted(templates, key=lambda template: -template.size)
        self.translated = lru_cache(_MOST_KEPT)(self._translated)  # panels say the same at each draw
        self._message = lru_cache(_MOST_KEPT)(self._find)  # values in values have the same parts

    def _translated(self, text: str) -> str:
        """The text with all messages in it translated; what is none of them stays as it is."""
        return self._taken_apart(text)[1]

    def _taken_apart(self, text: str) -> tuple[int, str]:
        """How many letters are messages' own, and the translation: of all ways to read a text, that with most."""
        starts = [0, *(match.end() for match in _BETWEEN.finditer(text)), len(text) + 1]
        best: dict[int, tuple[int, int, tuple[str, ...]]] = {starts[-1]: (0, 0, ())}
        for place in reversed(range(len(starts) - 1)):
            ways: list[tuple[int, int, tuple[str, ...]]] = []
            for end in starts[place + 1 :]:
                part = text[starts[place] : end - 1]
                size, said = self._message(part) or (0, part)
                if size or end == starts[place + 1]:
                    more, unknown, after = best[end]
                    ways.append((size + more, unknown - (not size), (said, *after)))
            best[starts[place]] = max(ways, key=lambda way: way[:2])
        size, _unknown, parts = best[0]
        return size, " ".join(parts)

    def _find(self, text: str) -> tuple[int, str] | None:
        """The same of a single message; None where it is none."""
        mark = text[-1:] if text.endswith(_MARKS) else ""
        ways = ((text, ""), (text.removesuffix(mark), mark))
        for bare, after in ways:
            within = bare[:1].lower() + bare[1:]
            if bare in self._whole:
                return len(text), self._whole[bare] + after
            if within in self._whole:
                return len(text), capitalised(self._whole[within]) + after
        for template in self._templates:
            for bare, after in ways if template.closed else reversed(ways):  # a mark is no value's end
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
                more, inside = self._taken_apart(inside)
                size += more
            said += before + (self._listed(inside) if how == "list" else inside)
        return size, said

    def _listed(self, text: str) -> str:
        within = f" {self.translated('and')} "
        return ", ".join(within.join(map(self.translated, part.split(" and "))) for part in text.split(", "))


class _Template:
    """A message with holes, and its translation.

    Attributes:
        said: the translation: a text, the number of the hole behind it, if there is one, and how its value goes in.
        size: how many letters are the message's own.
        closed: it ends in some of them.
    """

    def __init__(self, message: str, said: str) -> None:
        self._first, *self._between, self._last = message.split(_HOLE)
        self.said = [(text, int(name) if name else None, how or "") for text, name, how, _ in Formatter().parse(said)]
        self.size = len(message.replace(_HOLE, ""))
        self.closed = bool(self._last)

    def values_in(self, text: str) -> list[str] | None:
        """What stands in the holes of a text that was made of it, each as short as can be; None of any other text."""
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
    """With a capital letter first, all others as they are."""
    return text[:1].upper() + text[1:]
