"""A file as a request's body: streamed in blocks, with a length known in advance."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from .faults import Kind, fault

BLOCK = 65536


class UploadBody:
    """A file's bytes in the form that `requests` sends with a `Content-Length` instead of in chunks.

    Args:
        file: open for reading, at its start.
        size: bytes to send; the file must have as many.
        progress: called with the bytes sent so far and the total.
    """

    def __init__(self, file: BinaryIO, size: int, progress: Callable[[int, int], None]) -> None:
        self._file = file
        self._size = size
        self._progress = progress
        self.moved: Callable[[], None] = lambda: None

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        sent = 0
        while sent < self._size:
            try:
                block = self._file.read(min(BLOCK, self._size - sent))
            except OSError:
                block = b""
            if not block:
                raise fault(Kind.SOURCE_CHANGED, sent=True)
            yield block
            sent += len(block)
            self.moved()
            self._progress(sent, self._size)
