"""A cancellation that reaches a blocked request: a flag that calls its listeners."""

import threading
from collections.abc import Callable


class Cancellation:
    """A flag that is set once, from any thread, and calls its listeners at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set = False
        self._listeners: list[Callable[[], None]] = []

    def set(self) -> None:
        """Cancel: call every listener once, in this thread."""
        with self._lock:
            if self._set:
                return
            self._set = True
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener()

    def is_set(self) -> bool:
        """Return whether it was cancelled."""
        return self._set

    def listen(self, listener: Callable[[], None]) -> None:
        """Call this on cancellation; immediately if already cancelled."""
        with self._lock:
            self._listeners.append(listener)
            already = self._set
        if already:
            listener()

    def forget(self, listener: Callable[[], None]) -> None:
        """Stop calling this."""
        with self._lock:
            self._listeners.remove(listener)
