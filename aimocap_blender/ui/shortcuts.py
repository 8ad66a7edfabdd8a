"""The add-on's own keys and mouse buttons in Blender's keymaps."""

from typing import TYPE_CHECKING, Any, cast

import bpy

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import SpaceTypeItems


class Shortcuts:
    """Entries of the add-on's keymap, from `add` to `remove`."""

    def __init__(self) -> None:
        self._items: list[tuple[bpy.types.KeyMap, bpy.types.KeyMapItem]] = []

    def add(
        self, keymap: str, space: "SpaceTypeItems", operator: str, key: str, **held: bool
    ) -> bpy.types.KeyMapItem | None:
        """Have a press call an operator while keys such as `ctrl` are held; return the entry, None without windows."""
        # a Blender in the background has no keymaps for add-ons
        configuration: Any = cast("bpy.types.WindowManager", bpy.context.window_manager).keyconfigs.addon
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
