"""The screen as Xvfb keeps it in a file, an X window dump: to look at it costs no process and no copy."""

import struct
from pathlib import Path

import numpy as np

HEADER_NUMBERS = 25
"""Of four bytes, the first first: the X window dump's own (`XWDFile.h`)."""
COLOUR_BYTES, PIXEL_BYTES = 12, 4


def lines_of(file: Path) -> np.ndarray:
    """The pixels as they are now and will be: rows from above × columns × (blue, green, red, unused)."""
    screen = np.memmap(file, np.uint8, "r")
    header = struct.unpack(f">{HEADER_NUMBERS}I", screen[: 4 * HEADER_NUMBERS].tobytes())
    start, across, down, row_bytes, colours = header[0], header[4], header[5], header[12], header[19]
    start += colours * COLOUR_BYTES
    rows = screen[start : start + row_bytes * down].reshape(down, row_bytes)
    return rows[:, : across * PIXEL_BYTES].reshape(down, across, PIXEL_BYTES)


def pixels_of(file: Path) -> np.ndarray:
    """A copy of the pixels as they are now: rows from above × columns × (red, green, blue)."""
    return lines_of(file)[..., 2::-1].copy()
