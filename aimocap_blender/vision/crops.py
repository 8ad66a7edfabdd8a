"""Square regions of a frame, turned and resized for a network, and small copies of whole frames.

The copies show a cut, a moving camera or blur, at a fraction of the work.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..motion.rotations import FloatArray
from .network_graph import Picture

Frame = npt.NDArray[np.uint8]
"""(height, width, 3), the colours red, green, blue, top row first."""

_MANY = 2  # of the frame's pixels along one of the crop's: their mean is taken; of fewer, they are interpolated
_MOST_SAMPLES = 4  # along each side of a crop's pixel
_BORDER = 2  # black pixels around what is cut out, enough for any interpolation
_COLUMNS = 32  # of the colour copies that are compared
_GREY = np.array([0.299, 0.587, 0.114])

_BLUR_SIDE = 160  # of the compared part, pixels
_BLUR_LENGTH = 9  # of the mean that blurs it once more
_PLAIN = 1e-3  # levels of 255 from pixel to pixel: nothing to be told


@dataclass(frozen=True)
class Region:
    """A square in a frame.

    Attributes:
        x: of its centre, pixels from the frame's left edge.
        y: of its centre, pixels from the frame's top edge.
        size: length of its sides, pixels.
        angle: radians, clockwise as seen; 0 where its sides are the frame's.
    """

    x: float
    y: float
    size: float
    angle: float = 0.0

    def to_frame(self, points: FloatArray) -> FloatArray:
        """Return the points (..., 2) of the region, from (0, 0) top left to (1, 1), in pixels of the frame."""
        return (points - 0.5) @ self.axes().T + (self.x, self.y)

    def axes(self) -> FloatArray:
        """Return the (2, 2) matrix whose columns are the region's sides, pixels of the frame."""
        along, across = np.cos(self.angle) * self.size, np.sin(self.angle) * self.size
        return np.array([[along, -across], [across, along]])


def cropped(frame: Frame, region: Region, size: int) -> Picture:
    """Return the region as a picture (size, size, 3), float32 from 0 to 255; black where it is outside the frame.

    Where pixels are many more than the crop's, each of the crop's is the mean of several.
    """
    scale = region.size / size
    samples = 1 if scale < _MANY else min(int(np.ceil(scale)), _MOST_SAMPLES)
    corner = region.to_frame(np.zeros(2))
    axes = region.axes() / size
    # only the part of the frame that the region reaches is looked at, with a pixel around to interpolate with
    others = [corner + size * (axes @ side) for side in ((0, 1), (1, 0), (1, 1))]
    reach = np.array([corner, *others])
    height, width = frame.shape[:2]
    left, top = np.clip(np.floor(reach.min(0)).astype(int) - 1, 0, (width, height))
    right, bottom = np.clip(np.ceil(reach.max(0)).astype(int) + 1, 0, (width, height))
    if left >= right or top >= bottom:
        return np.zeros((size, size, 3), np.float32)
    colours = _framed(frame[top:bottom, left:right])
    corner = corner - (left, top) + _BORDER
    if samples == 1:
        return _interpolated(colours, corner, axes, size)
    # 16 bits hold the sum of 16 bytes
    total = np.zeros((size, size, 4), np.uint16)
    for down in range(samples):
        for along in range(samples):
            x, y = _places(corner, axes, size, ((along + 0.5) / samples, (down + 0.5) / samples))
            taken = _taken(colours, _whole(x, colours.shape[1]), _whole(y, colours.shape[0]))
            total += taken[..., None].view(np.uint8)
    return total[..., :3] * np.float32(1 / samples**2)


def _framed(part: Frame) -> npt.NDArray[np.uint32]:
    """Each pixel as one number, which is faster to look up, with black ones around."""
    height, width = part.shape[:2]
    colours = np.zeros((height + 2 * _BORDER, width + 2 * _BORDER, 4), np.uint8)
    for channel in range(3):
        colours[_BORDER:-_BORDER, _BORDER:-_BORDER, channel] = part[..., channel]
    return colours.view(np.uint32)[..., 0]


def _places(corner: FloatArray, axes: FloatArray, size: int, within: tuple[float, float]) -> tuple[Picture, Picture]:
    """Where a point within each of the crop's pixels is."""
    steps = np.arange(size)
    # (2, size) of the columns and of the rows, whose sums in single precision are the places of all pixels
    along, down = axes[:, 0, None] * (steps + within[0]), axes[:, 1, None] * (steps + within[1]) + corner[:, None]
    along, down = along.astype(np.float32), down.astype(np.float32)
    return down[0, :, None] + along[0], down[1, :, None] + along[1]


def _whole(places: Picture, length: int) -> npt.NDArray[np.int32]:
    """The pixel that each place is in; outside, one of the black ones, so that the next is black too."""
    return np.clip(np.floor(places, out=places), 0, length - 2, out=places).astype(np.int32)


def _taken(
    colours: npt.NDArray[np.uint32], x: npt.NDArray[np.int32], y: npt.NDArray[np.int32]
) -> npt.NDArray[np.uint32]:
    return colours.ravel().take(y * np.int32(colours.shape[1]) + x)


def _interpolated(colours: npt.NDArray[np.uint32], corner: FloatArray, axes: FloatArray, size: int) -> Picture:
    # colours are those of pixels' centres, half a pixel from their corners
    x, y = _places(corner - 0.5, axes, size, (0.5, 0.5))
    right, low = x - np.floor(x), y - np.floor(y)
    x, y = _whole(x, colours.shape[1]), _whole(y, colours.shape[0])
    # of the four pixels around each place: top left, top right, bottom left, bottom right
    shares = ((1 - right) * (1 - low), right * (1 - low), (1 - right) * low, right * low)
    picture, channel_of = np.zeros((3, size, size), np.float32), np.empty((size, size), np.float32)
    for number, share in enumerate(shares):
        taken = _taken(colours, x + np.int32(number % 2), y + np.int32(number // 2))
        # the lowest byte of each number is red; shifted, the next one is: twice as fast as views of single bytes
        for channel in range(3):
            np.copyto(channel_of, taken & np.uint32(255), casting="unsafe")
            picture[channel] += np.multiply(share, channel_of, out=channel_of)
            taken >>= np.uint32(8)
    return picture.transpose(1, 2, 0)


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
    grey = cropped(frame, Region(region.x, region.y, min(region.size, _BLUR_SIDE)), _BLUR_SIDE).mean(-1)
    return max(_blur_along(grey), _blur_along(grey.T))


def _blur_along(grey: Picture) -> float:
    # a running mean, as differences of sums
    sums = np.cumsum(grey, axis=1, dtype=np.float64)
    again = (sums[:, _BLUR_LENGTH:] - sums[:, :-_BLUR_LENGTH]) / _BLUR_LENGTH
    # the pixels at the middle of each mean
    margin = _BLUR_LENGTH // 2 + 1
    steps = np.abs(np.diff(grey[:, margin : margin + again.shape[1]], axis=1))
    # how much of the steps from pixel to pixel goes
    lost = np.maximum(steps - np.abs(np.diff(again, axis=1)), 0)
    total = float(steps.sum())
    return 1 - float(lost.sum()) / total if total > _PLAIN * steps.size else 0.0
