"""Reading pickles without running them: numbers, strings, lists, tuples, dicts, arrays and tensors, nothing else.

The opcodes are followed one by one. The few names that plain arrays need stand for the functions below and call
nothing else; any other name is refused. Memory is taken from a budget before it is used. Source of the opcodes:
Python's `pickletools`, of joblib's arrays between them: `joblib.numpy_pickle`.

Python's `pickle.Unpickler` can map names to these functions, too, but not bound what a file costs: 13 bytes take 2 GB,
a nested tuple as a dict's key ends the process, keys with one hash take 16 s for 500 kB. `pickletools.genops` can't
look for such beforehand, as it ends at joblib's arrays. Its twin `pickle._Unpickler` is private, and with the budget,
the checked keys and the arrays it would save about a quarter of these lines.
"""

import math
import re
import struct
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn, cast

import numpy as np
import numpy.typing as npt

from ...texts.faults import Fault
from ...texts.text import Text

Raw = bytes | bytearray | memoryview
Stored = Callable[[str, int], Raw | None]
"""Returns the bytes in a storage of a PyTorch file, by its name and how many there are; None where it has none."""

TORCH = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19"
"""First bytes of PyTorch's files of before 1.6; later ones are zips."""

AGAIN = "Download or export the file again: it is broken."
CONVERT = (
    "import joblib, numpy as np; d = joblib.load('in.pkl'); d = d if 'fps' in d else next(iter(d.values()));"
    " np.savez('out.npz', **{k: v for k, v in d.items() if np.asarray(v).dtype != object})"
)
NEXT_STEP = Text('Convert it where you trust the file: python -c "{code}".', code=CONVERT)
"""For what isn't read because it could run code."""

_TIMES = 8  # bytes of memory for each byte of the file
_EVER = 2**20
_ROW, _ROWS = 640, 2**25  # bytes more for an array, and for all: AMI's files have one for each frame, of few numbers
_REFERENCE = 9  # bytes in a list, with the room that lists keep
_NUMBER, _BOX, _OBJECT = 32, 64, 400  # bytes of a number; of a string, list or dict without its content; of an array
_ENTRY = 110  # bytes of a dict's entry while it grows
_WIDEST = 5  # bytes for a byte of text while it is decoded
_MAX_AXES = 4
_LARGEST_KEY = 2**31

_ARRAY, _DTYPE, _WRAPPER = "numpy.ndarray", "numpy.dtype", "joblib.numpy_pickle.NumpyArrayWrapper"
_REBUILT, _OF_BUFFER = "numpy.core.multiarray._reconstruct", "numpy.core.numeric._frombuffer"
_SCALAR, _ENCODED = "numpy.core.multiarray.scalar", "_codecs.encode"
_TENSOR, _OLD_TORCH = "torch._utils._rebuild_tensor_v2", "torch.storage._load_from_bytes"
_ORDERED, _DEFAULT, _DICT = "collections.OrderedDict", "collections.defaultdict", "builtins.dict"
_STORAGES = {
    "torch.DoubleStorage": "f8",
    "torch.FloatStorage": "f4",
    "torch.HalfStorage": "f2",
    "torch.LongStorage": "i8",
    "torch.IntStorage": "i4",
    "torch.ShortStorage": "i2",
    "torch.CharStorage": "i1",
    "torch.ByteStorage": "u1",
    "torch.BoolStorage": "b1",
}
_NOTHING = re.compile(r"protomotions\.[\w.]{1,100}\.StateConversion", re.ASCII)
"""An enumeration of ProtoMotions in its own files, which stands for nothing."""
_PATH = re.compile(r"pathlib(\._local)?\.(Pure)?(Posix|Windows)?Path", re.ASCII)
"""Paths, which stand for their text: openhe's files name a motion by one."""
_KNOWN = {
    *(_ARRAY, _DTYPE, _WRAPPER, _REBUILT, _OF_BUFFER, _SCALAR, _ENCODED),
    *(_TENSOR, _OLD_TORCH, _ORDERED, _DEFAULT, _DICT, *_STORAGES),
}
_PLAIN = re.compile(r"[<>|=]?(f[248]|[iu][1248]|b1|[US]\d{1,4}|O8?)", re.ASCII)
_DAMAGED = (ArithmeticError, EOFError, LookupError, RecursionError, TypeError, ValueError, struct.error)

_CONSTANTS: dict[bytes, object] = {b"N": None, b"\x88": True, b"\x89": False, b")": ()}
_NUMBERS = {b"J": "<i", b"K": "<B", b"M": "<H", b"G": ">d"}
# opcodes whose value follows its length, which has this format
_TEXTS = {b"\x8c": "<B", b"X": "<I", b"\x8d": "<Q"}
_OLD_TEXTS = {b"U": "<B", b"T": "<I"}
_BYTES = {b"C": "<B", b"B": "<I", b"\x8e": "<Q", b"\x96": "<Q"}
_LONGS = {b"\x8a": "<B", b"\x8b": "<I"}
_GETS, _PUTS = {b"h": "<B", b"j": "<I", b"g": None}, {b"q": "<B", b"r": "<I", b"p": None}
_STOP = b"."


class Budget:
    """The memory that reading a file may take: eight times the file's size, a MiB, and something for its arrays."""

    def __init__(self, size: int, name: str) -> None:
        """Take the file's size in bytes, and its name for the fault."""
        self._left, self._name = _TIMES * size + _EVER, name
        self._for_rows = _ROWS

    def take(self, count: int) -> None:
        """Take so many bytes. Raises `Fault` if they aren't left."""
        self._left -= count
        if self._left < 0:
            raise Fault(Text("“{file}” would fill far more memory than its size.", file=self._name), AGAIN)

    def allow_row(self) -> None:
        """Allow more for an array, which takes much more than its numbers."""
        more = min(_ROW, self._for_rows)
        self._for_rows -= more
        self._left += more

    def give_back(self, count: int) -> None:
        """Return so many bytes."""
        self._left += count


class PickledArray:
    """An array in a pickle.

    Attributes:
        values: the array; None until the pickle has stated it.
        is_wrapped: whether its bytes follow between the opcodes, as in joblib's files.
        objects: the values in an array of objects: a list, or the only one where it has no axes, as numpy saves a dict.
    """

    def __init__(self, values: npt.NDArray[np.generic] | None = None, *, is_wrapped: bool = False) -> None:
        self.values, self.is_wrapped = values, is_wrapped
        self.objects: object = None


class _Named:
    """A known name."""

    def __init__(self, name: str) -> None:
        self.name = name


class _Dtype:
    """A type of plain values."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype


class _Storage:
    """The numbers that tensors are views of."""

    def __init__(self, numbers: npt.NDArray[np.generic]) -> None:
        self.numbers = numbers


class _Bytes:
    """A file's bytes, in order; nothing is copied."""

    def __init__(self, data: bytes | bytearray, at: int = 0) -> None:
        self._data, self._view, self.at = data, memoryview(data), at

    def next(self, count: int) -> memoryview:
        if count > len(self._data) - self.at:
            raise EOFError
        self.at += count
        return self._view[self.at - count : self.at]

    def number(self, form: str) -> Any:  # noqa: ANN401 -- what `struct` finds
        return struct.unpack(form, self.next(struct.calcsize(form)))[0]

    def line(self) -> memoryview:
        end = self._data.find(b"\n", self.at)
        if end < 0:
            raise EOFError
        found = self.next(end - self.at)
        self.at += 1
        return found


def read_pickle(data: bytes | bytearray, name: str, budget: Budget, stored: Stored | None = None) -> object:
    """Return the value in a pickle, or in what joblib or PyTorch wrote.

    Args:
        data: the unpacked file.
        name: of the file, for people.
        budget: that memory is taken from.
        stored: where the numbers of PyTorch's tensors are; None for other files.

    Returns:
        A number, string, bytes, list, tuple, dict, None or `PickledArray`. Lists may contain themselves.

    Raises:
        Fault: it names anything else, is damaged, or would fill the memory. No input raises anything else.
    """
    try:
        if stored is None and data.startswith(TORCH):
            return _value_of_old_torch(data, name, budget)
        return _Machine(_Bytes(data), name, budget, stored).value()
    except _DAMAGED as error:
        raise Fault(Text("“{file}” is a damaged pickle.", file=name), AGAIN) from error


def _value_of_old_torch(data: bytes | bytearray, name: str, budget: Budget) -> object:
    """Return the value in what PyTorch wrote before 1.6: pickles, then the storages that they name.

    The value's pickle is followed twice: where it ends, and what its storages are, is only known after it.
    """
    source, sizes = _Bytes(data), dict[str, int]()

    def noted(key: str, size: int) -> Raw:
        sizes[key] = size
        return memoryview(data)[:size]  # of any content, which isn't looked at

    # a magic number, the version, and facts of the computer that wrote it
    _Machine(source, name, budget).value()
    _Machine(source, name, budget).value()
    system = _Machine(source, name, budget).value()
    if type(system) is not dict or cast("dict[str, object]", system).get("little_endian") is not True:
        raise ValueError
    start = source.at
    _Machine(source, name, budget, noted).value()
    keys = _Machine(source, name, budget).value()
    stored: dict[str, Raw] = {}
    for key in cast("list[str]", keys):
        source.next(struct.calcsize("<q"))  # how many numbers, which the pickle says, too
        stored[key] = source.next(sizes[key])
    return _Machine(_Bytes(data, start), name, budget, lambda key, _: stored[key]).value()


class _Machine:
    """The stack and the memo that a pickle's opcodes work on."""

    def __init__(self, data: _Bytes, name: str, budget: Budget, stored: Stored | None = None) -> None:
        self._data, self._name, self._budget, self._stored = data, name, budget, stored
        self._stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: list[Any] = []
        # each opcode to what it does; one that isn't among them is refused
        self._does: dict[bytes, Callable[[], object]] = {
            b"\x94": self._memoize,
            b"\x80": partial(self._data.next, 1),  # protocol
            b"\x95": partial(self._data.next, 8),  # frame
            b"(": self._mark,
            b"t": lambda: self._push_box(tuple(self._marked())),
            b"l": lambda: self._push_box(self._marked()),
            b"d": lambda: self._push_box(self._into({}, self._marked())),
            b"]": lambda: self._push_box([]),
            b"}": lambda: self._push_box({}),
            b"a": lambda: self._append([self._pop()]),
            b"e": lambda: self._append(self._marked()),
            b"s": lambda: self._set([self._pop(), self._pop()][::-1]),
            b"u": lambda: self._set(self._marked()),
            b"0": self._pop,
            b"1": self._marked,
            b"2": lambda: self._push(self._stack[-1]),
            b"c": self._global,
            b"i": self._global,  # an instance of a class that it names
            b"\x93": self._stack_global,
            b"R": self._reduce,
            b"\x81": self._new,
            b"b": self._build,
            **({b"Q": self._storage} if stored is not None else {}),
        }
        self._add_families()

    def _add_families(self) -> None:
        """Add the opcodes of which there are several, for values of different lengths or forms."""
        for code, value in _CONSTANTS.items():
            self._does[code] = partial(self._push, value)
        for does, forms in ((self._number, _NUMBERS), (self._bytes, _BYTES), (self._long, _LONGS)):
            for code, form in forms.items():
                self._does[code] = partial(does, form)
        for coding, forms in (("utf-8", _TEXTS), ("latin-1", _OLD_TEXTS)):
            for code, form in forms.items():
                self._does[code] = partial(self._text, form, coding)
        for does, forms in ((self._get, _GETS), (self._put, _PUTS)):
            for code, form in forms.items():
                self._does[code] = partial(does, form)
        for code in (b"I", b"L", b"F", b"V", b"S"):
            self._does[code] = partial(self._line, code)
        for count, code in enumerate((b"\x85", b"\x86", b"\x87"), 1):
            self._does[code] = partial(self._tuple, count)

    def value(self) -> object:
        while (code := bytes(self._data.next(1))) != _STOP:
            does = self._does.get(code)
            if does is None:
                self._refuse(f"0x{code.hex()}")
            does()
        return self._pop()

    def _refuse(self, name: str) -> NoReturn:
        shown = "".join(filter(str.isprintable, name[:80]))
        raise Fault(
            Text(
                "“{file}” is a pickle that asks for “{name}”. That could run any code, so it isn't read.",
                file=self._name,
                name=shown,
            ),
            NEXT_STEP,
        )

    # values

    def _push(self, value: object, size: int = 0) -> None:
        self._budget.take(_REFERENCE + size)
        self._stack.append(value)

    def _number(self, form: str) -> None:
        self._push(self._data.number(form), _NUMBER)

    def _bytes(self, form: str) -> None:
        self._push(self._data.next(self._data.number(form)), _OBJECT)

    def _text(self, form: str, coding: str) -> None:
        view = self._data.next(self._data.number(form))
        # as wide as letters may be, before it is decoded; what it really takes comes after
        self._budget.take(_BOX + _WIDEST * len(view))
        text = str(view, coding)
        self._push(text, sys.getsizeof(text))
        self._budget.give_back(_BOX + _WIDEST * len(view))

    def _long(self, form: str) -> None:
        view = self._data.next(self._data.number(form))
        self._push(int.from_bytes(view, "little", signed=True), _NUMBER + 2 * len(view))

    def _line(self, code: bytes) -> None:
        view = self._data.line()
        self._budget.take(_BOX + _WIDEST * len(view))
        text = str(view, "raw-unicode-escape" if code == b"V" else "latin-1")
        if code == b"V":
            self._push(text)
        elif code == b"S":
            self._push(text.strip()[1:-1])
        elif code == b"F":
            self._push(float(text))
        else:
            self._push(text == "01" if text in ("00", "01") else int(text.removesuffix("L")))

    def _push_box(self, value: list[Any] | tuple[Any, ...] | dict[Any, Any]) -> None:
        self._push(value, _BOX + _REFERENCE * len(value))

    def _tuple(self, count: int) -> None:
        values = [self._pop() for _ in range(count)]
        # the last one is on top
        self._push_box(tuple(reversed(values)))

    def _append(self, values: list[Any]) -> None:
        found = self._stack[-1]
        if type(found) is not list:
            raise TypeError
        self._budget.take(_REFERENCE * len(values))
        cast("list[Any]", found).extend(values)

    def _set(self, pairs: list[Any]) -> None:
        found = self._stack[-1]
        if type(found) is not dict:
            raise TypeError
        self._into(cast("dict[Any, Any]", found), pairs)

    def _into(self, found: dict[Any, Any], pairs: list[Any]) -> dict[Any, Any]:
        if len(pairs) % 2:
            raise ValueError
        self._budget.take(_ENTRY * (len(pairs) // 2))
        for key, value in zip(pairs[::2], pairs[1::2], strict=True):
            # others could be chosen so that a dict takes hours to fill
            if not (type(key) is str or (type(key) is int and abs(key) < _LARGEST_KEY)):
                raise TypeError
            found[key] = value
        return found

    # stack and memo

    def _pop(self) -> Any:  # noqa: ANN401 -- any value of a pickle
        if self._marks and self._marks[-1] == len(self._stack):
            raise IndexError
        self._budget.give_back(_REFERENCE)
        return self._stack.pop()

    def _mark(self) -> None:
        self._budget.take(_REFERENCE + _NUMBER)
        self._marks.append(len(self._stack))

    def _marked(self) -> list[Any]:
        """Return the values since the last mark, which no longer are on the stack."""
        start = self._marks.pop()
        count = len(self._stack) - start
        self._budget.take(_REFERENCE * count)
        values = self._stack[start:]
        del self._stack[start:]
        # what was on the stack, and the mark
        self._budget.give_back(2 * _REFERENCE * count + _REFERENCE + _NUMBER)
        return values

    def _index(self, form: str | None) -> int:
        return self._data.number(form) if form is not None else int(bytes(self._data.line()[:12]))

    def _get(self, form: str | None) -> None:
        index = self._index(form)
        if index < 0:
            raise IndexError
        self._push(self._memo[index])

    def _put(self, form: str | None) -> None:
        index = self._index(form)
        if not 0 <= index <= len(self._memo) + 1:  # picklers count up, the oldest from 1
            raise IndexError
        self._budget.take(2 * _REFERENCE)
        self._memo += [None] * (index + 1 - len(self._memo))
        self._memo[index] = self._stack[-1]

    def _memoize(self) -> None:
        self._budget.take(_REFERENCE)
        self._memo.append(self._stack[-1])

    # names, and what they stand for

    def _global(self) -> None:
        module = str(self._data.line()[:200], "utf-8", "replace")
        name = str(self._data.line()[:200], "utf-8", "replace")
        self._name_of(module, name)

    def _stack_global(self) -> None:
        name, module = self._pop(), self._pop()
        if type(name) is not str or type(module) is not str:
            raise TypeError
        self._name_of(module[:200], name[:200])

    def _name_of(self, module: str, name: str) -> None:
        # numpy 2 has another name for the same module, and Python 2 another one for builtins
        known = f"{module}.{name}".replace("numpy._core.", "numpy.core.", 1)
        known = known.replace("__builtin__.", "builtins.", 1)
        pattern = next((pattern for pattern in (_NOTHING, _PATH) if pattern.fullmatch(known)), None)
        if pattern is not None:
            known = pattern.pattern
        elif known not in _KNOWN:
            self._refuse(f"{module}.{name}")
        self._push(_Named(known), _OBJECT)

    def _reduce(self) -> None:
        arguments, named = self._pop(), self._pop()
        if type(named) is not _Named or type(arguments) is not tuple:
            raise TypeError
        self._push(self._called(named.name, *arguments), _OBJECT)

    def _called(self, name: str, *arguments: Any) -> object:  # noqa: ANN401 -- any values of a pickle
        if name == _DTYPE:
            if type(arguments[0]) is not str:
                raise TypeError
            # a dtype of objects or of records could be made of anything
            if not _PLAIN.fullmatch(arguments[0]):
                self._refuse(f"numpy.dtype({arguments[0][:40]})")
            return _Dtype(np.dtype(arguments[0]))
        if name == _ENCODED:
            text, coding = arguments
            if type(text) is not str or coding not in ("latin1", "latin-1"):
                raise TypeError
            self._budget.take(len(text))
            return text.encode("latin-1")
        if name == _REBUILT and type(arguments[0]) is _Named and arguments[0].name == _ARRAY:
            return PickledArray()
        if name == _OF_BUFFER:
            return PickledArray(self._plain(*arguments))
        if name == _SCALAR:
            dtype, raw = arguments
            return self._plain(raw, dtype, (), "C").item()
        return self._called_beside_numpy(name, *arguments)

    def _called_beside_numpy(self, name: str, *arguments: Any) -> object:  # noqa: ANN401 -- any values of a pickle
        if name == _OLD_TORCH and self._stored is None:
            (raw,) = arguments
            if not isinstance(raw, bytes | memoryview):
                raise TypeError
            self._budget.take(len(raw))
            data = bytes(raw)
            if not data.startswith(TORCH):
                raise ValueError
            return _value_of_old_torch(data, self._name, self._budget)
        if name == _TENSOR:
            return PickledArray(_view(*arguments[:4]))
        if (name == _ORDERED and not arguments) or (name == _DEFAULT and len(arguments) == 1):
            return {}
        if name == _NOTHING.pattern:
            return None
        if name == _PATH.pattern and all(type(part) is str for part in arguments):
            self._budget.take(sum(map(len, arguments)))
            return "/".join(arguments)
        raise TypeError

    def _storage(self) -> None:
        """Replace the name of a storage by its numbers."""
        kind, named, key, _, count, *part = self._pop()
        if kind != "storage" or type(named) is not _Named or type(key) is not str or self._stored is None:
            raise TypeError
        dtype = np.dtype(_STORAGES[named.name])
        if type(count) is not int or not 0 <= count < _LARGEST_KEY or part not in ([], [None]):
            raise ValueError
        # all of a storage and no more: a tensor is a view of it
        data = self._stored(key, count * dtype.itemsize)
        if data is None or len(data) != count * dtype.itemsize:
            raise ValueError
        self._push(_Storage(np.frombuffer(data, dtype.newbyteorder("<"))), _OBJECT)

    def _new(self) -> None:
        arguments, named = self._pop(), self._pop()
        if type(named) is not _Named or named.name != _WRAPPER or arguments != ():
            raise TypeError
        self._push(PickledArray(is_wrapped=True), _OBJECT)

    def _build(self) -> None:
        state, made = self._pop(), self._stack[-1]
        if type(made) is _Dtype:
            _, order, *inner = state[:5]
            if inner != [None, None, None] or order not in ("<", ">", "|", "="):
                self._refuse("numpy.dtype")
            made.dtype = made.dtype.newbyteorder(order)
        elif type(made) is not PickledArray or made.values is not None:
            raise TypeError
        elif made.is_wrapped:
            self._follow(made, state)
        else:
            _, shape, dtype, fortran, raw = state
            if type(raw) is list:
                objects = cast("list[object]", raw)
                made.objects = objects[0] if shape == () else objects
                return
            made.values = self._plain(cast("object", raw), dtype, shape, "F" if fortran is True else "C")

    def _follow(self, made: PickledArray, state: dict[str, Any]) -> None:
        """Give an array its values, which follow."""
        dtype, shape = state["dtype"], state["shape"]
        if type(dtype) is not _Dtype or type(state["subclass"]) is not _Named or state["subclass"].name != _ARRAY:
            raise TypeError
        if dtype.dtype.kind == "O":  # a pickle of its own
            found = _Machine(self._data, self._name, self._budget).value()
            made.objects = found.objects if isinstance(found, PickledArray) else None
            return
        # joblib fills up to a multiple of 16 bytes, and says by how many
        if state.get("numpy_array_alignment_bytes") is not None:
            self._data.next(self._data.number("<B"))
        data = self._data.next(_size_of(shape) * dtype.dtype.itemsize)
        made.values = self._plain(data, dtype, shape, state["order"])

    def _plain(self, raw: object, dtype: object, shape: object, order: object) -> npt.NDArray[np.generic]:
        """Return the array in bytes, of which nothing is copied."""
        if type(dtype) is not _Dtype or order not in ("C", "F"):
            raise TypeError
        if dtype.dtype.kind == "O":
            self._refuse("numpy.dtype(O)")
        if not isinstance(raw, bytes | memoryview):
            raise TypeError
        if len(raw) != _size_of(shape) * dtype.dtype.itemsize:
            raise ValueError
        sizes = cast("tuple[int, ...]", shape)
        if not len(raw):
            return np.empty(sizes, dtype.dtype)
        self._budget.allow_row()
        return np.frombuffer(raw, dtype.dtype).reshape(sizes, order="F" if order == "F" else "C")


def _size_of(shape: object) -> int:
    """Return how many values a shape has."""
    if type(shape) is not tuple:
        raise TypeError
    sizes = cast("tuple[Any, ...]", shape)
    if len(sizes) > _MAX_AXES or not _are_counts(sizes):
        raise ValueError
    return math.prod(sizes)


def _are_counts(numbers: tuple[Any, ...]) -> bool:
    """Return whether all are whole numbers from 0 on, of a usual size."""
    # bool is a kind of int in Python, and no count
    return all(type(number) is int and 0 <= number < _LARGEST_KEY for number in numbers)


def _view(storage: object, offset: object, shape: object, strides: object) -> npt.NDArray[np.generic]:
    """Return the array that a tensor is: a view of a storage, of which nothing is copied."""
    if type(storage) is not _Storage or type(offset) is not int or type(strides) is not tuple:
        raise TypeError
    steps = cast("tuple[Any, ...]", strides)
    count = _size_of(shape)
    sizes = cast("tuple[int, ...]", shape)
    if len(steps) != len(sizes) or not _are_counts(steps):
        raise ValueError
    numbers = storage.numbers
    if not count:
        return np.empty(sizes, numbers.dtype)
    last = offset + sum((size - 1) * step for size, step in zip(sizes, steps, strict=True))
    if offset < 0 or last >= len(numbers) or count > len(numbers):  # a step of 0 makes much of few
        raise ValueError
    # torch counts in numbers, numpy in bytes
    width = numbers.dtype.itemsize
    return np.lib.stride_tricks.as_strided(numbers[offset:], sizes, [step * width for step in steps], writeable=False)
