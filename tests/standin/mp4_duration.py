"""The duration that an uploaded MP4 states, as a service would look it up."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path


def mp4_duration(file: Path) -> float | None:
    """Seconds by the movie header (mvhd), or None where the file is no MP4 or MOV."""
    with file.open("rb") as stream:
        size = file.stat().st_size
        moov = _box(stream, b"moov", 0, size)
        header = moov and _box(stream, b"mvhd", *moov)
        if not header:
            return None
        stream.seek(header[0])
        fields = stream.read(32)
        if fields[0] == 1:
            timescale, duration = int.from_bytes(fields[20:24]), int.from_bytes(fields[24:32])
        else:
            timescale, duration = int.from_bytes(fields[12:16]), int.from_bytes(fields[16:20])
        return duration / timescale if timescale else None


def _box(stream: BinaryIO, kind: bytes, start: int, end: int) -> tuple[int, int] | None:
    """The content range of the first box of a kind between two offsets."""
    at = start
    while at + 8 <= end:
        stream.seek(at)
        head = stream.read(16)
        length, begins = int.from_bytes(head[:4]), at + 8
        if length == 1:
            length, begins = int.from_bytes(head[8:16]), at + 16
        elif length == 0:
            length = end - at
        if length < 8:
            return None
        if head[4:8] == kind:
            return begins, min(at + length, end)
        at += length
    return None
