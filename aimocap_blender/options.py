"""Options: what people can choose, each declared once, as a field of the value that the code reads.

A dataclass with fields made by `option` is a family of options. Of them are made: Blender's properties and what panels
draw (`ui/text/option_properties.py`), presets and JSON, the command line's options (`command/flags.py`), and the
tables of the docs (`tools/option_tables.py`).
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypedDict, TypeVar, cast

from .renamed import stored_as, switched
from .while_enabled import discarded

Choice = str | bool | float | tuple[str, ...]
"""A chosen value, in the form of plain JSON; several of its items where the default is a tuple."""
Item = tuple[str, str] | tuple[str, str, str]
"""Label and tip of one value, and its icon if it has one."""

_Value = TypeVar("_Value")
_AUTO = "AUTO"
_KEY = "option"


class Limits(TypedDict, total=False):
    """Of a number or a text, as Blender's properties take them; the command line keeps within `min` and `max`."""

    min: float
    max: float
    soft_min: float
    soft_max: float
    step: int
    precision: int
    subtype: str
    unit: str


@dataclass(frozen=True)
class Flag:
    """An option's form on the command line.

    Attributes:
        name: such as `--title`; of a switch that is on by default one that turns it off.
        help: English.
        metavar: what stands for its value in the help; '' for the values themselves.
    """

    name: str
    help: str
    metavar: str = ""


def _always(_owner: object) -> bool:
    return True


@dataclass(frozen=True)
class Option:
    """A declared option; what isn't listed here is as in `option`.

    Attributes:
        field: name of the field.
        default: of the property.
        automatic: the default leaves it to the evidence, and the field is None then.
    """

    field: str
    name: str
    default: Choice
    automatic: bool
    label: str
    tip: str
    items: Mapping[str, Item]
    limits: Limits
    flag: Flag | None
    docs: str
    switch: str
    active: Callable[[Any], bool]
    shown: Callable[[Any], bool]
    prominent: bool

    def read(self, value: object) -> Choice:
        """Return a stored value.

        Raises:
            ValueError: it is none of this option.
        """
        kind, found = type(self.default), value
        if kind is tuple:
            found = tuple(cast("list[object]", value)) if isinstance(value, (list, tuple)) else (None,)
            is_right = all(item in tuple(self.items) for item in found)
        elif self.items:
            is_right = value in tuple(self.items)
        elif kind in {int, float}:
            is_right = isinstance(value, (int, float)) and not isinstance(value, bool)
        else:
            is_right = isinstance(value, kind)
        if not is_right:
            raise ValueError(f"{self.name} is {value!r}")
        return cast("Choice", found)


def option(
    default: _Value,
    label: str,
    tip: str,
    items: Mapping[Any, Item] | None = None,
    *,
    name: str = "",
    offered: _Value | None = None,
    flag: Flag | None = None,
    docs: str = "",
    switch: str = "",
    active: Callable[[Any], bool] = _always,
    shown: Callable[[Any], bool] = _always,
    prominent: bool = False,
    limits: Limits | None = None,
) -> _Value:
    """Return a field of a dataclass that is an option.

    Args:
        default: of the field. None leaves the option to the evidence: its property has the value AUTO then, or 0.
            A tuple lets several of the items be chosen.
        label: in the interface, in title case.
        tip: the tooltip, one sentence without a full stop.
        items: of a choice with a fixed set of values: value to label, tip and icon, in the menu's order. Files
            keep a value's position, so a new one comes last.
        name: of the property, where it isn't the field's.
        offered: default of the property, where it isn't the field's.
        flag: on the command line.
        docs: what the docs say in place of the tip and the items' tips, in Markdown.
        switch: name of the option in whose row it is drawn, and which turns it on.
        active: whether it has an effect, by the owner of the properties.
        shown: whether it is drawn at all, as above.
        prominent: whether it is drawn above the others, which are in a closed sub-panel then.
        limits: of a number or a text.
    """
    automatic = default is None and offered is None
    if automatic:
        items = {_AUTO: ("Automatic", "Detect from the contents of the file"), **items} if items else {}
    property_default = (_AUTO if items else 0.0) if automatic else default if offered is None else offered
    declared = Option(
        field="",
        name=name,
        default=cast("Choice", property_default),
        automatic=automatic,
        label=label,
        tip=tip,
        items=items or {},
        limits=limits or {},
        flag=flag,
        docs=docs,
        switch=switch,
        active=active,
        shown=shown,
        prominent=prominent,
    )
    return field(default=default, metadata={_KEY: declared})


def options_of(*families: type) -> dict[str, Option]:
    """Return the families' options by name, in the order in which they are declared."""
    found: dict[str, Option] = {}
    for family in families:
        found.update((one.name, one) for one in _declared(family))
    return found


@cache
def _declared(family: type) -> tuple[Option, ...]:
    declared: list[Option] = []
    for one in dataclasses.fields(family):
        of_it = one.metadata.get(_KEY)
        # `option` is called before the field has its name
        if of_it is not None:
            declared.append(dataclasses.replace(of_it, field=one.name, name=of_it.name or one.name))
    return tuple(declared)


discarded(_declared.cache_clear)


def choices_in(owner: object, *families: type) -> dict[str, Choice]:
    """Return what is chosen in an owner of properties; options that it lacks are absent."""
    found: dict[str, Choice] = {}
    for name, one in options_of(*families).items():
        if hasattr(owner, name):
            value = getattr(owner, name)
            # Blender has a set, which is in no order
            found[name] = tuple(filter(value.__contains__, one.items)) if isinstance(value, set) else value
    return found


def read_choices(data: Mapping[str, object], *families: type) -> dict[str, Choice]:
    """Return the choices among stored values; options that an earlier version didn't store are absent.

    Raises:
        ValueError: a choice has an invalid value.
    """
    found: dict[str, Choice] = {}
    for name, one in options_of(*families).items():
        kept, as_switch = stored_as(name, data), switched(name, data)
        if kept is not None or as_switch is not None:
            found[name] = one.read(as_switch if kept is None else data[kept])
    return found


def made(family: type[_Value], choices: Mapping[str, Choice]) -> _Value:
    """Return a family's value of choices; absent ones have the field's default."""
    chosen: dict[str, Choice | None] = {}
    for name, one in options_of(family).items():
        if name in choices:
            chosen[one.field] = None if one.automatic and choices[name] == one.default else choices[name]
    return family(**chosen)


def made_of(family: type[_Value], owner: object) -> _Value:
    """Return a family's value as it is chosen in an owner of its properties."""
    return made(family, choices_in(owner, family))
