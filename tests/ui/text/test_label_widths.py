"""Options' labels are whole in a new sidebar and in the redo panel, in each language, at each scale."""

from types import SimpleNamespace
from typing import Any

import blf
import bpy
import pytest

from tests.ui.acts import module

SIDEBAR, REDO = 234.0, 313.0
"""Widths of a panel's content in Blender's window, in unscaled pixels: the tab in a new sidebar, the redo panel."""
LABELS, PADDING = 0.4, 8.0
"""Part of the width that Blender gives to labels, and pixels beside their text."""
CHECKBOX = 24.0
ICON, NARROW = 20.0, 147.0
"""Pixels of a button's icon, and of what a panel contains in a sidebar of 200 pixels."""
POINTS = 11.0
"""Of Blender's own style."""


class Layout:
    """A layout that notes where labels are drawn."""

    def __init__(self, beside: list[str], above: list[str], boxes: list[str]) -> None:
        self.__dict__["notes"] = beside, above, boxes

    def __setattr__(self, name: str, value: object) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: (self, self) if name == "panel" else self

    def label(self, text: str, text_ctxt: str = "") -> None:
        del text_ctxt
        self.notes[1].append(text)

    def prop(self, data: Any, name: str, text: str | None = None) -> None:
        if text is None:
            shown = data.bl_rna.properties[name]
            self.notes[2 if shown.type == "BOOLEAN" else 0].append(shown.name)


def is_cut(label: str, room: float) -> bool:
    """Return whether a label is longer than the room for it, unscaled, at one of the scales."""
    for scale in (1.0, 2.0):
        blf.size(0, POINTS * scale)
        if blf.dimensions(0, label)[0] > scale * room:
            return True
    return False


@pytest.mark.parametrize("width", [SIDEBAR, REDO])
@pytest.mark.parametrize("language", ["en", "de", "zh_HANS"])
def test_labels_of_options_are_whole(
    addon: object, monkeypatch: pytest.MonkeyPatch, language: str, width: float
) -> None:
    del addon
    messages = module("ui.text.translation").messages_in(language)
    monkeypatch.setattr(module("ui.text.wrapped_text"), "translated", lambda text: messages.get(text, text))
    monkeypatch.setattr(module("ui.text.wrapped_text"), "_panel_width", lambda: width)
    beside, above, boxes = noted = [], [], []
    panel = SimpleNamespace(layout=Layout(*noted))
    module("ui.panels")._OptionsPanel.draw(panel, bpy.context)
    rooms = ((beside, LABELS * width - PADDING), (above, width - PADDING), (boxes, (1 - LABELS) * width - CHECKBOX))
    shown = [(messages.get(text, text), room) for texts, room in rooms for text in texts]
    assert [label for label, room in shown if is_cut(label, room)] == []
    print(f"{language}, {width:.0f} pixels: above their options are {', '.join(above[1:])}")
    assert {"Timing", "Root Motion", "Contacts", "Limbs", "Keyframes"} <= {*beside}
    assert "Also Unitree G1" in boxes


@pytest.mark.parametrize("language", ["en", "de", "zh_HANS"])
def test_the_price_of_the_rest_is_whole_on_its_button(
    addon: object, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    del addon
    panels, translation = module("ui.panels"), module("ui.text.translation")
    monkeypatch.setattr(panels, "_captured_parts", lambda *_: [("earlier", (0.0, 10.0))])
    monkeypatch.setattr(panels, "missing_of_strip", lambda *_: [(10.0, 130.5)])
    monkeypatch.setattr(panels, "set_options", lambda *_, **__: None)
    monkeypatch.setattr(panels, "translated", translation.Phrases(translation.messages_in(language)).translated)
    shown: list[str] = []
    layout = SimpleNamespace(operator=lambda *_, text, **__: shown.append(text))
    source = SimpleNamespace(name="Take 1", trim_start_sec=0.0, trim_end_sec=130.5)
    for narrow in (False, True):
        monkeypatch.setattr(panels, "is_narrow", lambda narrow=narrow: narrow)
        panels._draw_earlier(layout, SimpleNamespace(wishes=lambda: None), source)
    assert all("120.5" in label for label in shown)
    rooms = (SIDEBAR - ICON - PADDING, NARROW - ICON - PADDING)
    assert [label for label, room in zip(shown, rooms, strict=True) if is_cut(label, room)] == []
