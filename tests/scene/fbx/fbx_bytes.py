"""A binary FBX written node by node, as the format's description has it, so that any number in it can be a lie."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

HEAD = b"Kaydara FBX Binary  \x00\x1a\x00"


def text(value: bytes) -> bytes:
    return b"S" + struct.pack("<I", len(value)) + value


def doubles(values: list[float], length: int | None = None, *, packed: bool = False) -> bytes:
    data = struct.pack(f"<{len(values)}d", *values)
    stored = zlib.compress(data) if packed else data
    return b"d" + struct.pack("<III", len(values) if length is None else length, packed, len(stored)) + stored


@dataclass
class Node:
    name: bytes
    properties: list[bytes] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)
    lie: dict[str, int] = field(default_factory=dict)  # of "end", "count", "length", added to the truth

    def written(self, start: int, *, wide: bool) -> bytes:
        form = "<QQQB" if wide else "<IIIB"
        values = b"".join(self.properties)
        body_start = start + struct.calcsize(form) + len(self.name)
        children = b""
        for child in self.children:
            children += child.written(body_start + len(values) + len(children), wide=wide)
        if self.children:
            children += bytes(struct.calcsize(form))
        end = body_start + len(values) + len(children) + self.lie.get("end", 0)
        count = len(self.properties) + self.lie.get("count", 0)
        length = len(values) + self.lie.get("length", 0)
        return struct.pack(form, end, count, length, len(self.name)) + self.name + values + children


def file_of(nodes: list[Node], version: int = 7400) -> bytes:
    data = HEAD + struct.pack("<I", version)
    for node in nodes:
        data += node.written(len(data), wide=version >= 7500)
    return data + bytes(25 if version >= 7500 else 13) + b"whatever an exporter puts at the end"


def scene_with(*extra: Node) -> list[Node]:
    return [Node(b"GlobalSettings"), Node(b"Objects", [], list(extra)), Node(b"Connections")]
