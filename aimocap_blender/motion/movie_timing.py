"""The movie frame for each timeline frame, so that a movie plays in time with a motion."""

import math
from dataclasses import dataclass

from .time_mapping import TimeMapping

_SAME_PLACE = 1e-3
"""Movie frames: distance within which positions are the same."""


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
        ends = sorted((end - self.at_zero) / self.per_frame for end in (self.first - 0.5, self.last + 0.5))
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
