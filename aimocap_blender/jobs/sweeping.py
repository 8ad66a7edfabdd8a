"""Deletes in a captures folder, by a runner: expired captures now and then, once what killed processes left behind."""

from collections.abc import Callable

from .capture import Source
from .ledger import Ledger
from .trash import Trash


class Sweeping:
    """Deletes what nobody needs any longer.

    Args:
        ledger: the captures.
        trash: the forgotten ones.
        leftovers: deletes what else was left behind.
    """

    def __init__(self, ledger: Ledger, trash: Trash, leftovers: Callable[[], None]) -> None:
        self._ledger = ledger
        self._trash = trash
        self._leftovers = leftovers
        self._is_first = True

    def sweep(self) -> None:
        """Delete it, if it is time for that."""
        self._trash.sweep()
        if self._is_first:
            self._is_first = False
            self._ledger.clips.sweep(self._sources)
            self._leftovers()

    def _sources(self) -> list[Source] | None:
        """Return the videos of all captures; None if a record can't be read."""
        if self._ledger.unreadable() or self._trash.unreadable():
            return None
        captures = [*self._ledger.captures(), *(forgotten.capture for forgotten in self._trash.captures())]
        return [capture.source for capture in captures]
