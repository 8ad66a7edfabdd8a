"""FBX files that no exporter writes: a small animated skeleton, with one thing in its bytes that is a lie.

What lies in what the scene says, in well-formed bytes, is in `hostile_fbx_scenes.py`.
"""

from __future__ import annotations

import struct
import zlib
from functools import cache
from typing import TYPE_CHECKING

from .fbx_file import MAGIC, NODE_HEAD, Node, Place, fbx_bytes
from .hostile_fbx_numbers import small_scene

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = len(MAGIC) + 4
_FOOT = 400
"""More than stands after the last node."""


@cache
def whole() -> tuple[bytes, tuple[Place, ...]]:
    """A sound file, and where its nodes stand in it."""
    places: list[Place] = []
    return fbx_bytes(small_scene(), places), tuple(places)


def cut_files() -> Iterator[tuple[str, bytes]]:
    """The sound file cut off at each boundary of its structure, and one byte after."""
    data, places = whole()
    cuts = {0, 1, len(MAGIC) - 1, len(MAGIC), len(MAGIC) + 3, _HEAD}
    for place in places:
        cuts |= {place.start, place.start + NODE_HEAD.size, place.values, place.values_end, place.end}
    last = max(place.end for place in places) + NODE_HEAD.size  # what is cut behind it is the foot, which nobody reads
    return ((f"cut at {cut}", data[:cut]) for cut in sorted(cuts | {cut + 1 for cut in cuts}) if cut < last)


def broken_files() -> dict[str, bytes]:
    """By what is wrong with it, each file whose structure is broken: no importer may see it."""
    data, places = whole()
    return {
        **_heads(data),
        **_node_lies(data, places),
        **{name: fbx_bytes([*small_scene(), Node("Takes", [value])]) for name, value in _values().items()},
        **{name: fbx_bytes(top) for name, top in _trees().items()},
    }


def _heads(data: bytes) -> dict[str, bytes]:
    def version(number: int) -> bytes:
        return data[: len(MAGIC)] + struct.pack("<I", number) + data[_HEAD:]

    return {
        "an empty file": b"",
        "a magic and no more": MAGIC,
        "no node": data[:_HEAD],
        "another magic": b"Kaydara FBX binary  \x00\x1a\x00" + data[len(MAGIC) :],
        "a magic with a byte changed": data[:22] + b"\x0a" + data[23:],
        "something before the magic": b"\0" + data,
        "version 0": version(0),
        "version 6100": version(6100),
        "version 8000": version(8000),
        "version 2^32 - 1": version(2**32 - 1),
        "heads of 64 bits in an old version": version(7400),
        "zeros behind the head": data[:_HEAD] + bytes(12),
        "noise behind the head": data[:_HEAD] + bytes(range(1, 255)) * 40,
        "text behind the head": data[:_HEAD] + b"FBXHeaderExtension:  {\n}\n" * 40,
        "no foot and no end": data[:-_FOOT],
        "a directory of a zip": b"PK\x03\x04" + bytes(60),
    }


def _node_lies(data: bytes, places: tuple[Place, ...]) -> dict[str, bytes]:
    """One number in the head of the node of the objects, of a curve's times, and of a connection, each in turn."""
    files: dict[str, bytes] = {}
    for name in ("Objects", "KeyTime", "C"):
        place = next(place for place in places if place.name == name)
        end, count, length, letters = NODE_HEAD.unpack_from(data, place.start)
        for what, head in {
            "ends before it begins": (place.start - 100, count, length, letters),
            "ends where it begins": (place.start, count, length, letters),
            "ends at once": (1, count, length, letters),
            "ends a byte early": (end - 1, count, length, letters),
            "ends a byte late": (end + 1, count, length, letters),
            "ends beyond the file": (len(data) + 1, count, length, letters),
            "ends at 2^63": (2**63, count, length, letters),
            "ends at 2^64 - 1": (2**64 - 1, count, length, letters),
            "has a value more": (end, count + 1, length, letters),
            "has 2^32 values": (end, 2**32, length, letters),
            "has 2^64 - 1 values": (end, 2**64 - 1, length, letters),
            "has a byte more of values": (end, count, length + 1, letters),
            "has 2^64 - 1 bytes of values": (end, count, 2**64 - 1, letters),
            "has a name of 255 bytes": (end, count, length, 255),
            "is an end with values": (0, count + 1, length, letters),
        }.items():
            lie = NODE_HEAD.pack(*head)
            files[f"{name} {what}"] = data[: place.start] + lie + data[place.start + len(lie) :]
    return files


def _values() -> dict[str, bytes]:
    """Properties as they stand in the file."""
    packed = zlib.compress(bytes(80))

    def numbers(length: int, encoding: int, stored: int, content: bytes, kind: bytes = b"d") -> bytearray:
        return bytearray(kind + struct.pack("<III", length, encoding, stored) + content)

    return {
        "a text of 4 GB": bytearray(b"S" + struct.pack("<I", 2**32 - 1) + b"text"),
        "bytes of 2 GB": bytearray(b"R" + struct.pack("<I", 2**31) + b"text"),
        "a property of no type": bytearray(b"\0"),
        "a property of an unknown type": bytearray(b"Q" + bytes(8)),
        "a number that is cut off": bytearray(b"L\0\0\0"),
        "an array that is cut off in its head": bytearray(b"d\1\0\0\0"),
        "an array of 2^32 - 1 numbers": numbers(2**32 - 1, 0, 8, bytes(8)),
        "an array longer than its bytes": numbers(2, 0, 8, bytes(8)),
        "an array shorter than its bytes": numbers(1, 0, 16, bytes(16)),
        "an array packed in an unknown way": numbers(1, 2, 8, bytes(8)),
        "an array said to be packed": numbers(1, 1, 8, bytes(8)),
        "a packed array cut off": numbers(10, 1, len(packed) - 4, packed[:-4]),
        "a packed array with a wrong sum": numbers(10, 1, len(packed), packed[:-1] + bytes([packed[-1] ^ 1])),
        "a packed array longer than it says": numbers(9, 1, len(packed), packed),
        "a packed array shorter than it says": numbers(11, 1, len(packed), packed),
        "a packed array said to be of 32 GB": numbers(2**32 - 1, 1, len(packed), packed),
        "an array of 64 MB said to be of 80 bytes": numbers(10, 1, *_bomb(2**26)),
        "an empty packed array": numbers(0, 1, 0, b""),
    }


def _bomb(size: int) -> tuple[int, bytes]:
    packed = zlib.compress(bytes(size), 9)
    return len(packed), packed


def _trees() -> dict[str, list[Node]]:
    deep = Node("Deep")
    for _ in range(200):
        deep = Node("Deep", [], [deep])
    trees = {f"no {name}": [node for node in small_scene() if node.name != name] for name in _NEEDED}
    return {**trees, "200 nodes in each other": [*small_scene(), deep], "nothing but a node": [Node("Objects")]}


_NEEDED = ("GlobalSettings", "Objects", "Connections")
