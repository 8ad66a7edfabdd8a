"""Interruptions of a request: a cancellation from any thread, silence of its connection, and the limits of its time."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Self


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
        # called without the lock, or one that forgets itself would wait for it forever
        for listener in listeners:
            listener()

    def is_set(self) -> bool:
        """Return whether it was cancelled."""
        return self._set

    def listen(self, listener: Callable[[], None]) -> None:
        """Call this on cancellation; immediately if already cancelled."""
        # both in one, or a cancellation in between would call nobody
        with self._lock:
            self._listeners.append(listener)
            already = self._set
        if already:
            listener()

    def forget(self, listener: Callable[[], None]) -> None:
        """Stop calling this."""
        with self._lock:
            self._listeners.remove(listener)


class CutReason(StrEnum):
    """Why this side cut the connection."""

    CANCELLED = "cancelled"
    TIMEOUT = "timeout"


class ConnectionCutError(OSError):
    """This side has cut the connection."""


class ConnectionWatchdog:
    """Watches one request's connection; used as a context.

    A socket's timeout restarts with every byte, and a cancelled thread may be blocked in the kernel: so a watching
    thread, or the cancelling one, shuts the socket down, which wakes the blocked thread.

    Args:
        patience: seconds until the connection is cut.
        cancellation: cuts the connection when set.
        admit: called with the peer's IP address (None through a proxy) before anything is sent; raises to refuse.
        least: bytes that have to move for the patience to start over; 0 for one patience for the whole request.
    """

    def __init__(
        self,
        patience: float,
        cancellation: Cancellation | None,
        admit: Callable[[str | None], None],
        least: float = 0,
    ) -> None:
        self._patience = patience
        self._least = least
        self._moved = 0
        self._cancellation = cancellation
        self._admit = admit
        self._condition = threading.Condition()
        self._deadline = time.monotonic() + patience
        self._socket: socket.socket | None = None
        self._over = False
        self.cut: CutReason | None = None
        self.sent = False

    def __enter__(self) -> Self:
        threading.Thread(target=self._watch, name="aimocap watchdog", daemon=True).start()
        if self._cancellation is not None:
            self._cancellation.listen(self._cancelled)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._cancellation is not None:
            self._cancellation.forget(self._cancelled)
        # wakes the watching thread, which would else stay for the rest of its patience
        with self._condition:
            self._over = True
            self._socket = None
            self._condition.notify_all()

    def opened(self, opened: socket.socket, *, through_proxy: bool) -> None:
        """Register the connection, which is open; nothing of the request has been sent yet.

        Raises:
            ServiceFault: the peer is not allowed.
            ConnectionCutError: it has been cut.
        """
        self._admit(None if through_proxy else str(opened.getpeername()[0]))
        # a cut from before has found no socket to shut down
        with self._condition:
            self._socket = opened
            self.check()

    def check(self) -> None:
        """Raise if the connection has been cut.

        Raises:
            ConnectionCutError: it has been cut.
        """
        if self.cut is not None:
            raise ConnectionCutError

    def sending(self) -> None:
        """Note that bytes of the request are about to be sent."""
        self.sent = True

    def moved(self, size: int) -> None:
        """Note that bytes of the body moved: too few of them, such as one at a time, don't restart the patience."""
        self._moved += size
        if self._least and self._moved >= self._least:
            self._moved = 0
            self._deadline = time.monotonic() + self._patience

    def answer_within(self, patience: float) -> None:
        """Note that the whole body was sent: the answer has this many seconds from now."""
        with self._condition:
            self._least = 0
            self._deadline = time.monotonic() + patience
            self._condition.notify_all()

    def _cancelled(self) -> None:
        self._cut(CutReason.CANCELLED)

    def _cut(self, reason: CutReason) -> None:
        with self._condition:
            # the first reason counts: a cancelled request may run out of time as well
            if self._over or self.cut is not None:
                return
            self.cut = reason
            if self._socket is not None:
                _shut_down(self._socket)

    def _watch(self) -> None:
        with self._condition:
            while not self._over and (left := self._deadline - time.monotonic()) > 0:
                self._condition.wait(left)
        self._cut(CutReason.TIMEOUT)


def _shut_down(opened: socket.socket) -> None:
    # An SSLSocket's own shutdown forgets its encryption first: a thread in the middle of sending would go on in the
    # clear. The plain socket's shutdown only wakes it. A TLS connection inside a TLS proxy's has no socket of its own.
    plain = getattr(opened, "socket", opened)
    with contextlib.suppress(OSError):  # the peer closed it first
        socket.socket.shutdown(plain, socket.SHUT_RDWR)


@dataclass(frozen=True)
class Timeouts:
    """Seconds, and bytes per second.

    Attributes:
        connect: until a connection is open, encryption included.
        send: until one block of an upload has left this machine.
        answer: until an answer begins.
        whole: for a whole exchange of JSON, and for an upload's answer after its last byte.
        stall: in which an upload or a download moves `least_moved` bytes, or is given up.
        slowest: bytes per second, as in curl's `--speed-limit`: low enough for a bad mobile network.
    """

    connect: float = 20.0
    send: float = 60.0
    answer: float = 300.0
    whole: float = 300.0
    stall: float = 60.0
    slowest: float = 1000.0

    @property
    def least_moved(self) -> float:
        """Bytes that a transfer moves within `stall`."""
        return self.slowest * self.stall
