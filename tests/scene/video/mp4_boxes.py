"""Makes a phone's MP4 out of a plain one: exchanges boxes of its index, which Blender writes at the file's end."""

import math
import struct
from collections.abc import Callable
from pathlib import Path

TRACK = (b"moov", b"trak")
SAMPLES = (*TRACK, b"mdia", b"minf", b"stbl")


def children(data: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 0
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        found.append((kind, data[at + 8 : at + length]))
        at += length
    return found


def joined(boxes: list[tuple[bytes, bytes]]) -> bytes:
    return b"".join(struct.pack(">I4s", len(content) + 8, kind) + content for kind, content in boxes)


def changed(data: bytes, path: tuple[bytes, ...], change: Callable[[bytes], bytes]) -> bytes:
    """The file with the content of the box at this path changed; it is added where it is absent."""
    boxes = children(data)
    if path[0] not in [kind for kind, _ in boxes]:
        boxes.append((path[0], b""))
    place = [kind for kind, _ in boxes].index(path[0])
    content = boxes[place][1]
    boxes[place] = path[0], change(content) if len(path) == 1 else changed(content, path[1:], change)
    return joined(boxes)


def content(data: bytes, path: tuple[bytes, ...]) -> bytes:
    for kind in path:
        data = dict(reversed(children(data)))[kind]
    return data


def ticks(movie: Path) -> tuple[int, int, int]:
    """Ticks a second of the movie, of the picture track, and ticks to a picture."""
    data = movie.read_bytes()
    (of_movie,) = struct.unpack_from(">I", content(data, (b"moov", b"mvhd")), 12)
    (of_track,) = struct.unpack_from(">I", content(data, (*TRACK, b"mdia", b"mdhd")), 12)
    (_, _, _, step) = struct.unpack_from(">IIII", content(data, (*SAMPLES, b"stts")))
    return of_movie, of_track, step


def with_steps(movie: Path, runs: list[tuple[int, float]]) -> bytes:
    """Pictures in runs of (how many, how long each, in regular steps)."""
    step = ticks(movie)[2]
    table = struct.pack(">II", 0, len(runs)) + b"".join(struct.pack(">II", n, round(f * step)) for n, f in runs)
    return changed(movie.read_bytes(), (*SAMPLES, b"stts"), lambda _: table)


def with_rotation(movie: Path, degrees: int) -> bytes:
    cos, sin = (round(f(math.radians(degrees)) * 65536) for f in (math.cos, math.sin))
    matrix = struct.pack(">9i", cos, sin, 0, -sin, cos, 0, 0, 0, 1 << 30)
    return changed(movie.read_bytes(), (*TRACK, b"tkhd"), lambda old: old[:40] + matrix + old[76:])


def with_edits(movie: Path, edits: list[tuple[float, float | None]]) -> bytes:
    """An edit list of (how long, from which moment of the track or None: nothing), in seconds."""
    return changed(movie.read_bytes(), (*TRACK, b"edts", b"elst"), lambda _: _edit_list(movie, edits))


def with_sound(movie: Path, edits: list[tuple[float, float | None]]) -> bytes:
    """A second track, which says that it is sound, with an edit list as in `with_edits`."""
    data = movie.read_bytes()
    track = changed(content(data, TRACK), (b"mdia", b"hdlr"), lambda old: old[:8] + b"soun" + old[12:])
    track = changed(track, (b"edts", b"elst"), lambda _: _edit_list(movie, edits))
    return changed(data, (b"moov",), lambda old: joined([*children(old), (b"trak", track)]))


def _edit_list(movie: Path, edits: list[tuple[float, float | None]]) -> bytes:
    of_movie, of_track, _ = ticks(movie)
    rows = b"".join(
        struct.pack(">IiI", round(long * of_movie), -1 if start is None else round(start * of_track), 1 << 16)
        for long, start in edits
    )
    return struct.pack(">II", 0, len(edits)) + rows


def without_samples(movie: Path) -> bytes:
    """As a fragmented file has its index: no picture listed."""
    return changed(movie.read_bytes(), (*SAMPLES, b"stts"), lambda _: struct.pack(">II", 0, 0))


def index_first(movie: Path) -> bytes:
    """The file as it is sent over networks: cut off anywhere, Blender still opens it."""
    data = movie.read_bytes()
    kinds, contents = zip(*children(data), strict=True)
    place = kinds.index(b"moov")
    if place < kinds.index(b"mdat"):
        return data
    assert kinds[0] == b"ftyp"
    moved = len(contents[place]) + 8

    def further(table: bytes) -> bytes:
        offsets = struct.iter_unpack(">I", table[8:])
        return table[:8] + b"".join(struct.pack(">I", offset + moved) for (offset,) in offsets)

    index = children(changed(joined([(kinds[place], contents[place])]), (*SAMPLES, b"stco"), further))
    others = [*zip(kinds, contents, strict=True)]
    return joined([others[0], *index, *others[1:place], *others[place + 1 :]])


def cut_off(movie: Path, fraction: float) -> bytes:
    """The file of which only this fraction of the frames' bytes arrived, as a download leaves it."""
    data = index_first(movie)
    frames = len(content(data, (b"mdat",)))
    return data[: len(data) - round(frames * (1.0 - fraction))]
