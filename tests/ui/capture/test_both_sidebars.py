"""Changes that redraw both sidebars; that they do is seen in a window, see `tests/window/test_sidebars.py`."""

from collections.abc import Callable
from typing import Any

import bpy
import pytest

from tests.blender_versions import first_in_every
from tests.scene.video.sequencer_acts import Strip, move_ends
from tests.ui.acts import module


def facts() -> object:
    return module("ui.panels")._facts(bpy.context)


def other_active(strips: list[Any]) -> None:
    bpy.context.scene.sequence_editor.active_strip = strips[1]


def trimmed(strips: list[Any]) -> None:
    move_ends(strips[0], 1, -1)


def deselected(strips: list[Any]) -> None:
    strips[2].select = False


def renamed(strips: list[Any]) -> None:
    strips[0].name = "Another name"


def no_character(_: list[Any]) -> None:
    bpy.context.view_layer.objects.active = None


@pytest.mark.slow
@pytest.mark.parametrize("change", first_in_every([trimmed, other_active, deselected, renamed, no_character]))
@pytest.mark.usefixtures("character")
def test_each_change_of_what_is_shown_changes_the_facts(
    change: Callable[[list[Any]], None], three: list[Strip]
) -> None:
    bpy.context.scene.sequence_editor.active_strip = three[0]
    before = facts()
    assert facts() == before
    change(three)
    assert facts() != before
