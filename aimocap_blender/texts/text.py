"""English texts that remember their template and values, so that they can be translated when they are shown."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from string import Formatter
from typing import LiteralString, Self, TypeAlias, cast

_PARSER = Formatter()


class Text(str):
    """A text made from a template: `Text("“{name}” has no bones.", name=obj.name)`.

    It is its English, a `str` like any other. What changes a `str` (f-strings, `+`, `join`, `strip`) drops template and
    values, and gives what `Sentence` doesn't accept: combine texts with another template, `joined` or `listed`.

    A value that is a `Text` is translated in turn; any other, such as a name or a title, is not.

    Attributes:
        template: the template, whose fields are names or numbers: `{name}`, `{share:.0%}`.
        values: for each field its value, formatted.
    """

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, str]

    def __new__(cls, template: LiteralString, /, **values: object) -> Self:
        """Fill in the values; a template without values is taken as it is, braces included."""
        if not values:
            return cls.of(template)
        return cls._made(template, {name: _shown(values[name], spec) for name, spec in _fields(template)})

    @classmethod
    def of(cls, text: str) -> Self:
        """Return a whole text that comes from data, such as a bone's slot or a record: translated if it is known."""
        if isinstance(text, cls):
            return text
        made = super().__new__(cls, text)
        made.template, made.values = text, {}
        return made

    @property
    def first(self) -> "Text":
        """The first of the parts that were joined; the text itself if none were."""
        part = self.values.get("0")
        return part.first if isinstance(part, Text) else self

    @classmethod
    def joined(cls, parts: "Iterable[Sentence]", between: str = " ") -> Self:
        """Return the parts that aren't empty, one after another."""
        # parts may be joined in turn, so fields have no names
        values: dict[str, str] = {}
        for part in filter(None, parts):
            values[str(len(values))] = cls.of(part)
        fields = map("{{{}}}".format, values)
        return cls._made(between.join(fields), values)

    @classmethod
    def listed(cls, parts: "Iterable[Sentence]") -> Self:
        """Return the parts as a list for people: “neck, left hand and spine”."""
        *first, last = parts
        return cls("{items} and {last}", items=cls.joined(first, ", "), last=cls.of(last)) if first else cls.of(last)

    @classmethod
    def from_json(cls, data: object) -> Self | None:
        """Return the text of `to_json`, or of a plain string; None if it is neither."""
        if isinstance(data, str):
            return cls.of(data)
        stored = cast("dict[str, object]", data) if isinstance(data, dict) else {}
        template, values = stored.get("template"), stored.get("values")
        if not isinstance(template, str) or not isinstance(values, dict):
            return None
        # braces of a text without values are no fields
        if not values:
            return cls.of(template)
        filling: dict[str, str] = {}
        for name, one in cast("dict[str, object]", values).items():
            part = one if isinstance(one, str) else cls.from_json(one)
            if part is None:
                return None
            filling[name] = part
        # a record may be torn, or written by hand: template and values needn't fit
        with suppress(ValueError):
            if dict(_fields(template)).keys() == filling.keys():
                return cls._made(template, filling)
        return None

    @classmethod
    def stored(cls, english: str, kept: object) -> Self:
        """Return a text stored as its English and, beside it, its `to_json`; one that doesn't fit is ignored."""
        text = cls.from_json(kept)
        # an earlier version may have changed the English alone
        return text if text is not None and text == english else cls.of(english)

    def to_json(self) -> dict[str, object]:
        """Return template and values as plain JSON."""
        values: dict[str, object] = {}
        for name, one in self.values.items():
            values[name] = one.to_json() if isinstance(one, Text) else one
        return {"template": self.template, "values": values}

    def printable(self) -> Self:
        """Return one line in which unprintable characters, and those that reverse the text direction, are spaces."""
        if not self.values:
            return type(self).of(_printable(self.template))
        values: dict[str, str] = {}
        for name, one in self.values.items():
            values[name] = one.printable() if isinstance(one, Text) else _printable(one)
        return self._made(self.template, values)

    @classmethod
    def _made(cls, template: str, values: Mapping[str, str]) -> Self:
        made = super().__new__(cls, filled(template, values))
        made.template, made.values = template, values
        return made

    def __getnewargs__(self) -> tuple[str]:
        """Return what copying starts from; template and values follow."""
        return (str.__str__(self),)


Sentence: TypeAlias = LiteralString | Text
"""Words of the sources, or a text made from them: what can be translated. A `str` from elsewhere is neither."""


def filled(template: str, values: Mapping[str, str]) -> str:
    """Return a template with its values, which are formatted already and inserted as they are."""
    text = ""
    for before, name, _, _ in _PARSER.parse(template):
        # values are no templates: braces in a title stay as they are
        text += before if name is None else before + values[name]
    return text


def _shown(value: object, spec: str) -> str:
    return value if isinstance(value, Text) else format(value, spec)


def _fields(template: str) -> Iterator[tuple[str, str]]:
    """Yield each field's name and format; raise ValueError if the template is malformed."""
    for _, name, spec, _ in _PARSER.parse(template):
        if name is not None:
            yield name, spec or ""


def _printable(text: str) -> str:
    # names come from files and services: a line feed or a mark for right to left would spoil the line around it
    return "".join(letter if letter.isprintable() else " " for letter in text)
