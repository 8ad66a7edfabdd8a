"""Writes binary FBX 7.5 files: nodes, properties, arrays. Knows nothing of what they mean."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

VERSION = 7500
MAGIC = b"Kaydara FBX Binary  \x00\x1a\x00"
NODE_HEAD = struct.Struct("<QQQB")
FOOT_ID = bytes.fromhex("fabcab09d0c8d466b176fb831cf7267e")
FOOT_MAGIC = bytes.fromhex("f85a8c6adef5d97eece90ce3758f290b")
ARRAY_CODES = {"float32": b"f", "float64": b"d", "int32": b"i", "int64": b"l"}
SMALLEST_COMPRESSED = 128  # bytes


class Long(int):
    """An integer that is written in 64 bits: ids and times."""


NUMBERS = ((bool, b"C", "<?"), (Long, b"L", "<q"), (int, b"I", "<i"), (float, b"D", "<d"))  # the first that fits
Value = bool | int | float | str | bytes | bytearray | np.ndarray
"""A `bytearray` is written as it stands, a property's type and all."""


@dataclass
class Node:
    """A node: its name, its properties, its children."""

    name: str
    values: list[Value] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)

    def add(self, name: str, *values: Value) -> Node:
        """A new child."""
        child = Node(name, list(values))
        self.children.append(child)
        return child

    def with_values(self, **values: Value) -> Self:
        """Children of one value each."""
        for name, value in values.items():
            self.add(name, value)
        return self

    def properties(self, *rows: tuple[Value, ...]) -> Self:
        """The `Properties70` of this node: name, type, label, flags, values of each."""
        block = self.add("Properties70")
        for row in rows:
            block.add("P", *row)
        return self


@dataclass(frozen=True)
class Place:
    """Where a node stands in a file."""

    name: str
    start: int
    values: int
    values_end: int
    end: int


def write_fbx(file: Path, top: list[Node]) -> None:
    """Writes top-level nodes as a binary FBX file."""
    file.write_bytes(fbx_bytes(top))


def fbx_bytes(top: list[Node], places: list[Place] | None = None) -> bytes:
    """A binary FBX file of top-level nodes; where they stand in it is added to `places`."""
    content = bytearray(MAGIC + struct.pack("<I", VERSION))
    for node in top:
        _write_node(content, node, places)
    content += bytes(NODE_HEAD.size)
    content += FOOT_ID + bytes(4)
    content += bytes(-len(content) % 16 or 16)
    content += struct.pack("<I", VERSION) + bytes(120) + FOOT_MAGIC
    return bytes(content)


def _write_node(content: bytearray, node: Node, places: list[Place] | None) -> None:
    start = len(content)
    name = node.name.encode()
    values = b"".join(_encoded(value) for value in node.values)
    content += bytes(NODE_HEAD.size) + name + values
    values_end = len(content)
    for child in node.children:
        _write_node(content, child, places)
    if node.children or not node.values:
        content += bytes(NODE_HEAD.size)
    NODE_HEAD.pack_into(content, start, len(content), len(node.values), len(values), len(name))
    if places is not None:
        places.append(Place(node.name, start, values_end - len(values), values_end, len(content)))


def _encoded(value: Value) -> bytes:
    if isinstance(value, bytearray):
        return bytes(value)
    if isinstance(value, np.ndarray):
        raw = value.tobytes()
        packed = zlib.compress(raw, 1) if len(raw) >= SMALLEST_COMPRESSED else raw
        code = ARRAY_CODES[value.dtype.name]
        return code + struct.pack("<III", value.size, int(packed is not raw), len(packed)) + packed
    if isinstance(value, str):
        encoded = value.encode()
        return b"S" + struct.pack("<I", len(encoded)) + encoded
    if isinstance(value, bytes):
        return b"R" + struct.pack("<I", len(value)) + value
    code, layout = next(kind[1:] for kind in NUMBERS if isinstance(value, kind[0]))
    return code + struct.pack(layout, value)
