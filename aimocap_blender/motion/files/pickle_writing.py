"""Pickles of arrays by name that every numpy reads: `pickle` itself names modules that numpy moved with version 2.

Written are the operations that numpy 1's own pickles have. Numpy 2 reads them without a warning, by the names that it
keeps for that.
"""

import pickle
import struct
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from ..rotations import FloatArray

Content = Mapping[str, float | Sequence[str] | FloatArray | NDArray[np.float32] | None]
_PROTOCOL = 3  # the first that has bytes; each Python 3 reads it
_STORAGES = {np.dtype(np.float32): "FloatStorage", np.dtype(np.bool_): "BoolStorage"}
_KINDS = {np.dtype(np.float64): "f8", np.dtype(np.float32): "f4"}


def pickled(content: Content) -> Iterator[bytes]:
    """Yield the pickle of a dict with numbers, None, lists of names, and arrays of 32- or 64-bit floats."""
    yield pickle.PROTO + bytes([_PROTOCOL]) + pickle.EMPTY_DICT + pickle.MARK
    for name, value in content.items():
        yield _text(name)
        if isinstance(value, np.ndarray):
            yield from _array(value)
        elif value is None or isinstance(value, float | int):
            yield pickle.NONE if value is None else _number(value)
        else:
            yield pickle.EMPTY_LIST + pickle.MARK + b"".join(map(_text, value)) + pickle.APPENDS
    yield pickle.SETITEMS + pickle.STOP


def write_torch(file: IO[bytes], content: Mapping[str, Any]) -> None:
    """Write what `torch.save` does of a dict with numbers, and with arrays as tensors, which it loads as such.

    It is a zip of a pickle and of the tensors' storages; `torch.load` reads it with `weights_only`, too.
    """
    storages: list[bytes] = []
    pieces = [pickle.PROTO + b"\x02" + pickle.EMPTY_DICT + pickle.MARK]
    for name, value in content.items():
        pieces.append(_text(name))
        if isinstance(value, np.ndarray):
            array = np.ascontiguousarray(cast("NDArray[Any]", value))
            pieces.append(_tensor(array, str(len(storages))))
            storages.append(array.astype(array.dtype.newbyteorder("<")).tobytes())
        else:
            pieces.append(_number(value))
    pieces.append(pickle.SETITEMS + pickle.STOP)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", b"".join(pieces))
        archive.writestr("archive/byteorder", "little")
        for key, data in enumerate(storages):
            archive.writestr(f"archive/data/{key}", data)
        archive.writestr("archive/version", "3\n")


def _tensor(array: NDArray[Any], key: str) -> bytes:
    kind = _named("torch", _STORAGES[array.dtype])
    place = _tuple(_text("storage"), kind, _text(key), _text("cpu"), _number(array.size)) + pickle.BINPERSID
    strides = [step // array.itemsize for step in array.strides]
    shape = _tuple(*map(_number, array.shape))
    steps = _tuple(*map(_number, strides))
    hooks = _called("collections", "OrderedDict")
    return _called("torch._utils", "_rebuild_tensor_v2", place, _number(0), shape, steps, pickle.NEWFALSE, hooks)


def _array(array: FloatArray | NDArray[np.float32]) -> Iterator[bytes]:
    kind = _KINDS[array.dtype]
    data = np.ascontiguousarray(array, dtype=f"<{kind}").tobytes()
    yield _called("numpy.core.multiarray", "_reconstruct", _named("numpy", "ndarray"), _tuple(_number(0)), _bytes(b"b"))
    true, false = pickle.NEWTRUE, pickle.NEWFALSE
    dtype = _called("numpy", "dtype", _text(kind), false, true)
    none, minus = pickle.NONE, _number(-1)
    dtype += _tuple(_number(3), _text("<"), none, none, none, minus, minus, _number(0)) + pickle.BUILD
    yield pickle.MARK + _number(1) + _tuple(*map(_number, array.shape)) + dtype + false
    yield pickle.BINBYTES + struct.pack("<I", len(data))
    yield data
    yield pickle.TUPLE + pickle.BUILD


def _named(module: str, name: str) -> bytes:
    return pickle.GLOBAL + f"{module}\n{name}\n".encode()


def _called(module: str, name: str, *arguments: bytes) -> bytes:
    return _named(module, name) + _tuple(*arguments) + pickle.REDUCE


def _tuple(*items: bytes) -> bytes:
    return pickle.MARK + b"".join(items) + pickle.TUPLE


def _text(text: str) -> bytes:
    data = text.encode()
    return pickle.BINUNICODE + struct.pack("<I", len(data)) + data


def _bytes(data: bytes) -> bytes:
    return pickle.BINBYTES + struct.pack("<I", len(data)) + data


def _number(value: float) -> bytes:
    if isinstance(value, int):
        return pickle.BININT + struct.pack("<i", value)
    return pickle.BINFLOAT + struct.pack(">d", value)
