"""Writes an uncompressed AVI, frame by frame: what Blender's FFmpeg then compresses."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterable
    from fractions import Fraction
    from pathlib import Path

    from .stick_figure import Picture

LARGEST = 2**31 - 2**20  # bytes; a RIFF's length field ends not far beyond


def write_raw_avi(file: Path, pictures: Iterable[Picture], count: int, width: int, height: int, fps: Fraction) -> None:
    """Writes `count` pictures (height, width, 3), first row on top. The width is a multiple of 4."""
    if width % 4:
        raise ValueError("the rows of an uncompressed AVI are multiples of 4 bytes")
    size = width * height * 3
    if size * count > LARGEST:
        raise ValueError("an uncompressed AVI of this length is too big")
    with file.open("wb") as stream:
        stream.write(_head(count, width, height, fps))
        for picture in pictures:
            stream.write(b"00db" + struct.pack("<I", size))
            stream.write(picture[::-1, :, ::-1].tobytes())  # bottom row first, blue before red
        _write_index(stream, count, size)


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content


def _head(count: int, width: int, height: int, fps: Fraction) -> bytes:
    size = width * height * 3
    rate, scale = fps.numerator, fps.denominator
    main = struct.pack(
        "<14I", round(1e6 / fps), size * rate // scale, 0, 0x10, count, 0, 1, size, width, height, 0, 0, 0, 0
    )
    stream = struct.pack(
        "<4s4sIHHIIIIIIIIHHHH", b"vids", b"DIB ", 0, 0, 0, 0, scale, rate, 0, count, size, 0, 0, 0, 0, width, height
    )
    picture = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, size, 0, 0, 0, 0)
    lists = _chunk(b"LIST", b"strl" + _chunk(b"strh", stream) + _chunk(b"strf", picture))
    header = _chunk(b"LIST", b"hdrl" + _chunk(b"avih", main) + lists)
    movie_size = 4 + count * (8 + size)
    riff_size = 4 + len(header) + 8 + movie_size + 8 + 16 * count
    return b"RIFF" + struct.pack("<I", riff_size) + b"AVI " + header + b"LIST" + struct.pack("<I", movie_size) + b"movi"


def _write_index(stream: BinaryIO, count: int, size: int) -> None:
    stream.write(b"idx1" + struct.pack("<I", 16 * count))
    stream.writelines(struct.pack("<4sIII", b"00db", 0x10, 4 + frame * (8 + size), size) for frame in range(count))
