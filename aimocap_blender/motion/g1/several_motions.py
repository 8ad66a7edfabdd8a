"""One of several motions in a file's arrays: one after the other, or as many frames of each along an axis."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from ...texts.faults import Fault
from ...texts.text import Text
from ..files.pickle_archive import Several
from ..rotations import FloatArray
from .array_names import MotionArrays, PlainArrays
from .joint_orders import JOINT_SETS, joint_names
from .source import AGAIN, ROOT_COLUMNS

_STARTS = ("split_points", "length_starts")
"""LocoMuJoCo's and ProtoMotions' arrays that say where each motion begins."""


def one_motion(archive: MotionArrays, path: Path, motion: str | None) -> MotionArrays:
    """Return the arrays of one motion of a file, as they are if it has one alone.

    Raises:
        Several: it has several, and none of them was chosen.
        Fault: it doesn't say where they begin.
    """
    return _one_of_batch(_part_of(archive, path, motion), path, motion)


@lru_cache(maxsize=1)
def table_widths() -> frozenset[int]:
    """Return how many columns robots have."""
    widths: set[int] = set()
    for joints in JOINT_SETS:
        widths.add(ROOT_COLUMNS + len(joint_names(joints, "mujoco")))
    return frozenset(widths)


def _part_of(archive: MotionArrays, path: Path, motion: str | None) -> MotionArrays:
    """Return the arrays of one of the motions in a file that has them one after the other."""
    starts = next(filter(archive.names.__contains__, _STARTS), None)
    if starts is None:
        return archive
    first = archive.numbers(starts).ravel()
    if starts == "split_points":
        first, counts = first[:-1], np.diff(first)
    else:
        counts = archive.numbers("motion_num_frames").ravel() if "motion_num_frames" in archive.names else first[:0]
    if len(first) != len(counts) or not len(first) or not (np.isfinite(first).all() and np.isfinite(counts).all()):
        raise Fault(Text("{name} doesn't say where its motions begin.", name=starts), AGAIN)
    names = list(map(str, range(1, len(first) + 1)))
    if motion not in names and len(names) > 1:
        raise Several(path.name, tuple(names))
    index = names.index(motion) if motion in names else 0
    return _Part(archive, int(first[index]), int(counts[index]), index)


def _one_of_batch(archive: MotionArrays, path: Path, motion: str | None) -> MotionArrays:
    """Return the arrays of one of the motions in a file that has as many frames of all, along an axis."""
    plain = PlainArrays(archive)
    joints = plain.called("joint_pos") or plain.called("qpos")
    if joints is None:
        return archive
    values = plain.numbers(joints)
    shape = values.shape
    if len(shape) != 3 or min(shape) == 1:  # noqa: PLR2004 -- motions of frames of joints
        return archive
    # with the pelvis, or without
    if table_widths().isdisjoint((shape[2], shape[2] + ROOT_COLUMNS)):
        return archive
    # many robots at once in a simulation are one after the other in each frame
    axis = int(shape[1] < shape[0] and _goes_on(values))
    names = tuple(map(str, range(1, shape[axis] + 1)))
    if motion not in names:
        raise Several(path.name, names)
    return _OfBatch(archive, names.index(motion), axis, shape[axis])


def _goes_on(values: FloatArray) -> bool:
    """Return whether values (A, B, J) are a motion along the first axis: they change by less than along the second."""
    along, across = np.abs(np.diff(values, axis=0)).mean(), np.abs(np.diff(values, axis=1)).mean()
    return bool(along < across)


class _OfBatch:
    """The arrays of one motion in a file that has several along an axis, the first or the second."""

    def __init__(self, archive: MotionArrays, index: int, axis: int, count: int) -> None:
        self.names = archive.names
        self._archive, self._index, self._axis, self._count = archive, index, axis, count

    def numbers(self, name: str) -> FloatArray:
        values = self._archive.numbers(name)
        is_of_all = values.ndim > 2 and values.shape[self._axis] == self._count  # noqa: PLR2004 -- as above
        return np.moveaxis(values, self._axis, 0)[self._index] if is_of_all else values

    def words(self, name: str) -> tuple[str, ...] | None:
        return self._archive.words(name)


class _Part:
    """The arrays of one motion in a file that has several one after the other."""

    def __init__(self, archive: MotionArrays, start: int, count: int, index: int) -> None:
        self.names = archive.names
        self._archive, self._rows, self._index = archive, slice(max(start, 0), max(start + count, 0)), index

    def numbers(self, name: str) -> FloatArray:
        values = self._archive.numbers(name)
        if values.ndim == 1 and values.size > 1:  # a number for each motion
            return values[self._index : self._index + 1]
        return values[self._rows] if values.ndim > 1 else values

    def words(self, name: str) -> tuple[str, ...] | None:
        return self._archive.words(name)
