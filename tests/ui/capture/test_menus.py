"""Blender's search (F3) finds what stands in menus: each operator that people may call does."""

from types import SimpleNamespace
from typing import Any

import bpy
import pytest

from tests.ui.acts import captures, module
from tests.ui.conftest import MODULE


class Drawn:
    """A layout that notes what is drawn into it, and draws menus of ours that are in it."""

    def __init__(self, found: dict[str, Any]) -> None:
        self.found = found
        self.enabled = True

    def separator(self) -> None:
        pass

    def menu_pie(self) -> "Drawn":
        return self

    def row(self) -> "Drawn":
        return Drawn(self.found)

    def operator(self, name: str, **_: object) -> SimpleNamespace:
        return self.found.setdefault(name, SimpleNamespace(layout=self))

    def operator_menu_enum(self, name: str, of: str, **_: object) -> None:
        assert of in getattr(bpy.ops.aimocap, name.partition(".")[2]).get_rna_type().properties
        self.operator(name)

    def menu(self, name: str) -> None:
        getattr(bpy.types, name).draw(SimpleNamespace(layout=self), bpy.context)


def in_menus() -> dict[str, Any]:
    """The add-on's operators in Blender's own menus, with what they are given."""
    found: dict[str, Any] = {}
    for name in dir(bpy.types):
        draw = getattr(getattr(bpy.types, name), "draw", None) if "_MT_" in name else None
        for function in getattr(draw, "_draw_funcs", ()):
            if function.__module__.startswith(MODULE):
                function(SimpleNamespace(layout=Drawn(found)), bpy.context)
    return found


def test_every_public_operator_stands_in_a_menu(addon: object) -> None:
    del addon
    kinds = {name: getattr(bpy.types, f"AIMOCAP_OT_{name}") for name in dir(bpy.ops.aimocap)}
    public = {f"aimocap.{name}" for name, kind in kinds.items() if "INTERNAL" not in getattr(kind, "bl_options", ())}
    assert len(public) > 20
    assert public - in_menus().keys() == set()


def test_the_pie_has_the_four_steps_and_no_key_until_it_is_wanted(addon: object) -> None:
    del addon
    found: dict[str, Any] = {}
    bpy.types.AIMOCAP_MT_work.draw(SimpleNamespace(layout=Drawn(found)), bpy.context)
    assert list(found) == [
        f"aimocap.{name}" for name in ("preview_motion", "capture_motion", "apply_capture", "compare_takes")
    ]
    keys = bpy.context.window_manager.keyconfigs.addon
    items = [item for keymap in keys.keymaps for item in keymap.keymap_items] if keys is not None else []
    assert not [item for item in items if item.idname == "wm.call_menu_pie" and item.active]


@pytest.mark.usefixtures("strip", "character", "sampled_once")
def test_operator_of_captures_is_given_the_selected_one() -> None:
    assert not in_menus()["aimocap.apply_capture"].layout.enabled
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    module("ui.capture.list").update_list()
    found = in_menus()
    assert found["aimocap.apply_capture"].layout.enabled
    assert found["aimocap.apply_capture"].capture_id == found["aimocap.show_video"].capture_id == captures()[0].id
    assert not found["aimocap.apply_preview"].layout.enabled
