"""A cancellation that reaches into a blocked request: a flag that calls whoever asked to be told."""

import threading
from collections.abc import Callable


class Cancellation:
    """Set once, from any thread; those who wait for the network are told at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set = False
        self._listeners: list[Callable[[], None]] = []

    def set(self) -> None:
        """Cancel: every listener is called once, in this thread."""
        with self._lock:
            if self._set:
                return
            self._set = True
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener()

    def is_set(self) -> bool:
        """Whether it was cancelled."""
        return self._set

    def listen(self, listener: Callable[[], None]) -> None:
        """Call this on cancellation; at once where that has happened already."""
        with self._lock:
            self._listeners.append(listener)
            already = self._set
        if already:
            listener()

    def forget(self, listener: Callable[[], None]) -> None:
        """No longer call this."""
        with self._lock:
            self._listeners.remove(listener)
