"""Functions that Blender calls when something is undone, opened or saved."""

from collections.abc import Callable
from itertools import product

import bpy


class AppHandlers:
    """Functions that are called while the add-on is enabled.

    Args:
        handlers: persistent functions, each with the names of the lists in `bpy.app.handlers` that it belongs to.
    """

    def __init__(self, *handlers: tuple[Callable[..., object], tuple[str, ...]]) -> None:
        self._handlers: list[tuple[str, Callable[..., object]]] = []
        for handler, names in handlers:
            self._handlers += product(names, (handler,))

    def add(self) -> None:
        """Have Blender call them."""
        for name, handler in self._handlers:
            getattr(bpy.app.handlers, name).append(handler)

    def remove(self) -> None:
        """Have Blender call them no more."""
        for name, handler in reversed(self._handlers):
            getattr(bpy.app.handlers, name).remove(handler)
