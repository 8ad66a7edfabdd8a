"""Motions that are written while Blender goes on: corrected ones, after each correction."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..texts.faults import Fault
from ..texts.text import Text
from .disk_work import DiskWork
from .messages import Messages

if TYPE_CHECKING:
    from concurrent.futures import Future


class MotionWrites:
    """The motions of a session that are being written.

    Args:
        disk: of the session.
        messages: of the session: they tell of a motion that couldn't be written.
    """

    def __init__(self, disk: DiskWork, messages: Messages) -> None:
        self._disk, self._messages = disk, messages
        self._pending: dict[str, tuple[str, Future[None]]] = {}

    def begin(self, take_id: str, title: str, write: Callable[[], None]) -> None:
        """Have a take's motion written, after what is being written of it.

        Raises:
            Fault: it couldn't be written, and that is known at once.
        """
        writing = self._disk.later(write)
        if writing.done():
            _raise(writing)
        else:
            self._pending[take_id] = title, writing

    def is_written(self, take_id: str) -> bool:
        """Wait until a take's motion is on disk, in any thread but the disk's own; return True."""
        if (pending := self._pending.get(take_id)) is not None:
            pending[1].exception()
        return True

    def pump(self) -> bool:
        """Tell of motions that couldn't be written; return whether there was any."""
        told = False
        for take_id, (title, writing) in tuple(self._pending.items()):
            if writing.done():
                del self._pending[take_id]
                try:
                    _raise(writing)
                except Fault as fault:
                    self._messages.say(title, fault)
                    told = True
        return told


def _raise(writing: "Future[None]") -> None:
    try:
        writing.result()
    except OSError as error:
        raise Fault(
            Text("The motion can't be saved: {reason}.", reason=error.strerror),
            "Check the captures folder in the preferences.",
        ) from error
