"""Operators in keymaps, and under their earlier names, which scripts and shortcuts have.

No search or menu shows earlier names.
"""

from typing import TYPE_CHECKING, Any

import bpy

from ..renamed import OPERATORS

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import SpaceTypeItems


_BLENDERS_OWN = {"bl_rna", "__dict__", "__weakref__"}


class Shortcuts:
    """Entries of the add-on's keymap, from `add` to `remove`."""

    def __init__(self) -> None:
        self._items: list[tuple[bpy.types.KeyMap, bpy.types.KeyMapItem]] = []

    def add(
        self, keymap: str, space: "SpaceTypeItems", operator: str, key: str, **held: bool
    ) -> bpy.types.KeyMapItem | None:
        """Have a press call an operator while keys such as `ctrl` are held; return the entry, None without windows."""
        # a Blender in the background has no keymaps for add-ons
        configuration: Any = bpy.context.window_manager.keyconfigs.addon
        if configuration is None:
            return None
        entries = configuration.keymaps.new(name=keymap, space_type=space)
        item = entries.keymap_items.new(operator, key, "PRESS", **held)
        self._items.append((entries, item))
        return item

    def remove(self) -> None:
        """Remove all of them."""
        for entries, item in self._items:
            entries.keymap_items.remove(item)
        self._items.clear()


def _identifier(name: str) -> str:
    return f"AIMOCAP_OT_{name}"


def _under(old: str, operator: type) -> type:
    """Return a copy of an operator; a subclass would take its place."""
    own = {name: value for name, value in vars(operator).items() if name not in _BLENDERS_OWN}
    hidden: set[str] = {*getattr(operator, "bl_options", ()), "INTERNAL"}
    return type(operator.__name__, operator.__bases__, {**own, "bl_idname": f"aimocap.{old}", "bl_options": hidden})


def register() -> None:
    """Register them, after the operators themselves."""
    for old, new in OPERATORS.items():
        bpy.utils.register_class(_under(old, getattr(bpy.types, _identifier(new))))


def unregister() -> None:
    """Unregister them."""
    for old in OPERATORS:
        bpy.utils.unregister_class(getattr(bpy.types, _identifier(old)))
