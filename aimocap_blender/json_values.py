"""Parsed JSON values as their expected types, for all that read files and answers of others.

Functions `as_…` return None for a value of another type. Functions `…_in` raise a ValueError that names the value.
"""

import math
from typing import cast


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
