"""The spans of a movie that can't be decoded, as its file was cut off or overwritten: MP4, QuickTime, Matroska, WebM.

Blender believes the file's index: it counts all frames, and instead of a missing one it shows the last that it could
decode. So a few of the places in which frames are, by the index (ISO/IEC 14496-12), are looked at. Of Matroska and WebM
(RFC 8794, RFC 9559) the end is found that isn't in the file. Blender's Python has no library for containers.
"""

import struct
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import islice
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

_EBML, _SEGMENT = 0x1A45DFA3, 0x18538067
_SEEK_HEAD, _SEEK, _SEEK_ID, _SEEK_POSITION = 0x114D9B74, 0x4DBB, 0x53AB, 0x53AC
_INFO, _TICK, _DURATION = 0x1549A966, 0x2AD7B1, 0x4489
_TRACKS, _TRACK, _TRACK_NUMBER, _TRACK_TYPE, _IS_VIDEO = 0x1654AE6B, 0xAE, 0xD7, 0x83, 1
_CLUSTER, _TIME, _SIMPLE_BLOCK, _GROUP, _BLOCK = 0x1F43B675, 0xE7, 0xA3, 0xA0, 0xA1
_CUES, _TAGS, _CHAPTERS, _ATTACHMENTS = 0x1C53BB6B, 0x1254C367, 0x1043A770, 0x1941A469
_VOID, _CHECKSUM, _POSITION, _PREVIOUS_SIZE = 0xEC, 0xBF, 0xA7, 0xAB
_IN_A_SEGMENT = {
    *(_SEEK_HEAD, _INFO, _TRACKS, _CLUSTER, _CUES, _TAGS, _CHAPTERS, _ATTACHMENTS),
    *(_VOID, _CHECKSUM),
}
_IN_A_CLUSTER = {_TIME, _SIMPLE_BLOCK, _GROUP, _POSITION, _PREVIOUS_SIZE, _VOID, _CHECKSUM}
_LONGEST_HEAD = 12  # bytes: four of a kind, eight of a size
_LONGEST_VALUE = 64
_FIRST = 16
"""Elements at a segment's start among which its description is."""
_MOST_ELEMENTS = 100_000
_NANOSECONDS = 1e9


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


@dataclass(frozen=True)
class _Element:
    """An element; its content ends after the file's end if that was cut off."""

    kind: int
    begin: int
    end: int


def lost_in_matroska(file: BinaryIO) -> Spans:
    """Return the span from the first missing frame to the movie's end; () if none is missing, or for other files.

    Raises:
        OSError: the file can't be read.
    """
    length = file.seek(0, 2)
    head = [*islice(_elements(file, 0, length, (_EBML, _SEGMENT)), 2)]
    if [one.kind for one in head] != [_EBML, _SEGMENT]:
        return ()
    segment = head[1]
    first = {one.kind: one for one in islice(_elements(file, segment.begin, segment.end, _IN_A_SEGMENT), _FIRST)}
    if not {_SEEK_HEAD, _INFO, _TRACKS} <= first.keys():
        return ()
    if segment.end <= length and not _misses_its_cues(file, segment, first[_SEEK_HEAD]):
        return ()
    walked = [*_elements(file, segment.begin, segment.end, _IN_A_SEGMENT)]
    if walked[-1].end == segment.end <= length:
        return ()
    clusters = [one for one in walked if one.kind == _CLUSTER]
    video = _video_track(file, first[_TRACKS])
    times: list[int] = []
    for cluster in clusters[-2:]:
        times += _times(file, cluster, video, length)
    times.sort()
    if not times:
        return ()
    info = _values(file, first[_INFO])
    # a millisecond if it isn't said
    tick = _number(info.get(_TICK, b"\x0f\x42\x40")) / _NANOSECONDS
    step = times[-1] - times[-2] if len(times) > 1 else 1
    lost_from = (times[-1] + step) * tick
    return ((lost_from, max(lost_from, _duration(info) * tick)),)


def _misses_its_cues(file: BinaryIO, segment: _Element, seek_head: _Element) -> bool:
    """Return whether the file's index, one of the last elements, isn't where the first one says that it is."""
    for seek in _elements(file, seek_head.begin, seek_head.end):
        entry = _values(file, seek) if seek.kind == _SEEK else {}
        if _number(entry.get(_SEEK_ID, b"")) == _CUES:
            place = segment.begin + _number(entry.get(_SEEK_POSITION, b""))
            return not [*islice(_elements(file, place, segment.end, (_CUES,)), 1)]
    return False


def _video_track(file: BinaryIO, tracks: _Element) -> int:
    """Return the number of the first video track; 0 for none."""
    for track in _elements(file, tracks.begin, tracks.end):
        values = _values(file, track) if track.kind == _TRACK else {}
        if _number(values.get(_TRACK_TYPE, b"")) == _IS_VIDEO:
            return _number(values.get(_TRACK_NUMBER, b""))
    return 0


def _times(file: BinaryIO, cluster: _Element, track: int, length: int) -> Iterator[int]:
    """Yield when a track's frames in a cluster are shown, in ticks, of those that end before the file does."""
    begin = 0
    for one in _elements(file, cluster.begin, cluster.end, _IN_A_CLUSTER):
        if one.end > length:
            return
        if one.kind == _TIME:
            begin = _number(_content(file, one))
        for block in _elements(file, one.begin, one.end) if one.kind == _GROUP else (one,):
            head = _content(file, block) if block.kind in (_SIMPLE_BLOCK, _BLOCK) else b""
            if len(head) > 3 and head[0] == track | 0x80:  # noqa: PLR2004 -- a track's number, and a time
                yield begin + struct.unpack_from(">h", head, 1)[0]


def _elements(file: BinaryIO, at: int, end: int, known: Collection[int] = ()) -> Iterator[_Element]:
    """Yield the elements between two places, up to the first that isn't one, or isn't of a known kind."""
    for _ in range(_MOST_ELEMENTS):
        if at >= end:
            return
        file.seek(at)
        head = file.read(_LONGEST_HEAD)
        of_kind = _width(head)
        begin = of_kind + _width(head[of_kind:])
        kind = _number(head[:of_kind])
        if not 0 < of_kind < begin <= len(head) or (known and kind not in known):
            return
        unknown = (1 << 7 * (begin - of_kind)) - 1
        size = _number(head[of_kind:begin]) & unknown
        begin += at
        at = end if size == unknown else begin + size
        yield _Element(kind, begin, at)


def _width(head: bytes) -> int:
    """Return the bytes of a number, which its first bit that is set tells; 0 if it isn't one."""
    return 9 - head[0].bit_length() if head and head[0] else 0


def _values(file: BinaryIO, parent: _Element) -> dict[int, bytes]:
    return {one.kind: _content(file, one) for one in _elements(file, parent.begin, parent.end)}


def _content(file: BinaryIO, element: _Element) -> bytes:
    file.seek(element.begin)
    return file.read(min(element.end - element.begin, _LONGEST_VALUE))


def _number(value: bytes) -> int:
    return int.from_bytes(value, "big")


def _duration(info: dict[int, bytes]) -> float:
    """Return the duration in ticks; infinite if it isn't known."""
    value = info.get(_DURATION, b"")
    layout = {4: ">f", 8: ">d"}.get(len(value))
    return struct.unpack(layout, value)[0] if layout else float("inf")
