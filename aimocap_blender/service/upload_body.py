"""A file as a request's body: streamed in blocks, with a length known in advance."""

import hashlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

from .faults import Kind, ServiceFault

BLOCK = 65536


class UploadBody:
    """A file's bytes in the form that `requests` sends with a `Content-Length` instead of in chunks.

    Args:
        file: open for reading, at its start.
        size: bytes to send; the file must have as many.
        progress: called with the bytes sent so far and the total.

    Attributes:
        sent: bytes that the socket has taken.
        md5: of these bytes.
        moved: called with the size of each block that the socket has taken.
        ended: called when it has taken all of them.
    """

    def __init__(self, file: BinaryIO, size: int, progress: Callable[[int, int], None]) -> None:
        self._file = file
        self._size = size
        self._progress = progress
        self.sent = 0
        self.md5 = hashlib.md5(usedforsecurity=False)
        self.moved: Callable[[int], None] = lambda _size: None
        self.ended: Callable[[], None] = lambda: None

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        while self.sent < self._size:
            try:
                block = self._file.read(min(BLOCK, self._size - self.sent))
            except OSError:
                block = b""
            if not block:
                raise ServiceFault(Kind.SOURCE_CHANGED, sent=True)
            yield block  # the next one is asked for only when the socket has taken this one
            self.sent += len(block)
            self.md5.update(block)
            self.moved(len(block))
            self._progress(self.sent, self._size)
        self.ended()
