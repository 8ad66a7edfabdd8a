"""Facts about a movie file, read from the file itself with bounded reads and without other programs.

Blender says a movie's rate and count of frames, not when each is shown, and its Python has no library for containers.
MP4 and QuickTime files state exactly when each frame is shown: ISO/IEC 14496-12, boxes ``moov/trak/…``.
Of other containers, only Matroska is read, and only for damage.
"""

import contextlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from ...plain_files import open_plain
from .movie_damage import Samples, Spans, lost_in_matroska, lost_samples

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


@dataclass(frozen=True)
class MovieFacts:
    """Facts that a movie file states about itself; None for those that it doesn't state.

    Attributes:
        understood: the file's index was read; without it nothing else is known.
        codec: four letters, such as ``avc1`` or ``hvc1``.
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
    for kind, track in _boxes(index):
        if kind != b"trak" or _need(track, b"mdia", b"hdlr")[8:12] != b"vide":
            continue
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
    return bare


def _first_sound(index: bytes, movie_ticks: int) -> float | None:
    """Return when the first sound begins, seconds after the start of the file; None without sound."""
    for kind, track in _boxes(index):
        if kind == b"trak" and _need(track, b"mdia", b"hdlr")[8:12] == b"soun":
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
    if rows * struct.calcsize(layout) > len(box) - 8:
        raise _UnreadableError("a table is longer than its box")
    return tuple(_Edit(*struct.unpack_from(layout, box, 8 + row * struct.calcsize(layout))) for row in range(rows))


def _offset_and_cut(
    edits: tuple[_Edit, ...], starts: FloatArray, end: float, ticks: int, movie_ticks: int
) -> tuple[float, bool]:
    """Return seconds to add to a frame's media time, and whether edits skip, repeat or retime frames."""
    plays = [index for index, edit in enumerate(edits) if edit.media_time >= 0]
    if not plays:
        return 0.0, False
    first = edits[plays[0]]
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
