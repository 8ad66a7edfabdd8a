"""Rotation matrices for many frames at once: the little that posing needs. Shares nothing with the add-on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
X_AXIS, Y_AXIS, Z_AXIS = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
AT_POLE = 1e-6


def unit(vectors: Array) -> Array:
    """Vectors of length 1, along the last axis."""
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def about(axis: Array | tuple[float, float, float], angles: Array | float) -> Array:
    """Rotations about axes (…, 3) by angles (…) in radians, as matrices (…, 3, 3)."""
    x, y, z = np.moveaxis(unit(np.asarray(axis, dtype=np.float64)), -1, 0)
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(*x.shape, 3, 3)
    turn = np.asarray(angles, dtype=np.float64)[..., None, None]
    return np.eye(3) + np.sin(turn) * cross + (1 - np.cos(turn)) * (cross @ cross)


def frame(first: Array, second: Array) -> Array:
    """Orthonormal frames (…, 3, 3) whose columns are `first`, the part of `second` across it, and their cross."""
    x = unit(first)
    y = unit(second - np.sum(second * x, axis=-1, keepdims=True) * x)
    return np.stack([x, y, np.cross(x, y)], axis=-1)


def turn(matrices: Array, vectors: Array) -> Array:
    """Vectors (…, 3) turned by matrices (…, 3, 3)."""
    return np.einsum("...ij,...j->...i", matrices, vectors)


def transposed(matrices: Array) -> Array:
    return np.swapaxes(matrices, -1, -2)


def euler_xyz(matrices: Array) -> Array:
    """Euler angles in degrees (F, 3), X applied first, without jumps from frame to frame."""
    from_pole = np.hypot(matrices[:, 2, 1], matrices[:, 2, 2])
    x = np.arctan2(matrices[:, 2, 1], matrices[:, 2, 2])
    y = np.arctan2(-matrices[:, 2, 0], from_pole)
    z = np.arctan2(matrices[:, 1, 0], matrices[:, 0, 0])
    angles = np.stack([x, y, z], axis=-1)
    previous = np.zeros(3)
    for i, angle in enumerate(angles):
        if from_pole[i] < AT_POLE:  # X and Z turn about the same axis: X stays as it was
            left = matrices[i] @ about(X_AXIS, -previous[0]) @ about(Y_AXIS, -angle[1])
            choices = np.array([[previous[0], angle[1], np.arctan2(left[1, 0], left[0, 0])]])
        else:
            other = (angle[0] + np.pi, np.pi - angle[1], angle[2] + np.pi)  # the same rotation, written otherwise
            choices = np.array([angle, other])
        choices += 2 * np.pi * np.round((previous - choices) / (2 * np.pi))
        previous = angles[i] = choices[np.argmin(np.abs(choices - previous).max(axis=1))]
    return np.degrees(angles)


def quaternion_xyzw(matrices: Array) -> Array:
    """Unit quaternions (F, 4), x y z w, without sign flips from frame to frame."""
    m = matrices
    # Four times the outer product of the quaternion with itself; its strongest column is the quaternion.
    diagonal = np.stack(
        [
            1 + m[:, 0, 0] - m[:, 1, 1] - m[:, 2, 2],
            1 - m[:, 0, 0] + m[:, 1, 1] - m[:, 2, 2],
            1 - m[:, 0, 0] - m[:, 1, 1] + m[:, 2, 2],
            1 + m[:, 0, 0] + m[:, 1, 1] + m[:, 2, 2],
        ],
        axis=-1,
    )
    outer = np.zeros((len(m), 4, 4))
    outer[:, range(4), range(4)] = diagonal
    for i, j in ((0, 1), (0, 2), (1, 2)):
        outer[:, i, j] = outer[:, j, i] = m[:, i, j] + m[:, j, i]
    for i, (j, k) in enumerate(((2, 1), (0, 2), (1, 0))):
        outer[:, i, 3] = outer[:, 3, i] = m[:, j, k] - m[:, k, j]
    strongest = np.argmax(diagonal, axis=-1)
    quaternions = unit(outer[np.arange(len(m)), strongest])
    flips = np.where(np.sum(quaternions[1:] * quaternions[:-1], axis=-1) < 0, -1.0, 1.0)
    quaternions[1:] *= np.cumprod(flips)[:, None]
    return quaternions


def degrees_zyx(turns: Array) -> Array:
    """(F, 3) degrees about Z, Y and X, the last first, of (F, 3, 3)."""
    z = np.arctan2(turns[:, 1, 0], turns[:, 0, 0])
    y = np.arcsin(np.clip(-turns[:, 2, 0], -1.0, 1.0))
    x = np.arctan2(turns[:, 2, 1], turns[:, 2, 2])
    return np.degrees(np.stack([z, y, x], axis=1))
