"""What panels and dialogs draw, by its label as a person reads it; runs in the window's Blender."""

import sys
from collections.abc import Mapping
from typing import Any

import bpy

ADDON = "bl_ext.user_default.aimocap_blender"
DRAWN = (
    ("ui.capture.panel", "CapturePanel"),
    ("ui.panels", "ExistingMotionPanel"),
    ("ui.motion.panel", "EditMotionPanel"),
    ("ui.panels", "_CapturesPanel"),
    ("ui.text.asking", "AsksFirst"),
)
"""Modules and classes whose `draw` is watched."""


def note_labels() -> Mapping[str, str]:
    """From now on, each label that is drawn: the operator that its button calls, '' for anything else."""
    labels: dict[str, str] = {}
    for module, name in DRAWN:
        watch(getattr(sys.modules[f"{ADDON}.{module}"], name), labels)
    choices = sys.modules[f"{ADDON}.ui.motion_choices"].CaptureChoices
    draw = choices.draw_choices
    choices.draw_choices = lambda self, layout: draw(
        self, layout if isinstance(layout, Noted) else Noted(layout, labels)
    )
    return labels


def watch(drawing: Any, labels: dict[str, str]) -> None:  # noqa: ANN401 -- a class of the add-on
    draw = drawing.draw

    def drawn(self: Any, context: bpy.types.Context) -> None:  # noqa: ANN401 -- as above
        labels.setdefault(self.bl_label, "")
        labels.setdefault(getattr(self, "bl_category", ""), "")
        draw(Owner(self, labels), context)

    drawing.draw = drawn


class Owner:
    """A panel or an operator whose layout notes what it draws."""

    def __init__(self, real: object, labels: dict[str, str]) -> None:
        self.real, self.labels = real, labels

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- of any type
        if name == "layout":
            return Noted(self.real.layout, self.labels)
        found = getattr(type(self.real), name, None)
        return found.__get__(self) if hasattr(found, "__code__") else getattr(self.real, name)


class Noted:
    """A layout that notes labels and draws as before."""

    def __init__(self, real: bpy.types.UILayout, labels: dict[str, str]) -> None:
        object.__setattr__(self, "real", real)
        object.__setattr__(self, "labels", labels)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self.real, name, value)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- of any type
        act = getattr(self.real, name)
        if not callable(act):
            return act

        def call(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 -- as above
            arguments = tuple(one.real if isinstance(one, Owner) else one for one in arguments)
            self.note(name, arguments, options)
            made = act(*arguments, **options)
            return Noted(made, self.labels) if isinstance(made, bpy.types.UILayout) else made

        return call

    def note(self, name: str, arguments: tuple[Any, ...], options: Mapping[str, Any]) -> None:
        text = str(options.get("text") or "")
        if name in {"operator", "template_popup_confirm"}:
            area, _, verb = arguments[0].partition(".")
            self.labels[text or getattr(getattr(bpy.ops, area), verb).get_rna_type().name] = arguments[0]
        elif name == "prop":
            owner = getattr(arguments[0], "properties", arguments[0])  # an operator's own
            shown = owner.bl_rna.properties[arguments[1]]
            for label in (text, shown.name, *(item.name for item in getattr(shown, "enum_items", ()))):
                self.labels.setdefault(label, "")
        elif text:
            self.labels.setdefault(text, "")
