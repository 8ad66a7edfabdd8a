"""A .tflite file's operations and dense weights, read with nothing but numpy.

The file is a FlatBuffer: tables whose fields are found through a list of offsets. The numbers of fields, kinds and
types below are those of TensorFlow Lite's public schema (schema.fbs).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

KINDS = {
    0: "add",
    2: "concatenate",
    3: "convolve",
    4: "depthwise",
    5: "depth_to_space",
    6: "dequantize",
    9: "connect",
    14: "sigmoid",
    17: "max_pool",
    22: "reshape",
    23: "resize_bilinear",
    34: "pad",
    40: "mean",
    124: "densify",
}
ACTIVATIONS = {0: "", 1: "relu", 3: "relu6"}
_TYPES = {0: np.float32, 1: np.float16, 2: np.int32}
_INDEX_TYPES = {1: np.int32, 2: np.uint16, 3: np.uint8}
_OPTIONS = {
    "add": {"activation": (0, "b")},
    "convolve": {"valid": (0, "b"), "stride": (2, "i"), "activation": (3, "b")},
    "depthwise": {"valid": (0, "b"), "stride": (2, "i"), "activation": (4, "b")},
    "max_pool": {"valid": (0, "b"), "stride": (2, "i"), "size": (4, "i"), "activation": (5, "b")},
    "resize_bilinear": {"corners_aligned": (2, "b"), "half_pixel_centres": (3, "b")},
    "connect": {"activation": (0, "b")},
    "concatenate": {"axis": (0, "i")},
    "depth_to_space": {"block": (0, "i")},
}
"""Kind → option → its field and how it is stored."""


@dataclass(frozen=True)
class Operation:
    """One step: what it is, which tensors it reads (constant ones too), the one it writes, its options."""

    kind: str
    inputs: tuple[int, ...]
    output: int
    options: dict[str, int]


@dataclass(frozen=True)
class TfliteGraph:
    """The first subgraph of a file; tensors are numbered.

    Attributes:
        operations: in order.
        constants: the dense weights by tensor, as they are stored.
        shapes: by tensor.
        input: the tensor of the picture.
        outputs: tensors by their names in the file.
    """

    operations: tuple[Operation, ...]
    constants: dict[int, Array]
    shapes: dict[int, tuple[int, ...]]
    input: int
    outputs: dict[str, int]


@dataclass(frozen=True)
class _Table:
    data: bytes
    at: int

    def _field(self, number: int) -> int:
        """Where the field is, or 0."""
        (back,) = struct.unpack_from("<i", self.data, self.at)
        (size,) = struct.unpack_from("<H", self.data, self.at - back)
        slot = 4 + 2 * number
        return 0 if slot >= size else struct.unpack_from("<H", self.data, self.at - back + slot)[0]

    def number(self, number: int, stored: str) -> int:
        field = self._field(number)
        return struct.unpack_from("<" + stored, self.data, self.at + field)[0] if field else 0

    def _followed(self, number: int) -> int:
        field = self.at + self._field(number)
        return field + struct.unpack_from("<I", self.data, field)[0]

    def table(self, number: int) -> _Table | None:
        return _Table(self.data, self._followed(number)) if self._field(number) else None

    def array(self, number: int, kind: type[np.generic]) -> Array:
        if not self._field(number):
            return np.empty(0, kind)
        at = self._followed(number)
        (count,) = struct.unpack_from("<I", self.data, at)
        return np.frombuffer(self.data, kind, count, at + 4)

    def tables(self, number: int) -> list[_Table]:
        at = self._followed(number) + 4
        offsets = self.array(number, np.uint32)
        return [_Table(self.data, at + 4 * place + int(offset)) for place, offset in enumerate(offsets)]

    def text(self, number: int) -> str:
        return self.array(number, np.uint8).tobytes().decode()


def read_tflite(data: bytes) -> TfliteGraph:
    """Read the content of a file."""
    model = _Table(data, struct.unpack_from("<I", data)[0])
    codes = [max(code.number(0, "b"), code.number(3, "i")) for code in model.tables(1)]
    graph, buffers = model.tables(2)[0], model.tables(4)
    tensors = graph.tables(0)
    shapes = {index: tuple(map(int, tensor.array(0, np.int32))) for index, tensor in enumerate(tensors)}
    constants: dict[int, Array] = {}
    for index, tensor in enumerate(tensors):
        values = buffers[tensor.number(2, "I")].array(0, np.uint8)
        if len(values):
            values = np.frombuffer(values.tobytes(), _TYPES[tensor.number(1, "b")])
            sparsity = tensor.table(6)
            constants[index] = (
                values.reshape(shapes[index]) if sparsity is None else _dense(values, sparsity, shapes[index])
            )
    operations: list[Operation] = []
    for step in graph.tables(3):
        kind = KINDS[codes[step.number(0, "I")]]
        inputs, (output,) = tuple(map(int, step.array(1, np.int32))), map(int, step.array(2, np.int32))
        if kind in {"dequantize", "densify"}:
            constants[output] = constants[inputs[0]]
            continue
        stored = step.table(4)
        options = {name: stored.number(*field) if stored else 0 for name, field in _OPTIONS.get(kind, {}).items()}
        operations.append(Operation(kind, inputs, output, options))
    (picture,) = map(int, graph.array(1, np.int32))
    outputs = {tensors[index].text(3): index for index in map(int, graph.array(2, np.int32))}
    return TfliteGraph(tuple(operations), constants, shapes, picture, outputs)


def _dense(values: Array, sparsity: _Table, shape: tuple[int, ...]) -> Array:
    """The whole tensor of one that is stored without its zeros.

    Its dimensions, in an order of their own and some of them cut into blocks, are levels of a tree whose leaves are the
    values; a level has either all its places or lists those that it has.
    """
    order, cut = sparsity.array(0, np.int32), sparsity.array(1, np.int32)
    places = np.zeros((len(order), 1), np.int64)
    blocks = np.ones(len(shape), np.int64)
    for level, described in zip(order, sparsity.tables(2), strict=True):
        if described.number(0, "b") == 0:
            size = described.number(1, "i")
            places, here = np.repeat(places, size, axis=1), np.tile(np.arange(size), places.shape[1])
            if level >= len(shape):
                blocks[cut[level - len(shape)]] = size
        else:
            ends, here = _numbers(described, 2), _numbers(described, 4)
            places = np.repeat(places, np.diff(ends), axis=1)
        places[level] = here
    indices = places[: len(shape)] * blocks[:, None]
    for block, dimension in enumerate(cut):
        indices[dimension] += places[len(shape) + block]
    whole = np.zeros(shape, values.dtype)
    whole[tuple(indices)] = values
    return whole


def _numbers(described: _Table, kind: int) -> npt.NDArray[np.int64]:
    """A level's list of numbers, which comes in one of three widths."""
    listed = described.table(kind + 1)
    assert listed is not None
    return listed.array(0, _INDEX_TYPES[described.number(kind, "b")]).astype(np.int64)
