"""Another context than the user's, for operators that find their window, scene or object in it."""

import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, cast

import bpy

_UNSAFE = sys.version_info < (3, 12)
"""An operator in an overridden context looks its members up in Python. Until Blender 5.0, which has Python 3.11, that
goes without Python's lock where another thread holds it just then, and Blender crashes, then or later."""


_LONGEST_SEC = 2.0


@dataclass
class Threads:
    """The add-on's own.

    Attributes:
        held_still: a context in which those that ask the network do nothing; set by whoever has them.
    """

    held_still: Callable[[], AbstractContextManager[object]] = nullcontext
    _computing: set[threading.Event] = field(default_factory=set[threading.Event])

    @contextmanager
    def computing(self) -> Generator[None]:
        """Around what runs Python for long in a thread."""
        over = threading.Event()
        self._computing.add(over)
        try:
            yield
        finally:
            self._computing.remove(over)
            over.set()

    @contextmanager
    def quiet(self) -> Generator[None]:
        """No thread runs Python meanwhile, unless it computes for seconds."""
        with self.held_still():
            deadline = time.monotonic() + _LONGEST_SEC
            for over in tuple(self._computing):
                over.wait(max(deadline - time.monotonic(), 0.0))
            yield


threads = Threads()


@contextmanager
def overridden(**members: object) -> Generator[None]:
    """Blender's `temp_override`, in which operators may be called though the add-on has threads."""
    with threads.quiet() if _UNSAFE else nullcontext(), cast("Any", bpy.context).temp_override(**members):
        yield
