"""Parsed JSON as values of expected types, and frozen dataclasses to plain JSON and back.

Functions `as_…` return None for a value of another type. Functions `…_in` raise a ValueError that names the value.
A record of another shape is refused, never guessed.
"""

import dataclasses
import json
import math
import types
import typing
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast, get_args, get_origin

from .plain_files import read_plain
from .whole_files import name_beside, replacing

Record = TypeVar("Record")


def as_object(value: object) -> dict[str, object] | None:
    """Return the value if it is a JSON object, else None."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def as_list(value: object) -> list[object] | None:
    """Return the value if it is a JSON list, else None."""
    return cast("list[object]", value) if isinstance(value, list) else None


def as_text(value: object) -> str | None:
    """Return the value if it is text, else None."""
    return value if isinstance(value, str) else None


def as_number(value: object) -> float | None:
    """Return the value if it is a number, infinite if it is too large, else None; true and false are no numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf


def object_in(value: object, what: str) -> dict[str, object]:
    """Return a JSON object."""
    found = as_object(value)
    if found is None:
        raise ValueError(f"{what} is not a JSON object")
    return found


def list_in(value: object, what: str) -> list[object]:
    """Return a JSON list."""
    found = as_list(value)
    if found is None:
        raise ValueError(f"{what} is not a list")
    return found


def text_in(value: object, what: str) -> str:
    """Return a text."""
    found = as_text(value)
    if found is None:
        raise ValueError(f"{what} is not text")
    return found


def names_in(value: object, what: str) -> tuple[str, ...]:
    """Return a list of texts."""
    return tuple(text_in(name, f"a name in {what}") for name in list_in(value, what))


def number_in(value: object, what: str) -> float:
    """Return a finite number; true and false are none."""
    found = as_number(value)
    if found is None:
        raise ValueError(f"{what} is not a number")
    if not math.isfinite(found):
        raise ValueError(f"{what} is not a finite number")
    return found


class UnreadableRecordError(ValueError):
    """JSON that is not a record of this kind."""


def to_json(value: object) -> object:
    """Return the value as dict, list, str, int, float, bool and None."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: to_json(getattr(value, one.name)) for one in dataclasses.fields(value)}
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Mapping):
        return {str(name): to_json(inner) for name, inner in cast("Mapping[object, object]", value).items()}
    if isinstance(value, (tuple, list)):
        return [to_json(inner) for inner in cast("tuple[object, ...]", value)]
    return value


def from_json(kind: type[Record], value: object) -> Record:
    """Return a record of this dataclass from JSON; unknown fields are ignored, those with defaults may be missing.

    Raises:
        UnreadableRecordError: a field is missing or of another type, or a number is not finite.
    """
    return cast("Record", _read(kind, value, kind.__name__))


def read_record(kind: type[Record], file: Path) -> Record | None:
    """Return the record in a file of the add-on's own; None if it is missing or broken."""
    try:
        return from_json(kind, json.loads(read_plain(file)))
    # a folder that others can write to may have anything in it, nested as deep as they like
    except (OSError, ValueError, RecursionError):
        return None


def write_record(file: Path, record: object) -> None:
    """Write a record into a file of the add-on's own, as a whole.

    Raises:
        OSError: it can't be written.
    """
    with replacing(file, name_beside(file, ".part")) as new:
        new.write_bytes(json.dumps(to_json(record), indent=1).encode())


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _read(kind: Any, value: object, where: str) -> object:  # noqa: ANN401 -- a type annotation at run time
    if kind is object:
        return _read_any(value, where)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _read_dataclass(kind, value, where)
    origin: Any = get_origin(kind)
    if origin is None:
        return _read_plain(kind, value, where)
    return _READERS[origin](get_args(kind), value, where)


def _read_any(value: object, where: str) -> object:
    try:
        json.dumps(value, allow_nan=False)  # unsaveable values are refused before anything is paid
    except ValueError:
        raise UnreadableRecordError(where) from None
    return value


def _read_plain(kind: Any, value: object, where: str) -> object:  # noqa: ANN401 -- a type annotation at run time
    if kind is float:
        number = as_number(value)
        if number is None or not math.isfinite(number):
            raise UnreadableRecordError(where)
        return number
    if isinstance(kind, type) and issubclass(kind, StrEnum) and as_text(value) is not None:
        try:
            return kind(value)
        except ValueError:
            raise UnreadableRecordError(where) from None
    if type(value) is not kind:
        raise UnreadableRecordError(where)
    return value


def _read_dataclass(kind: type, value: object, where: str) -> object:
    given = as_object(value)
    if given is None:
        raise UnreadableRecordError(where)
    hints = _hints(kind)
    read: dict[str, object] = {}
    for one in dataclasses.fields(kind):
        name = one.name
        if name in given:
            read[name] = _read(hints[name], given[name], f"{where}.{name}")
    try:
        return kind(**read)
    except TypeError:
        raise UnreadableRecordError(where) from None


def _read_union(kinds: tuple[Any, ...], value: object, where: str) -> object:
    if value is None and type(None) in kinds:
        return None
    (kind,) = set(kinds) - {type(None)}
    return _read(kind, value, where)


def _read_tuple(kinds: tuple[Any, ...], value: object, where: str) -> object:
    several = as_list(value)
    if several is None:
        raise UnreadableRecordError(where)
    return tuple(_read(kinds[0], inner, where) for inner in several)


def _read_mapping(kinds: tuple[Any, ...], value: object, where: str) -> object:
    named = as_object(value)
    if named is None:
        raise UnreadableRecordError(where)
    return {name: _read(kinds[1], inner, f"{where}.{name}") for name, inner in named.items()}


_READERS: Mapping[Any, Callable[[tuple[Any, ...], object, str], object]] = {
    types.UnionType: _read_union,
    tuple: _read_tuple,
    Mapping: _read_mapping,
}
