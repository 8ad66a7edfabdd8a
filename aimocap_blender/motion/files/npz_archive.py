"""Reading arrays of numbers and names from an untrusted npz file.

Not by `numpy.load`, which trusts the sizes that a file states, even without pickles: one of 184 bytes takes 2 GB, one
of 260 kB unpacks to a thousand times as much. Here sizes are checked before memory is taken, and other threads can run
in between.
"""

import io
import math
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, TypeVar, cast

import numpy as np
import numpy.typing as npt

from ...plain_files import open_plain
from ...texts.faults import Fault
from ...texts.text import Text
from ..rotations import FloatArray
from .safe_pickle import Budget, PickledArray, read_pickle

T = TypeVar("T")
_AGAIN = "Download or export the file again: it is broken."

MAX_BYTES = 256 * 2**20  # of the file, and of each array in it
MAX_MEMBERS = 256
MAX_NAMES = 1024  # in a list
PICKLED = (
    "Pickles in an npz can run any code when they are opened, so they are not read.",
    "Save the arrays in it by numpy.savez where you trust the file.",
)
"""The two sentences for a file or an array that is such a pickle."""

_MAX_DIRECTORY = 2**20  # bytes of the zip's table of contents
_MAX_HEADER = 4096
_LOCATOR, _LARGER = b"PK\x06\x07", 56  # of the end's record for large files, and its bytes
_MAX_RATIO = 1200  # deflate's best is 1032
_PIECE = 2**18
_HEADER = re.compile(
    rb"\{\s*'descr':\s*'([<>|=])([fiubUSO])(\d*)',\s*'fortran_order':\s*(True|False),"
    rb"\s*'shape':\s*\(([\d, ]*)\),?\s*\}\s*"
)
_FIELDS_HEADER = re.compile(
    rb"\{\s*'descr':\s*\[([^\[\]]*)\],\s*'fortran_order':\s*False,\s*'shape':\s*\((\d+),\),?\s*\}\s*"
)
_FIELD = re.compile(
    rb"\s*\('(\w{1,60})',\s*'([<>|=][fiub]\d{1,2})'(?:,\s*\((\d{1,6}(?:,\s*\d{1,6})*),?\))?\),?\s*", re.ASCII
)
DAMAGED = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    TypeError,
    EOFError,
    OSError,
    ValueError,
    struct.error,
    zlib.error,
)


class NpzArchive:
    """An npz file and its arrays by name.

    Attributes:
        names: of the arrays, without `.npy`.
    """

    def __init__(self, path: Path) -> None:
        """Read only the table of contents.

        Raises:
            Fault: not an npz, or not one of a motion.
        """
        self._path = path
        try:
            members = zip_members(path)
        except DAMAGED as error:
            raise Fault(Text("“{file}” is a damaged npz.", file=path.name), _AGAIN) from error
        names = [member.filename for member in members]
        if any(name.endswith(("data.pkl", ".pickle", ".pkl")) for name in names):
            raise Fault(*PICKLED)
        if len(members) > MAX_MEMBERS:
            raise Fault(
                Text(
                    "“{file}” contains {count} files, far more than any motion needs.",
                    file=path.name,
                    count=len(members),
                ),
                _AGAIN,
            )
        self._members: dict[str, zipfile.ZipInfo] = {}
        for name, member in zip(names, members, strict=True):
            if name.endswith(".npy"):
                self._members[name.removesuffix(".npy")] = member
        if len(set(names)) != len(names):
            raise Fault(Text("“{file}” contains an array twice.", file=path.name), _AGAIN)
        self.names: tuple[str, ...] = tuple(self._members)

    def numbers(self, name: str) -> FloatArray:
        """Return an array of numbers, of any shape.

        Raises:
            Fault: it is damaged, too large, or contains no numbers.
        """
        array = self._array(name)
        if array.dtype.kind not in "fiu":
            raise Fault(Text("“{name}” in “{path}” contains no numbers.", name=name, path=self._path.name), _AGAIN)
        return as_doubles(array)

    def words(self, name: str) -> tuple[str, ...] | None:
        """Return a list of names, or a text alone; None if the array is something else, such as a pickle."""
        try:
            if self.has_objects(name):
                found = self._objects(name, Budget(self._members[name].file_size, name))
                words = cast("list[object]", found) if isinstance(found, list) else [None]
                is_of_names = len(words) <= MAX_NAMES and all(isinstance(word, str) for word in words)
                return tuple(map(str, words)) if is_of_names else None
            array = self._array(name)
            if array.ndim > 1 or array.dtype.kind not in "US" or array.size > MAX_NAMES:
                return None
            words = array.reshape(-1).tolist()
        except (Fault, ValueError):  # invalid Unicode shows up only when converted to text
            return None
        return tuple(word.decode("utf-8", "replace") if isinstance(word, bytes) else str(word) for word in words)

    def has_objects(self, name: str) -> bool:
        """Return whether an array is of objects, which are pickled. Raises `Fault` as `numbers`."""
        return self._from_start(name, lambda file: array_header(file)[1] == "O")

    def content(self, budget: Budget) -> dict[str, object]:
        """Return all that is in it: `PickledArray`s, and the objects in those of objects, which aren't run.

        Raises:
            Fault: something is damaged, too large, or names what isn't plain.
        """
        found: dict[str, object] = {}
        for name in self.names:
            found[name] = self._objects(name, budget) if self.has_objects(name) else PickledArray(self._array(name))
        return found

    def _objects(self, name: str, budget: Budget) -> object:
        def read(file: IO[bytes]) -> object:
            array_header(file)
            budget.take(self._members[name].file_size)
            return read_pickle(file.read(), name, budget)

        found = self._from_start(name, read)
        return found.objects if isinstance(found, PickledArray) else None

    def _array(self, name: str) -> npt.NDArray[np.generic]:
        return self._from_start(name, lambda file: self._read(name, file))

    def _from_start(self, name: str, read: Callable[[IO[bytes]], T]) -> T:
        member = self._members[name]
        try:
            self._check_member(member)
            with zipfile.ZipFile(self._path) as archive, archive.open(member) as file:
                return read(file)
        except DAMAGED as error:
            raise Fault(Text("“{name}” in “{path}” is damaged.", name=name, path=self._path.name), _AGAIN) from error

    def _check_member(self, member: zipfile.ZipInfo) -> None:
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(member.compress_type)
        # a few bytes may unpack to many: the ratio is limited as well
        if member.file_size > MAX_BYTES + _MAX_HEADER or member.file_size > _MAX_RATIO * max(member.compress_size, 1):
            raise Fault(
                Text(
                    "“{filename}” in “{path}” claims to be far larger than any motion.",
                    filename=member.filename,
                    path=self._path.name,
                ),
                _AGAIN,
            )

    def _read(self, name: str, file: IO[bytes]) -> npt.NDArray[np.generic]:
        try:
            order, kind, width, fortran, shape = array_header(file)
        except _NotPlainError:
            raise Fault(
                Text("“{name}” in “{path}” is not a plain array.", name=name, path=self._path.name), _AGAIN
            ) from None
        if kind == "O":
            raise Fault(
                Text.joined((Text("“{name}” in “{path}” is a pickle.", name=name, path=self._path.name), PICKLED[0])),
                PICKLED[1],
            )
        dtype = np.dtype(order + kind + width)
        # what the header asks for is weighed before any memory is taken
        need = math.prod(shape) * dtype.itemsize
        if need > MAX_BYTES or len(shape) > 4:  # noqa: PLR2004 -- batches of frames of bodies of numbers
            raise Fault(
                Text("“{name}” in “{path}” is far larger than any motion.", name=name, path=self._path.name), _AGAIN
            )
        # piece by piece: a file that is shorter than it says never takes what it claims
        data = bytearray()
        while len(data) < need:
            piece = file.read(min(_PIECE, need - len(data)))
            if not piece:
                raise EOFError
            data += piece
        # numpy would leave what follows unread
        if file.read(1):
            raise ValueError(name)
        return np.frombuffer(data, dtype=dtype).reshape(shape, order="F" if fortran else "C")


class NpyArchive(NpzArchive):
    """A file of numpy's with a single array, as an archive of that; of records, one of an array for each field."""

    def __init__(self, path: Path) -> None:
        """Read the header. Raises `OSError`."""
        self._path = path
        with open_plain(path) as file:
            start = file.read(_MAX_HEADER)
        self._fields = _fields_in(start)
        self.names: tuple[str, ...] = tuple(self._fields.names or ()) if self._fields is not None else ("qpos",)

    def words(self, name: str) -> tuple[str, ...] | None:  # noqa: ARG002 -- numbers only
        """Return None: it contains no lists of names."""
        return None

    def _array(self, name: str) -> npt.NDArray[np.generic]:
        try:
            with open_plain(self._path) as file:
                return self._read(name, file) if self._fields is None else self._field(name, file, self._fields)
        except DAMAGED as error:
            raise Fault(Text("“{file}” is a damaged array.", file=self._path.name), _AGAIN) from error

    def _field(self, name: str, file: IO[bytes], fields: "np.dtype[np.void]") -> npt.NDArray[np.generic]:
        header = _header_bytes(file)
        match = _FIELDS_HEADER.fullmatch(header)
        count = int(match[2]) if match is not None else 0
        if count * fields.itemsize > MAX_BYTES:
            raise Fault(
                Text("“{name}” in “{path}” is far larger than any motion.", name=name, path=self._path.name), _AGAIN
            )
        records = np.frombuffer(_exactly(file, count * fields.itemsize), dtype=fields)
        return records[name]


def _fields_in(start: bytes) -> "np.dtype[np.void] | None":
    """Return the records that the first bytes of an array say it is of; None if they say something else."""
    try:
        match = _FIELDS_HEADER.fullmatch(_header_bytes(io.BytesIO(start)))
    except (ValueError, EOFError):
        return None
    if match is None:
        return None
    fields: list[tuple[str, str, tuple[int, ...]]] = []
    at = 0
    while at < len(match[1]):
        field = _FIELD.match(match[1], at)
        if field is None:
            return None
        sizes = tuple(map(int, filter(bytes.strip, (field[3] or b"").split(b","))))
        fields.append((field[1].decode(), field[2].decode(), sizes))
        at = field.end()
    try:
        return np.dtype(fields)
    except (TypeError, ValueError):  # a type that there isn't, or a name twice
        return None


class _NotPlainError(ValueError):
    """An array's header states another kind of array."""


def as_doubles(array: "npt.NDArray[np.generic]") -> FloatArray:
    """Return a file's numbers as such of 64 bits."""
    # spoiled bytes may be signalling numbers, of which numpy warns; what isn't finite is refused later
    with np.errstate(invalid="ignore"):
        return array.astype(np.float64)


def array_header(file: IO[bytes]) -> tuple[str, str, str, bool, tuple[int, ...]]:
    """Return what the header at the start of an array states: order of bytes, kind, width, Fortran's order, shape.

    Raises:
        ValueError, EOFError: it is damaged, or states another kind of array.
    """
    match = _HEADER.fullmatch(_header_bytes(file))
    if match is None:
        raise _NotPlainError
    # only what matches the pattern is a plain type; nothing of the header is evaluated
    order, kind, width, fortran, sizes = match.groups()
    shape = tuple(map(int, filter(None, sizes.replace(b" ", b"").split(b","))))
    return order.decode(), kind.decode(), width.decode(), fortran == b"True", shape


def _header_bytes(file: IO[bytes]) -> bytes:
    """Return the header at the start of an array; of one that is too long, nothing. Raises as `array_header`."""
    magic = _exactly(file, 8)
    if magic[:6] != b"\x93NUMPY" or magic[6] not in (1, 2, 3):
        raise ValueError(magic)
    # version 1 has two bytes for the length, later ones four
    size = struct.unpack("<H", _exactly(file, 2))[0] if magic[6] == 1 else struct.unpack("<I", _exactly(file, 4))[0]
    return _exactly(file, size) if size <= _MAX_HEADER else b""


def zip_members(path: Path) -> list[zipfile.ZipInfo]:
    """Return the files in a zip.

    Raises:
        what `DAMAGED` names: it is none, or its table of contents is too large.
    """
    _check_directory(path)
    with zipfile.ZipFile(path) as archive:
        return archive.infolist()


def _check_directory(path: Path) -> None:
    """Refuse a zip whose table of contents alone would fill the memory: `zipfile` reads it as a whole."""
    with open_plain(path) as file:
        size = file.seek(0, 2)
        file.seek(max(size - 65557, 0))  # the end's record, and the longest comment after it
        tail = file.read()
    # the last record counts: a comment may look like one
    start = tail.rfind(b"PK\x05\x06")
    if start < 0 or len(tail) < start + 22:
        raise zipfile.BadZipFile
    directory = struct.unpack_from("<I", tail, start + 12)[0]
    if directory > _MAX_DIRECTORY:
        raise zipfile.BadZipFile
    if tail[max(start - 20, 0) : start].startswith(_LOCATOR):  # PyTorch repeats the end's record for large files
        larger = tail[max(start - 20 - _LARGER, 0) : start - 20]
        at = size - len(tail) + start - 20 - _LARGER
        if (
            len(larger) != _LARGER
            or larger[:4] != b"PK\x06\x06"
            or struct.unpack_from("<Q", larger, 40)[0] != directory
        ):
            raise zipfile.BadZipFile
        if struct.unpack_from("<Q", tail, start - 12)[0] != at:
            raise zipfile.BadZipFile


def _exactly(file: IO[bytes], count: int) -> bytes:
    data = file.read(count)
    if len(data) != count:
        raise EOFError
    return data
