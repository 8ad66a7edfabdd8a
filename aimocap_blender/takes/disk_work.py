"""Work on the disk that Blender's own thread doesn't wait for: a thread does it, in the order in which it came."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

import bpy

from ..scene.operator_calls import threads
from ..texts.faults import Fault
from ..texts.text import Text
from .messages import Messages

_AT_ONCE_SEC = 0.03
"""A press waits so long for what most disks do in no time."""

_log = logging.getLogger(__name__)
T = TypeVar("T")


class DiskWork:
    """The work of a session. Without a window each piece is waited for."""

    def __init__(self) -> None:
        # one, so that what is written last of a file is what was asked for last
        self._thread = ThreadPoolExecutor(1, "aimocap-disk")
        self._pending: list[Future[object]] = []

    def soon(self, work: Callable[[], T]) -> "Future[T]":
        """Have it done for a press, which most disks do at once; an unexpected error is logged.

        Who asks for the result gets any error, too.
        """
        future = self.later(work)
        wait([future], _AT_ONCE_SEC)
        return future

    def later(self, work: Callable[[], T]) -> "Future[T]":
        """Have it done for a tick or a draw; else the same."""
        future = self._thread.submit(_done, work)
        self._pending.append(future)  # pyrefly: ignore[bad-argument-type] -- only whether it is done is of interest
        # a script's next line may need what was written
        if bpy.app.background:
            wait([future])
        return future

    def pump(self) -> bool:
        """Return whether anything was finished since the last call."""
        before, self._pending = self._pending, [one for one in self._pending if not one.done()]
        return len(self._pending) < len(before)

    @property
    def busy(self) -> bool:
        """Whether anything is not finished, or was since the last `pump`."""
        return bool(self._pending)

    def close(self) -> None:
        """Wait until all is done."""
        self._thread.shutdown()


def in_a_thread(work: Callable[[], T]) -> "Future[T]":
    """Have work done that belongs to no session; who asks for the result gets any error."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except Exception as error:  # noqa: BLE001 -- raised where the result is asked for
            future.set_exception(error)

    # a daemon: Blender must be able to quit while it waits for a disk that is gone
    threading.Thread(target=run, daemon=True).start()
    return future


def _done(work: Callable[[], T]) -> T:
    try:
        with threads.computing():
            return work()
    except (OSError, Fault):
        raise
    except Exception:
        _log.exception("Work on the disk failed")
        raise


class MotionWrites:
    """The motions of a session that are being written.

    Args:
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
        # `pump` reports one that failed, and the file is as it was
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
