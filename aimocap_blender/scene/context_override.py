"""Another context than the user's, for operators that find their window, scene or object in it."""

import sys
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, cast

import bpy

_UNSAFE = sys.version_info < (3, 12)
"""An operator in an overridden context looks its members up in Python. Until Blender 5.0, which has Python 3.11, that
goes without Python's lock where another thread holds it just then, and Blender crashes, then or later."""


@dataclass
class Threads:
    """The add-on's own.

    Attributes:
        held_still: a context in which they do nothing; set by whoever has them.
    """

    held_still: Callable[[], AbstractContextManager[object]] = nullcontext


threads = Threads()


@contextmanager
def overridden(**members: object) -> Generator[None]:
    """Blender's `temp_override`, in which operators may be called though the add-on has threads."""
    with threads.held_still() if _UNSAFE else nullcontext(), cast("Any", bpy.context).temp_override(**members):
        yield
