"""Least squares over all frames: dense within a frame, and tied to its neighbours by accelerations."""

from dataclasses import dataclass

import numpy as np

from ..rotations import BoolArray, FloatArray, IntArray

_CLOSE = 1e-3  # of the first residual
_ROUNDS = 40


@dataclass(eq=False)
class NormalEquations:
    """The equations of one step: what the variables (V) of F frames are to change by.

    Attributes:
        matrix: (F, V, V) of the terms within a frame.
        right: (F, V) their right-hand sides.
        stiffness: (F - 2 or 1, V) weight of each variable's second differences in time.
        cost: (F,) sum of the squares that are to become small.
    """

    matrix: FloatArray
    right: FloatArray
    stiffness: FloatArray
    cost: FloatArray

    @classmethod
    def empty(cls, damping: FloatArray, stiffness: FloatArray) -> "NormalEquations":
        """Return equations that hold all variables where they are, with a weight for each frame (F,)."""
        frames, count = len(damping), stiffness.shape[1]
        matrix = np.zeros((frames, count, count))
        matrix[:, np.arange(count), np.arange(count)] = damping[:, None]
        return cls(matrix, np.zeros((frames, count)), stiffness, np.zeros(frames))

    def add(self, rows: slice, variables: IntArray, change: FloatArray, off: FloatArray) -> None:
        """Add a term: `change` (R, n, V) of n values by some variables is to be `off` (R, n), both weighted."""
        turned = np.swapaxes(change, 1, 2)
        self.matrix[rows, variables[:, None], variables] += turned @ change
        self.right[rows, variables] += (turned @ off[:, :, None])[..., 0]
        self.cost[rows] += (off * off).sum(axis=1)

    def add_single(self, frames: IntArray, first: int, change: FloatArray, off: FloatArray) -> None:
        """Add terms of one value each, at any frames, several at one too.

        Args:
            frames: (N,).
            first: variable that the first column changes the value by.
            change: (N, V) weighted.
            off: (N,) weighted.
        """
        np.add.at(self.cost, frames, off * off)
        order = np.argsort(frames, kind="stable")
        frames = frames[order]
        turn = np.arange(len(frames)) - np.searchsorted(frames, frames)  # the how-manieth of its frame
        span = slice(first, first + change.shape[1])
        for number in range(int(turn.max(initial=-1)) + 1):
            which = order[turn == number]
            at = frames[turn == number]
            self.matrix[at, span, span] += change[which, :, None] * change[which, None, :]
            self.right[at, span] += change[which] * off[which, None]

    def add_accelerations(self, second: FloatArray) -> None:
        """Ask for second differences in time of 0, which are now (F - 2, V)."""
        self.cost[1:-1] += (second * second * self.stiffness).sum(axis=1)
        self.right -= _spread(second * self.stiffness, len(self.right))

    def solved(self, held: BoolArray) -> FloatArray:
        """Return the changes (F, V), none where variables are `held` (F, V): conjugate gradients."""
        free = ~held
        count = self.matrix.shape[1]
        block = self.matrix + 0.0
        block[:, np.arange(count), np.arange(count)] += _own(self.stiffness, len(block))
        block *= free[:, :, None] & free[:, None, :]
        block[:, np.arange(count), np.arange(count)] += held
        inverse: FloatArray = np.asarray(np.linalg.inv(block), dtype=np.float64)
        change, rest = np.zeros_like(self.right), self.right * free
        near = _times(inverse, rest)
        way, size = near, float((rest * near).sum())
        enough = _CLOSE**2 * size
        for _ in range(_ROUNDS):
            if size <= enough or size <= 0.0:
                break
            along = (_times(self.matrix, way) + _spread(np.diff(way, 2, axis=0) * self.stiffness, len(way))) * free
            step = size / float((way * along).sum())
            change += step * way
            rest = rest - step * along
            near = _times(inverse, rest) * free
            size, before = float((rest * near).sum()), size
            way = near + size / before * way
        return change


def _times(matrix: FloatArray, vectors: FloatArray) -> FloatArray:
    return np.asarray((matrix @ vectors[:, :, None])[..., 0], dtype=np.float64)


def _spread(second: FloatArray, frames: int) -> FloatArray:
    """Return (F, V) the transpose of second differences applied to (F - 2, V)."""
    result = np.zeros((frames, second.shape[1]))
    if frames > 2:  # noqa: PLR2004 -- a second difference has three frames
        result[:-2] += second
        result[1:-1] -= 2.0 * second
        result[2:] += second
    return result


def _own(stiffness: FloatArray, frames: int) -> FloatArray:
    """Return (F, V) the diagonal of the second differences' normal matrix."""
    own = np.zeros((frames, stiffness.shape[1]))
    if frames > 2:  # noqa: PLR2004 -- as above
        own[:-2] += stiffness
        own[1:-1] += 4.0 * stiffness
        own[2:] += stiffness
    return own
