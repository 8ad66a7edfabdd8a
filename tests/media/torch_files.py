"""PyTorch's files, made opcode by opcode as `torch.save` makes them: a zip of a pickle and of the tensors' storages."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

Place = Callable[[np.ndarray, list[np.ndarray]], bytes]
"""Returns the opcodes of a tensor's storage."""

_STORAGES = {
    "float32": "Float",
    "float64": "Double",
    "float16": "Half",
    "int64": "Long",
    "int32": "Int",
    "bool": "Bool",
}


def save(path: Path, content: object, folder: str = "archive") -> None:
    """Write what `torch.save` does; arrays are tensors."""
    storages: list[np.ndarray] = []
    pickled = b"\x80\x02" + _opcodes(content, storages) + b"."
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{folder}/data.pkl", pickled)
        archive.writestr(f"{folder}/byteorder", "little")
        for key, numbers in enumerate(storages):
            archive.writestr(f"{folder}/data/{key}", numbers.tobytes())
        archive.writestr(f"{folder}/version", "3\n")
    data = path.read_bytes()
    end = data.rindex(b"PK\x05\x06")
    count, size, start = struct.unpack_from("<HII", data, end + 10)
    larger = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 798, 45, 0, 0, count, count, size, start)
    path.write_bytes(data[:end] + larger + struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1) + data[end:])


def save_old(path: Path, content: object) -> None:
    """Write what `torch.save` did before 1.6: pickles, then the keys and the numbers of the tensors' storages."""
    path.write_bytes(_of_old(lambda storages: _opcodes(content, storages, _before_1_6)))


def pickle_tensors(path: Path, content: object) -> None:
    """Write what `pickle.dump` does of tensors: each storage is the bytes of a whole file of before 1.6."""
    path.write_bytes(b"\x80\x04" + _opcodes(content, [], _in_a_pickle) + b".")


def _of_old(opcodes: Callable[[list[np.ndarray]], bytes]) -> bytes:
    storages: list[np.ndarray] = []
    pickled = b"\x80\x02" + opcodes(storages) + b"."
    system = b"\x80\x02}(" + _opcodes("little_endian", []) + b"\x88u."
    keys = b"\x80\x02](" + b"".join(_opcodes(f"9398{key}", []) for key in range(len(storages))) + b"e."
    numbers = b"".join(struct.pack("<q", len(numbers)) + numbers.tobytes() for numbers in storages)
    return b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19." + b"\x80\x02M\xe9\x03." + system + pickled + keys + numbers


def _opcodes(value: object, storages: list[np.ndarray], place: Place | None = None) -> bytes:
    place = place or _since_1_6
    match value:
        case np.ndarray():
            return _tensor(value, storages, place)
        case dict():
            return b"}(" + b"".join(_opcodes(part, storages, place) for pair in value.items() for part in pair) + b"u"
        case tuple():
            return b"(" + b"".join(_opcodes(part, storages, place) for part in value) + b"t"
        case str():
            return b"X" + struct.pack("<I", len(value.encode())) + value.encode()
        case int():
            return b"J" + struct.pack("<i", value)
        case float():
            return b"G" + struct.pack(">d", value)
    raise TypeError(value)


def _tensor(array: np.ndarray, storages: list[np.ndarray], place: Place) -> bytes:
    """A tensor whose storage has numbers before it, and its first two axes swapped, as those that are views."""
    swapped = np.swapaxes(array, 0, 1) if array.ndim > 1 else array
    stored = np.concatenate([np.zeros(3, array.dtype), swapped.ravel()])
    strides = [step // array.itemsize for step in np.ascontiguousarray(swapped).strides]
    if array.ndim > 1:
        strides[:2] = strides[1::-1]
    ordered = b"\x89ccollections\nOrderedDict\n)R"
    numbers = _opcodes(3, []) + _opcodes(array.shape, []) + _opcodes(tuple(strides), [])
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + place(stored, storages) + numbers + ordered + b"tR"


def _since_1_6(stored: np.ndarray, storages: list[np.ndarray], key: str = "", end: bytes = b"") -> bytes:
    storages.append(stored)
    kind = f"ctorch\n{_STORAGES[str(stored.dtype)]}Storage\n".encode()
    named = b"(" + _opcodes("storage", []) + kind + _opcodes(f"{key}{len(storages) - 1}", []) + _opcodes("cpu", [])
    return named + _opcodes(len(stored), []) + end + b"tQ"


def _before_1_6(stored: np.ndarray, storages: list[np.ndarray]) -> bytes:
    return _since_1_6(stored, storages, "9398", b"N")


def _in_a_pickle(stored: np.ndarray, _: list[np.ndarray]) -> bytes:
    data = _of_old(lambda storages: _before_1_6(stored, storages))
    return b"ctorch.storage\n_load_from_bytes\nB" + struct.pack("<I", len(data)) + data + b"\x85R"
