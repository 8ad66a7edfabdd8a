"""Frozen dataclasses to plain JSON and back, strictly: a record of another shape is refused, never guessed."""

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

from .json_values import as_list, as_number, as_object, as_text
from .plain_files import read_plain
from .whole_files import name_beside, replacing

Record = TypeVar("Record")


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
    origin = get_origin(kind)
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
    names = [one.name for one in dataclasses.fields(kind)]
    read = {name: _read(hints[name], given[name], f"{where}.{name}") for name in names if name in given}
    try:
        return kind(**read)
    except TypeError:
        raise UnreadableRecordError(where) from None


def _read_union(kinds: tuple[Any, ...], value: object, where: str) -> object:
    if value is None and type(None) in kinds:
        return None
    (kind,) = (one for one in kinds if one is not type(None))
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
