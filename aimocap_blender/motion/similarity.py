"""The similarity that brings points nearest to others: rotation, then scale, then shift (Kabsch, Umeyama)."""

from dataclasses import dataclass

import numpy as np

from .rotations import FloatArray, from_matrix, rotate


@dataclass(frozen=True, eq=False)
class Similarity:
    """A rotation, then a scale, then a shift.

    Attributes:
        rotation: (4,) wxyz.
        scale: the same along all axes.
        shift: (3,) metres.
    """

    rotation: FloatArray
    scale: float
    shift: FloatArray

    def points(self, points: FloatArray) -> FloatArray:
        """Return points (..., 3) where it brings them."""
        return rotate(self.rotation, points) * self.scale + self.shift


def nearest_similarity(source: FloatArray, target: FloatArray, weight: FloatArray | None = None) -> Similarity:
    """Return the similarity that brings points (P, 3) nearest to others, whose weights (P,) are 1 unless given."""
    weight = np.ones(len(source)) if weight is None else weight
    # both around their middles: a shift changes neither rotation nor scale
    middle: FloatArray = weight @ source / weight.sum()
    goal: FloatArray = weight @ target / weight.sum()
    # the covariance's singular vectors are the directions in which both spread alike
    u, singular, vt = np.linalg.svd((weight[:, None] * (target - goal)).T @ (source - middle))
    # a mirror image may fit better, but no rotation makes it: then the weakest direction is turned over
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt)) or 1.0])
    spread = float((weight[:, None] * (source - middle) ** 2).sum())
    # of least squares: how far the target spreads along the rotated source, to how far that does
    scale = float((singular * signs).sum()) / spread if spread > 0.0 else 1.0
    rotation = from_matrix((u * signs) @ vt)
    return Similarity(rotation, scale, goal - rotate(rotation, middle) * scale)
