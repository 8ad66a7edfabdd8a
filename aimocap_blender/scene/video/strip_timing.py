"""The movie frame that a strip shows at a timeline frame: plain numbers, no Blender data.

Blender's sequencer computes ``movie_frame = offset + round((frame - content_start) * rate)``, mirrored if the strip
plays in reverse, and holds the first and last frame outside the content. Two of its inputs are hidden from Python and
inferred here: whether the strip's playback rate is adjusted to the scene's, and the exact position of retiming keys.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...motion.time_mapping import TimeMapping

_EVEN_SPEED_KEYS = 2


@dataclass(frozen=True)
class StripTiming:
    """A movie strip's timing on the timeline.

    Attributes:
        movie_frames: frames in the movie file.
        movie_fps: the movie's own rate.
        scene_fps: the scene's rate.
        content_start: timeline frame of the content's first movie frame (fractions allowed).
        content_frames: length of the content in timeline frames.
        left: first timeline frame at which the strip is visible.
        right: timeline frame after the last one at which it is visible.
        offset_start: frames cut off the movie's start.
        offset_end: frames cut off the movie's end.
        backwards: the strip plays in reverse.
        retiming_keys: timeline frames of the retiming keys as reported by Blender; empty without retiming.
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
        """Whether the whole strip has one rate; with inner retiming keys Python can't see the speeds."""
        return len(self.retiming_keys) in (0, _EVEN_SPEED_KEYS)

    @cached_property
    def rate(self) -> float:
        """Movie frames per timeline frame, not negative."""
        adjusted = float(np.float32(self.movie_fps) / np.float32(self.scene_fps))
        if self.retiming_keys:
            return self._retimed_rate(adjusted)
        plain_error = abs(self.content_frames - self._used_frames)
        adjusted_error = abs(self.content_frames - int(self._used_frames / adjusted))
        return adjusted if adjusted_error <= plain_error else 1.0

    def _retimed_rate(self, adjusted: float) -> float:
        # A key's position counts frames of the strip before the adjusted rate is applied. Python sees its whole
        # part only; from 4.5 on it has a fraction, which is inferred from the content's length.
        whole = self.retiming_keys[-1] - self.retiming_keys[0]
        counts_all = self.blender >= (5, 0)
        length = self.content_frames if counts_all else self.content_frames - 1
        factor = 1.0 if whole == length else adjusted
        span = min(max(factor * length, whole), whole + (1.0 if self.blender >= (4, 5) else 0.0))
        return factor * (self._used_frames if counts_all else self._used_frames - 1) / max(span, 1.0)

    @property
    def _used_frames(self) -> int:
        return max(self.movie_frames - self.offset_start - self.offset_end, 1)

    def movie_frame_at(self, frame: int) -> int:
        """Return the index in the movie, from 0, of the frame shown at a timeline frame."""
        passed = frame - self.content_start
        if self.backwards:
            passed = self.content_frames - 1 - passed
        position = float(np.float32(max(passed, 0.0)) * np.float32(self.rate))
        return self.offset_start + min(math.floor(position + 0.5), self._used_frames - 1)

    @cached_property
    def shown_movie_frames(self) -> tuple[int, int]:
        """Lowest and highest index of the visible movie frames."""
        ends = self.movie_frame_at(self.left), self.movie_frame_at(self.right - 1)
        return min(ends), max(ends)

    @cached_property
    def mapping(self) -> TimeMapping:
        """Mapping of movie seconds, from the lowest visible movie frame on, to timeline frames."""
        first = (self.shown_movie_frames[0] - self.offset_start) / self.rate
        per_second = self.movie_fps / self.rate
        if self.backwards:
            return TimeMapping(self.content_start + self.content_frames - 1 - first, -per_second)
        return TimeMapping(self.content_start + first, per_second)
