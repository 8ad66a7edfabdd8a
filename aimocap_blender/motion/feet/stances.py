"""Spans in which something stands, and corrections that hold it there without a jump from one to the next."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..rotations import BoolArray, FloatArray, IntArray
from .foot_contacts import runs

_CLOSE = 2.0  # how much spans that lie close together stick to each other, against being where they would be


@dataclass(frozen=True, eq=False)
class Stances:
    """Spans of samples.

    Attributes:
        known: (F,) whether something stands.
        reach: samples in which a correction comes and goes.
    """

    known: BoolArray
    reach: float

    def settled(self, correction: FloatArray, wanted: FloatArray) -> FloatArray:
        """A correction (F, 3) for spans, each span moved as a whole to where it and its neighbours agree.

        Every span would have `wanted`, but between spans that follow closely on each other the correction must not
        jump: the closer, the less. Outside of spans it is 0.

        Args:
            correction: (F, 3) that holds still what stands, in each span about any middle.
            wanted: (F, 3) what is to be added to it, the same all over a span.
        """
        spans = runs(self.known)
        settled = np.zeros_like(correction)
        if not len(spans):
            return settled
        middles = wanted[spans[:, 0]]
        weights = (spans[:, 1] - spans[:, 0]).astype(np.float64)
        gaps = spans[1:, 0] - spans[:-1, 1] + 1
        ties = _CLOSE * self.reach * np.maximum((self.reach / gaps) ** 2 - 1.0, 0.0)
        steps = correction[spans[:-1, 1] - 1] - correction[spans[1:, 0]]
        offsets = _tied(middles, weights, steps, ties)
        for (start, stop), offset in zip(spans.tolist(), offsets, strict=True):
            settled[start:stop] = correction[start:stop] + offset
        return settled

    def balanced(self, weights: FloatArray, asked: FloatArray, keep: FloatArray, wish: FloatArray) -> FloatArray:
        """What to add to a correction (F, 3), the same all over a span: between what is asked and what is wished.

        Args:
            weights: (F, 3, 3) of what is asked.
            asked: (F, 3).
            keep: (3, 3) weight of what is wished.
            wish: (F, 3), the same all over a span.
        """
        found = np.zeros_like(asked)
        for start, stop in runs(self.known).tolist():
            total = weights[start:stop].mean(axis=0) + keep
            right = (weights[start:stop] @ asked[start:stop, :, None]).mean(axis=0)[:, 0] + keep @ wish[start]
            found[start:stop] = np.linalg.solve(total, right)
        return found

    def standing(self, path: FloatArray) -> FloatArray:
        """A path (F, C) that rests at its own mean while something stands, and goes on with it in between."""
        still = path.copy()
        for start, stop in runs(self.known).tolist():
            still[start:stop] = path[start:stop].mean(axis=0)
        away = np.zeros_like(path)
        for edge, weight in self._weights():
            away += weight * (still[edge] - path)
        return np.where(self.known[:, None], still, path + away)

    def faded(self, values: FloatArray) -> FloatArray:
        """Values (F, C) that go to 0 smoothly outside of the spans, and from one span to the next over short gaps."""
        total = np.zeros_like(values)
        for edge, weight in self._weights():
            total += weight * values[edge]
        return np.where(self.known[:, None], values, total)

    def _weights(self) -> Iterator[tuple[IntArray, FloatArray]]:
        """The sample (F,) where the span before ends, then where the one after begins, and how much each counts."""
        known, reach = self.known, self.reach
        count = len(known)
        if not known.any():
            return
        frames = np.arange(count)
        before = np.maximum.accumulate(np.where(known, frames, -1))
        after = np.minimum.accumulate(np.where(known, frames, count)[::-1])[::-1]
        gap = np.where((before >= 0) & (after < count), after - before, np.inf)
        within = np.minimum(reach, np.maximum(gap, 1.0))
        for edge, distance in ((before, frames - before), (after, after - frames)):
            there = (edge >= 0) & (edge < count)
            t = np.clip(distance / within, 0.0, 1.0)
            yield np.clip(edge, 0, count - 1), np.where(there, 1.0 - t * t * (3.0 - 2.0 * t), 0.0)[:, None]


def _tied(middles: FloatArray, weights: FloatArray, steps: FloatArray, ties: FloatArray) -> FloatArray:
    """(S, 3) offsets x that make sum of weights * (x - middles)^2 + ties * (x[1:] - x[:-1] - steps)^2 least."""
    count = len(middles)
    diagonal = weights.copy()
    diagonal[:-1] += ties
    diagonal[1:] += ties
    right = middles * weights[:, None]
    right[:-1] -= steps * ties[:, None]
    right[1:] += steps * ties[:, None]
    for row in range(1, count):  # a tridiagonal system, eliminated from above
        factor = ties[row - 1] / diagonal[row - 1]
        diagonal[row] -= factor * ties[row - 1]
        right[row] += factor * right[row - 1]
    found = right / diagonal[:, None]
    for row in range(count - 2, -1, -1):
        found[row] += ties[row] / diagonal[row] * found[row + 1]
    return found
