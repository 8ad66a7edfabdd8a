"""Which picture of a movie belongs to a frame of the timeline, so that the movie runs with a motion."""

import math
from dataclasses import dataclass

from .time_mapping import TimeMapping

_SAME_PLACE = 1e-3
"""Pictures: what is no further apart is at the same place."""


@dataclass(frozen=True)
class PictureTiming:
    """The affine map from frames of the timeline to a movie's pictures, and the pictures that are to be seen.

    Attributes:
        at_zero: the place among the pictures, from 0 and with its fraction, that timeline frame 0 falls on.
        per_frame: pictures to one frame of the timeline; negative where the movie runs backwards.
        first: index of the first picture of the range.
        last: index of its last one.
    """

    at_zero: float
    per_frame: float
    first: int
    last: int

    @classmethod
    def of_range(
        cls, mapping: TimeMapping, fps: float, pictures: int, range_sec: tuple[float, float]
    ) -> "PictureTiming":
        """The timing of a movie's range that a motion was made from.

        Args:
            mapping: seconds of the motion, which begins with the range, to timeline frames.
            fps: pictures per second of the movie.
            pictures: in the whole movie.
            range_sec: the range's start and end in seconds of the movie.
        """
        start, end = range_sec
        per_frame = fps / mapping.frames_per_second
        first = min(round(start * fps), pictures - 1)
        last = min(max(round(end * fps) - 1, first), pictures - 1)
        return cls(start * fps - mapping.frame_at_zero * per_frame, per_frame, first, last)

    def picture_at(self, frame: int) -> int:
        """Index of the picture nearest to a timeline frame; before and after the movie it goes on counting."""
        return math.floor(self.at_zero + self.per_frame * frame + 0.5)

    @property
    def expression(self) -> str:
        """The same as an expression of Blender's drivers, of the timeline's `frame`."""
        return f"floor({self.per_frame:.12f} * frame + {self.at_zero + 0.5:.9f})"

    @property
    def frames(self) -> tuple[int, int]:
        """The first timeline frame that shows a picture of the range, and the one after the last."""
        ends = sorted((place - self.at_zero) / self.per_frame for place in (self.first - 0.5, self.last + 0.5))
        around = range(math.floor(ends[0]), math.ceil(ends[1]) + 1)
        seen = [frame for frame in around if self.first <= self.picture_at(frame) <= self.last]
        left, right = (seen[0], seen[-1]) if seen else (round(sum(ends) / 2), round(sum(ends) / 2))
        return left, right + 1

    @property
    def anchor(self) -> tuple[int, int] | None:
        """The lowest picture, up to the range's first, that falls on a whole timeline frame, and that frame."""
        for picture in range(self.first + 1):
            frame = (picture - self.at_zero) / self.per_frame
            if abs(frame - round(frame)) * abs(self.per_frame) < _SAME_PLACE:
                return picture, round(frame)
        return None
