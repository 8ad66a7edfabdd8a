"""The mapping of a motion's seconds to Blender's timeline, parts of which may be moved or stretched later."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .rotations import FloatArray

_FAR = 2.0**20  # frames: no key is further away

_SAME_PLACE = 1e-3
"""Movie frames: distance within which positions are the same."""


@dataclass(frozen=True)
class TimeMapping:
    """The affine map from seconds of a motion to frames of the timeline.

    Attributes:
        frame_at_zero: the timeline frame, with its fraction, of the motion's start.
        frames_per_second: timeline frames to one second of the motion; negative if the strip plays in reverse.
    """

    frame_at_zero: float
    frames_per_second: float

    def frames(self, seconds: FloatArray) -> FloatArray:
        """Return timeline frames (F,) of the motion's times in seconds (F,)."""
        return self.frame_at_zero + seconds * self.frames_per_second

    def second(self, frame: float) -> float:
        """Return the motion's time in seconds at a timeline frame."""
        return (frame - self.frame_at_zero) / self.frames_per_second

    def span(self, first: int, last: int) -> tuple[float, float]:
        """Return the seconds of the motion at two timeline frames and all between, the earlier one first."""
        ends = self.second(first), self.second(last)
        return min(ends), max(ends)

    def to_json(self) -> dict[str, float]:
        """Return the two numbers as a plain JSON object."""
        return {"frame_at_zero": self.frame_at_zero, "frames_per_second": self.frames_per_second}

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> "TimeMapping":
        """Read what `to_json` wrote.

        Raises:
            ValueError: a number is missing or is not a number.
        """
        try:
            return cls(float(str(data["frame_at_zero"])), float(str(data["frames_per_second"])))
        except KeyError as missing:
            raise ValueError(f"no {missing} in the time mapping") from missing


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
        # the corners of both changes: from one to the next, one after the other is straight, too
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
        # from half a frame before to half a frame after, as long as these are now, less the halves as they were:
        # where nothing was stretched they cancel out
        half = 0.5 / self.frames_per_second
        ends = sorted((self.second(first - 0.5) + half, self.second(last + 0.5) - half))
        start, stop = super().span(first, last)
        return min(start, ends[0]), max(stop, ends[1])


def _with_far_ends(frames: tuple[float, ...]) -> FloatArray:
    # beyond all that is known, the map has slope 1, as far as keys may be
    return np.array([frames[0] - _FAR, *frames, frames[-1] + _FAR])


@dataclass(frozen=True)
class MovieTiming:
    """The affine map from timeline frames to movie frames, and the range of movie frames to show.

    Attributes:
        at_zero: the movie frame, from 0 and with its fraction, at timeline frame 0.
        per_frame: movie frames per timeline frame; negative if the movie plays in reverse.
        first: index of the range's first movie frame.
        last: index of its last one.
    """

    at_zero: float
    per_frame: float
    first: int
    last: int

    @classmethod
    def of_range(
        cls, mapping: TimeMapping, fps: float, movie_frames: int, range_sec: tuple[float, float]
    ) -> "MovieTiming":
        """Return the timing of the movie range that a motion was made from.

        Args:
            mapping: seconds of the motion, which starts with the range, to timeline frames.
            fps: frame rate of the movie.
            movie_frames: in the whole movie.
            range_sec: the range's start and end in seconds of the movie.
        """
        start, end = range_sec
        per_frame = fps / mapping.frames_per_second
        # the range's ends are rounded, and may be beyond the movie's last frame; one frame is always left
        first = min(round(start * fps), movie_frames - 1)
        last = min(max(round(end * fps) - 1, first), movie_frames - 1)
        return cls(start * fps - mapping.frame_at_zero * per_frame, per_frame, first, last)

    def movie_frame_at(self, frame: int) -> int:
        """Return the index of the movie frame nearest to a timeline frame; it continues beyond the movie."""
        return math.floor(self.at_zero + self.per_frame * frame + 0.5)

    @property
    def expression(self) -> str:
        """The same as an expression for Blender's drivers, of the timeline's `frame`."""
        return f"floor({self.per_frame:.12f} * frame + {self.at_zero + 0.5:.9f})"

    @property
    def frames(self) -> tuple[int, int]:
        """The first timeline frame that shows a movie frame of the range, and the one after the last."""
        # half a movie frame before the first to half a one after the last; backwards where it plays in reverse
        start = (self.first - 0.5 - self.at_zero) / self.per_frame
        end = (self.last + 0.5 - self.at_zero) / self.per_frame
        ends = min(start, end), max(start, end)
        around = range(math.floor(ends[0]), math.ceil(ends[1]) + 1)
        seen = [frame for frame in around if self.first <= self.movie_frame_at(frame) <= self.last]
        left, right = (seen[0], seen[-1]) if seen else (round(sum(ends) / 2), round(sum(ends) / 2))
        return left, right + 1

    @property
    def anchor(self) -> tuple[int, int] | None:
        """The lowest movie frame, up to the range's first, on a whole timeline frame, and that timeline frame."""
        for movie_frame in range(self.first + 1):
            frame = (movie_frame - self.at_zero) / self.per_frame
            if abs(frame - round(frame)) * abs(self.per_frame) < _SAME_PLACE:
                return movie_frame, round(frame)
        return None
