"""Makes a playable video as big as wished, for uploads that take a while."""

from __future__ import annotations

import shutil
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PIECE = 1 << 20


def big_video(video: Path, file: Path, size: int) -> None:
    """Copies an MP4 and appends a `free` box, so that the file has exactly `size` bytes; players skip the box."""
    padding = size - video.stat().st_size
    if not 8 <= padding < 2**32:
        raise ValueError("the file must become at least 8 bytes bigger, and less than 4 GiB")
    shutil.copyfile(video, file)
    with file.open("ab") as stream:
        stream.write(struct.pack(">I4s", padding, b"free"))
        for at in range(8, padding, PIECE):
            stream.write(bytes(min(PIECE, padding - at)))
