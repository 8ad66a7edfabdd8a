"""Frames of a timeline, parts of which were moved or stretched."""

from dataclasses import dataclass

import numpy as np

from .rotations import FloatArray
from .time_mapping import TimeMapping

_FAR = 2.0**20  # frames: no key is further away


@dataclass(frozen=True)
class FrameMap:
    """Where the frames of a timeline are now.

    Attributes:
        before: some frames as they were, ascending.
        after: where these are. Frames between two of them are spread evenly, those beyond all are moved as the nearest.
    """

    before: tuple[float, ...]
    after: tuple[float, ...]

    def moved(self, frames: FloatArray) -> FloatArray:
        """Return where frames (F,) are now."""
        return np.asarray(np.interp(frames, _with_far_ends(self.before), _with_far_ends(self.after)))

    def back(self, frames: FloatArray) -> FloatArray:
        """Return where frames (F,) were."""
        return np.asarray(np.interp(frames, _with_far_ends(self.after), _with_far_ends(self.before)))

    def then(self, other: "FrameMap") -> "FrameMap":
        """Return this change followed by another one."""
        before = np.union1d(np.array(self.before), self.back(np.array(other.before)))
        return FrameMap(tuple(before.tolist()), tuple(other.moved(self.moved(before)).tolist()))


@dataclass(frozen=True)
class MovedMapping(TimeMapping):
    """The map from a motion's seconds to a timeline that was changed since."""

    since: FrameMap

    def frames(self, seconds: FloatArray) -> FloatArray:
        """Return timeline frames; see `TimeMapping`."""
        return self.since.moved(np.asarray(super().frames(seconds), dtype=np.float64))

    def second(self, frame: float) -> float:
        """Return the motion's time in seconds; see `TimeMapping`."""
        return super().second(float(self.since.back(np.array(frame))))

    def span(self, first: int, last: int) -> tuple[float, float]:
        """Return the seconds at two timeline frames and all between; where the motion is faster now, a frame has more.

        See `TimeMapping`.
        """
        half = 0.5 / self.frames_per_second
        ends = sorted((self.second(first - 0.5) + half, self.second(last + 0.5) - half))
        start, stop = super().span(first, last)
        return min(start, ends[0]), max(stop, ends[1])


def _with_far_ends(frames: tuple[float, ...]) -> FloatArray:
    return np.array([frames[0] - _FAR, *frames, frames[-1] + _FAR])
