"""Names of arrays as labs nest and split them, and rates as their times tell them."""

import re
from collections import Counter
from typing import Protocol

import numpy as np

from ..rotations import FloatArray
from .joint_orders import joints_called

_FEWEST_JOINTS = 10  # arrays of joints that make a robot's motion
_EVEN = 1e-3  # relative difference of time steps: rounding to three decimals
_LIKELY = (5.0, 1000.0)  # frames per second of robots' motion: times in ms, µs and ns are steps of a thousand apart
_UNITS = (1.0, 1e3, 1e6, 1e9)  # in a second


class MotionArrays(Protocol):
    """Arrays by name."""

    names: tuple[str, ...]

    def numbers(self, name: str) -> FloatArray:
        """Return an array of numbers. Raises `Fault` if it is something else."""
        ...

    def words(self, name: str) -> tuple[str, ...] | None:
        """Return a list of names; None if it is something else."""
        ...


class _Renamed:
    """Arrays that have other names, too."""

    def __init__(self, archive: MotionArrays, also: dict[str, str]) -> None:
        self.names = (*archive.names, *also)
        self._archive, self._also = archive, also

    def numbers(self, name: str) -> FloatArray:
        return self._archive.numbers(self._also.get(name, name))

    def words(self, name: str) -> tuple[str, ...] | None:
        return self._archive.words(self._also.get(name, name))


def plainly_named(archive: MotionArrays) -> MotionArrays:
    """Return arrays that are found by the ends of their names, too: `motion/root/pos` as `root_pos` and `pos`."""
    plain: list[tuple[str, str]] = []
    for name in archive.names:
        parts = re.split(r"[/.]", name)
        if len(parts) > 1:
            plain += [("_".join(parts[-2:]), name), (parts[-1], name)]
    # an end that several names have means none of them
    counts = Counter(end for end, _ in plain)
    taken = set(archive.names)
    also = {end: name for end, name in plain if counts[end] == 1 and end not in taken}
    return _Renamed(archive, also) if also else archive


def joints_apart(archive: MotionArrays) -> tuple[tuple[str, ...], FloatArray] | None:
    """Return the names and (F, J) the angles of joints that have an array each; None if they haven't."""
    ends = {re.split(r"[/.]", name)[-1]: name for name in archive.names}
    named: dict[str, str] = {}
    for end, joint in zip(ends, joints_called([*ends]), strict=True):
        if joint is not None:
            named[end] = ends[end]
    if len(named) < _FEWEST_JOINTS:
        return None
    columns = [archive.numbers(name).ravel() for name in named.values()]
    if len({len(column) for column in columns}) != 1:
        return None
    return tuple(named), np.stack(columns, axis=1)


def rate_of_times(times: FloatArray) -> float | None:
    """Return the frame rate of (F,) times in seconds, or in ms, µs or ns where only these are likely; None for none."""
    span = times[-1] - times[0]
    if not np.isfinite(span) or span <= 0.0:
        return None
    fps = (len(times) - 1) / span
    likely = [fps * unit for unit in _UNITS if _LIKELY[0] <= fps * unit <= _LIKELY[1]]
    fps = likely[0] if likely else fps
    return float(round(fps)) if abs(fps - round(fps)) < _EVEN * fps else float(fps)
