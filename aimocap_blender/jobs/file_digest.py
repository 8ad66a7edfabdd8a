"""A digest that identifies a file's content."""

import hashlib
from pathlib import Path

from ..plain_files import open_plain


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal; the file is read in pieces.

    Raises:
        OSError: it can't be read.
    """
    with open_plain(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
