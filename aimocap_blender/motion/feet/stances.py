"""Stances, spans of samples with foot contact, and corrections that hold them without jumps between them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..resampling import straight_between
from ..rotations import BoolArray, FloatArray, IntArray
from ..smoothing import smooth_step
from ..spans import runs

# Set on ue4_run.fbx, cmu_91_48.fbx and boxing_toes.bvh, on the characters of tests/scene/test_retarget_real.py.
_CLOSE = 2.0  # weight of keeping close stances together, relative to keeping each in its own position


@dataclass(frozen=True, eq=False)
class Stances:
    """The stances of one foot.

    Attributes:
        known: (F,) whether the foot is planted.
        reach: samples over which a correction fades in and out.
        creeps: (F,) whether it goes slowly with the source's then; None if it stands in all of them.
    """

    known: BoolArray
    reach: float
    creeps: BoolArray | None = None

    @cached_property
    def parts(self) -> IntArray:
        """(P, 2) first sample, and one past the last, of each span that has one position: a stance, a piece of a creep.

        Where a foot creeps, it may slip from one piece to the next.
        """
        slips = self._slips
        pieces = [runs(self.known & ~slips)]
        for start, stop in runs(self.known & slips).tolist():
            # no piece is without a sample, however few there are in a second
            count = min(math.ceil((stop - start) / self.reach), stop - start)
            edges = start + (stop - start) * np.arange(count + 1, dtype=np.int64) // count
            pieces.append(np.stack([edges[:-1], edges[1:]], axis=-1))
        every = np.concatenate(pieces)
        return np.asarray(every[np.argsort(every[:, 0])], dtype=np.int64)

    @property
    def _slips(self) -> BoolArray:
        """(F,) whether the foot creeps."""
        return np.zeros_like(self.known) if self.creeps is None else self.creeps

    @property
    def _adjoins(self) -> BoolArray:
        """(P - 1,) whether a part begins where the one before it ends."""
        return np.asarray(self.parts[1:, 0] == self.parts[:-1, 1], dtype=np.bool_)

    def _held(self, offsets: FloatArray) -> FloatArray:
        """Return the offsets (F, 3) of the parts (P, 3), which change evenly while the foot creeps."""
        first, last, adjoins = self.parts[:, 0], self.parts[:, 1] - 1, self._adjoins
        # a stance has its offset from edge to edge, a piece of a creep in its middle, and where nothing adjoins it
        middle, slips = (first + last) / 2.0, self._slips[first]
        begins = np.where(slips & np.append(False, adjoins), middle, first)
        ends = np.where(slips & np.append(adjoins, False), middle, last)
        knots, values = np.stack([begins, ends], axis=-1).ravel(), np.repeat(offsets, 2, axis=0)
        return straight_between(values, knots, np.arange(len(self.known)))

    def settled(self, correction: FloatArray, wanted: FloatArray) -> FloatArray:
        """Return the correction (F, 3) with each stance moved as a whole to a position that suits its neighbours too.

        Each stance alone would get `wanted`; but the closer two stances follow each other, the less the correction may
        jump between them. It is 0 outside of stances.

        Args:
            correction: (F, 3) that holds a planted foot still, in each stance about any position.
            wanted: (F, 3) offset to add to it, constant over a stance.
        """
        parts = self.parts
        if not len(parts):
            return np.zeros_like(correction)
        starts, stops = parts[:, 0], parts[:, 1]
        # a longer stance is seen longer where it isn't quite as wanted
        weights = (stops - starts).astype(np.float64)
        # the closer two stances, the less time to get from one to the other; without ties from `reach` on
        gaps = starts[1:] - stops[:-1] + 1
        ties = _CLOSE * self.reach * np.maximum((self.reach / gaps) ** 2 - 1.0, 0.0)
        # the offsets that would leave no jump in between; parts that adjoin have one correction
        jumps = correction[stops[:-1] - 1] - correction[starts[1:]]
        steps = np.where(self._adjoins[:, None], 0.0, jumps)
        offsets = _tied(wanted[starts], weights, steps, ties)
        return np.where(self.known[:, None], correction + self._held(offsets), 0.0)

    def balanced(self, weights: FloatArray, asked: FloatArray, keep: FloatArray, wish: FloatArray) -> FloatArray:
        """Return the offset (F, 3) to add to a correction, a compromise between two wishes, constant over a stance.

        Args:
            weights: (F, 3, 3) of the offset asked for.
            asked: (F, 3) offset asked for.
            keep: (3, 3) weight of the preferred offset.
            wish: (F, 3) preferred offset, constant over a stance.
        """
        offsets = np.zeros_like(asked)
        for start, stop in self.parts.tolist():
            # the minimum of both squared distances, each times its weight, is where their pulls are equal
            total = weights[start:stop].mean(axis=0) + keep
            pull = (weights[start:stop] @ asked[start:stop, :, None]).mean(axis=0)[:, 0] + keep @ wish[start]
            offsets[start:stop] = np.linalg.solve(total, pull)
        return offsets

    def standing(self, path: FloatArray) -> FloatArray:
        """Return a path (F, C) that rests at its own mean during each stance and rejoins itself in between."""
        still = path.copy()
        for start, stop in runs(self.known).tolist():
            still[start:stop] = path[start:stop].mean(axis=0)
        away = np.zeros_like(path)
        for edge, weight in self._weights():
            away += weight * (still[edge] - path)
        return np.where(self.known[:, None], still, path + away)

    def faded(self, values: FloatArray) -> FloatArray:
        """Return values (F, C) faded to 0 outside of stances, and blended between stances over short gaps."""
        total = np.zeros_like(values)
        for edge, weight in self._weights():
            total += weight * values[edge]
        return np.where(self.known[:, None], values, total)

    @property
    def weight(self) -> FloatArray:
        """(F,) 1 in stances, from there faded to 0."""
        return self.faded(np.ones((len(self.known), 1)))[:, 0]

    def _weights(self) -> Iterator[tuple[IntArray, FloatArray]]:
        """Yield the sample (F,) at which the previous stance ends, then that at which the next begins, with weights."""
        known, reach = self.known, self.reach
        count = len(known)
        if not known.any():
            return
        frames = np.arange(count)
        # the nearest planted sample on either side; -1 or `count` where there is none
        before = np.maximum.accumulate(np.where(known, frames, -1))
        after = np.minimum.accumulate(np.where(known, frames, count)[::-1])[::-1]
        # over a short gap one correction becomes the other, so that their weights are 1 together
        gap = np.where((before >= 0) & (after < count), after - before, np.inf)
        within = np.minimum(reach, np.maximum(gap, 1.0))
        for edge, distance in ((before, frames - before), (after, after - frames)):
            exists = (edge >= 0) & (edge < count)
            way = np.clip(distance / within, 0.0, 1.0)
            yield np.clip(edge, 0, count - 1), np.where(exists, 1.0 - smooth_step(way), 0.0)[:, None]


def _tied(middles: FloatArray, weights: FloatArray, steps: FloatArray, ties: FloatArray) -> FloatArray:
    """Return the offsets x (S, 3) that minimise sum weights * (x - middles)² + ties * (x[1:] - x[:-1] - steps)²."""
    count = len(middles)
    # each derivative is 0: weight and ties on the diagonal, minus the ties beside it
    diagonal = weights.copy()
    diagonal[:-1] += ties
    diagonal[1:] += ties
    right = middles * weights[:, None]
    right[:-1] -= steps * ties[:, None]
    right[1:] += steps * ties[:, None]
    # such a tridiagonal system is eliminated from above
    for row in range(1, count):
        factor = ties[row - 1] / diagonal[row - 1]
        diagonal[row] -= factor * ties[row - 1]
        right[row] += factor * right[row - 1]
    # and solved from below
    offsets = right / diagonal[:, None]
    for row in range(count - 2, -1, -1):
        offsets[row] += ties[row] / diagonal[row] * offsets[row + 1]
    return offsets
