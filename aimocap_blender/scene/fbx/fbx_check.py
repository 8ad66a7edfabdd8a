"""A check whether an FBX file is sound enough for an importer, without importing it.

Importers, which are the libraries for FBX, trust a file's own numbers: a broken file of 12 kB made one ask for 13.9 GB.
Here all nodes of a binary FBX (version 7.1 to 7.9) are read and each number is checked against the actual bytes. Of an
ASCII FBX only the size and the presence of a scene are checked; the import itself runs in another process.

This file uses the standard library only: the background Blender loads it by its path.
Format: https://code.blender.org/2013/08/fbx-binary-file-format-specification/
"""

import mmap
import os
import struct
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import LiteralString, NamedTuple

MAGIC = b"Kaydara FBX Binary  \x00\x1a\x00"
_OLDEST, _NEWEST = 7100, 7900
_WIDE_SINCE = 7500
"""From this version on, offsets and counts of a node are 64 bits wide."""

_SCALARS = {b"Z": 1, b"B": 1, b"C": 1, b"Y": 2, b"I": 4, b"F": 4, b"D": 8, b"L": 8}
_ARRAYS = {b"b": 1, b"c": 1, b"i": 4, b"f": 4, b"d": 8, b"l": 8}
_BYTES = {b"S", b"R"}

_ANOTHER = "Choose another file, or download or export this one again."
_A_ROBOTS = "Choose another file. A robot's motion is imported in the robot's panel."
_MIB = 1 << 20
_DEEPEST = 64
_CHUNK = _MIB
_TIME_BYTES = 8
_TICKS = 46_186_158_000
"""Units of a key's time in a second."""


@dataclass(frozen=True)
class FbxLimits:
    """The limits of a file; the defaults are far above what a motion or a character needs.

    Half an hour of a hundred bones at 30 fps, each with rotation and location keys on every frame, has 32 million keys,
    390 MB.

    Attributes:
        file_bytes: of the file.
        inflated_bytes: of all its arrays together, decompressed.
        nodes: in the whole tree.
        models: bones and objects.
        keys: of all animation curves together.
        seconds: from the first key to the last, of all animation curves together.
    """

    file_bytes: int = 1024 * _MIB
    inflated_bytes: int = 3072 * _MIB
    nodes: int = 4_000_000
    models: int = 20_000
    keys: int = 60_000_000
    seconds: int = 12 * 3600


class FbxProblem(NamedTuple):
    """A reason why a file can't be used.

    Attributes:
        template: of a sentence of what is wrong.
        next_step: a sentence of what to do.
        values: for the template's fields.
    """

    template: LiteralString
    next_step: LiteralString
    values: Mapping[str, object]

    @property
    def what(self) -> str:
        """The sentence of what is wrong, in English."""
        return self.template.format_map(self.values)


def is_ascii_fbx(path: Path) -> bool:
    """Return whether a file begins like the text form of FBX.

    Raises:
        OSError: it can't be read.
    """
    with path.open("rb") as file:
        head = file.read(1024)
    return b"\0" not in head and (b"; FBX " in head or b"FBXHeaderExtension" in head)


def problem_of_ascii_fbx(path: Path, limits: FbxLimits | None = None) -> FbxProblem | None:
    """Return what is wrong with an ASCII FBX file, as far as visible without importing it, or None.

    Never raises for the file's content.
    """
    limits = limits or FbxLimits()
    try:
        if (problem := _problem_of_size(path, limits)) is not None:
            return problem
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            if data.find(b"Objects:") < 0 or data.rfind(b"Connections:") < 0:
                return _broken_file(path, _Broken("it contains no scene"))
    except OSError as error:
        return unreadable(path, error)
    return None


def problem_of_fbx(path: Path, limits: FbxLimits | None = None) -> FbxProblem | None:
    """Return what is wrong with a binary FBX file, or None if it is sound. Never raise for its content."""
    limits = limits or FbxLimits()
    try:
        if (problem := _problem_of_size(path, limits)) is not None:
            return problem
        with path.open("rb") as file:
            head = file.read(len(MAGIC) + 4)
            if not head.startswith(MAGIC) or len(head) < len(MAGIC) + 4:
                return _not_fbx(path)
            (version,) = struct.unpack_from("<I", head, len(MAGIC))
            if not _OLDEST <= version <= _NEWEST:
                return FbxProblem(
                    "“{file}” is FBX version {version}, and {oldest} to {newest} can be read.",
                    "Export it as FBX 7.4 (2014) binary, or newer.",
                    {"file": path.name, "version": version, "oldest": _OLDEST, "newest": _NEWEST},
                )
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                _Walk(data, wide=version >= _WIDE_SINCE, limits=limits).file()
    except OSError as error:
        return unreadable(path, error)
    except _Broken as broken:
        return _broken_file(path, broken)
    return None


def _not_fbx(path: Path) -> FbxProblem:
    # a download has a suffix of its own until it is complete
    if path.suffix and ".fbx" not in path.name.lower():
        return FbxProblem("“{file}” is neither FBX, BVH nor glTF.", _A_ROBOTS, {"file": path.name})
    return FbxProblem("“{file}” is not a binary FBX file.", _ANOTHER, {"file": path.name})


def _problem_of_size(path: Path, limits: FbxLimits) -> FbxProblem | None:
    size = path.stat().st_size
    if size <= limits.file_bytes:
        return None
    return FbxProblem(
        "“{file}” is {size} MB, more than the {most} MB limit.",
        "Export the motion without meshes and textures.",
        {"file": path.name, "size": size // _MIB, "most": limits.file_bytes // _MIB},
    )


def _broken_file(path: Path, broken: "_Broken") -> FbxProblem:
    return FbxProblem("“{file}” is broken: {broken}.", _ANOTHER, {"file": path.name, "broken": broken})


def unreadable(path: Path, error: OSError) -> FbxProblem:
    """Return the problem of a file that can't be opened or read."""
    return FbxProblem(
        "“{file}” could not be read: {reason}.",
        "Check that the file exists and is readable.",
        {"file": path.name, "reason": os.strerror(error.errno) if error.errno else error},
    )


class _Broken(Exception):  # noqa: N818 -- its text is the end of a sentence
    """A problem, as the end of a sentence."""


class _Node(NamedTuple):
    """The header of a node; all numbers except the property count are offsets in the file."""

    name: bytes
    end: int
    property_count: int
    properties: int
    properties_end: int


@dataclass
class _Walk:
    """A walk through all nodes of a file."""

    data: mmap.mmap
    wide: bool
    limits: FbxLimits
    nodes: int = 0
    keys: int = 0
    first_key: int = 1 << 63
    last_key: int = -(1 << 63)
    inflated: int = 0
    objects: Counter[bytes] = field(default_factory=Counter[bytes])

    def file(self) -> None:
        """Walk from the header to the empty node that ends the tree.

        Raises:
            _Broken: a number doesn't fit, or a limit is passed.
        """
        position = len(MAGIC) + 4
        inside: list[tuple[int, bytes]] = []  # end and name of each node around the position
        while True:
            limit, parent = inside[-1] if inside else (len(self.data), b"")
            if inside and position == limit:
                inside.pop()
                continue
            node = self._node(position, limit)
            position = node.properties_end
            # the empty node that closes a list
            if node.end == 0:
                if not inside:
                    break
                if position != limit:
                    raise _Broken("a list of nodes ends before its node does")
                continue
            self._count(parent, node.name, len(inside))
            self._properties(node)
            if position < node.end:
                inside.append((node.end, node.name))
                if len(inside) > _DEEPEST:
                    raise _Broken("its nodes are nested too deeply")
        if not {b"Objects", b"Connections", b"GlobalSettings"} <= self.objects.keys():
            raise _Broken("it contains no scene")

    def _node(self, position: int, limit: int) -> _Node:
        numbers = struct.Struct("<QQQB" if self.wide else "<IIIB")
        name_start = position + numbers.size
        if name_start > limit:
            raise _Broken("it ends within a node")
        end, count, length, name_length = numbers.unpack_from(self.data, position)
        if end == 0 and (count or length or name_length):
            raise _Broken("the end of a list of nodes isn't empty")
        properties = name_start + name_length
        # a node that ends before itself would have the walk, and importers, go in a circle
        if end and not properties + length <= end <= limit:
            raise _Broken("a node extends beyond its parent")
        return _Node(self.data[name_start:properties], end, count, properties, properties + length)

    def _count(self, parent: bytes, name: bytes, depth: int) -> None:
        self.nodes += 1
        if self.nodes > self.limits.nodes:
            raise _Broken(f"it has more than {self.limits.nodes} nodes")
        if depth == 0 or parent == b"Objects":
            self.objects[name] += 1
            if self.objects[b"Model"] > self.limits.models:
                raise _Broken(f"it has more than {self.limits.models} bones and objects")

    def _properties(self, node: _Node) -> None:
        position, end = node.properties, node.properties_end
        # each has a byte at least: a count of billions must not be counted to
        if node.property_count > end - position:
            raise _Broken("a node has more properties than bytes")
        for _ in range(node.property_count):
            kind = self.data[position : position + 1]
            position += 1
            if kind in _SCALARS:
                position += _SCALARS[kind]
            elif kind in _BYTES:
                position += 4 + self._numbers("<I", position, end)[0]
            elif kind in _ARRAYS:
                position += 12 + self._array(position, end, _ARRAYS[kind], is_keys=node.name == b"KeyTime")
            else:
                raise _Broken("a property has an unknown type")
            if position > end:
                raise _Broken("a property extends beyond its node")
        if position != end:
            raise _Broken("a node's properties don't have the stated size")

    def _array(self, position: int, end: int, stride: int, *, is_keys: bool) -> int:
        """Check an array property and return the number of its bytes in the file, without its three numbers."""
        length, encoding, stored = self._numbers("<III", position, end)
        start, size = position + 12, length * stride
        if start + stored > end:
            raise _Broken("an array extends beyond its node")
        # counted by what is stated, before any of it is unpacked
        self.inflated += size
        if self.inflated > self.limits.inflated_bytes:
            raise _Broken(f"its arrays hold more than {self.limits.inflated_bytes // _MIB} MB")
        if is_keys:
            self.keys += length
            if self.keys > self.limits.keys:
                raise _Broken(f"it has more than {self.limits.keys} keyframes")
        pieces = self._pieces(encoding, start, stored, size)
        if is_keys and stride == _TIME_BYTES:
            self._times(pieces)
        else:
            # only the size is checked
            for _ in pieces:
                pass
        return stored

    def _times(self, pieces: Iterator[bytes]) -> None:
        """Check the times of keys, 64 bits each, against the limit."""
        left = b""
        for piece in pieces:
            data = left + piece
            left = data[len(data) // _TIME_BYTES * _TIME_BYTES :]
            times = memoryview(data)[: len(data) - len(left)].cast("q")
            if len(times):
                first, last = min(times), max(times)
                self.first_key, self.last_key = min(self.first_key, first), max(self.last_key, last)
            if self.last_key - self.first_key > self.limits.seconds * _TICKS:
                raise _Broken(f"its keyframes span more than {self.limits.seconds / 3600:.3g} hours")

    def _pieces(self, encoding: int, start: int, stored: int, size: int) -> Iterator[bytes]:
        """Yield an array's bytes, unpacked, piece by piece."""
        if encoding not in (0, 1):
            raise _Broken("an array uses an unknown encoding")
        if encoding == 0:
            if stored != size:
                raise _Broken("an array doesn't have the stated size")
            for at in range(start, start + size, _CHUNK):
                yield self.data[at : min(at + _CHUNK, start + size)]
            return
        unpacker, left, found = zlib.decompressobj(), self.data[start : start + stored], 0
        try:
            while not unpacker.eof and found <= size:
                # no more at once than this: a few bytes can unpack to gigabytes
                piece = unpacker.decompress(left, _CHUNK)
                found += len(piece)
                yield piece
                left = unpacker.unconsumed_tail
                if not piece and not left:
                    break
        except zlib.error as error:
            raise _Broken("an array can't be decompressed") from error
        if found != size or not unpacker.eof:
            raise _Broken("an array doesn't have the stated size")

    def _numbers(self, form: str, position: int, end: int) -> tuple[int, ...]:
        if position + struct.calcsize(form) > end:
            raise _Broken("a property extends beyond its node")
        return struct.unpack_from(form, self.data, position)
