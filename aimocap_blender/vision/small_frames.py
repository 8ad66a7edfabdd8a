"""Small copies of frames: enough to see a cut, a moving camera or blur, at a fraction of the work."""

import numpy as np

from ..motion.rotations import FloatArray
from .crops import Frame, Region, cropped
from .network_graph import Picture

_COLUMNS = 32  # of the colour copies that are compared
_GREY = np.array([0.299, 0.587, 0.114])

_SIDE = 160  # of the compared part, pixels
_LENGTH = 9  # of the mean that blurs it once more
_PLAIN = 1e-3  # levels of 255 from pixel to pixel: nothing to be told


def reduced(frame: Frame, times: int) -> Frame:
    """Return the frame with so many times fewer rows and columns, each pixel the mean of a block.

    Rows and columns that fill no block are left out, on the right and below.
    """
    if times == 1:
        return frame
    return np.rint(_block_means(frame, times, np.eye(3))).astype(np.uint8)


def grey_copy(frame: Frame, times: int) -> Picture:
    """Return the frame in grey, from 0 to 255, with so many times fewer rows and columns."""
    return _block_means(frame, times, _GREY[:, None])[..., 0]


def colour_copy(frame: Frame) -> Picture:
    """Return the frame in colours from 0 to 255, as small as two are compared: the blocks are whole pixels."""
    return _block_means(frame, min(max(round(frame.shape[1] / _COLUMNS), 1), frame.shape[0]), np.eye(3))


def _block_means(frame: Frame, times: int, mixture: FloatArray) -> Picture:
    """Means of blocks, in colours that are mixed of the frame's: rows first, where memory is contiguous."""
    rows, columns = frame.shape[0] // times, frame.shape[1] // times
    part = frame[: rows * times, : columns * times].reshape(rows, times, columns * times * 3)
    # 16 bits hold the sum of 257 bytes
    lines = np.zeros((rows, columns * times * 3), np.uint16)
    for line in range(times):
        lines += part[:, line]
    # one product sums a block's columns, divides by its pixels and mixes its colours
    weights = np.tile(mixture / times**2, (times, 1)).astype(np.float32)
    return lines.astype(np.float32).reshape(rows, columns, times * 3) @ weights


def blur_of(frame: Frame, region: Region) -> float:
    """Return how blurred the middle of a region is, from 0 (sharp) to 1.

    What is sharp changes much when it is blurred once more, what is blurred already doesn't (Crete and others 2007).
    """
    grey = cropped(frame, Region(region.x, region.y, min(region.size, _SIDE)), _SIDE).mean(-1)
    return max(_blur_along(grey), _blur_along(grey.T))


def _blur_along(grey: Picture) -> float:
    # a running mean, as differences of sums
    sums = np.cumsum(grey, axis=1, dtype=np.float64)
    again = (sums[:, _LENGTH:] - sums[:, :-_LENGTH]) / _LENGTH
    # the pixels at the middle of each mean
    margin = _LENGTH // 2 + 1
    steps = np.abs(np.diff(grey[:, margin : margin + again.shape[1]], axis=1))
    # how much of the steps from pixel to pixel goes
    lost = np.maximum(steps - np.abs(np.diff(again, axis=1)), 0)
    total = float(steps.sum())
    return 1 - float(lost.sum()) / total if total > _PLAIN * steps.size else 0.0
