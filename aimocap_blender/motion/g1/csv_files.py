"""G1 motions as text tables: CSV like LAFAN's retargeted files, with or without column names.

A row is a frame: position of the pelvis (3), its quaternion (4), then the joints. Named columns may be in any order,
and may have BONES-SEED's three angles instead of the quaternion.

`numpy.loadtxt` holds Python's global lock for all of a table (15 MB: 140 ms, here 6), takes lines of any length, and
knows neither names nor which separator a file has.
"""

import io
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice, repeat
from typing import NoReturn

import numpy as np

from ...texts.counts import columns_in_words
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ..rotations import FloatArray
from .array_names import rate_of_times
from .joint_orders import joint_names, joints_called, other_robot_of, sets_of
from .layouts import LAYOUT_OF, Layout, layout_called, rate_said
from .motion import G1Motion, in_files
from .name_meanings import COUNTED_QUATERNION, Meaning, column_of, is_of_angles, is_of_joint, is_of_times, words_of
from .other_hands import parted_from_hands
from .source import (
    AGAIN,
    CHOOSE,
    COUNTS,
    MAX_FRAMES,
    POSITION_FIRST,
    ROOT_COLUMNS,
    G1Source,
    by_frames,
    checked,
    motors,
    pelvis_columns,
    require_known_robot,
    require_no_others,
    without_velocities,
)

_LONGEST_LINE = 2**19  # bytes: a signal of 20,000 frames; in cells it takes twenty times as much
_MOST_SIGNALS = 256  # rows of a table that has frames as columns; comments are few
_JITTER = 2.0  # longest of a row's times' steps by the shortest: rounded, they are 0.03 and 0.04 s
_FEWEST_NAMED = 10  # joints that its rows begin with
_BOM = b"\xef\xbb\xbf"
_PELVIS: tuple[Meaning, ...] = ("root_pos", "root_rot", "root_rpy")
_COUNTERS = 2  # columns before the pelvis's
_MOST_FLAGS = 8
_FEWEST_MS = 8  # between frames of motion: 125 a second
_MOST_NAMED, _LONGEST_NAME = 4, 40  # of what is ignored
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
"""First bytes of a table as spreadsheets save "Unicode text"."""

_SAVED_BY_NUMPY = re.compile(rb"-?\d\.\d{18}e[+-]\d\d[, ]")  # as `numpy.savetxt` writes numbers by itself

_UNIT = re.compile(
    rb"\W*([mc]?m|met(er|re)s?|rad(ian)?s?|deg(ree)?s?|[mun]?s|sec|seconds?|none|)(/s)?\W*", re.IGNORECASE
)
"""A cell of a row of units under the names; which ones they are, the numbers tell."""


@dataclass
class _Names:
    """Columns by the meaning of their names."""

    pelvis: dict[Meaning, dict[str, int]] = field(default_factory=lambda: {name: {} for name in _PELVIS})
    joints: dict[str, int] = field(default_factory=dict[str, int])
    time: int | None = None
    others: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])


def parse_g1_csv(text: bytes, file: str = "", layout: str | None = None) -> G1Source:
    """Read a table separated by commas, semicolons, tabs or spaces; empty lines and `#` are skipped.

    Other threads can run while it is parsed, and memory use is proportional to the text.

    Args:
        file: its name, by which some layouts are known.
        layout: that it is of; None to recognise it.

    Raises:
        Fault: not such a table; it names the frame and the column. No input raises anything else.
    """
    header, table = table_of(_with_frames_as_rows(text))
    table, ignored = _with_values_before(header or [], table)
    source = _source_of(text, header, table, layout, file)
    return replace(source, ignored=(*source.ignored, *ignored))


def _source_of(text: bytes, header: list[str] | None, table: FloatArray, layout: str | None, file: str) -> G1Source:
    names = _named(header or [])
    known = _layout(layout or ("bones_seed" if "root_rotateX" in (header or ()) else None)) or layout_called(file)
    numbered = _numbered(names.others) if not names.joints else []
    unknown = [name for name, column in names.others if is_of_joint(name) and column not in numbered]
    require_no_others(tuple(names.joints), unknown)
    if names.joints or _are_joints(len(numbered)):
        return checked(_with_rate(replace(_by_name(names, table, numbered), layout=known), text))
    fps: float | None = None
    if sets_of(len(numbered) - ROOT_COLUMNS):
        fps = None if names.time is None else rate_of_times(table[:, names.time])
        table = table[:, numbered]
    likely = LAYOUT_OF["kimodo"] if _SAVED_BY_NUMPY.match(text) and _is_single(table[:, :ROOT_COLUMNS]) else None
    source = _by_place(table, header or [])
    source = replace(source, layout=known, layout_if_says=likely, fps=source.fps if fps is None else fps)
    return checked(_with_rate(source, text))


def _with_values_before(header: list[str], table: FloatArray) -> tuple[FloatArray, tuple[Sentence, ...]]:
    """Return the frames of a log in which each signal has its own times, as PlotJuggler exports it, and what to say.

    A signal keeps its value until the next one. Frames are where the joints have values.

    Args:
        header: the columns' names.
        table: (F, C), NaN where a signal has no value.
    """
    if not any(map(is_of_times, header)):
        return table, ()
    joints: list[int] = []
    pelvis: list[int] = []
    for column, (name, joint) in enumerate(zip(header, joints_called(header), strict=True)):
        if joint is not None:
            joints.append(column)
        elif column_of(name):
            pelvis.append(column)
    own = [*pelvis, *joints]
    holes = np.isnan(table[:, own])
    frames = ~np.isnan(table[:, joints]).any(axis=1)
    # values that are missing here and there are of no signal
    by_signal = (frames | np.isnan(table[:, joints]).all(axis=1)).all()
    if not joints or not holes.any() or not by_signal:
        return table, ()
    latest = np.maximum.accumulate(np.where(holes, -1, np.arange(len(table))[:, None]), axis=0)
    frames &= (latest >= 0).all(axis=1)
    filled = table.copy()
    filled[:, own] = np.take_along_axis(table[:, own], np.maximum(latest, 0), axis=0)
    return filled[frames] if frames.any() else table, ("empty cells: signals keep their last value there",)


def _is_single(table: FloatArray) -> bool:
    """Return whether all numbers are of single precision, as networks make them and solvers of poses don't."""
    with np.errstate(over="ignore"):
        return bool((table.astype(np.float32) == table).all())


def _with_rate(source: G1Source, text: bytes) -> G1Source:
    """Return a table with the frame rate that the comments before it say, unless its times tell it."""
    if source.fps is not None:
        return source
    comments: list[str] = []
    for _, line in _lines(text):
        if not line.startswith(b"#"):
            break
        comments.append(line.decode("utf-8", "replace"))
    return replace(source, fps=rate_said("\n".join(comments)))


def _layout(name: str | None) -> Layout | None:
    return LAYOUT_OF[name] if name is not None else None


def csv_pieces(motion: G1Motion, *, header: bool = False) -> Iterator[bytes]:
    """Yield LAFAN's columns: position in metres, quaternion xyzw, angles in MuJoCo's order in rad; lossless.

    They are 36, and 50 of the robot with hands (`in_files`).

    Args:
        motion: what to write; CSV has no fps.
        header: column names, also those of other hands; readers of LAFAN's files expect none.
    """
    motion = in_files(motion)
    if header:
        root = ["root_pos_x", "root_pos_y", "root_pos_z", "root_rot_x", "root_rot_y", "root_rot_z", "root_rot_w"]
        hands = motion.hands.names if motion.hands else ()
        yield (",".join([*root, *motion.model.joint_names, *hands]) + "\n").encode()
    # LAFAN's quaternions are xyzw
    columns = [motion.root_pos, motion.root_quat[:, [1, 2, 3, 0]], motion.dof_pos]
    if header and motion.hands:
        columns.append(motion.hands.angles)
    rows = np.concatenate(columns, axis=1)
    for row in rows:  # by rows: other threads can run in between
        yield (",".join(map(repr, row.tolist())) + "\n").encode()


def table_of(text: bytes) -> tuple[list[str] | None, FloatArray]:
    """Return the column names, if there are any, and (F, C) the numbers."""
    header: list[str] | None = None
    numbers, width, separator, comment = array("d"), 0, None, b""
    texts: set[int] = set()
    is_log = False
    for number, line in _lines(text):
        if line.startswith(b"#"):
            comment = line.lstrip(b"# ")
            continue
        if not width:
            separator = _separator_of(line)
            width = len(_cells(line, separator)) or 1  # a quotation mark alone is no cell
            header = _names_in(line, separator, width)
            if header is not None:
                continue
            header = _names_in(comment, separator, width)  # as NumPy writes them
        cells = _cells(line, separator)
        if header and not len(numbers) and not any(map(_is_number, cells)) and all(map(_UNIT.fullmatch, cells)):
            continue
        if not len(numbers):
            # the first row tells: a label stays one
            texts = _texts_among(header or [], cells)
            is_log = any(map(is_of_times, header or []))
        cells = _with_gaps(cells, width) if is_log else cells
        cells = [b"nan" if column in texts else cell for column, cell in enumerate(cells)] if texts else cells
        frame = len(numbers) // width
        if frame == MAX_FRAMES:
            raise Fault(Text("The CSV has more than {most} frames, far more than any motion.", most=MAX_FRAMES), AGAIN)
        _put_numbers(numbers, cells, frame, number)
        if len(cells) != width:
            raise Fault(
                Text(
                    "Frame {frame} (counted from 0, line {number}): the row has {columns}, not {width}.",
                    frame=frame,
                    number=number,
                    columns=columns_in_words(len(cells)),
                    width=width,
                ),
                AGAIN,
            )
    if not len(numbers):
        raise Fault("The CSV has no frames.", AGAIN)
    return header, np.frombuffer(numbers, dtype=np.float64).reshape(-1, width)


def _with_frames_as_rows(text: bytes) -> bytes:
    """Return the text of a table with a row for each joint, its name first, turned; that of another as it is.

    The first row may have the frames' numbers, labels or times.
    """
    lines = [line for _, line in islice(_lines(text), _MOST_SIGNALS + 1) if not line.startswith(b"#")]
    if not 0 < len(lines) <= _MOST_SIGNALS:
        return text
    separator = _separator_of(lines[-1])
    names: list[str] = []
    for line in lines:
        first, *_ = *line.replace(b'"', b"").split(separator, 1), b""  # a quotation mark alone is no cell
        names.append(first.decode("utf-8", "replace").strip())
    joints = list(filter(None, joints_called(names)))
    if len(joints) < _FEWEST_NAMED or len(set(joints)) < len(joints):
        return text
    rows = list(map(_cells, lines, repeat(separator)))
    if set(map(len, rows)) != {len(rows[0])}:
        return text
    if not (joints_called(names)[0] or column_of(names[0]) or is_of_times(names[0])):
        if _are_times(rows[0][1:]):
            rows[0][0] = b"time"
        else:
            del rows[0]
    return b"\n".join(map((separator or b" ").join, zip(*rows, strict=True)))


def _are_times(cells: list[bytes]) -> bool:
    """Return whether cells rise as times do, and don't count frames."""
    if not cells[1:] or not all(map(_is_number, cells)):
        return False
    times = np.array(list(map(float, cells)))
    steps = np.diff(times)
    return bool(0.0 < steps.max() <= _JITTER * steps.min()) and not _counts_frames(times)


def _with_gaps(cells: list[bytes], width: int) -> list[bytes]:
    """Return a log's cells with NaN for a signal that has no value; of the last the separator ended the row."""
    if len(cells) == width - 1:
        cells = [*cells, b""]
    return list(map(_or_gap, cells)) if b"" in cells else cells


def _or_gap(cell: bytes) -> bytes:
    return cell or b"nan"


def _lines(text: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield non-empty lines and comments with their number, counted from 1."""
    # files of old Macs
    if b"\r" in text and b"\n" not in text:
        text = text.replace(b"\r", b"\n")
    file = io.BytesIO(text)  # shares the bytes, and makes lines one by one
    if text.startswith(_BOM):
        file.seek(len(_BOM))
    number = 0
    while line := file.readline(_LONGEST_LINE):
        number += 1
        if len(line) == _LONGEST_LINE and not line.endswith(b"\n"):
            raise Fault(Text("Line {number} is too long for a row of numbers.", number=number), AGAIN)
        line = line.strip(b" \r\n")
        if line.strip(b"# \t\v\f\r"):
            yield number, line


def _separator_of(line: bytes) -> bytes | None:
    """Return what is between a line's cells; None for spaces."""
    # a semicolon first: lists that have it may have decimal commas
    for mark in (b";", b",", b"\t"):
        if mark in line:
            return mark
    return None


def _names_in(line: bytes, separator: bytes | None, width: int) -> list[str] | None:
    """Return the columns' names in a line; None if it has others, or is a row."""
    cells = _cells(line, separator)
    if len(cells) != width or (all(map(_is_number, cells)) and not _counts_up(cells)):
        return None
    return [cell.decode("utf-8", "replace").strip(" '\t") for cell in cells]


def _put_numbers(numbers: "array[float]", cells: list[bytes], frame: int, line: int) -> None:
    try:
        numbers.extend(map(float, cells))
    except ValueError:
        _refuse_cell(frame, line, cells)
    if b"_" in b"".join(cells):  # only Python accepts it between digits
        _refuse_cell(frame, line, cells)


def _texts_among(header: list[str], first: list[bytes]) -> set[int]:
    """Return the columns of texts, such as a label of each row, by their names and the first row."""
    named = zip(header, first, joints_called(header), strict=False)
    texts: set[int] = set()
    for column, (name, cell, joint) in enumerate(named):
        if not (joint or column_of(name) or is_of_times(name) or _is_number(cell)):
            texts.add(column)
    return texts


def _cells(line: bytes, separator: bytes | None) -> list[bytes]:
    line = line.replace(b'"', b"")
    if separator == b";":
        line = line.replace(b",", b".")  # lists with semicolons have decimal commas
    return line.split(separator) if separator is None else line.removesuffix(separator).split(separator)


def _by_place(table: FloatArray, header: list[str]) -> G1Source:
    """Read the columns by position, after a frame number, or a time, or both, if there are any.

    Args:
        table: (F, C).
        header: the columns' names, which are told if a robot has no such columns.
    """
    fps: float | None = None
    counts: tuple[Sentence, ...] = ()
    table = by_frames(table)
    # as many counters before the pelvis as leave columns of a robot
    before = next((count for count in range(_COUNTERS + 1) if sets_of(_joints_in(table[:, count:]))), 0)
    if len(table) > 1 and (np.diff(table[:, :before], axis=0) > 0.0).all():
        for column in range(before):
            if not _counts_frames(table[:, column]):
                fps = rate_of_times(table[:, column])
        counts = ("the first column, which counts the frames",) if before and fps is None else ()
        table = table[:, before:]
    table, velocities = without_velocities(table)
    table, flags = _without_flags(table)
    columns = pelvis_columns(table)
    if columns is None and sets_of(table.shape[1]):
        raise Fault(
            Text("The CSV has {count} columns: a robot's joints, but no pelvis.", count=table.shape[1]),
            "Save its position (3) and quaternion (4) before the joints.",
        )
    joints = table.shape[1] - ROOT_COLUMNS
    if not sets_of(joints) and other_robot_of(joints) is None:
        # names, not numbers of columns
        if any(map(str.islower, map(str.lower, header))):
            names = ", ".join(name[:_LONGEST_NAME] for name in header[:_MOST_NAMED])
            raise Fault(Text("The CSV has columns of no robot's joints: {names}, ….", names=names), CHOOSE)
        raise Fault(
            Text(
                "The CSV has {columns}; a robot's has 7 for the pelvis and {counts} for the joints.",
                columns=columns_in_words(table.shape[1]),
                counts=COUNTS,
            ),
            Text.joined((CHOOSE, "Or name the columns in the first row.")),
        )
    position, quaternion = columns or POSITION_FIRST
    return G1Source(
        "CSV",
        table[:, position],
        table[:, quaternion],
        table[:, ROOT_COLUMNS:],
        quaternion_order="wxyz" if (position, quaternion) != POSITION_FIRST else None,
        fps=fps,
        ignored=(*counts, *velocities, *flags),
    )


def _counts_frames(column: FloatArray) -> bool:
    """Return whether a column without a name counts frames, or every few of them: as times in ms they'd be too fast."""
    steps = np.diff(column)
    return bool((steps == steps[0]).all()) and float(steps[0]) in range(1, _FEWEST_MS)


def _without_flags(table: FloatArray) -> tuple[FloatArray, tuple[Sentence, ...]]:
    """Return a table without the flags in its last columns, such as of contacts, and what is left out."""
    for count in range(1, min(_MOST_FLAGS, table.shape[1]) + 1):
        # a joint that doesn't move is 0 in all frames, and never just 1
        is_flag = bool(np.isin(table[:, -count], (0.0, 1.0)).all() and (table[:, -count] == 1.0).any())
        if sets_of(table.shape[1] - ROOT_COLUMNS) or not is_flag:
            break
        if sets_of(table.shape[1] - count - ROOT_COLUMNS):
            return table[:, :-count], (Text("the last {count} columns, which are 0 or 1", count=count),)
    return table, ()


def _joints_in(table: FloatArray) -> int:
    """Return how many joints a table has, besides velocities."""
    return without_velocities(table)[0].shape[1] - ROOT_COLUMNS


def _by_name(names: _Names, table: FloatArray, numbered: list[int]) -> G1Source:
    missing = _missing(names)
    if missing:
        raise Fault(
            Text("The CSV names its joints, but not {missing} of the pelvis.", missing=missing[0]),
            "Name the columns root_pos_x to z and root_rot_x to w, or remove the first row.",
        )
    others, hands = parted_from_hands([one for one in names.others if one[1] not in numbered], table)
    position = names.pelvis["root_pos"]
    rotation, axes = _rotation(names)
    return G1Source(
        "CSV",
        table[:, list(map(position.__getitem__, "xyz"))],
        table[:, list(map(rotation.__getitem__, axes))],
        table[:, [*names.joints.values(), *numbered]],
        joints=tuple(names.joints) or None,
        quaternion_order="wxyz" if axes == "wxyz" else None,
        fps=None if names.time is None else rate_of_times(table[:, names.time]),
        ignored=_columns_ignored(others),
        hands=hands,
    )


def _columns_ignored(names: list[str]) -> tuple[Sentence, ...]:
    if len(names) <= _MOST_NAMED:
        return tuple(Text("the column “{name}”", name=name) for name in names)
    shown = ", ".join(f"“{name}”" for name in names[:_MOST_NAMED])
    return (Text("{count} columns: {names}, …", count=len(names), names=shown),)


def _rotation(names: _Names) -> tuple[dict[str, int], str]:
    """Return the columns of the pelvis's rotation by axis, and the axes that it must have: of angles if it has any."""
    angles, rotation = names.pelvis["root_rpy"], names.pelvis["root_rot"]
    if angles:
        return angles, "xyz"
    return rotation, COUNTED_QUATERNION if COUNTED_QUATERNION[0] in rotation else "wxyz"


def _missing(names: _Names) -> list[Text]:
    """Return what of the pelvis isn't named."""
    rotation, axes = _rotation(names)
    missing = [Text("the position's {axis}", axis=axis) for axis in "xyz" if axis not in names.pelvis["root_pos"]]
    return missing + [Text("the rotation's {axis}", axis=axis) for axis in axes if axis not in rotation]


def _named(header: list[str]) -> _Names:
    require_known_robot(header)
    names = _Names()
    for column, (name, joint) in enumerate(zip(header, joints_called(header), strict=True)):
        of_pelvis = column_of(name)
        if joint is not None:
            _put_joint(names, joint, column, header)
        elif of_pelvis is not None:
            meaning, axis = of_pelvis
            _put(names.pelvis[meaning], axis, column)
        elif is_of_times(name) and names.time is None:
            names.time = column
        elif words_of(name) not in ([], ["frame"], ["frame", "index"], ["index"]):
            names.others.append((name, column))
    return names


def _numbered(columns: list[tuple[str, int]]) -> list[int]:
    """Return the columns that a robot's joints are in, if they are counted and not named, as `joint_0` and on."""
    counted: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for name, column in columns:
        number = re.search(r"(\d{1,3})(\D*)$", name)
        if number is not None and is_of_angles(name):
            counted.setdefault((name[: number.start()], number[2]), []).append((int(number[1]), column))
    for found in counted.values():
        numbers, places = zip(*sorted(found), strict=True)
        is_whole = list(numbers) == list(range(numbers[0], numbers[0] + len(numbers)))
        if is_whole and (_are_joints(len(places)) or sets_of(len(places) - ROOT_COLUMNS)):
            return list(places)
    return []


def _are_joints(count: int) -> bool:
    """Return whether a robot has so many joints, or so many places for motors."""
    return count in motors() or bool(sets_of(count))


def _put_joint(names: _Names, joint: str, column: int, header: list[str]) -> None:
    """Put a joint's column to the others, or in place of one that says more, as `left_knee` beside `left_knee_meas`."""
    before = names.joints.get(joint)
    if before is None or header[before] == header[column]:
        _put(names.joints, joint, column)
        return
    first, second = sorted((before, column), key=lambda place: len(header[place]))
    names.joints[joint] = first
    names.others.append((header[second], second))


def _put(columns: dict[str, int], name: str, column: int) -> None:
    if name in columns:
        raise Fault(
            Text(
                "The CSV has {name} twice, in columns {column} and {other}.",
                name=name,
                column=columns[name] + 1,
                other=column + 1,
            ),
            AGAIN,
        )
    columns[name] = column


def _is_number(cell: bytes) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _counts_up(cells: list[bytes]) -> bool:
    """Return whether the row is 0, 1, 2, …: the header of tables without names."""
    return len(cells) > 1 and list(map(bytes.strip, cells)) == [b"%d" % index for index in range(len(cells))]


def _refuse_cell(frame: int, line: int, cells: list[bytes]) -> NoReturn:
    bad = 0
    for index, cell in enumerate(cells):
        if b"_" in cell or not _is_number(cell):
            bad = index
            break
    shown = cells[bad][:40].decode("utf-8", "replace")
    what = Text(
        "Frame {frame} (counted from 0, line {line}): column {column} of {count}",
        frame=frame,
        line=line,
        column=bad + 1,
        count=len(cells),
    )
    if sets_of(len(cells) - ROOT_COLUMNS) and bad >= ROOT_COLUMNS:
        names = joint_names(sets_of(len(cells) - ROOT_COLUMNS)[0], "mujoco")
        what = Text.joined((what, Text("({name} in MuJoCo's order)", name=names[bad - ROOT_COLUMNS])))
    raise Fault(Text("{what} is “{shown}”, not a number.", what=what, shown=shown), AGAIN)
