"""Cuts: frames that show another scene than the frame before.

Samples of a clip that differ nearly everywhere may have a cut between them, a fast camera or a close turn. So the
frames between are looked at too: a cut is one step much larger than all others.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from .crops import Frame
from .network_graph import Picture
from .small_frames import colour_copy

_COLUMNS = 32  # of the copies that are compared
_LEVELS = 6  # of 255 by which a block has changed: more than noise
_MUCH = 0.5  # of the blocks
_STEEPER = 2.5  # than every other step nearby


class CutFinder:
    """Finds the cuts of a clip whose samples are shown to it in order."""

    def __init__(self, picture: Callable[[int], Frame]) -> None:
        """Start before the first sample.

        Args:
            picture: reads a frame.
        """
        self.cuts: list[int] = []
        """The frames that start a new shot."""
        self._picture = picture
        self._samples: list[tuple[int, Picture]] = []

    def show(self, index: int, frame: Frame) -> None:
        """Look at the next sample; if it is of another scene, find where that starts."""
        copy = colour_copy(frame, _COLUMNS)
        self._samples = [*self._samples[-2:], (index, copy)]
        if len(self._samples) == 1 or _changed(self._samples[-2][1], copy) < _MUCH:
            return
        before, copy_before = self._samples[-2]
        between = [colour_copy(self._picture(number), _COLUMNS) for number in range(before + 1, index)]
        copies = [copy_before, *between, copy]
        steps = np.array([_changed(one, after) for one, after in pairwise(copies)])
        steepest = int(np.argmax(steps))
        others = np.delete(steps, [steepest, max(steepest - 1, 0), min(steepest + 1, len(steps) - 1)])
        if steps[steepest] < _MUCH or (others.size and steps[steepest] < _STEEPER * others.max()):
            return
        self._add(before + 1 + steepest)

    def _add(self, cut: int) -> None:
        """A cut; but if the sample two ago shows the same scene, what was between them was a flash."""
        first, copy = self._samples[0]
        second, _ = self._samples[1]
        between = bool(self.cuts) and first < self.cuts[-1] <= second < cut
        if between and _changed(copy, self._samples[-1][1]) < _MUCH:
            self.cuts.pop()
        else:
            self.cuts.append(cut)


def _changed(one: Picture, other: Picture) -> float:
    """The share of blocks that differ."""
    return float((np.abs(one - other).max(-1) > _LEVELS).mean())
