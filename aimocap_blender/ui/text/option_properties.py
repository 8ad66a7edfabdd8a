"""Blender's properties of declared options, and how they are drawn."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

import bpy

from ...options import Choice, Option, options_of
from ...renamed import OPTIONS, as_switches, old_names, switched, switches_of
from .translation import OWN_WORDS
from .wrapped_text import draw_property

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import IconItems

_Family = TypeVar("_Family")
_PROPERTIES: Any = bpy.props
_KINDS: dict[type, str] = {bool: "BoolProperty", int: "IntProperty", float: "FloatProperty", str: "StringProperty"}


@dataclass
class SearchItems:
    """Last entries of a search popup, kept because Blender doesn't keep the texts of dynamic items."""

    last: tuple[tuple[str, str, str], ...] = ()


def set_options(called: object, **options: object) -> None:
    """Set options of the operator that a button calls: the stubs know none of them."""
    for name, value in options.items():
        setattr(called, name, value)


def option_button(layout: "bpy.types.UILayout", operator: str, text: str, icon: "IconItems", **options: object) -> None:
    """Draw an operator's button with its options; an icon alone has no edge."""
    set_options(layout.operator(operator, text=text, icon=icon, emboss=bool(text)), **options)


def properties(family: type[_Family], forgotten: Collection[str] = ()) -> type[_Family]:
    """Return a base class for operators and property groups: a property for each option of a family.

    To the type checker it is the family itself, so code reads an option as it reads the family's field.

    Those named in `forgotten` are neither remembered nor kept in presets.
    """
    base = type(family.__name__, (), {"__annotations__": {}})
    for name, one in options_of(family).items():
        base.__annotations__[name] = _property(one, {"options": {"SKIP_SAVE"}} if name in forgotten else {})
        # scripts and presets of earlier versions have these names
        for old in old_names(OPTIONS, name):
            base.__annotations__[old] = _property(one, _as_other(one))
        for old, values in switches_of(name).items():
            base.__annotations__[old] = _PROPERTIES.BoolProperty(name=one.label, **_as_switch(one, old, values))
    return cast("type[_Family]", base)


def _as_other(declared: Option) -> dict[str, Any]:
    """Return what makes a property another name of an option, which only scripts and presets know."""
    name, values = declared.name, list(declared.items)

    def get(owner: Any) -> Any:  # noqa: ANN401 -- any owner, and any kind of value
        value = getattr(owner, name)
        return values.index(value) if values else value

    def put(owner: Any, value: Any) -> None:  # noqa: ANN401 -- as above
        setattr(owner, name, values[value] if values else value)

    return {"options": {"HIDDEN", "SKIP_SAVE"}, "get": get, "set": put}


def _as_switch(declared: Option, old: str, values: Mapping[bool, str]) -> dict[str, Any]:
    """Return what makes a property an earlier switch that stands for values of a choice, as `_as_other`.

    It has no getter, as an operator's is kept only without, see `take_choices`.
    """
    name, neither = declared.name, list(declared.items)[1]

    def put(owner: Any, _context: object) -> None:  # noqa: ANN401 -- any owner
        is_on = getattr(owner, old)
        # a switch that is off leaves alone what it never stood for
        if is_on in values or getattr(owner, name) in values.values():
            setattr(owner, name, values.get(is_on, neither))

    return {
        "options": {"HIDDEN", "SKIP_SAVE"},
        "default": as_switches(name, declared.default)[old],
        "update": put,
    }


def _property(declared: Option, more: Mapping[str, Any]) -> object:
    words = {"name": declared.label, "description": declared.tip, "translation_context": OWN_WORDS}
    common: dict[str, Any] = {**words, "default": declared.default, **more}
    if isinstance(declared.default, tuple):
        # several values are a set to Blender
        common |= {"default": {*declared.default}, "options": {"ENUM_FLAG", *common.get("options", ())}}
    if not declared.items:
        # 0 stands for what is found by itself, whatever the least value is
        limits = {**declared.limits, "min": 0.0} if declared.automatic else declared.limits
        return getattr(_PROPERTIES, _KINDS[type(declared.default)])(**common, **limits)
    items: list[tuple[object, ...]] = []
    for number, (value, (label, tip, *icon)) in enumerate(declared.items.items()):
        # Blender wants a number beside an icon
        items.append((value, label, tip, icon[0], number) if icon else (value, label, tip))
    return _PROPERTIES.EnumProperty(**common, items=items)


def take_choices(operator: object, choices: Mapping[str, Choice], *families: type) -> None:
    """Set the options of an operator that neither the redo panel nor a script has set.

    Options that `choices` lacks get their default, since Blender fills in the values of the operator's last run.
    """
    is_set = cast("Any", operator).properties.is_property_set
    for name, one in options_of(*families).items():
        # an operator may have some options of a family only
        if hasattr(operator, name) and not is_set(name):
            by_script = switched(name, {old: getattr(operator, old) for old in switches_of(name) if is_set(old)})
            value = choices.get(name, one.default) if by_script is None else by_script
            setattr(operator, name, {*value} if isinstance(value, tuple) else value)


def draw_options(layout: "bpy.types.UILayout", owner: object, *families: type, only: tuple[str, ...] = ()) -> None:
    """Draw options of families, or `only` some, as they are declared; below prominent ones the others are closed."""
    declared = options_of(*families)
    # what has a switch stands in its row
    drawn = [one for name, one in declared.items() if not one.switch and (not only or name in only)]
    # where none is prominent, closing all of them would leave nothing to see
    first = [one for one in drawn if one.prominent] or drawn
    _draw_column(layout, owner, declared, first)
    if len(first) < len(drawn):
        body = _advanced(layout)
        if body is not None:
            _draw_column(body, owner, declared, [one for one in drawn if one not in first])


def _advanced(layout: "bpy.types.UILayout") -> "bpy.types.UILayout | None":
    """Draw the header of a panel in the layout, and return what is below it; None while it is closed.

    Blender has such panels only where a panel is around them, which popups got after sidebars: there it is open.
    """
    try:
        header, body = layout.panel("AIMOCAP_advanced", default_closed=True)
    except RuntimeError:
        header = body = layout.column()
    header.label(text="Advanced")
    return body


def split_column(layout: "bpy.types.UILayout") -> "bpy.types.UILayout":
    """Return a column of properties with their names to the left, and without buttons that would key them."""
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    return column


def _draw_column(
    layout: "bpy.types.UILayout", owner: object, declared: Mapping[str, Option], drawn: Sequence[Option]
) -> None:
    column = split_column(layout)
    for one in drawn:
        if one.shown(owner):
            row = column.column()
            row.active = one.active(owner)
            _draw_option(row, owner, one, [slider for slider, other in declared.items() if other.switch == one.name])


def _draw_option(row: "bpy.types.UILayout", owner: object, one: Option, sliders: Sequence[str]) -> None:
    data, name = cast("Any", owner), one.name
    # a choice that is off needs no slider, and a switch only greys it
    if one.items:
        draw_property(row, data, name)
        if getattr(owner, name) != "OFF":
            for slider in sliders:
                row.prop(data, slider)
    elif not sliders:
        if isinstance(one.default, bool):
            row.prop(data, name)
        else:
            draw_property(row, data, name)
    else:
        row = row.row(heading=one.label, heading_ctxt=OWN_WORDS, align=True)
        row.prop(data, name, text="")
        for slider in sliders:
            strength = row.row(align=True)
            strength.active = getattr(owner, name)
            strength.prop(data, slider, text="")
