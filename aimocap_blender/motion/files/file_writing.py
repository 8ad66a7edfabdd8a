"""Atomic file writing: to a temporary file in the same folder, then renamed."""

import contextlib
import secrets
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import IO

from ...texts.faults import Fault
from ...texts.text import Text

_BUFFER = 2**20
"""Bytes. Many small writes release Python's lock so briefly that waiting threads never get it."""


def write_whole(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file as a whole, replacing what is there; if that fails, it stays as it is.

    Raises:
        Fault: it can't be written.
    """
    with whole_file(path) as file:
        file.writelines(pieces)


@contextlib.contextmanager
def whole_file(path: Path) -> Generator[IO[bytes], None, None]:
    """Provide a new file to write in, which replaces the one at `path` if the block succeeds.

    Raises:
        Fault: it can't be written.
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
        raise Fault(
            Text("“{file}” can't be written: {reason}.", file=path.name, reason=error.strerror),
            "Choose a folder that you can write to.",
        ) from error
