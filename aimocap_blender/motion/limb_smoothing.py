"""Smoothing that takes jitter out of a limb's channels and leaves their broad swings, and how much jitter there is."""

from .rotations import FloatArray, conjugate, continuous, from_rotation_vector, multiply, norm, to_rotation_vector
from .smoothing import smooth_rotations, smooth_vectors


def calm_vectors(values: FloatArray, width: float) -> FloatArray:
    """Smooth values (F, C) with a Gaussian of `width` samples, and add what that took away, smoothed too.

    Twice the Gaussian (Tukey's twicing) has no effect on cubics, so that poses held for longer than `width` keep their
    extent. The first and the last sample don't change.
    """
    once = smooth_vectors(values, width)
    return once + smooth_vectors(values - once, width)


def calm_rotations(rotations: FloatArray, width: float) -> FloatArray:
    """Smooth rotations (F, ..., 4) as `calm_vectors` does, in the tangent space of the smoothed ones."""
    turned = continuous(rotations)
    once = smooth_rotations(turned, width)
    taken = to_rotation_vector(multiply(turned, conjugate(once)))
    return continuous(multiply(from_rotation_vector(smooth_vectors(taken, width)), once))


def jitter(points: FloatArray, rate: float) -> float:
    """Return the mean acceleration, metres a second squared, of points (F, P, 3), `rate` samples a second."""
    jolts = points[:-2] - 2.0 * points[1:-1] + points[2:]
    return float(norm(jolts).mean() * rate**2) if len(jolts) else 0.0
