"""Least squares over all frames: dense within a frame, and tied to its neighbours by accelerations."""

from dataclasses import dataclass

import numpy as np

from ..rotations import BoolArray, FloatArray, IntArray
from ..smoothing import least_bent

_HELD = 1e12  # above all other weights: a variable that changes as it is told


@dataclass(eq=False)
class NormalEquations:
    """The equations of one step: what the variables (V) of F frames are to change by.

    Attributes:
        matrix: (F, V, V) of the terms within a frame.
        right: (F, V) their right-hand sides.
        path: (F, V) what the variables are now, as far as their second differences in time are to be small.
        stiffness: (F - 2, V) weights of these.
        cost: (F,) sum of the squares that are to become small.
    """

    matrix: FloatArray
    right: FloatArray
    path: FloatArray
    stiffness: FloatArray
    cost: FloatArray

    @classmethod
    def of(cls, path: FloatArray, stiffness: FloatArray) -> "NormalEquations":
        """Return equations of nothing but the path."""
        frames, count = path.shape
        matrix = np.zeros((frames, count, count))
        cost = np.zeros(frames)
        cost[1:-1] = (np.diff(path, 2, axis=0) ** 2 * stiffness).sum(axis=1)
        return cls(matrix, np.zeros((frames, count)), path, stiffness, cost)

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
        order = np.argsort(frames, kind="stable")
        ordered = frames[order]
        turn = np.arange(len(ordered)) - np.searchsorted(ordered, ordered)  # the how-manieth of its frame
        # the terms of each frame side by side, as many as any has: one product adds all of them
        shape = len(self.cost), int(turn.max(initial=-1)) + 1
        changes, offs = np.zeros((*shape, change.shape[1])), np.zeros((*shape, 1))
        changes[ordered, turn], offs[ordered, turn, 0] = change[order], off[order]
        turned, span = np.swapaxes(changes, 1, 2), slice(first, first + change.shape[1])
        self.matrix[:, span, span] += turned @ changes
        self.right[:, span] += (turned @ offs)[..., 0]
        self.cost += (offs * offs).sum(axis=(1, 2))

    def solved(self, damping: FloatArray, held: BoolArray, to: FloatArray) -> FloatArray:
        """Return the changes (F, V).

        Args:
            damping: (F,) weight of leaving the variables as they are.
            held: (F, V) which change by what is said.
            to: (F, V) what they change by.
        """
        each: IntArray = np.arange(self.matrix.shape[1], dtype=np.int64)
        matrix = self.matrix.copy()
        matrix[:, each, each] += damping[:, None] + _HELD * held
        right = np.where(held, _HELD * to, self.right)
        return np.where(held, to, least_bent(matrix, right, self.stiffness, self.path))
