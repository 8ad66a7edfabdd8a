"""Declared options on the command line."""

import argparse
import contextlib
import math
from collections.abc import Callable, Collection
from typing import Any, TypeVar

from ..options import Choice, Option, made, options_of
from ..renamed import FLAGS, old_names

_Family = TypeVar("_Family")


def add_flags(parser: argparse.ArgumentParser, *families: type, without: Collection[str] = ()) -> None:
    """Add the options of families that have a flag; those that aren't given are absent from the parsed arguments."""
    for family in families:
        for name, one in options_of(family).items():
            if one.flag is not None and name not in without:
                add_flag(
                    parser,
                    one.flag.name,
                    dest=_destination(family, name),
                    # what isn't given must not override the scene's settings or a trainer's
                    default=argparse.SUPPRESS,
                    help=one.flag.help.format(default=one.default),
                    **_kind_of(one, one.flag.metavar),
                )


def add_flag(parser: argparse.ArgumentParser, name: str, **kind: Any) -> None:  # noqa: ANN401 -- as argparse takes it
    """Add an option of the command line, also under its earlier names, which the help doesn't show."""
    destination = parser.add_argument(name, **kind).dest
    for old in old_names(FLAGS, name):
        # scripts of earlier versions go on working
        hidden: dict[str, Any] = {**kind, "dest": destination, "help": argparse.SUPPRESS}
        parser.add_argument(old, **hidden)


def given(arguments: argparse.Namespace, *families: type) -> dict[str, Choice]:
    """Return the options of families that were given."""
    found: dict[str, Choice] = {}
    for family in families:
        for name in options_of(family):
            destination = _destination(family, name)
            if hasattr(arguments, destination):
                found[name] = getattr(arguments, destination)
    return found


def chosen(arguments: argparse.Namespace, family: type[_Family]) -> _Family:
    """Return a family's value; options that weren't given have their default."""
    return made(family, given(arguments, family))


def _destination(family: type, name: str) -> str:
    return f"{family.__name__}.{name}"


def _kind_of(one: Option, metavar: str) -> dict[str, Any]:
    """Return the arguments of `add_argument` for a kind of option."""
    # a switch says the other of its two values: the default needs no word
    if isinstance(one.default, bool):
        return {"action": "store_false" if one.default else "store_true"}
    # an option with several values stands once on the line, as one without values may follow
    if isinstance(one.default, tuple):
        return {"type": _values_of(one), "metavar": metavar}
    if one.items and not metavar:
        return {"choices": tuple(one.items), "type": _in_case_of(one)}
    if isinstance(one.default, str):
        return {"type": _value_of(one) if one.items else str, "metavar": metavar}
    return {"type": _number_of(one), "metavar": metavar}


def _in_case_of(one: Option) -> Callable[[str], str]:
    """Return what finds a value however it is written."""
    known = {value.lower(): value for value in one.items}

    def value(text: str) -> str:
        if (found := known.get(text.lower())) is None:
            raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(known)}")
        return found

    return value


def _values_of(one: Option) -> Callable[[str], tuple[str, ...]]:
    """Return what finds several values, with commas between them."""
    value = _in_case_of(one)
    # a value that is given twice counts once
    return lambda text: tuple(dict.fromkeys(map(value, text.split(","))))


def _value_of(one: Option) -> Callable[[str], str]:
    def value(text: str) -> str:
        if text not in one.items:
            raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(one.items)}")
        return text

    return value


def _number_of(one: Option) -> Callable[[str], float]:
    """Return what reads a number within the option's limits."""
    kind = int if type(one.default) is int else float
    lowest, highest = one.limits.get("min", -math.inf), one.limits.get("max", math.inf)

    def number(text: str) -> float:
        with contextlib.suppress(ValueError):
            if lowest <= (value := kind(text)) <= highest:
                return value
        raise argparse.ArgumentTypeError(f"{text!r} is not a {one.label.lower()} ({lowest:g} to {highest:g})")

    return number
