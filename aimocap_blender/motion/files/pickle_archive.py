"""Reading arrays of numbers and names from an untrusted pickle, as `npz_archive.py` does from an npz.

`pickle`, joblib, numpy and PyTorch would run what is in it, see `safe_pickle.py`.
"""

import bz2
import lzma
import math
import zipfile
import zlib
from array import array
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

from ...plain_files import open_plain, read_plain
from ...texts.faults import Fault
from ...texts.text import Text
from ..rotations import FloatArray
from .json_walker import JsonWalker, JsonWalkError
from .npz_archive import DAMAGED, MAX_NAMES, NpzArchive, array_header, as_doubles, zip_members
from .safe_pickle import AGAIN, NEXT_STEP, Budget, PickledArray, read_pickle

_ZLIB = (b"\x1f\x8b", b"x\x01", b"x\x5e", b"x\x9c", b"x\xda")
_BZ2, _LZMA = b"BZh", (b"\xfd7zXZ", b"]\x00\x00")
PACKED = (*_ZLIB, _BZ2, *_LZMA)
"""First bytes of what gzip, zlib (which joblib uses), bz2, xz and lzma pack."""

ZIP, ARRAY = b"PK\x03\x04", b"\x93NUMPY"
"""First bytes of a zip, which npz and PyTorch's files are, and of numpy's npy."""

_OTHER_PACKED = (b"\x04\x22\x4d\x18", b"ZF")  # lz4, which Python doesn't have, and joblib's of old
_MOST_TO_UNPACK = 2**27  # bytes that xz may take: its strongest setting takes half
_PIECE = 2**16
_GROWTH = 9  # eighths that a growing buffer takes
_MAX_AXES = 4
_MOST_LEVELS = 3  # of dicts and lists around a motion
_NUMBER = 8
_SKELETON = "skeleton_tree"  # in poselib's files, whose boxes are no motions
_JOINTS = frozenset({"dof_pos", "dof", "joint_pos", "qpos", "joints", "joint_positions"})
_SHOWN, _LONGEST_NAME = 6, 80
_LARGEST_JSON = 2**25  # bytes: half an hour or more; parsed, text takes up to twenty times its size


def is_torch(path: Path) -> bool:
    """Return whether a zip is PyTorch's: it has a pickle in a folder."""
    try:
        return any(_is_torchs(member.filename) for member in zip_members(path))
    except DAMAGED:
        return False


def _is_torchs(name: str) -> bool:
    """Return whether a file in a zip is the pickle of PyTorch's, whatever its folder is called."""
    return name.endswith("/data.pkl")


class Several(Fault):
    """Raised for a file with several motions, of which none was chosen.

    Attributes:
        motions: their names.
    """

    def __init__(self, file: str, motions: tuple[str, ...]) -> None:
        what = Text(
            "“{file}” contains {count} motions: {names}.",
            file=file,
            count=len(motions),
            names=", ".join(map(_shown, motions[:_SHOWN])),
        )
        next_step = Text("Choose one of them by its name.")
        super().__init__(what, next_step)
        self.motions = motions


class PickleArchive:
    """The arrays in a pickled dict, or in dicts or lists in it: ASAP's, PHC's and PBHC's files name their motions.

    Attributes:
        names: of the arrays.
        motion: name of the motion, of a file that names its motions.
    """

    def __init__(self, path: Path, motion: str | None = None) -> None:
        """Read the file. No code of it runs, and it takes no more memory than its `Budget`.

        Args:
            path: of a pickle, of joblib's or PyTorch's file, or of numpy's with a dict in an array.
            motion: the name of one in a file with several.

        Raises:
            Several: it contains several motions, and none was chosen, or not one of them.
            Fault: it is damaged, names what isn't plain, or contains no motion.
            OSError: it can't be read.
        """
        self._file = path.name
        self._budget = Budget(path.stat().st_size, path.name)
        self._weighed: set[str] = set()
        content, self.motion = self._content(path), None
        motions, around = _motions_in(content)
        if motions:
            if motion not in motions and len(motions) > 1:
                raise Several(self._file, tuple(motions))
            self.motion = motion if motion in motions else next(iter(motions))
            content = around | motions[self.motion]
        else:
            content = _joined_frames(content)
        content = _named_tables(content) or content
        if not isinstance(content, dict):
            raise Fault(
                Text("“{file}” contains no arrays by name.", file=self._file),
                "Save a dict of arrays: root_pos, root_rot, joint_pos and fps.",
            )
        found = cast("dict[object, object]", content)
        self._arrays: dict[str, object] = {}
        for name, value in _flat(found).items():
            if isinstance(name, str) and name == _shown(name) and value is not None:
                self._arrays[name] = value
        self.names = tuple(self._arrays)

    def numbers(self, name: str) -> FloatArray:
        """Return an array of numbers, of any shape; lists of equally long lists are arrays, too.

        Raises:
            Fault: it is something else, or too large.
        """
        value = self._arrays[name]
        try:
            if isinstance(value, str):
                return np.array(float(value))
            if isinstance(value, PickledArray) and value.values is not None and value.values.dtype.kind in "fiub":
                self._take(name, value.values.size * _NUMBER)
                return as_doubles(value.values)
            return self._of_lists(name, value)
        except (ArithmeticError, TypeError, ValueError) as error:
            raise Fault(Text("“{name}” in “{path}” contains no numbers.", name=name, path=self._file), AGAIN) from error

    def words(self, name: str) -> tuple[str, ...] | None:
        """Return a list of names, or a text alone; None if it is something else."""
        value = self._arrays[name]
        if isinstance(value, str):
            value = [value]
        if isinstance(value, PickledArray) and value.values is None:
            value = value.objects
        if isinstance(value, PickledArray) and value.values is not None:
            if value.values.ndim != 1 or value.values.dtype.kind != "U" or value.values.size > MAX_NAMES:
                return None
            try:
                value = cast("list[object]", value.values.tolist())
            except ValueError:  # invalid Unicode
                return None
        if not isinstance(value, (list, tuple)):
            return None
        words = cast("list[object]", value)
        if len(words) > MAX_NAMES or not all(isinstance(word, str) and word == _shown(word) for word in words):
            return None
        return tuple(map(str, words))

    def _content(self, path: Path) -> object:
        with open_plain(path) as file:
            start = file.read(len(ARRAY))
            if start == ARRAY:
                file.seek(0)
                try:
                    array_header(file)
                except DAMAGED as error:
                    raise Fault(Text("“{file}” is a damaged array.", file=self._file), AGAIN) from error
                self._budget.take(path.stat().st_size)
                found = read_pickle(file.read(), path.name, self._budget)
                return found.objects if isinstance(found, PickledArray) else found
        if start.startswith(ZIP):
            return self._of_torch(path) if is_torch(path) else NpzArchive(path).content(self._budget)
        return read_pickle(self._unpacked(path), path.name, self._budget)

    def _of_torch(self, path: Path) -> object:
        """Return the value in a PyTorch file: a zip of a pickle and of storages, whose folder has any name."""
        try:
            members = {member.filename: member for member in zip_members(path)}
            pickled = next(filter(_is_torchs, members))
            folder = pickled.removesuffix("data.pkl")
            with zipfile.ZipFile(path) as archive:
                if members.get(f"{folder}byteorder") and self._stored(archive, members, f"{folder}byteorder") == b"big":
                    raise Fault(Text("“{file}” is of a computer with another order of bytes.", file=self._file), AGAIN)
                data = self._stored(archive, members, pickled)
                return read_pickle(
                    data or b"",
                    path.name,
                    self._budget,
                    lambda key, _: self._stored(archive, members, f"{folder}data/{key}"),
                )
        except (*DAMAGED, StopIteration) as error:
            raise Fault(Text("“{file}” is a damaged file of PyTorch's.", file=self._file), AGAIN) from error

    def _stored(self, archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo], name: str) -> bytes | None:
        """Return the bytes of a file in a zip; None where it has none by this name."""
        member = members.get(name)
        if member is None:
            return None
        self._budget.take(member.file_size)
        return archive.read(member)

    def _unpacked(self, path: Path) -> bytes | bytearray:
        with open_plain(path) as file:
            start = file.read(len(ARRAY))
            if start.startswith(_OTHER_PACKED):
                raise Fault(Text("“{file}” is packed in a way that isn't read.", file=self._file), NEXT_STEP)
            file.seek(0)
            if not start.startswith(PACKED):
                self._budget.take(path.stat().st_size)
                return file.read()
            data = bytearray()
            try:
                for piece in _unpacked_pieces(file, start):
                    # piece by piece, as a few bytes may unpack to any number
                    self._budget.take(len(piece) * _GROWTH // 8)
                    data += piece
            except (zlib.error, lzma.LZMAError, OSError) as error:
                raise Fault(Text("“{file}” is a damaged pickle.", file=self._file), AGAIN) from error
        return data

    def _take(self, name: str, size: int) -> None:
        """Weigh an array before it is made: once, as one that is asked for again was let go of before."""
        if name not in self._weighed:
            self._weighed.add(name)
            self._budget.take(size)

    def _of_lists(self, name: str, value: object) -> FloatArray:
        """Return a number, or lists of numbers or arrays, as an array."""
        shape: list[int] = []
        first = value
        while isinstance(first, (list, tuple)):
            shape.append(len(cast("list[object]", first)))
            if len(shape) > _MAX_AXES:
                raise ValueError
            if not shape[-1]:
                break
            first = cast("list[object]", first)[0]
        if isinstance(first, PickledArray) and first.values is not None:
            shape += first.values.shape
            if len(shape) > _MAX_AXES:
                raise ValueError
        # of the first of each level: the others have to be as long
        self._take(name, 2 * _NUMBER * math.prod(shape))
        numbers = array("d")
        if math.prod(shape):
            self._put_into(numbers, value, shape)
        return np.array(numbers).reshape(shape)

    def _put_into(self, numbers: "array[float]", value: Any, shape: list[int]) -> None:  # noqa: ANN401 -- any value
        if isinstance(value, PickledArray) and value.values is not None and value.values.dtype.kind in "fiub":
            if value.values.shape != tuple(shape):
                raise ValueError
            numbers.extend(value.values.ravel().tolist())
            return
        if not shape:
            # of numbers that some program wrote as texts
            number = float(value) if isinstance(value, str) else value
            if not isinstance(number, int | float):
                raise TypeError
            numbers.append(number)
            return
        if not isinstance(value, (list, tuple)) or len(cast("list[object]", value)) != shape[0]:
            raise ValueError
        for inner in cast("list[object]", value):
            self._put_into(numbers, inner, shape[1:])


class JsonArchive(PickleArchive):
    """The arrays in a JSON text: an object with lists of lists, or of a motion for each of its names."""

    def _content(self, path: Path) -> object:
        if path.stat().st_size > _LARGEST_JSON:
            raise Fault(Text("“{file}” is too large for motion in JSON.", file=self._file), "Save its arrays as npz.")
        try:
            values = list(JsonWalker(read_plain(path)).values())
        except (JsonWalkError, RecursionError) as error:
            raise Fault(Text("“{file}” is a damaged JSON: {error}.", file=self._file, error=error), AGAIN) from error
        return _without_row_numbers(values[0]) if len(values) == 1 else values


def _without_row_numbers(content: object) -> object:
    """Return lists for columns that are dicts by row number, as pandas writes a table; anything else as it is."""
    lists: dict[object, object] = {}
    for name, column in _parts_of(content).items():
        rows = _parts_of(column)
        # a list's parts have other numbers, and what has dicts in turn are motions or frames by their numbers
        numbered = isinstance(name, str) and [*rows] == [*map(str, range(len(rows)))]
        if not rows or not numbered or any(isinstance(value, dict) for value in rows.values()):
            return content
        lists[name] = [*rows.values()]
    return lists or content


def _motions_in(content: object) -> tuple[dict[str, dict[object, object]], dict[object, object]]:
    """Return the motions in dicts or lists by their names, and what is around them, such as a rate for all.

    There are none in what is a motion itself.
    """
    around: dict[object, object] = {}
    for _ in range(_MOST_LEVELS):
        parts = _parts_of(content)
        if _has_arrays(content) or _SKELETON in parts:
            break
        boxes, plain = _parted(parts)
        around |= plain
        motions: dict[str, dict[object, object]] = {}
        robots: dict[str, dict[object, object]] = {}
        for name, box in boxes.items():
            if _has_arrays(parts[name]):
                motions[str(name)] = box
                # beside a robot's motion may be that of an object
                if _JOINTS.intersection(box):
                    robots[str(name)] = box
        # joints beside the boxes: this is one motion, and the boxes are parts of it
        if not robots and _JOINTS.intersection(parts):
            break
        if motions:
            for name, box in boxes.items():
                around |= {} if name in motions else box
            return robots or motions, around
        if len(boxes) != 1:
            break
        (name,) = boxes
        content = parts[name]
    return {}, {}


def _parted(parts: dict[object, object]) -> tuple[dict[object, dict[object, object]], dict[object, object]]:
    """Return what has parts of its own, as these, and what hasn't."""
    boxes: dict[object, dict[object, object]] = {}
    plain: dict[object, object] = {}
    for name, part in parts.items():
        inner = _parts_of(part)
        if inner:
            boxes[name] = inner
        else:
            plain[name] = part
    return boxes, plain


def _joined_frames(content: object) -> object:
    """Return a dict of lists for a list or dict of frames, each a dict; or a dict that has such a list in it."""
    joined = _of_frames(_parts_of(content))
    if joined is not None:
        return joined
    for name, value in _parts_of(content).items():
        frames = _parts_of(value)
        joined = _of_frames(frames) if isinstance(value, list) else None
        if joined is not None:
            others = dict(_parts_of(content))
            del others[name]
            return others | joined
    return content


def _of_frames(frames: dict[object, object]) -> dict[object, object] | None:
    """Return a dict of lists for frames that are dicts with the same keys; None for anything else."""
    dicts: list[dict[object, object]] = []
    for frame in frames.values():
        if not isinstance(frame, dict):
            return None
        one = cast("dict[object, object]", frame)
        if dicts and one.keys() != dicts[0].keys():
            return None
        dicts.append(one)
    if not dicts:
        return None
    lists: dict[object, object] = {}
    for key in dicts[0]:
        lists[key] = _joined([frame[key] for frame in dicts])
    return lists


def _joined(values: list[object]) -> object:
    """Return a value of each frame as a list, or as a dict of these if the values are dicts, or lists of dicts."""
    inner = list(map(_motors_joined, values))
    names = _parts_of(inner[0]) if _is_list(inner[0]) else {}
    # names that all frames repeat
    if names and all(map(_is_name, names.values())) and inner.count(inner[0]) == len(inner):
        return inner[0]
    return _of_frames(dict(enumerate(inner))) or inner


def _motors_joined(value: object) -> object:
    """Return a dict of lists for a list of dicts, as of a state for each motor; anything else as it is."""
    return (_of_frames(_parts_of(value)) if _is_list(value) else None) or value


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value[:1].isalpha()


def _flat(content: dict[object, object], levels: int = _MOST_LEVELS) -> dict[object, object]:
    """Return what is in dicts in a dict, too, as `outer/inner`."""
    flat: dict[object, object] = {}
    for name, value in content.items():
        inner = _flat(cast("dict[object, object]", value), levels - 1) if isinstance(value, dict) and levels else {}
        flat[name] = value
        for part, each in inner.items():
            flat[f"{name}/{part}"] = each
    return flat


def _parts_of(content: object) -> dict[object, object]:
    """Return what is in a dict or a list, by its name or number; nothing of anything else."""
    if isinstance(content, (list, tuple)):
        return dict(enumerate(cast("list[object]", content), 1))
    return cast("dict[object, object]", content) if isinstance(content, dict) else {}


def _named_tables(content: object) -> dict[object, object] | None:
    """Return a dict of a table, or of the tables in a list by their numbers; None for anything else."""
    if _is_table(content):
        return {"qpos": content}
    parts = {} if isinstance(content, dict) else _parts_of(content)
    if not parts or not all(map(_is_table, parts.values())):
        return None
    return {str(number): table for number, table in parts.items()}


def _has_arrays(part: object) -> bool:
    """Return whether it is a dict with arrays of rows, as a motion is."""
    return isinstance(part, dict) and any(map(_has_rows, cast("dict[object, object]", part).values()))


def _has_rows(value: object) -> bool:
    """Return whether a value is an array of rows, or a list of lists or arrays."""
    if isinstance(value, PickledArray):
        return value.values is not None and value.values.ndim > 1
    first = next(iter(cast("list[object]", value)), None) if isinstance(value, (list, tuple)) else None
    return isinstance(first, (list, tuple)) or (
        isinstance(first, PickledArray) and first.values is not None and first.values.ndim > 0
    )


def _is_table(value: object) -> bool:
    """Return whether a value is an array of rows, or a list of rows: lists of numbers, or arrays."""
    if not _has_rows(value) or isinstance(value, PickledArray):
        return _has_rows(value)
    first = next(iter(_parts_of(value).values()))
    if isinstance(first, PickledArray):
        shapes = {_shape_of(row) for row in _parts_of(value).values()}
        return len(shapes) == 1 and len(next(iter(shapes)) or ()) == 1
    return isinstance(_parts_of(first).get(1), int | float)


def _shape_of(row: object) -> tuple[int, ...] | None:
    """Return the shape of an array; None for anything else."""
    return row.values.shape if isinstance(row, PickledArray) and row.values is not None else None


def _unpacked_pieces(file: IO[bytes], start: bytes) -> Iterator[bytes]:
    """Yield what a packed file with these first bytes unpacks to, in small pieces."""
    if start.startswith(_ZLIB):
        # 32: of zlib's or gzip's header, whichever it has
        unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        while not unpacking.eof and (packed := unpacking.unconsumed_tail or file.read(_PIECE)):
            yield unpacking.decompress(packed, _PIECE)
        return
    other = bz2.BZ2Decompressor() if start.startswith(_BZ2) else lzma.LZMADecompressor(memlimit=_MOST_TO_UNPACK)
    while not other.eof:
        packed = file.read(_PIECE) if other.needs_input else b""
        if other.needs_input and not packed:
            return
        yield other.decompress(packed, _PIECE)


def _shown(name: str) -> str:
    return "".join(filter(str.isprintable, name[:_LONGEST_NAME]))
