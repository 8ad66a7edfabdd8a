"""Least squares over many frames: normal equations, a small dense block each frame, and their solution."""

import numpy as np

from ...motion.rotations import FloatArray, IntArray
from .. import products

_DAMPING = 100.0
"""Of each round's shifts: hidden joints, which little holds, would otherwise swing from round to round."""


class NormalEquations:
    """The sum of squared residuals of all terms, to second order, about the present positions.

    Attributes:
        blocks: (N, N, F, 3, 3) second derivatives by two joints of one frame.
        next: (F, N) second derivatives by a joint and itself a frame later; the same for all three axes.
        second: (F, N) the same, two frames later.
        gradient: (F, N, 3) first derivatives.
    """

    def __init__(self, frames: int, joints: int) -> None:
        self.blocks = np.zeros((joints, joints, frames, 3, 3))
        self.next = np.zeros((frames, joints))
        self.second = np.zeros((frames, joints))
        self.gradient = np.zeros((frames, joints, 3))
        self.same = np.zeros((frames, joints))
        """(F, N) second derivatives by a joint, the same for all three axes."""

    def add_points(self, hessian: FloatArray, gradient: FloatArray) -> None:
        """Add terms of single joints: (F, N, 3, 3) second derivatives, (F, N, 3) first."""
        for joint in range(hessian.shape[1]):
            self.blocks[joint, joint] += hessian[:, joint]
        self.gradient += gradient

    def add_pairs(self, pairs: IntArray, along: FloatArray, residual: FloatArray, weight: FloatArray) -> None:
        """Add terms on the difference of two joints, first less second.

        Args:
            pairs: (M, 2) joints.
            along: (F, M, 3) derivative of each residual by the difference.
            residual: (F, M).
            weight: (F, M) of the squared residual.
        """
        # Gauss-Newton: the second derivative of a squared residual is about the square of its first
        pull = (weight * residual)[..., None] * along
        square = (weight[..., None] * along)[..., :, None] * along[..., None, :]
        for term, (a, b) in enumerate(pairs.tolist()):
            part = square[:, term]
            self.blocks[a, a] += part
            self.blocks[b, b] += part
            self.blocks[a, b] -= part
            self.blocks[b, a] -= part
            self.gradient[:, a] += pull[:, term]
            self.gradient[:, b] -= pull[:, term]

    def add_sum(self, shares: dict[int, float], along: FloatArray, residual: FloatArray, weight: FloatArray) -> None:
        """Add a term on a weighted sum of joints.

        Args:
            shares: joint to its share.
            along: (F, 3) derivative of the residual by the sum.
            residual: (F,).
            weight: (F,) of the squared residual.
        """
        pull = (weight * residual)[:, None] * along
        square = weight[:, None, None] * along[:, :, None] * along[:, None, :]
        for a, share in shares.items():
            self.gradient[:, a] += share * pull
            for b, other in shares.items():
                self.blocks[a, b] += (share * other) * square

    def solution(self, first: int, last: int) -> FloatArray:
        """Return the shifts (F, N, 3) that minimise the sum while frames before `first` and from `last` on stay.

        Eliminated frame by frame in single precision: shifts are found again each round, and only their gradient needs
        to be exact.
        """
        joints = len(self.blocks)
        size = 3 * joints
        frames = last - first
        # one matrix a frame, of all coordinates of all joints by each other
        dense = np.ascontiguousarray(self.blocks[:, :, first:last].transpose(2, 0, 3, 1, 4)).reshape(frames, size, size)
        diagonal = np.arange(size)
        dense[:, diagonal, diagonal] += np.repeat(self.same[first:last], 3, axis=1) + _DAMPING
        dense = dense.astype(np.float32)
        # between frames, terms tie each coordinate to itself alone: those blocks are diagonal, and kept as such
        following = np.repeat(self.next[first:last], 3, axis=1).astype(np.float32)
        second = np.repeat(self.second[first:last], 3, axis=1).astype(np.float32)
        right = -self.gradient[first:last].reshape(frames, size, 1).astype(np.float32)
        # by how much a frame's shifts change with those of the next one, and of the one after
        steps = np.zeros((frames, size, 2 * size), np.float32)
        link = np.zeros((size, size), np.float32)
        """Second derivatives by the frame at hand (rows) and the next (columns), what was eliminated included."""
        link[diagonal, diagonal] = following[0]
        # it multiplies by the transpose of its second factor
        multiply, taken = products.fastest(), np.empty((size, size), np.float32)
        for frame in range(frames):
            # the frame's shifts, written in those of the two after it …
            inverse = np.asarray(np.linalg.inv(dense[frame]), dtype=np.float32)
            by_next, by_second = steps[frame, :, :size], steps[frame, :, size:]
            multiply(inverse, link.T, by_next)
            np.multiply(inverse, second[frame], out=by_second)
            right[frame] = inverse @ right[frame]
            # … are put into the equations of these two, which are left without it
            if frame + 1 < frames:
                multiply(link.T, by_next.T, taken)
                dense[frame + 1] -= taken
                right[frame + 1] -= link.T @ right[frame]
                multiply(link.T, by_second.T, taken)
                link = -taken
                link[diagonal, diagonal] += following[frame + 1]
            if frame + 2 < frames:
                dense[frame + 2] -= second[frame][:, None] * by_second
                right[frame + 2] -= second[frame][:, None] * right[frame]
        # no frame comes after the last one: from there backwards, the shifts that each depends on are known
        for frame in range(frames - 2, -1, -1):
            right[frame] -= steps[frame, :, :size] @ right[frame + 1]
            if frame + 2 < frames:
                right[frame] -= steps[frame, :, size:] @ right[frame + 2]
        shifts = np.zeros(self.gradient.shape)
        shifts[first:last] = right.reshape(frames, joints, 3)
        return shifts
