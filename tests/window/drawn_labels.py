"""Labels that panels and dialogs draw, as a person reads them, and a hand that knows no more; runs in Blender."""

import sys
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

import bpy
from hands import Steps, press_button

ADDON = "bl_ext.user_default.aimocap_blender"
DRAWN = (
    ("ui.panels", "CapturePanel"),
    ("ui.panels", "ExistingMotionPanel"),
    ("ui.panels", "EditMotionPanel"),
    ("ui.panels", "_CapturesPanel"),
    ("ui.text.reporting", "AsksFirst"),
    ("ui.g1.panel", "G1Panel"),
    ("ui.g1.folder", "G1FolderPanel"),
)
"""Modules and classes whose `draw` is watched."""

ICONS = (0.82, 0.72)
"""Parts of the width at which a row's last icon and the one before it are."""
MOST_TRIES = 50
"""A fifth of a second apart."""

shown: dict[str, list[tuple[str, str]]] = {}
"""The last drawing of each of them, top to bottom: label and operator; an icon has no label, a text no operator."""


@dataclass
class Note:
    """The labels of all that was drawn, each with the operator that its button calls, and what is shown now."""

    labels: dict[str, str]
    now: list[tuple[str, str]] = field(default_factory=list)


def press_label(area: bpy.types.Area, label: str, **where: Any) -> Steps:
    """Click the button with a label that is drawn now; a price may follow it."""
    row = yield from row_of(lambda said, call: call and (said == label or said.startswith(f"{label} · ")), label)
    yield from press_button(area, drawn_now()[row][1], **where)


def press_beside(area: bpy.types.Area, start: str, **where: Any) -> Steps:
    """Click the first icon beside a sentence that begins so."""
    row = yield from row_of(lambda said, _: said.startswith(start), start)
    icons = [call for said, call in drawn_now()[row:] if call and not said]
    yield from press_button(area, icons[0], across=ICONS, **where)


def row_of(fits: Callable[[str, str], object], wanted: str) -> Generator[float, None, int]:
    """Wait until something that fits is drawn; in which row of all."""
    for _ in range(MOST_TRIES):
        found = [row for row, one in enumerate(drawn_now()) if fits(*one)]
        if found:
            return found[0]
        yield 0.2
    raise AssertionError(f"nothing says {wanted}; there are {drawn_now()}")


def drawn_now() -> list[tuple[str, str]]:
    return [one for drawn in shown.values() for one in drawn]


def note_labels() -> Mapping[str, str]:
    """From now on, each label that is drawn: the operator that its button calls, '' for anything else."""
    labels: dict[str, str] = {}
    for module, name in DRAWN:
        watch(getattr(sys.modules[f"{ADDON}.{module}"], name), labels)
    choices = sys.modules[f"{ADDON}.ui.settings"].CaptureChoices
    draw = choices.draw_choices
    choices.draw_choices = lambda self, layout: draw(
        self, layout if isinstance(layout, Noted) else Noted(layout, Note(labels))
    )
    return labels


def watch(drawing: Any, labels: dict[str, str]) -> None:
    draw = drawing.draw

    def drawn(self: Any, context: bpy.types.Context) -> None:
        labels.setdefault(self.bl_label, "")
        labels.setdefault(getattr(self, "bl_category", ""), "")
        note = Note(labels)
        draw(Owner(self, note), context)
        shown[drawing.__name__] = note.now

    drawing.draw = drawn


class Owner:
    """A panel or an operator whose layout notes what it draws."""

    def __init__(self, real: object, noted: Note) -> None:
        self.real, self.noted = real, noted

    def __getattr__(self, name: str) -> Any:
        if name == "layout":
            return Noted(self.real.layout, self.noted)
        found = getattr(type(self.real), name, None)
        return found.__get__(self) if hasattr(found, "__code__") else getattr(self.real, name)


class Noted:
    """A layout that notes labels and draws as before."""

    def __init__(self, real: bpy.types.UILayout, noted: Note) -> None:
        object.__setattr__(self, "real", real)
        object.__setattr__(self, "noted", noted)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self.real, name, value)

    def __getattr__(self, name: str) -> Any:
        act = getattr(self.real, name)
        if not callable(act):
            return act

        def call(*arguments: Any, **options: Any) -> Any:
            arguments = tuple(one.real if isinstance(one, Owner) else one for one in arguments)
            self.note(name, arguments, options)
            made = act(*arguments, **options)
            return Noted(made, self.noted) if isinstance(made, bpy.types.UILayout) else made

        return call

    def note(self, name: str, arguments: tuple[Any, ...], options: Mapping[str, Any]) -> None:
        text, labels = str(options.get("text") or ""), self.noted.labels
        if name in {"operator", "template_popup_confirm"}:
            area, _, verb = arguments[0].partition(".")
            label = text or getattr(getattr(bpy.ops, area), verb).get_rna_type().name
            labels[label] = arguments[0]
            self.noted.now.append(("" if options.get("text") == "" else label, arguments[0]))
        elif name == "prop":
            owner = getattr(arguments[0], "properties", arguments[0])  # an operator's own
            prop = owner.bl_rna.properties[arguments[1]]
            for label in (text, prop.name, *(item.name for item in getattr(prop, "enum_items", ()))):
                labels.setdefault(label, "")
        elif text:
            labels.setdefault(text, "")
            self.noted.now.append((text, ""))
