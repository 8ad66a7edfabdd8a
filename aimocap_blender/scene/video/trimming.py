"""The range of a strip as two numbers that can be set, as its ends can be dragged in the sequencer."""

import math
import os
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass

import bpy

from ...texts.faults import Fault
from .strips import Strip, content_of, even_timing, handles_of, set_renamed, shown_strip, shown_strips

_ENDS = (("left_handle", "frame_final_start"), ("right_handle", "frame_final_end"))
"""A strip's attributes, under their names since 5.2 and before."""
_SINGLE_FRAME = Fault("The video has a single frame, which contains no motion.", "Choose another video.")


@dataclass(frozen=True)
class Trimming:
    """The frames that a strip shows, of those that its media has.

    Attributes:
        left: first timeline frame at which the strip is seen.
        right: timeline frame after the last one.
        content: first timeline frame of the content, and the one after its last.
        frame_at: index of the media's frame at a timeline frame; it never falls along the timeline, or never rises.
        frames: number of frames of the media.
    """

    left: int
    right: int
    content: tuple[int, int]
    frame_at: Callable[[int], int]
    frames: int

    @property
    def first(self) -> int:
        """Lowest index that is shown."""
        return min(self._ends)

    @property
    def last(self) -> int:
        """Highest index that is shown."""
        return max(self._ends)

    @property
    def _ends(self) -> tuple[int, int]:
        return self.frame_at(self.left), self.frame_at(self.right - 1)

    def from_first(self, first: int) -> tuple[int, int]:
        """Return `left` and `right` with which the lowest index shown is nearest to a number, and below the highest.

        Raises:
            Fault: the media has no two frames.
        """
        start, end = self.content
        if self._is_backwards:
            return self.left, self._nearest(first, range(end - 1, self.left, -1), most=self.last - 1) + 1
        return self._nearest(first, range(start, self.right - 1), most=self.last - 1), self.right

    def from_last(self, last: int) -> tuple[int, int]:
        """Return `left` and `right` with which the highest index shown is nearest to a number, and above the lowest.

        Raises:
            Fault: the media has no two frames.
        """
        start, end = self.content
        if self._is_backwards:
            return self._nearest(last, range(self.right - 2, start - 1, -1), above=self.first), self.right
        return self.left, self._nearest(last, range(self.left + 1, end), above=self.first) + 1

    @property
    def _is_backwards(self) -> bool:
        return self.frame_at(self.content[0]) > self.frame_at(self.content[1] - 1)

    def _nearest(self, wanted: int, among: range, most: int | None = None, above: int | None = None) -> int:
        """Return the timeline frame of a range, along which indices rise, whose index is nearest to the wanted one."""
        low = 0 if above is None else bisect_left(among, above + 1, key=self.frame_at)
        high = len(among) if most is None else bisect_left(among, most + 1, key=self.frame_at)
        possible = among[low:high]
        if not possible:
            raise _SINGLE_FRAME
        after = bisect_left(possible, wanted, key=self.frame_at)
        return min(possible[max(after - 1, 0) : after + 1], key=lambda frame: abs(self.frame_at(frame) - wanted))


def trimming_of(where: bpy.types.Context | bpy.types.Scene) -> Trimming | None:
    """Return the trimming of the strip that is captured; None if its ends can't be moved, or it isn't known yet.

    Of a movie strip that plays at one speed, frames are those of the movie; of others, timeline frames of the content.
    """
    try:
        scene, strip = shown_strip(where)
        timing = even_timing(scene, strip)
    except Fault:
        return None
    if getattr(strip, "input_1", None) is not None:
        # an effect is as long as its strips
        return None
    left, right = handles_of(strip)
    start, end = content_of(strip)
    content = math.ceil(start), math.floor(end)
    # dragged beyond its content, which then stands still
    if content[0] > left or content[1] < right:
        content = min(content[0], left), max(content[1], right)
    if timing is None:
        if strip.type == "MOVIE" and not strip.retiming_keys:
            return None
        return Trimming(left, right, content, lambda frame: frame - content[0], content[1] - content[0])
    return Trimming(left, right, content, timing.movie_frame_at, timing.movie_frames)


def trim(scene: bpy.types.Scene, strip: Strip, ends: tuple[int, int]) -> None:
    """Move a strip's ends to a first timeline frame and to the one after the last, and its sound's with them."""
    was = handles_of(strip)
    for one in (strip, *_sounds_of(scene, strip)):
        for names, end, before, now in zip(_ENDS, ends, was, handles_of(one), strict=True):
            if before == now != end:
                set_renamed(one, names, end)


def _sounds_of(scene: bpy.types.Scene, strip: Strip) -> list[Strip]:
    """Return the sound strips of a movie strip's own file that begin or end with it."""
    if strip.type != "MOVIE":
        return []
    file, left, right = _absolute(strip.filepath), *handles_of(strip)
    found: list[Strip] = []
    for other in shown_strips(scene):
        if other.type == "SOUND" and other.sound is not None and _absolute(other.sound.filepath) == file:
            start, end = handles_of(other)
            if (start == left or end == right) and start < right and left < end:
                found.append(other)
    return found


def _absolute(path: str) -> str:
    return os.path.normpath(bpy.path.abspath(path))
