"""Context overrides for operators that need another window, scene or object than the user's."""

import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, cast

import bpy

_UNSAFE = sys.version_info < (3, 12)
"""An operator in an overridden context looks its members up in Python. Up to Blender 5.0 (Python 3.11) this happens
without Python's lock while another thread holds it, and Blender crashes, then or later."""


_LONGEST_SEC = 2.0


@dataclass
class Threads:
    """The add-on's threads.

    Attributes:
        held_still: a context in which the network threads pause; set by their owner.
    """

    held_still: Callable[[], AbstractContextManager[object]] = nullcontext
    _computing: set[threading.Event] = field(default_factory=set[threading.Event])

    @contextmanager
    def computing(self) -> Generator[None]:
        """Mark a long stretch of Python in a thread."""
        over = threading.Event()
        self._computing.add(over)
        try:
            yield
        finally:
            self._computing.remove(over)
            over.set()

    @contextmanager
    def quiet(self) -> Generator[None]:
        """Keep threads from running Python in the block, unless one computes for seconds."""
        with self.held_still():
            deadline = time.monotonic() + _LONGEST_SEC
            for over in tuple(self._computing):
                over.wait(max(deadline - time.monotonic(), 0.0))
            yield


threads = Threads()


@contextmanager
def overridden(**members: object) -> Generator[None]:
    """Wrap Blender's `temp_override` so that operators are safe to call while the add-on's threads run."""
    with threads.quiet() if _UNSAFE else nullcontext(), cast("Any", bpy.context).temp_override(**members):
        yield
