"""Files that are whole or not there: written beside their place, then renamed onto it."""

import contextlib
import secrets
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import IO

from ..faults import MotionFault

_BUFFER = 2**20
"""Bytes. Small writes let go of Python's lock so often, and for so short, that no thread that waits for it gets it."""


def write_whole(path: Path, pieces: Iterable[bytes]) -> None:
    """Put a file in place of what is there, which stays as it is when that fails.

    Raises:
        MotionFault: it can't be written.
    """
    with whole_file(path) as file:
        file.writelines(pieces)


@contextlib.contextmanager
def whole_file(path: Path) -> Generator[IO[bytes], None, None]:
    """A new file to write in, which is put in place of what is there at the end of the block, if that ends well.

    Raises:
        MotionFault: it can't be written.
    """
    new = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}.part")
    try:
        try:
            with new.open("xb", buffering=_BUFFER) as file:
                yield file
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)
    except OSError as error:
        raise MotionFault(
            f"“{path.name}” can't be written: {error.strerror}.", "Choose a folder that may be written to."
        ) from error
