"""The end of a Matroska or WebM movie that isn't in its file, as that was cut or overwritten (RFC 8794, RFC 9559).

Blender repeats the last frame that it could decode and says nothing; its Python has no library for containers.
"""

import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from .movie_damage import Spans

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
