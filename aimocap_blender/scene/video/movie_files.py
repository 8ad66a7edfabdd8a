"""Facts about a movie file, read from the file itself with bounded reads and without other programs.

Blender says a movie's rate and count of frames, not when each is shown, and its Python has no library for containers.
MP4 and QuickTime files state exactly when each frame is shown: ISO/IEC 14496-12, boxes ``moov/trak/…``.

A file may be cut off or overwritten. Blender believes its index: it counts all frames, and instead of a missing one it
shows the last that it could decode. So a few of the places in which frames are, by the index, are looked at. Of
Matroska and WebM (RFC 8794, RFC 9559), of which nothing else is read, the end is found that isn't in the file.
"""

import contextlib
import struct
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from itertools import islice, starmap, takewhile
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from ...plain_files import open_plain

GIF = "gif"
"""The `codec` of an animated image, which Blender plays as a movie."""
_GIF_MAGIC = b"GIF8"
_INDEX_LIMIT = 64 * 1024 * 1024
"""A larger ``moov`` box is not read: hours of video need a few megabytes."""

_PICTURE_LIMIT = 4_000_000
"""A file that claims more frames (18 hours at 60 fps) is not believed."""

_HALF_A_FRAME = 0.5

_LENGTHS_IN = {
    **dict.fromkeys(("avc1", "avc3"), (b"avcC", 4)),
    **dict.fromkeys(("hvc1", "hev1"), (b"hvcC", 21)),
}
"""Codecs whose frames consist of units with their lengths before them; the box and byte that say how long these are."""

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

Spans = tuple[tuple[float, float], ...]
"""Seconds from the first frame on: first and last moment of each."""


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


@dataclass(frozen=True)
class MovieFacts:
    """Facts that a movie file states about itself; None for those that it doesn't state.

    Attributes:
        understood: the file's index was read; without it nothing else is known.
        codec: four letters, such as ``avc1`` or ``hvc1``, or `GIF`.
        fps: frames per second, on average.
        frames: number of frames.
        duration_sec: from the first frame's start to the last one's end, seconds.
        first_frame_sec: when the first frame is shown, seconds after the start of the file.
        last_frame_sec: when the last frame is shown, seconds after the start of the file.
        variable_rate: a frame is shown half a frame or more away from its time at a constant rate.
        cut_by_edits: an edit list skips, repeats or retimes frames.
        rotation_deg: clockwise rotation that players apply, 0, 90, 180 or 270.
        lost: spans that can't be decoded, as the file was cut off or overwritten.
        first_sound_sec: when the sound begins, seconds after the start of the file; None without sound.
        is_sound: it has sound and no video.
    """

    understood: bool = False
    codec: str | None = None
    fps: float | None = None
    frames: int | None = None
    duration_sec: float | None = None
    first_frame_sec: float = 0.0
    last_frame_sec: float | None = None
    variable_rate: bool = False
    cut_by_edits: bool = False
    rotation_deg: int = 0
    lost: Spans = ()
    first_sound_sec: float | None = None
    is_sound: bool = False


class _UnreadableError(ValueError):
    """A box that violates the format."""


_UNREADABLE = (_UnreadableError, struct.error, OverflowError, ZeroDivisionError)


@dataclass(frozen=True)
class _Edit:
    duration: int  # in the movie's ticks
    media_time: int  # in the track's ticks; -1 shows nothing
    rate: int  # 16.16


def movie_facts(path: Path) -> MovieFacts:
    """Read what the file says about itself; never raise for its content.

    Raises:
        OSError: the file can't be read.
    """
    bare = MovieFacts()
    with open_plain(path) as file:
        index = _index(file)
        if index is None:
            file.seek(0)
            if file.read(len(_GIF_MAGIC)) == _GIF_MAGIC:
                return replace(bare, codec=GIF)
            return replace(bare, lost=lost_in_matroska(file))
        try:
            return _read_index(file, index, bare)
        except _UNREADABLE:
            return bare


def _index(file: BinaryIO) -> bytes | None:
    """Return the content of the ``moov`` box, or None without one."""
    size = file.seek(0, 2)
    at = 0
    while at + 8 <= size:
        file.seek(at)
        head = file.read(16)
        length, kind = struct.unpack_from(">I4s", head)
        skip = 8
        if length == 1 and len(head) == 16:  # noqa: PLR2004 -- the long form of a box's head, in bytes
            (length,) = struct.unpack_from(">Q", head, 8)
            skip = 16
        elif length == 0:
            length = size - at
        # a box that is shorter than its head would be read again and again; other containers begin with no letters
        if length < skip or (at == 0 and not kind.isalpha()):
            return None
        if kind == b"moov":
            if length > _INDEX_LIMIT:
                return None
            file.seek(at + skip)
            return file.read(length - skip)
        at += length
    return None


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if length == 0:
            length = len(data) - at
        if length < 8 or at + length > len(data):  # noqa: PLR2004 -- a box's head, in bytes
            raise _UnreadableError(f"box {kind!r} of length {length}")
        yield kind, data[at + 8 : at + length]
        at += length


def _box(data: bytes, *path: bytes) -> bytes | None:
    for kind in path:
        for name, content in _boxes(data):
            if name == kind:
                data = content
                break
        else:
            return None
    return data


def _need(data: bytes, *path: bytes) -> bytes:
    inner = _box(data, *path)
    if inner is None:
        raise _UnreadableError(f"no {path!r}")
    return inner


def _read_index(file: BinaryIO, index: bytes, bare: MovieFacts) -> MovieFacts:
    movie_ticks = _ticks_per_second(_need(index, b"mvhd"))
    with contextlib.suppress(*_UNREADABLE):
        bare = replace(bare, first_sound_sec=_first_sound(index, movie_ticks))
    for track in _tracks(index, b"vide"):
        media = _need(track, b"mdia")
        ticks = _ticks_per_second(_need(media, b"mdhd"))
        table = _need(media, b"minf", b"stbl")
        facts = replace(bare, rotation_deg=_rotation(_need(track, b"tkhd")), codec=_codec(_need(table, b"stsd")))
        decoded, end = _shown_at(table)
        if len(decoded) == 0:
            # the frames are listed in fragments, spread over the file
            continue
        starts = np.sort(decoded)
        with contextlib.suppress(*_UNREADABLE):
            # where the tables of places are broken, when frames are shown is known nevertheless
            facts = replace(facts, lost=lost_samples(file, _samples(table, decoded / ticks, end / ticks)))
        edits = _edits(_box(track, b"edts", b"elst"))
        offset, cut = _offset_and_cut(edits, starts, end, ticks, movie_ticks)
        return _with_times(facts, starts / ticks, end / ticks, offset, cut=cut)
    return replace(bare, is_sound=bare.first_sound_sec is not None and not any(_tracks(index, b"vide")))


def _tracks(index: bytes, handler: bytes) -> Iterator[bytes]:
    for kind, track in _boxes(index):
        if kind == b"trak" and _need(track, b"mdia", b"hdlr")[8:12] == handler:
            yield track


def _first_sound(index: bytes, movie_ticks: int) -> float | None:
    """Return when the first sound begins, seconds after the start of the file; None without sound."""
    for track in _tracks(index, b"soun"):
        # what an edit skips at the start of the track, as an encoder fills it with silence, isn't decoded either
        return _delay(_edits(_box(track, b"edts", b"elst"))) / movie_ticks
    return None


def _delay(edits: tuple[_Edit, ...]) -> int:
    """Return the movie's ticks in which edits show nothing at first."""
    return sum(edit.duration for edit in takewhile(lambda edit: edit.media_time < 0, edits))


def _with_times(facts: MovieFacts, starts: FloatArray, end: float, offset: float, *, cut: bool) -> MovieFacts:
    frames = len(starts)
    duration = end - float(starts[0])
    fps = (frames - 1) / float(starts[-1] - starts[0]) if frames > 1 else 1.0 / duration
    # phones hold some frames longer: a frame's number then says little of its time
    even = starts[0] + np.arange(frames) / fps
    return replace(
        facts,
        understood=True,
        fps=fps,
        frames=frames,
        duration_sec=duration,
        first_frame_sec=float(starts[0]) + offset,
        last_frame_sec=float(starts[-1]) + offset,
        variable_rate=bool(np.abs(starts - even).max() * fps >= _HALF_A_FRAME),
        cut_by_edits=cut,
    )


def _ticks_per_second(header: bytes) -> int:
    ticks: int = struct.unpack_from(">I", header, 20 if header[:1] == b"\x01" else 12)[0]
    if ticks == 0:
        raise _UnreadableError("no ticks per second")
    return ticks


def _rotation(track_header: bytes) -> int:
    a, b = struct.unpack_from(">ii", track_header, 52 if track_header[:1] == b"\x01" else 40)
    return round(float(np.degrees(np.arctan2(b, a))) / 90.0) * 90 % 360


def _codec(descriptions: bytes) -> str:
    return descriptions[12:16].decode("latin-1")


def _each(box: bytes) -> npt.NDArray[np.int64]:
    """Return one signed value for each frame, from a table of (count, value) pairs."""
    (rows,) = struct.unpack_from(">I", box, 4)
    if rows * 8 > len(box) - 8:
        raise _UnreadableError("a table is longer than its box")
    pairs = np.frombuffer(box, dtype=">i4", count=rows * 2, offset=8).reshape(-1, 2)
    counts = pairs[:, 0].view(">u4").astype(np.int64)
    if int(counts.sum()) > _PICTURE_LIMIT:
        raise _UnreadableError("too many frames")
    return np.repeat(pairs[:, 1].astype(np.int64), counts)


def _shown_at(table: bytes) -> tuple[FloatArray, float]:
    """Return when each frame is shown, in ticks, in the order in which they are decoded, and when the last one ends."""
    steps = _each(_need(table, b"stts"))
    if len(steps) == 0:
        return np.empty(0), 0.0
    if bool((steps < 0).any()) or int(steps.sum()) <= 0:
        raise _UnreadableError("time runs backwards")
    starts = np.cumsum(steps) - steps
    # a frame that others are predicted from is decoded before them, and shown later by its entry here
    delays = _box(table, b"ctts")
    if delays is not None:
        values = _each(delays)
        starts[: len(values)] += values[: len(starts)]
    last = int(np.argmax(starts))
    end = float(starts[last] + steps[last])
    return starts.astype(np.float64), end


def _samples(table: bytes, starts: FloatArray, end: float) -> Samples:
    """Return where the frames are in the file."""
    box = _need(table, b"stsz")
    (size,) = struct.unpack_from(">I", box, 4)
    sizes = np.full(len(starts), size, dtype=np.int64) if size else _numbers(box[4:])
    wide = _box(table, b"co64")
    chunks = _numbers(_need(table, b"stco")) if wide is None else _numbers(wide, ">u8")
    first, per_chunk = _numbers(_need(table, b"stsc"), columns=3).reshape(-1, 3).T[:2]
    runs = np.diff(first, append=len(chunks) + 1)
    if len(first) == 0 or first[0] != 1 or bool((runs < 1).any()):
        raise _UnreadableError("chunks are not in order")
    in_chunk = np.repeat(per_chunk, runs)
    if len(sizes) != len(starts) or int(in_chunk.sum()) != len(starts):
        raise _UnreadableError("the tables are of other frames")
    before = np.cumsum(sizes) - sizes
    first_of_chunk = np.repeat(np.cumsum(in_chunk) - in_chunk, in_chunk)
    complete = _box(table, b"stss")
    return Samples(
        offsets=np.repeat(chunks, in_chunk) + before - before[first_of_chunk],
        sizes=sizes,
        starts=starts,
        end=end,
        complete=np.arange(len(starts)) if complete is None else _numbers(complete) - 1,
        in_units=_has_long_lengths(_need(table, b"stsd")),
    )


def _numbers(box: bytes, kind: str = ">u4", columns: int = 1) -> IntArray:
    """Return a table of unsigned numbers, row by row."""
    (rows,) = struct.unpack_from(">I", box, 4)
    if rows * columns * np.dtype(kind).itemsize > len(box) - 8:
        raise _UnreadableError("a table is longer than its box")
    return np.frombuffer(box, dtype=kind, count=rows * columns, offset=8).astype(np.int64)


def _has_long_lengths(descriptions: bytes) -> bool:
    """Return whether each frame begins with the length of its first unit, in four bytes."""
    box, at = _LENGTHS_IN.get(_codec(descriptions), (b"", 0))
    _, there, content = descriptions.partition(box) if box else (b"", b"", b"")
    return bool(there) and len(content) > at and content[at] & 3 == 3  # noqa: PLR2004 -- one less than the bytes


def _edits(box: bytes | None) -> tuple[_Edit, ...]:
    if box is None:
        return ()
    layout = ">Qqi" if box[:1] == b"\x01" else ">Iii"
    (rows,) = struct.unpack_from(">I", box, 4)
    table = rows * struct.calcsize(layout)
    if table > len(box) - 8:
        raise _UnreadableError("a table is longer than its box")
    return tuple(starmap(_Edit, struct.iter_unpack(layout, box[8 : 8 + table])))


def _offset_and_cut(
    edits: tuple[_Edit, ...], starts: FloatArray, end: float, ticks: int, movie_ticks: int
) -> tuple[float, bool]:
    """Return seconds to add to a frame's media time, and whether edits skip, repeat or retime frames."""
    plays = [edit for edit in edits if edit.media_time >= 0]
    if not plays:
        return 0.0, False
    first = plays[0]
    delay = _delay(edits) / movie_ticks
    # writers round the ends of an edit to their own ticks, so less than half a frame cuts nothing
    half = _HALF_A_FRAME * float(end - starts[0]) / len(starts)
    shown_until = first.media_time + first.duration * ticks / movie_ticks
    cut = (
        len(plays) > 1
        or first.rate != 1 << 16
        or first.media_time - starts[0] >= half
        or (first.duration > 0 and end - shown_until >= half)
    )
    return delay - first.media_time / ticks, bool(cut)


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
    found = list(map(sound, looks))
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
    later = samples.complete[(samples.complete >= end) & (samples.complete < count)]
    end = int(later[0]) if len(later) else count
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
