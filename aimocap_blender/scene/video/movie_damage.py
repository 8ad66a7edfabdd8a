"""The spans of an MP4 or QuickTime movie that can't be decoded, as its file was cut off or overwritten.

Blender believes the file's index: it counts all frames, and instead of a missing one it shows the last that it could
decode. So a few of the places in which frames are, by the index (ISO/IEC 14496-12), are looked at.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

Spans = tuple[tuple[float, float], ...]
"""Seconds from the first frame on: first and last moment of each."""

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

_LOOKS = 32
"""Frames of a file that are looked at. Damage that lies between two of them isn't noticed, a cut always is."""
_HEAD = 8  # bytes of a frame that are looked at


@dataclass(frozen=True, eq=False)
class Samples:
    """The frames of a track in the order in which they are decoded.

    Attributes:
        offsets: (N,) where each is in the file.
        sizes: (N,) bytes.
        starts: (N,) when each is shown, seconds.
        end: of the last one, seconds.
        complete: (K,) ascending indices of those that need no other, in which decoding can begin.
        in_units: each begins with the length of its first unit, four bytes, as H.264 and H.265 have it.
    """

    offsets: IntArray
    sizes: IntArray
    starts: FloatArray
    end: float
    complete: IntArray
    in_units: bool


def lost_samples(file: BinaryIO, samples: Samples) -> Spans:
    """Return the spans of a track whose frames aren't in the file.

    Raises:
        OSError: the file can't be read.
    """
    length, count = file.seek(0, 2), len(samples.offsets)

    def sound(index: int) -> bool:
        offset, size = int(samples.offsets[index]), int(samples.sizes[index])
        if not 0 <= offset <= length - size:
            return False
        if size < _HEAD:
            return True
        file.seek(offset)
        head = file.read(_HEAD)
        unit: int = struct.unpack_from(">I", head)[0]
        return 0 < unit <= size - 4 and head[4] < 1 << 7 if samples.in_units else any(head)

    looks = sorted({*np.linspace(0, count - 1, min(_LOOKS, count)).round().astype(int).tolist()})
    found = [sound(index) for index in looks]
    # where frames begin to be lost, or end, in turn
    edges = [] if found[0] else [0]
    for low, high, whole, then in zip(looks, looks[1:], found, found[1:], strict=False):
        if whole is not then:
            edges.append(_first(lambda index, whole=whole: sound(index) is not whole, low, high))
    edges.append(count)
    return tuple(_span(samples, first, end) for first, end in zip(edges[::2], edges[1::2], strict=False))


def _first(is_so: Callable[[int], bool], low: int, high: int) -> int:
    """Return the first index after `low` for which it is so, as it is for `high`."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_so(middle) else (middle, high)
    return high


def _span(samples: Samples, first: int, end: int) -> tuple[float, float]:
    """Return when the frames from `first` to before `end` are shown, and those after them that need them."""
    count, begin = len(samples.starts), float(samples.starts.min())
    end = next((index for index in samples.complete.tolist() if end <= index < count), count)
    until = samples.end if end == count else float(samples.starts[end])
    return float(samples.starts[first:end].min()) - begin, until - begin
