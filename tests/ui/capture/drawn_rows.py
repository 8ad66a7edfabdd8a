"""Layouts that note what a menu or a capture's box shows."""

from typing import Any

import pytest

from tests.ui.acts import captures, module


class Layout:
    """Notes the operators that a menu shows."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, str]] = []
        self.operator_context = ""

    def operator(self, operator: str, text: str = "", **_: object) -> Any:
        self.shown.append((operator, text))
        return type("Properties", (), {})()

    def separator(self) -> None:
        pass


class Box(Layout):
    """A panel's box, which also notes its sentences."""

    def box(self) -> "Box":
        return self

    def column(self, **_: object) -> "Box":
        return self

    row = column

    def label(self, text: str = "", **_: object) -> None:
        self.shown.append(("", text))

    def prop(self, owner: object, name: str, **_: object) -> None:
        self.shown.append((name, str(getattr(owner, name))))

    def menu(self, *_: object, **__: object) -> None:
        pass


def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Operators and texts of the capture's box, sentences unwrapped."""
    details, box = module("ui.capture.details"), Box()
    for drawing in (details, module("ui.motion.outcome_words")):
        monkeypatch.setattr(
            drawing, "say", lambda layout, sentence, *_, **__: layout.label(text=sentence) if sentence else None
        )
    details.draw_take(box, module("takes.session").open_session(), captures()[0].id)
    return box.shown
