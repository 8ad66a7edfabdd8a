"""A frame number as big black and white cells, and reading it back from rendered pixels.

Two rows at the picture's top: the lower one is the upper one's opposite, so that a cell is read by comparing, whatever
compression, colour management and scaling did to black and white. A check value guards against misreading.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

NUMBER_BITS = 13
CHECK_BITS = 5
CELLS = 2 + NUMBER_BITS + CHECK_BITS  # two guards first: white, black
ROW_SHARE = 1 / 15  # of the picture's height, each row
MOST = 2**NUMBER_BITS - 1
LEAST_CONTRAST = 0.2  # of the full range, between the two rows


class NoBarcode(Exception):  # noqa: N818 - what was found: none
    """The pixels show no readable barcode."""


def _cells(number: int) -> list[bool]:
    check = (number * 13 + 7) % (2**CHECK_BITS - 1)
    bits = f"{number:0{NUMBER_BITS}b}{check:0{CHECK_BITS}b}"
    return [True, False, *(bit == "1" for bit in bits)]


def draw_barcode(pixels: npt.NDArray[np.uint8], number: int) -> None:
    """Draws a frame number into the top of a picture (height, width, 3), first row on top."""
    if not 0 <= number <= MOST:
        raise ValueError(f"frame numbers go from 0 to {MOST}")
    height, width = pixels.shape[:2]
    edges = np.round(np.linspace(0, width, CELLS + 1)).astype(int)
    row = round(height * ROW_SHARE)
    for cell, white in enumerate(_cells(number)):
        pixels[:row, edges[cell] : edges[cell + 1]] = 255 if white else 0
        pixels[row : 2 * row, edges[cell] : edges[cell + 1]] = 0 if white else 255


def read_barcode(pixels: npt.NDArray[np.generic]) -> int:
    """The frame number in a picture of any size, (height, width) or (height, width, channels), whichever row is first.

    The picture must show the whole video frame. Raises NoBarcode where it can't be read for certain.
    """
    grey = np.asarray(pixels, dtype=np.float64)
    if grey.ndim == 3:
        grey = grey[..., :3].mean(axis=-1)
    if grey.max() > grey.min():
        grey = (grey - grey.min()) / (grey.max() - grey.min())
    for picture in (grey, grey[::-1]):
        number = _read(picture)
        if number is not None:
            return number
    raise NoBarcode("no barcode at the top of this picture")


def _read(grey: npt.NDArray[np.float64]) -> int | None:
    height, width = grey.shape
    upper, lower = (
        _row_values(grey, 0.5 * ROW_SHARE * height, width),
        _row_values(grey, 1.5 * ROW_SHARE * height, width),
    )
    difference = upper - lower
    if np.abs(difference).min() < LEAST_CONTRAST:
        return None
    cells = [bool(value > 0) for value in difference]
    number = int("".join("1" if cell else "0" for cell in cells[2 : 2 + NUMBER_BITS]), 2)
    return number if cells == _cells(number) else None


def _row_values(grey: npt.NDArray[np.float64], middle: float, width: int) -> npt.NDArray[np.float64]:
    """The mean of each cell's inner half along one row."""
    reach = max(0.2 * ROW_SHARE * grey.shape[0], 0.5)
    rows = grey[int(middle - reach) : max(int(np.ceil(middle + reach)), int(middle - reach) + 1)]
    sums = np.concatenate([[0.0], rows.mean(axis=0).cumsum()])
    step = width / CELLS
    starts, ends = (((np.arange(CELLS) + share) * step).astype(int) for share in (0.25, 0.75))
    ends = np.maximum(ends, starts + 1)
    return np.asarray((sums[ends] - sums[starts]) / (ends - starts))
