"""Calls of Blender's operators: options under the names that this Blender knows, and contexts other than the user's.

A missing option raises an error, it is never dropped: without `move_strips` an added strip follows the mouse.
"""

import sys
import threading
import time
from collections.abc import Callable, Collection, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, cast

import bpy

from ..texts.faults import Fault
from ..texts.text import Text

_UNSAFE = sys.version_info < (3, 12)
"""An operator in an overridden context looks its members up in Python. Up to Blender 5.0 (Python 3.11) this happens
without Python's lock while another thread holds it, and Blender crashes, then or later."""


_LONGEST_SEC = 2.0


@dataclass(frozen=True)
class Option:
    """An option with all its names.

    Attributes:
        spellings: its names, the newest first.
        since: the version of Blender that introduced it; earlier ones always behave as it is set here.
    """

    spellings: tuple[str, ...]
    since: tuple[int, int] = (0, 0)


MOVE_STRIPS = Option(("move_strips_after_add", "move_strips"), since=(5, 0))
"""Of the operators that add a strip: whether the mouse then moves it."""

FIRST_INPUT = Option(("input1", "seq1"))
"""Of the function that adds an effect strip: its input strip."""

EFFECT_END = Option(("length", "frame_end"))
"""Of the same function: its length in frames or, under its earlier name, the frame after its last one."""


def name_of(option: Option, of: Any) -> str:  # noqa: ANN401 -- an operator or a function of Blender's, which have no type in common
    """Return the name of an option in this Blender's version of an operator or function.

    Raises:
        Fault: it has the option under no known name.
    """
    title, known = _takes(of)
    for name in option.spellings:
        if name in known:
            return name
    # a call without it would do something else than asked, without a word
    raise Fault(
        Text(
            "Blender {version} doesn't know the option “{option}” of “{title}”.",
            version=bpy.app.version_string,
            option=option.spellings[0],
            title=title,
        ),
        "Update AIMoCap, or use an earlier version of Blender.",
    )


def passed(option: Option, of: Any, value: object) -> dict[str, object]:  # noqa: ANN401 -- as above
    """Return the option and its value as an argument; nothing for a Blender older than the option.

    Raises:
        Fault: it should exist, but under no known name.
    """
    return {} if bpy.app.version[:2] < option.since else {name_of(option, of): value}


def _takes(of: Any) -> tuple[str, Collection[str]]:  # noqa: ANN401 -- as above
    """Return the title of an operator or function, and the names of its options."""
    if hasattr(of, "get_rna_type"):
        return of.idname_py(), of.get_rna_type().properties.keys()
    return of.identifier, of.parameters.keys()


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
        # a crash is then possible, and a window that stands still for minutes certain
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
