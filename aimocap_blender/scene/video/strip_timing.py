"""Which picture of its movie a strip shows at a timeline frame: plain numbers, no Blender data.

Blender's sequencer computes ``picture = offset + round((frame - content_start) * rate)``, mirrored where the strip
plays backwards, and holds the first and last picture outside the content. Two of its inputs are hidden from Python and
are inferred here: whether the strip's playback rate is adjusted to the scene's, and the exact place of retiming keys.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...motion.time_mapping import TimeMapping

_EVEN_SPEED_KEYS = 2


@dataclass(frozen=True)
class StripTiming:
    """A movie strip's place on the timeline.

    Attributes:
        movie_frames: pictures in the movie file.
        movie_fps: the movie's own rate.
        scene_fps: the scene's rate.
        content_start: timeline frame of the first picture of the content (fractions are allowed).
        content_frames: timeline frames that the content takes.
        left: first timeline frame at which the strip is seen.
        right: timeline frame after the last one at which it is seen.
        offset_start: pictures cut off the movie's start.
        offset_end: pictures cut off the movie's end.
        backwards: the strip plays in reverse.
        retiming_keys: timeline frames of the retiming keys as Blender tells them; empty without retiming.
        blender: version of Blender, whose retiming changed in 4.5 and in 5.0.
    """

    movie_frames: int
    movie_fps: float
    scene_fps: float
    content_start: float
    content_frames: float
    left: int
    right: int
    offset_start: int
    offset_end: int
    backwards: bool
    retiming_keys: tuple[int, ...]
    blender: tuple[int, int]

    @property
    def even_speed(self) -> bool:
        """Whether one rate serves the whole strip; with inner retiming keys Python can't see the speeds."""
        return len(self.retiming_keys) in (0, _EVEN_SPEED_KEYS)

    @cached_property
    def rate(self) -> float:
        """Pictures of the movie to one timeline frame, not negative."""
        adjusted = float(np.float32(self.movie_fps) / np.float32(self.scene_fps))
        if self.retiming_keys:
            return self._retimed_rate(adjusted)
        plain_error = abs(self.content_frames - self._used_frames)
        adjusted_error = abs(self.content_frames - int(self._used_frames / adjusted))
        return adjusted if adjusted_error <= plain_error else 1.0

    def _retimed_rate(self, adjusted: float) -> float:
        # A key's place is counted in frames of the strip before the adjusted rate is applied. Python sees its whole
        # part only; from 4.5 on it has a fraction, which the content's length narrows down.
        whole = self.retiming_keys[-1] - self.retiming_keys[0]
        counts_all = self.blender >= (5, 0)
        length = self.content_frames if counts_all else self.content_frames - 1
        factor = 1.0 if whole == length else adjusted
        span = min(max(factor * length, whole), whole + (1.0 if self.blender >= (4, 5) else 0.0))
        return factor * (self._used_frames if counts_all else self._used_frames - 1) / max(span, 1.0)

    @property
    def _used_frames(self) -> int:
        return max(self.movie_frames - self.offset_start - self.offset_end, 1)

    def picture_at(self, frame: int) -> int:
        """Index in the movie, from 0, of the picture that is seen at a timeline frame."""
        passed = frame - self.content_start
        if self.backwards:
            passed = self.content_frames - 1 - passed
        place = float(np.float32(max(passed, 0.0)) * np.float32(self.rate))
        return self.offset_start + min(math.floor(place + 0.5), self._used_frames - 1)

    @cached_property
    def pictures(self) -> tuple[int, int]:
        """Lowest and highest index in the movie of the pictures that are seen."""
        ends = self.picture_at(self.left), self.picture_at(self.right - 1)
        return min(ends), max(ends)

    @cached_property
    def mapping(self) -> TimeMapping:
        """Seconds from the lowest picture that is seen, in the movie's own time, to timeline frames."""
        first = (self.pictures[0] - self.offset_start) / self.rate
        per_second = self.movie_fps / self.rate
        if self.backwards:
            return TimeMapping(self.content_start + self.content_frames - 1 - first, -per_second)
        return TimeMapping(self.content_start + first, per_second)
