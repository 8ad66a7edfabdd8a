"""The twist of arms and legs: about which axes elbows and knees bend, also while they are nearly straight."""

import numpy as np

from ..motion.rotations import FloatArray, conjugate, cross, dot, multiply, normalise, rotate, shortest_arc
from ..motion.smoothing import smooth_vectors

_MEMORY_SEC = 0.25
"""A nearly straight limb keeps the axis of the moments in which it was bent, so long before and after."""
_CERTAIN = 0.35
"""Sine of a bend whose axis is certain."""
_USUAL = 0.05
"""Weight of the usual axis, relative to that of a certain bend."""


def hinge_axes(
    upper: FloatArray, lower: FloatArray, base: FloatArray, rest: tuple[FloatArray, FloatArray], rate: float
) -> FloatArray:
    """Return the unit axes (F, 3) about which a limb bends, perpendicular to its upper part.

    Args:
        upper: (F, 3) unit direction of upper arm or thigh.
        lower: (F, 3) of forearm or shin.
        base: (F, 4) rotation away from rest of what the limb hangs on.
        rest: the direction (3,) of the upper part at rest, and the axis (3,) of its hinge at rest.
        rate: frames per second.
    """
    along, usual = rest
    # carried by the base and swung the short way, so that only the twist is left to be found
    swung = multiply(shortest_arc(rotate(base, np.broadcast_to(along, upper.shape)), upper), base)
    bend = rotate(conjugate(swung), cross(upper, lower))
    bend = bend - dot(bend, along)[:, None] * along
    sine = np.linalg.norm(bend, axis=-1, keepdims=True)
    certain = np.minimum(sine / _CERTAIN, 1.0) ** 2
    # no hinge bends backwards: what seems to is nearly straight and seen badly
    facing = np.clip(dot(bend, usual)[:, None] / np.maximum(sine, 1e-9) + 1.0, 0.0, 1.0)
    evidence = normalise(bend) * certain * facing
    kept = smooth_vectors(evidence, _MEMORY_SEC * rate)
    axis = evidence + kept + _USUAL * usual
    return rotate(swung, normalise(axis - dot(axis, along)[:, None] * along))


def limited(rotation: FloatArray, most: float) -> FloatArray:
    """Return rotations (F, 4) of at most `most` radians, eased towards that."""
    w = np.abs(rotation[:, :1])
    angle = 2.0 * np.arctan2(np.linalg.norm(rotation[:, 1:], axis=-1, keepdims=True), w)
    allowed = most * np.tanh(angle / most)
    axis = normalise(rotation[:, 1:] * np.where(rotation[:, :1] < 0.0, -1.0, 1.0))
    return np.concatenate([np.cos(allowed / 2.0), np.sin(allowed / 2.0) * axis], axis=-1)
