"""PyTorch's files, made opcode by opcode as `torch.save` makes them: a zip of a pickle and of the tensors' storages."""

import struct
import zipfile
from pathlib import Path

import numpy as np

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
    storages: list[bytes] = []
    pickled = b"\x80\x02" + _opcodes(content, storages) + b"."
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{folder}/data.pkl", pickled)
        archive.writestr(f"{folder}/byteorder", "little")
        for key, data in enumerate(storages):
            archive.writestr(f"{folder}/data/{key}", data)
        archive.writestr(f"{folder}/version", "3\n")
    data = path.read_bytes()
    end = data.rindex(b"PK\x05\x06")
    count, size, start = struct.unpack_from("<HII", data, end + 10)
    larger = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 798, 45, 0, 0, count, count, size, start)
    path.write_bytes(data[:end] + larger + struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1) + data[end:])


def _opcodes(value: object, storages: list[bytes]) -> bytes:
    match value:
        case np.ndarray():
            return _tensor(value, storages)
        case dict():
            return b"}(" + b"".join(_opcodes(part, storages) for pair in value.items() for part in pair) + b"u"
        case tuple():
            return b"(" + b"".join(_opcodes(part, storages) for part in value) + b"t"
        case str():
            return b"X" + struct.pack("<I", len(value.encode())) + value.encode()
        case int():
            return b"J" + struct.pack("<i", value)
        case float():
            return b"G" + struct.pack(">d", value)
    raise TypeError(value)


def _tensor(array: np.ndarray, storages: list[bytes]) -> bytes:
    """A tensor whose storage has numbers before it, and its first two axes swapped, as those that are views."""
    swapped = np.swapaxes(array, 0, 1) if array.ndim > 1 else array
    stored = np.concatenate([np.zeros(3, array.dtype), swapped.ravel()])
    strides = [step // array.itemsize for step in np.ascontiguousarray(swapped).strides]
    if array.ndim > 1:
        strides[:2] = strides[1::-1]
    storages.append(stored.tobytes())
    key = str(len(storages) - 1)
    kind = f"ctorch\n{_STORAGES[str(array.dtype)]}Storage\n".encode()
    place = b"(" + _opcodes("storage", []) + kind + _opcodes(key, []) + _opcodes("cpu", [])
    place += _opcodes(len(stored), []) + b"tQ"
    ordered = b"\x89ccollections\nOrderedDict\n)R"
    numbers = _opcodes(3, []) + _opcodes(array.shape, []) + _opcodes(tuple(strides), [])
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + place + numbers + ordered + b"tR"
