"""A digest that identifies a file's content, and whether a delivered file still has it."""

import hashlib
from pathlib import Path

from ..plain_files import open_plain
from .capture import ResultFile


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal; the file is read in pieces.

    Raises:
        OSError: it can't be read.
    """
    with open_plain(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def has_size(folder: Path, file: ResultFile) -> bool:
    """Return whether a delivered file is in the folder, and as large as it was."""
    path = folder / file.name
    try:
        return path.is_file() and path.stat().st_size == file.size
    except OSError:
        return False


def is_as_delivered(folder: Path, file: ResultFile) -> bool:
    """Return whether a delivered file is in the folder, bit for bit."""
    try:
        return has_size(folder, file) and sha256_of(folder / file.name) == file.sha256
    except OSError:
        return False
