"""Parsed JSON values as their expected types; otherwise a ValueError that names the value."""

import math
from typing import cast


def object_in(value: object, what: str) -> dict[str, object]:
    """Return a JSON object."""
    if not isinstance(value, dict):
        raise ValueError(f"{what} is not a JSON object")  # noqa: TRY004 -- the content is wrong, not the code
    return {str(key): member for key, member in cast("dict[object, object]", value).items()}


def list_in(value: object, what: str) -> list[object]:
    """Return a JSON list."""
    if not isinstance(value, list):
        raise ValueError(f"{what} is not a list")  # noqa: TRY004 -- the content is wrong, not the code
    return cast("list[object]", value)


def text_in(value: object, what: str) -> str:
    """Return a text."""
    if not isinstance(value, str):
        raise ValueError(f"{what} is not text")  # noqa: TRY004 -- the content is wrong, not the code
    return value


def names_in(value: object, what: str) -> tuple[str, ...]:
    """Return a list of texts."""
    return tuple(text_in(name, f"a name in {what}") for name in list_in(value, what))


def number_in(value: object, what: str) -> float:
    """Return a finite number; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{what} is not a number")  # noqa: TRY004 -- the content is wrong, not the code
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{what} is not a finite number")
    return number
